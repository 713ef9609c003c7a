using System.Text.Json;
using FastBond.Linux;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FastBond.Api;

/// <summary>The control API's stream of events: one JSON object a line, until the client goes or the daemon ends.</summary>
internal sealed class EventApi(IBondEngine engine, CancellationToken stopping)
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();

    /// <summary>Routes the request.</summary>
    public void Map(IEndpointRouteBuilder application) => application.MapGet("/v1/events", StreamAsync);

    private async Task StreamAsync(HttpContext context)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stopping, context.RequestAborted);
        using EventListener listener = await engine.ListenAsync();
        context.Response.ContentType = "application/x-ndjson; charset=utf-8";

        // The head goes out at once: whoever has it misses nothing from there on.
        await context.Response.StartAsync(end.Token);
        await context.Response.Body.FlushAsync(end.Token);
        try
        {
            while (await listener.Events.WaitToReadAsync(end.Token))
            {
                while (listener.Events.TryRead(out BondEvent? told))
                {
                    await WriteAsync(context, JsonSerializer.SerializeToUtf8Bytes(told, Answers.Readable.BondEvent), end.Token);
                }

                if (listener.TakeLost() is > 0 and var lost)
                {
                    await WriteAsync(context, JsonSerializer.SerializeToUtf8Bytes(new LostEvents(lost), Answers.Readable.LostEvents), end.Token);
                }

                await context.Response.Body.FlushAsync(end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The end.
        }
    }

    private static async Task WriteAsync(HttpContext context, byte[] json, CancellationToken cancellation)
    {
        await context.Response.Body.WriteAsync(json, cancellation);
        await context.Response.Body.WriteAsync(NewLine, cancellation);
    }
}
