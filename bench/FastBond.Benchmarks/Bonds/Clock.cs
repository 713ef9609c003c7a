using System.Diagnostics;

namespace FastBond.Benchmarks.Bonds;

/// <summary>What reading the clock costs, so that it can be taken off what is measured with it.</summary>
internal static class Clock
{
    /// <summary>Nanoseconds that two readings in a row lie apart: the median of many.</summary>
    public static readonly double OverheadNs = Measure();

    private static double Measure()
    {
        const int Samples = 20_001, Readings = 100;
        double[] ns = new double[Samples / Readings];
        for (int i = 0; i < ns.Length; i++)
        {
            long ticks = 0;
            for (int j = 0; j < Readings; j++)
            {
                long before = Stopwatch.GetTimestamp();
                ticks += Stopwatch.GetTimestamp() - before;
            }

            ns[i] = ticks * 1e9 / Stopwatch.Frequency / Readings;
        }

        Array.Sort(ns);
        return ns[ns.Length / 2];
    }
}
