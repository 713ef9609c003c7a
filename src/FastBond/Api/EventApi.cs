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
        await context.Response.StartAsync(context.RequestAborted);
        for (bool goesOn = true; goesOn;)
        {
            await context.Response.Body.FlushAsync(context.RequestAborted);
            goesOn = await HasMoreAsync(listener, end.Token);
            while (listener.Events.TryRead(out BondEvent? told))
            {
                await WriteAsync(context, JsonSerializer.SerializeToUtf8Bytes(told, Answers.Readable.BondEvent));
            }

            if (listener.TakeLost() is > 0 and var lost)
            {
                await WriteAsync(context, JsonSerializer.SerializeToUtf8Bytes(new LostEvents(lost), Answers.Readable.LostEvents));
            }
        }
    }

    /// <summary>Waits for an event; false at the end, though there may be some left.</summary>
    private static async Task<bool> HasMoreAsync(EventListener listener, CancellationToken end)
    {
        try
        {
            return await listener.Events.WaitToReadAsync(end);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task WriteAsync(HttpContext context, byte[] json)
    {
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
        await context.Response.Body.WriteAsync(NewLine, context.RequestAborted);
    }
}
