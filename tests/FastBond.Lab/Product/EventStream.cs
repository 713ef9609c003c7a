using System.Text.Json.Nodes;
using FastBond.Lab.Machine;

namespace FastBond.Lab.Product;

/// <summary>The events of a daemon from the moment this was opened, as words: "bond0: carrier up -> down", "bond0 eth0: slave_released".</summary>
public sealed class EventStream : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly List<string> _events = [];

    /// <summary>Opens it: once the answer has begun, whatever happens is told.</summary>
    internal EventStream(HttpClient api)
    {
        _response = api.GetAsync("/v1/events", HttpCompletionOption.ResponseHeadersRead).GetAwaiter().GetResult().EnsureSuccessStatusCode();
        _thread = new Thread(Read) { IsBackground = true, Name = "events" };
        _thread.Start();
    }

    /// <summary>Those so far.</summary>
    public IReadOnlyList<string> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Waits for an event and returns it with all that came before.</summary>
    public IReadOnlyList<string> WaitFor(string told, TimeSpan limit)
    {
        Wait.Until(() => Events.Contains(told), limit, $"event '{told}' among:\n{string.Join('\n', Events)}");
        return Events;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _response.Dispose();
        _thread.Join();
    }

    private void Read()
    {
        try
        {
            using StreamReader lines = new(_response.Content.ReadAsStream());
            while (lines.ReadLine() is { } line)
            {
                lock (_gate)
                {
                    _events.Add(Words(JsonNode.Parse(line)!));
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The daemon or the test has ended.
        }
    }

    private static string Words(JsonNode told)
    {
        string who = told["slave"] is { } slave ? $"{told["bond"]} {slave}" : $"{told["bond"]}";
        string from = told["from"] is { } old ? $" {old} ->" : "";
        return $"{who}: {told["what"]}{from}{(told["to"] is { } now ? $" {now}" : "")}";
    }
}
