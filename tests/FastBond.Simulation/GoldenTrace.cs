using System.Text.Json;

namespace FastBond.Simulation;

/// <summary>One entry of a recorded timeline: something done, a line of the kernel's log, changed state, or a frame.</summary>
internal sealed record TraceEntry(double TimeMs, string Source, JsonElement Data)
{
    public string Text => Field("text");

    public string Field(string name) => Data.GetProperty(name).GetString()!;

    /// <summary>The shell commands of an event.</summary>
    public string[] Commands => Data.GetProperty("cmd").GetString()?.Split(';', StringSplitOptions.TrimEntries) ?? [];

    public IEnumerable<KeyValuePair<string, string?>> Changes =>
        Data.GetProperty("changed").EnumerateObject().Select(static change => KeyValuePair.Create(change.Name, change.Value.GetString()));
}

/// <summary>What a kernel bond did: a file of tests/golden/traces, described in golden/README.md.</summary>
internal sealed class GoldenTrace
{
    private GoldenTrace(List<TraceEntry> timeline)
    {
        Timeline = timeline;
        InitialState = new(timeline.First(static entry => entry.Source == "state").Changes);
    }

    public List<TraceEntry> Timeline { get; }

    /// <summary>The first state entry: everything, as seen just after the first event.</summary>
    public Dictionary<string, string?> InitialState { get; }

    /// <summary>All keys that any state entry has.</summary>
    public IEnumerable<string> Keys =>
        Timeline.Where(static entry => entry.Source == "state")
            .SelectMany(static entry => entry.Changes)
            .Select(static change => change.Key);

    public static GoldenTrace Read(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(PathOf($"{name}.json")));
        return new GoldenTrace(
        [
            .. document.RootElement.GetProperty("timeline").EnumerateArray().Select(static entry =>
                new TraceEntry(entry.GetProperty("t").GetDouble() * 1000, entry.GetProperty("src").GetString()!, entry.Clone())),
        ]);
    }

    public static string PathOf(string file)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "FastBond.sln")))
        {
            root = Path.GetDirectoryName(root);
        }

        return Path.Combine(root ?? throw new InvalidOperationException("not inside the repository"), "tests", "golden", "traces", file);
    }

    /// <summary>A MAC is worth comparing only if it is not random.</summary>
    public static string? Mac(string? value) =>
        value is null || value.StartsWith("02:5a:", StringComparison.Ordinal) || value is "02:b0:00:00:00:01" or "02:77:00:00:00:77"
            ? value
            : "random";

    private static bool IsMac(string key) => key.EndsWith("address", StringComparison.Ordinal);

    /// <summary>The values a key had, one after the other.</summary>
    public List<Observation> HistoryOf(string key) =>
    [
        .. Timeline.Where(static entry => entry.Source == "state")
            .SelectMany(entry => entry.Changes
                .Where(change => change.Key == key)
                .Select(change => new Observation(entry.TimeMs, IsMac(key) ? Mac(change.Value) : change.Value))),
    ];
}

/// <summary>A value and when it was first seen.</summary>
internal sealed record Observation(double TimeMs, string? Value);
