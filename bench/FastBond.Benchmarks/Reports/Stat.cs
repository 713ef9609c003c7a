namespace FastBond.Benchmarks.Reports;

/// <summary>What many measurements of the same thing say: the middle, which other work on the machine spoils least, and how far they lie apart.</summary>
/// <param name="Median">The middle one.</param>
/// <param name="Min">The lowest.</param>
/// <param name="Max">The highest.</param>
internal readonly record struct Stat(double Median, double Min, double Max)
{
    /// <summary>Of one value at least; the list is sorted by it.</summary>
    public static Stat Of(List<double> values)
    {
        values.Sort();
        return new Stat(values[values.Count / 2], values[0], values[^1]);
    }

    /// <summary>Of what each round's pair of values makes.</summary>
    public static Stat Of(IEnumerable<double> left, IEnumerable<double> right, Func<double, double, double> make) => Of([.. left.Zip(right, make)]);
}
