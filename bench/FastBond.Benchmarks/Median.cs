namespace FastBond.Benchmarks;

/// <summary>The middle of many measurements: what other work on the machine spoils few of them.</summary>
internal static class Median
{
    /// <summary>The median; the list is sorted by it.</summary>
    public static double Of(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
