using System.ComponentModel;
using System.Globalization;
using System.Text;
using FastBond.Lab.Machine;

namespace FastBond.Benchmarks.Reports;

/// <summary>Draws each table as bars from the medians with whiskers from lowest to highest, by gnuplot; data and script stay beside the picture.</summary>
internal static class ReportPlot
{
    private const int Margin = 300, PerRow = 45;

    // Above the highest bar: a whisker that goes further tells of one disturbed round.
    private const double Headroom = 1.4;

    /// <summary>Draws into a folder, given by its full path.</summary>
    public static void Draw(Report report, string folder)
    {
        for (int i = 0; i < report.Tables.Count; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{report.Verb}-{i + 1}");
            File.WriteAllText(Path.Combine(folder, name + ".dat"), Data(report.Tables[i]));
            File.WriteAllText(Path.Combine(folder, name + ".gnuplot"), Script(report.Tables[i], name));
            try
            {
                Command.Run("gnuplot", ["-e", $"cd '{folder}'", Path.Combine(folder, name + ".gnuplot")]).EnsureSuccess();
            }
            catch (Win32Exception)
            {
                // There is no gnuplot. The script stays, for where there is.
            }
        }
    }

    // Columns: label; ours: median, lowest, highest; the peer's likewise, which may be missing.
    private static string Data(ReportTable table)
    {
        StringBuilder text = new();
        foreach (Row row in table.Rows)
        {
            string peer = row.Peer is { } value ? Words(value) : "NaN NaN NaN";
            text.Append(CultureInfo.InvariantCulture, $"\"{string.Join(", ", row.Keys)}\" {Words(row.Ours)} {peer}\n");
        }

        return text.ToString();

        static string Words(Stat stat) => string.Create(CultureInfo.InvariantCulture, $"{stat.Median} {stat.Min} {stat.Max}");
    }

    private static string Script(ReportTable table, string name)
    {
        string peer = table.Rows.Exists(row => row.Peer is not null) ? $", '' using 5:6:7 title \"{table.Peer}\" lc rgb '#d95f02'" : "";
        double top = Headroom * table.Rows.Max(row => Math.Max(row.Ours.Median, row.Peer?.Median ?? 0));
        int width = Margin + (PerRow * Math.Max(table.Rows.Count, 10));
        return string.Create(CultureInfo.InvariantCulture, $"""
            set terminal svg size {width},600 dynamic background rgb 'white'
            set output '{name}.svg'
            set title "{table.Title}" noenhanced
            set ylabel "{table.Unit}" noenhanced
            set yrange [0:{(top > 0 ? top : 1)}]
            set grid ytics lc rgb '#dddddd'
            set style data histograms
            set style histogram errorbars gap 1 lw 1
            set style fill solid 0.8 noborder
            set xtics rotate by -45 noenhanced
            set key noenhanced outside top center horizontal
            set rmargin 20
            set errorbars linecolor rgb '#333333'
            plot '{name}.dat' using 2:3:4:xtic(1) title 'FastBond' lc rgb '#1f77b4'{peer}

            """);
    }
}
