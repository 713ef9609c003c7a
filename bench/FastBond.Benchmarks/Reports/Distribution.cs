namespace FastBond.Benchmarks.Reports;

/// <summary>Many values of one thing, for those whom a median tells too little.</summary>
internal sealed class Distribution
{
    private readonly double[] _values;

    public Distribution(IEnumerable<double> values)
    {
        _values = [.. values];
        Array.Sort(_values);
    }

    /// <summary>The value that so many percent do not exceed.</summary>
    public double Percentile(double percent) => _values[Math.Clamp((int)Math.Ceiling(percent / 100 * _values.Length) - 1, 0, _values.Length - 1)];

    /// <summary>For each value the share of those at least as high.</summary>
    public IEnumerable<(double X, double Share)> Exceeding() => _values.Select((value, i) => (value, (_values.Length - i) / (double)_values.Length));
}
