using System.Globalization;

namespace FastBond.Benchmarks.Reports;

/// <summary>What a figure should reach, and whether it did.</summary>
/// <param name="Text">The limit, for people.</param>
/// <param name="Met">Whether the median keeps it.</param>
internal sealed record Target(string Text, bool Met)
{
    /// <summary>The value may be so high.</summary>
    public static Target AtMost(double limit, double value, string unit = "") => new(Words("≤", limit, unit), value <= limit);

    /// <summary>The value may be so low.</summary>
    public static Target AtLeast(double limit, double value, string unit = "") => new(Words("≥", limit, unit), value >= limit);

    private static string Words(string sign, double limit, string unit) => string.Create(CultureInfo.InvariantCulture, $"{sign} {limit} {unit}").TrimEnd();
}

/// <summary>One comparison.</summary>
/// <param name="Keys">What was measured: a value for each of the table's keys.</param>
/// <param name="Ours">FastBond.</param>
/// <param name="Peer">What it is compared with, measured in the same rounds; null where there is none.</param>
/// <param name="Ratio">Ours to the peer's, round by round.</param>
/// <param name="Target">What was aimed at, if anything.</param>
/// <param name="More">Further figures, one for each of the table's <see cref="ReportTable.More"/>.</param>
internal sealed record Row(string[] Keys, Stat Ours, Stat? Peer = null, Stat? Ratio = null, Target? Target = null, params double[] More);

/// <summary>Comparisons of one kind.</summary>
/// <param name="Title">What is compared, one line.</param>
/// <param name="Unit">Of <see cref="Row.Ours"/> and <see cref="Row.Peer"/>.</param>
/// <param name="Peer">Name of the other side.</param>
/// <param name="Keys">Names of what distinguishes the rows.</param>
/// <param name="More">Names of further columns.</param>
internal sealed record ReportTable(string Title, string Unit, string Peer, string[] Keys, params string[] More)
{
    /// <summary>In the order in which they were measured.</summary>
    public List<Row> Rows { get; } = [];
}
