using System.Text.Json;

namespace FastBond.Core.Tests.Options;

/// <summary>One recorded option write: tests/golden/options/options-errors.jsonl.</summary>
internal sealed record GoldenOptionRow(
    int Index, string Precondition, string Via, string Setting, JsonElement Result, IReadOnlyList<string> Dmesg, JsonElement ValueAfter)
{
    public const int Count = 1156;

    /// <summary>The option's name, of a sysfs row.</summary>
    public string Name => Setting[..Setting.IndexOf('=', StringComparison.Ordinal)];

    /// <summary>What was written, of a sysfs row: the recording has it as Python prints a string.</summary>
    public string Value => Setting[(Name.Length + 2)..^1].Replace("\\n", "\n", StringComparison.Ordinal);

    public string Before => ValueAfter.GetProperty("before").GetString()!;

    public string After => ValueAfter.GetProperty("after").GetString()!;

    /// <summary>The kernel's log lines without the bond's name.</summary>
    public IEnumerable<string> Lines => Dmesg.Select(line => line.Replace("bond0: ", "", StringComparison.Ordinal));

    public override string ToString() => $"row {Index}: {Precondition}: {Setting} -> {Result}";

    public static IReadOnlyList<GoldenOptionRow> Read() =>
    [
        .. GoldenFiles.ReadJsonLines("options", "options-errors.jsonl").Select(static (row, index) => new GoldenOptionRow(
            index,
            row.GetProperty("precondition").GetString()!,
            row.GetProperty("via").GetString()!,
            row.GetProperty("setting").GetString()!,
            row.GetProperty("result"),
            [.. row.GetProperty("dmesg").EnumerateArray().Select(d => d.GetString()!)],
            row.GetProperty("value_after"))),
    ];
}
