using System.Globalization;

namespace FastBond.Benchmarks.Reports;

/// <summary>A report as Markdown whose columns stand under each other, so that it reads well on a terminal too.</summary>
internal static class ReportText
{
    public static void Write(Report report, TextWriter output)
    {
        MachineFacts facts = report.Facts;
        output.WriteLine($"## {report.Verb}: {report.Title}");
        output.WriteLine();
        output.WriteLine($"{facts.Date}; CPU {facts.Cpu}, {facts.Cpus} usable, isolated: {(facts.Isolated.Length > 0 ? facts.Isolated : "none")}");
        output.WriteLine($"Linux {facts.Kernel}, {facts.Runtime}; load averages {facts.Load}: above 0 other work shared the machine, so trust ratios, not rates");
        foreach (string note in report.Notes)
        {
            output.WriteLine();
            output.WriteLine(note);
        }

        foreach (ReportTable table in report.Tables)
        {
            output.WriteLine();
            output.WriteLine($"### {table.Title}");
            output.WriteLine();
            Write(table, output);
        }
    }

    /// <summary>Three digits that matter, without an exponent.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        string format = size >= 100 || value == 0 ? "F0" : size >= 10 ? "F1" : size >= 1 ? "F2" : size >= 0.0005 ? "F3" : "0.#####";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    private static void Write(ReportTable table, TextWriter output)
    {
        bool compares = table.Rows.Exists(row => row.Peer is not null), aims = table.Rows.Exists(row => row.Target is not null);
        List<string[]> lines =
        [
            [.. table.Keys, $"FastBond, {table.Unit}", .. compares ? (string[])[table.Peer, "ratio"] : [], .. aims ? (string[])["target"] : [], .. table.More],
            .. table.Rows.Select(row => (string[])
            [
                .. row.Keys,
                Words(row.Ours),
                .. compares ? (string[])[Words(row.Peer), Words(row.Ratio)] : [],
                .. aims ? (string[])[Words(row.Target)] : [],
                .. row.More.Select(Number),
            ]),
        ];
        int[] widths = [.. lines[0].Select((_, column) => lines.Max(line => line[column].Length))];
        WriteLine(lines[0]);
        output.WriteLine("|" + string.Concat(widths.Select(width => new string('-', width + 2) + "|")));
        lines[1..].ForEach(WriteLine);

        void WriteLine(string[] cells) => output.WriteLine("|" + string.Concat(cells.Select((cell, column) => $" {cell.PadRight(widths[column])} |")));
    }

    private static string Words(Stat? stat) =>
        stat is not { } value ? "" : value.Min == value.Max ? Number(value.Median) : $"{Number(value.Median)} ({Number(value.Min)}–{Number(value.Max)})";

    private static string Words(Target? target) => target is null ? "" : $"{target.Text} {(target.Met ? "met" : "**missed**")}";
}
