using FastBond.Benchmarks.Traffic;
using FastBond.Core.Bonds;
using FastBond.Core.Hashing;

namespace FastBond.Benchmarks.Turns;

/// <summary>
/// ns per frame of <see cref="Dataplane.Cores.Lane.Turn"/>. What is compared takes turns, round by round, and the median of all samples counts:
/// on a shared machine only ratios within one run mean anything.
/// </summary>
internal static class TurnBenchmark
{
    private static readonly (string Name, BondMode Mode, TransmitHashPolicy Policy)[] Variants =
    [
        ("rr", BondMode.BalanceRr, TransmitHashPolicy.Layer2),
        ("active-backup", BondMode.ActiveBackup, TransmitHashPolicy.Layer2),
        ("xor layer2", BondMode.BalanceXor, TransmitHashPolicy.Layer2),
        ("xor layer2+3", BondMode.BalanceXor, TransmitHashPolicy.Layer23),
        ("xor layer3+4", BondMode.BalanceXor, TransmitHashPolicy.Layer34),
        ("xor encap2+3", BondMode.BalanceXor, TransmitHashPolicy.Encap23),
        ("xor encap3+4", BondMode.BalanceXor, TransmitHashPolicy.Encap34),
        ("xor vlan+srcmac", BondMode.BalanceXor, TransmitHashPolicy.VlanSrcMac),
        ("xor xor24", BondMode.BalanceXor, TransmitHashPolicy.Xor24),
    ];

    public static void Run(TurnOptions options, TextWriter output)
    {
        output.WriteLine($"ns per frame, 60 bytes, median of the samples of {options.Rounds} rounds of {options.Milliseconds} ms; clock overhead {Clock.OverheadNs:F1} ns taken off");
        output.WriteLine("plain: the same ports without a bond, one slave; others: the whole turn, in parentheses what it adds to plain");
        output.WriteLine();
        string header = $"{"flows",6}{"slaves",7}{"burst",6}  {"plain",6}  " + string.Concat(Variants.Select(variant => $"{variant.Name,17}")) + $"{"rx plain",10}{"rx rr",15}";
        output.WriteLine(header);
        WarmUp(options);
        foreach (int flows in options.Flows)
        {
            foreach (int slaves in options.Slaves)
            {
                foreach (int burst in options.Bursts)
                {
                    output.WriteLine($"{flows,6}{slaves,7}{burst,6}  " + Row(flows, slaves, burst, options));
                }
            }
        }
    }

    private static void WarmUp(TurnOptions options)
    {
        using TurnBench bench = new(options.Slaves[0], 32, 64);
        Measure(bench, options.Slaves[0], rounds: 20, TimeSpan.FromMilliseconds(10));
    }

    private static string Row(int flows, int slaves, int burst, TurnOptions options)
    {
        using TurnBench bench = new(slaves, burst, flows);
        double[] medians = Measure(bench, slaves, options.Rounds, TimeSpan.FromMilliseconds(options.Milliseconds));
        double plain = medians[0];
        double receivePlain = medians[^2];
        return $"{plain,6:F2}  " + string.Concat(medians[1..^2].Select(ns => $"{ns,9:F2} ({ns - plain,5:F2})"))
            + $"{receivePlain,10:F2}{medians[^1],7:F2} ({medians[^1] - receivePlain,5:F2})";
    }

    /// <summary>Medians of: plain transmit, each variant, plain receive, receive.</summary>
    private static double[] Measure(TurnBench bench, int slaves, int rounds, TimeSpan duration)
    {
        List<double>[] samples = [.. Enumerable.Range(0, Variants.Length + 3).Select(_ => new List<double>())];
        for (int round = 0; round < rounds; round++)
        {
            bench.MeasurePlain(transmit: true, duration, samples[0]);
            for (int i = 0; i < Variants.Length; i++)
            {
                bench.MeasureTurn(Tables.Of(slaves, Variants[i].Mode, Variants[i].Policy), transmit: true, duration, samples[1 + i]);
            }

            bench.MeasurePlain(transmit: false, duration, samples[^2]);
            bench.MeasureTurn(Tables.Of(slaves, BondMode.BalanceRr, TransmitHashPolicy.Layer2), transmit: false, duration, samples[^1]);
        }

        return [.. samples.Select(Median.Of)];
    }
}
