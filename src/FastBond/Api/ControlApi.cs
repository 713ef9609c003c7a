using System.Text;
using System.Text.Json;
using FastBond.Core.Bonds;
using FastBond.Linux;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using static FastBond.Api.Answers;

namespace FastBond.Api;

/// <summary>The control API: what each request asks of the engine, who may ask, and how an outcome becomes an answer.</summary>
internal sealed class ControlApi(IBondEngine engine, uint? group, Action<LogPriority, string> log)
{
    private const string Text = "text/plain; charset=utf-8";
    private const string Exposition = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Routes requests. In a path, S may be several slaves joined by commas: all or none.</summary>
    public void Map(WebApplication application)
    {
        application.Use(GuardAsync);
        application.UseRouting();
        application.MapGet("/v1/bonds", async context => await WriteAsync(context, Json, (await engine.JsonAsync(null))!));
        application.MapGet("/v1/bonds/{bond}", GetBondAsync);
        application.MapPost("/v1/bonds", AddBondAsync);
        application.MapDelete("/v1/bonds/{bond}", async context => await AnswerAsync(context, await engine.DeleteBondAsync(Bond(context))));
        application.MapPatch("/v1/bonds/{bond}", SetOptionsAsync);
        application.MapPut("/v1/bonds/{bond}/slaves/{slaves}", EnslaveAsync);
        application.MapDelete(
            "/v1/bonds/{bond}/slaves/{slaves}",
            async context => await AnswerAsync(context, await engine.ReleaseAsync(Bond(context), Slaves(context))));
        application.MapPatch("/v1/bonds/{bond}/slaves/{slaves}", SetSlaveOptionsAsync);
        application.MapGet(
            "/v1/state",
            async context => await WriteAsync(context, Json, JsonSerializer.SerializeToUtf8Bytes(await engine.StateAsync(), ApiJson.Default.IReadOnlyListBondState)));
        application.MapGet("/v1/text", GetTextsAsync);
        application.MapGet("/v1/text/{bond}", GetTextAsync);
        application.MapGet("/metrics", async context => await WriteAsync(context, Exposition, await engine.MetricsAsync()));
    }

    private static string Bond(HttpContext context) => (string)context.GetRouteValue("bond")!;

    private static string[] Slaves(HttpContext context) => ((string)context.GetRouteValue("slaves")!).Split(',');

    private static bool Why(HttpContext context) => context.Request.Query.ContainsKey("why");

    private static Outcome NoSuchBond(string name) => new(Errno.ENODEV, $"there is no bond {name}");

    /// <summary>What stands around every request: writes only by those who may, and an answer whatever happens.</summary>
    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        bool reads = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (!reads && !PeerCredentials.MayWrite(context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket, group, out uint user))
        {
            string message = $"only root and the group {ControlSocket.GroupName} may change bonds, not uid {user}";
            await RefuseAsync(context, StatusCodes.Status403Forbidden, new Outcome(Errno.EACCES, message));
            return;
        }

        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed })
            {
                string message = $"the control API has no {context.Request.Method} {context.Request.Path}";
                await RefuseAsync(context, context.Response.StatusCode, new Outcome(Errno.EOPNOTSUPP, message));
            }
        }
        catch (JsonException e)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, new Outcome(Errno.EINVAL, $"body: {e.Message}"));
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, e.StatusCode, new Outcome(Errno.EINVAL, e.Message));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: nobody is left to answer.
        }
#pragma warning disable CA1031 // A bug in one request must not take the bonds down with it.
        catch (Exception e) when (!context.Response.HasStarted)
#pragma warning restore CA1031
        {
            log(LogPriority.Error, $"control API: {context.Request.Method} {context.Request.Path}: {e}");
            await RefuseAsync(context, StatusCodes.Status500InternalServerError, new Outcome(Errno.EIO, $"internal error: {e.Message}"));
        }
    }

    private async Task GetBondAsync(HttpContext context)
    {
        string bond = Bond(context);
        byte[]? json = await engine.JsonAsync(bond);
        await (json is null ? AnswerAsync(context, NoSuchBond(bond)) : WriteAsync(context, Json, json));
    }

    private async Task GetTextAsync(HttpContext context)
    {
        string bond = Bond(context);
        string? text = await engine.TextAsync(bond, Why(context));
        await (text is null ? AnswerAsync(context, NoSuchBond(bond)) : WriteAsync(context, Text, Encoding.UTF8.GetBytes(text)));
    }

    private async Task GetTextsAsync(HttpContext context)
    {
        List<string> texts = [];
        foreach (string bond in await engine.BondsAsync())
        {
            // Null: deleted since it was listed.
            if (await engine.TextAsync(bond, Why(context)) is { } text)
            {
                texts.Add(text);
            }
        }

        await WriteAsync(context, Text, Encoding.UTF8.GetBytes(string.Join('\n', texts)));
    }

    private async Task AddBondAsync(HttpContext context)
    {
        AddBondBody body = await ReadAsync(context, ApiJson.Default.AddBondBody);
        IReadOnlyList<string> slaves = body.Slaves ?? [];
        if (slaves.Any(string.IsNullOrEmpty))
        {
            await AnswerAsync(context, new Outcome(Errno.EINVAL, "body: slaves are interface names"));
            return;
        }

        await AnswerAsync(context, await engine.AddBondAsync(new BondRequest(body.Name, body.Options ?? [], slaves, body.TakeDown, body.Force)));
    }

    private async Task SetOptionsAsync(HttpContext context)
    {
        IReadOnlyList<OptionSetting> options = await ReadAsync(context, ApiJson.Default.IReadOnlyListOptionSetting);
        await AnswerAsync(context, await engine.SetOptionsAsync(Bond(context), options));
    }

    private async Task SetSlaveOptionsAsync(HttpContext context)
    {
        IReadOnlyList<OptionSetting> options = await ReadAsync(context, ApiJson.Default.IReadOnlyListOptionSetting);
        string slave = (string)context.GetRouteValue("slaves")!;
        await AnswerAsync(context, await engine.SetSlaveOptionsAsync(Bond(context), slave, options));
    }

    private async Task EnslaveAsync(HttpContext context)
    {
        bool hasBody = context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody;
        EnslaveBody body = hasBody ? await ReadAsync(context, ApiJson.Default.EnslaveBody) : new EnslaveBody();
        await AnswerAsync(context, await engine.EnslaveAsync(
            Bond(context), new EnslaveRequest(Slaves(context), body.TakeDown, body.Force) { Options = body.Options ?? [] }));
    }
}
