using System.Globalization;
using System.Text;
using FastBond.Lab.Machine;

namespace FastBond.Benchmarks.Reports;

/// <summary>How often something is at least so high.</summary>
/// <param name="Name">What, for the plot's key.</param>
/// <param name="Points">For each x the share of values at least as high, x ascending.</param>
internal sealed record Curve(string Name, IEnumerable<(double X, double Share)> Points)
{
    /// <summary>Draws curves, both axes logarithmic, by gnuplot; data and script stay beside the picture.</summary>
    public static void Draw(string stem, string title, string unit, IReadOnlyList<Curve> curves)
    {
        StringBuilder data = new();
        foreach (Curve curve in curves)
        {
            foreach ((double x, double share) in curve.Points)
            {
                data.Append(CultureInfo.InvariantCulture, $"{x} {share}\n");
            }

            data.Append("\n\n");
        }

        File.WriteAllText(stem + ".dat", data.ToString());
        string plots = string.Join(", ", curves.Select((curve, i) => $"'{stem}.dat' index {i} using 1:2 with steps lw 2 title \"{curve.Name}\""));
        File.WriteAllText(stem + ".gnuplot", $"""
            set terminal svg size 1200,700 dynamic background rgb 'white'
            set output '{stem}.svg'
            set title "{title}" noenhanced
            set xlabel "{unit}" noenhanced
            set ylabel "share that is at least so high"
            set logscale xy
            set format y "10^{"{%L}"}"
            set grid lc rgb '#dddddd'
            set key outside bottom center noenhanced
            plot {plots}

            """);
        Command.Run("gnuplot", [stem + ".gnuplot"]).EnsureSuccess();
    }
}
