using System.Text;
using System.Text.Json;
using FastBond.Configuration;
using FastBond.Configuration.Reload;
using FastBond.Core.Bonds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using static FastBond.Api.Answers;

namespace FastBond.Api;

/// <summary>The control API's part for configurations: what is in force, to reload it, to keep a reload, and to bring other bonds about.</summary>
internal sealed class ConfigurationApi(ConfigurationKeeper keeper)
{
    private const string Yaml = "application/yaml; charset=utf-8";
    private const int LongestConfirm = 3600;

    /// <summary>Routes requests.</summary>
    public void Map(IEndpointRouteBuilder application)
    {
        application.MapGet("/v1/configuration", async context => await WriteAsync(context, Yaml, Encoding.UTF8.GetBytes(keeper.InForce)));
        application.MapPost("/v1/configuration", ApplyAsync);
        application.MapPost("/v1/reload", ReloadAsync);
        application.MapPost("/v1/confirm", async context => await AnswerAsync(context, await keeper.ConfirmAsync()));
    }

    private static Task AnswerAsync(HttpContext context, ReloadResult result)
    {
        if (!result.Outcome.Success)
        {
            return Answers.AnswerAsync(context, result.Outcome, result.Problems);
        }

        ReloadAnswer answer = new(result.Steps, result.Problems);
        return WriteAsync(context, Json, JsonSerializer.SerializeToUtf8Bytes(answer, Readable.ReloadAnswer));
    }

    private static Task AnswerAsync(HttpContext context, Outcome outcome) => Answers.AnswerAsync(context, outcome);

    private async Task ReloadAsync(HttpContext context)
    {
        bool hasBody = context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody;
        ReloadBody body = hasBody ? await ReadAsync(context, ApiJson.Default.ReloadBody) : new ReloadBody();
        if (body.Confirm is < 1 or > LongestConfirm)
        {
            await AnswerAsync(context, new Outcome(Errno.EINVAL, $"body: confirm is 1 - {LongestConfirm} seconds"));
            return;
        }

        await AnswerAsync(context, await keeper.ReloadAsync(body.Confirm is { } seconds ? TimeSpan.FromSeconds(seconds) : null));
    }

    private async Task ApplyAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body, Encoding.UTF8);
        string text = await reader.ReadToEndAsync(context.RequestAborted);
        await AnswerAsync(context, await keeper.ApplyAsync(ConfigurationFiles.Read([new SourceText("body", text)])));
    }
}
