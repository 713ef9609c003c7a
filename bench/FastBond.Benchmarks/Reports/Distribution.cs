using System.Globalization;
using System.Text;
using FastBond.Lab.Machine;

namespace FastBond.Benchmarks.Reports;

/// <summary>Many values of one thing, for those whom a median tells too little.</summary>
/// <param name="Name">What they are, in a plot's key.</param>
/// <param name="Values">The values; sorted by whoever asks for a percentile.</param>
internal sealed record Distribution(string Name, List<double> Values)
{
    private bool _sorted;

    /// <summary>The value that so many percent do not exceed.</summary>
    public double Percentile(double percent)
    {
        if (!_sorted)
        {
            Values.Sort();
            _sorted = true;
        }

        return Values[Math.Clamp((int)Math.Ceiling(percent / 100 * Values.Count) - 1, 0, Values.Count - 1)];
    }

    /// <summary>
    /// Draws the share of values that exceed x over x, both logarithmic, by gnuplot; data and script stay beside the picture. Returns its path.
    /// </summary>
    public static string Draw(string stem, string title, string unit, IReadOnlyList<Distribution> distributions)
    {
        StringBuilder data = new();
        foreach (Distribution distribution in distributions)
        {
            _ = distribution.Percentile(0);
            int count = distribution.Values.Count;
            for (int i = 0; i < count; i++)
            {
                // Of equal values the last is enough.
                if (i + 1 == count || distribution.Values[i] != distribution.Values[i + 1])
                {
                    data.Append(CultureInfo.InvariantCulture, $"{distribution.Values[i]} {(count - i) / (double)count}\n");
                }
            }

            data.Append("\n\n");
        }

        File.WriteAllText(stem + ".dat", data.ToString());
        string curves = string.Join(", ", distributions.Select((distribution, i) => $"'{stem}.dat' index {i} using 1:2 with steps lw 2 title \"{distribution.Name}\""));
        File.WriteAllText(stem + ".gnuplot", $"""
            set terminal svg size 1200,700 dynamic background rgb 'white'
            set output '{stem}.svg'
            set title "{title}" noenhanced
            set xlabel "{unit}" noenhanced
            set ylabel "share that exceeds it"
            set logscale xy
            set format y "10^%L"
            set grid lc rgb '#dddddd'
            set key outside bottom center noenhanced
            plot {curves}

            """);
        Command.Run("gnuplot", [stem + ".gnuplot"]).EnsureSuccess();
        return stem + ".svg";
    }
}
