using System.Globalization;
using System.Text;
using FastBond.Lab.Machine;

namespace FastBond.Lab.Demo;

/// <summary>Draws throughput per slave over time with gnuplot, as PNG and SVG; the data and the script stay beside them.</summary>
internal static class Plot
{
    private static readonly string[] Colours = ["#1f77b4", "#d95f02", "#1b9e77", "#7570b3"];

    /// <summary>Draws into <paramref name="folder"/>; returns the pictures' paths.</summary>
    /// <exception cref="LabException">gnuplot is missing or failed.</exception>
    public static IReadOnlyList<string> Draw(Report report, string folder)
    {
        Directory.CreateDirectory(folder);
        string stem = Path.Combine(Path.GetFullPath(folder), report.Mode);
        File.WriteAllText(stem + ".dat", Data(report));
        File.WriteAllText(stem + ".gnuplot", Script(report, stem));
        Command.Run("gnuplot", [stem + ".gnuplot"]).EnsureSuccess();
        return [stem + ".png", stem + ".svg"];
    }

    private static string Data(Report report)
    {
        StringBuilder text = new("# seconds");
        foreach (string slave in report.Slaves)
        {
            text.Append(CultureInfo.InvariantCulture, $" {slave}-sent-Gb/s {slave}-received-Gb/s");
        }
        text.Append('\n');
        foreach (Sample sample in report.Samples)
        {
            text.Append(CultureInfo.InvariantCulture, $"{sample.Seconds:0.000}");
            foreach (SlaveRate rate in sample.Slaves)
            {
                text.Append(CultureInfo.InvariantCulture, $" {rate.TxBitsPerSecond / 1e9:0.0000} {rate.RxBitsPerSecond / 1e9:0.0000}");
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    // The whole run above; below, larger, the part with the cuts.
    private static string Script(Report report, string stem)
    {
        double end = report.Samples.Count > 0 ? report.Samples[^1].Seconds : 1;
        double cuts = report.Moments.LastOrDefault(moment => !moment.IsCut)?.Seconds ?? 0;
        string curves = string.Join(", ", report.Slaves.SelectMany((slave, n) => new[]
        {
            $"'{stem}.dat' using 1:{(2 * n) + 2} with lines lw 2 lc rgb '{Colours[n % Colours.Length]}' title '{slave} sent'",
            $"'{stem}.dat' using 1:{(2 * n) + 3} with lines lw 1 dt 2 lc rgb '{Colours[n % Colours.Length]}' title '{slave} received'",
        }));
        StringBuilder text = new();
        foreach ((string terminal, string extension) in new[] { ("pngcairo", "png"), ("svg dynamic", "svg") })
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                set terminal {terminal} size 1400,900
                set output '{stem}.{extension}'
                set multiplot layout 2,1 title "FastBond {report.Mode}: throughput of host A's slaves, two links to host B"
                set ylabel "Gb/s"
                set yrange [0:*]
                set grid ytics lc rgb "#dddddd"
                unset key
                set offsets 0, 0, graph 0.4, 0
                {Marks(report.Moments.Where(moment => !moment.IsCut))}set xrange [0:{end:0.0}]
                plot {curves}
                unset label
                unset arrow
                set key outside bottom center horizontal
                set xlabel "seconds"
                {Marks(report.Moments.Where(moment => moment.IsCut))}set xrange [{cuts:0.0}:{end:0.0}]
                plot {curves}
                unset multiplot
                reset

                """);
        }
        return text.ToString();
    }

    private static string Marks(IEnumerable<Moment> moments)
    {
        StringBuilder text = new();
        foreach (Moment moment in moments)
        {
            string colour = moment.IsCut ? "#cc0000" : "#666666";
            text.Append(CultureInfo.InvariantCulture, $"""
                set arrow from {moment.Seconds:0.000}, graph 0 to {moment.Seconds:0.000}, graph 1 nohead lc rgb "{colour}" dt {(moment.IsCut ? 1 : 3)}
                set label "{moment.Text}" at {moment.Seconds:0.000}, graph 0.97 rotate by 90 right offset 0.8, 0 tc rgb "{colour}" font ",9"

                """);
        }
        return text.ToString();
    }
}
