using System.Numerics;

namespace FastBond.Benchmarks.Tail;

/// <summary>
/// Counts of durations in nanoseconds, each power of two in 32 parts: 3 % exact from one to the largest, and nothing allocated to count one.
/// </summary>
internal sealed class Histogram
{
    private const int PartBits = 5, Parts = 1 << PartBits;

    private readonly long[] _counts = new long[64 * Parts];

    /// <summary>How many were counted.</summary>
    public long Count => _counts.Sum();

    /// <summary>Counts durations.</summary>
    public void Add(long ns, long count = 1) => _counts[BucketOf((ulong)Math.Max(0, ns))] += count;

    /// <summary>Adds another's counts.</summary>
    public void Add(Histogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>The duration that so many percent do not exceed; 100 for the longest.</summary>
    public long Percentile(double percent)
    {
        long left = (long)Math.Ceiling(percent / 100 * Count);
        int bucket = 0;
        while (left > _counts[bucket] && bucket + 1 < _counts.Length)
        {
            left -= _counts[bucket++];
        }

        return LowestIn(bucket);
    }

    /// <summary>How many were longer.</summary>
    public long LongerThan(long ns) => _counts.Skip(BucketOf((ulong)ns) + 1).Sum();

    /// <summary>For each duration that occurred, in microseconds, the share of those at least as long.</summary>
    public IEnumerable<(double X, double Share)> Exceeding()
    {
        double all = Count;
        long left = Count;
        for (int i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                yield return (LowestIn(i) / 1e3, left / all);
                left -= _counts[i];
            }
        }
    }

    private static int BucketOf(ulong ns)
    {
        if (ns < 2 * Parts)
        {
            return (int)ns;
        }

        int shift = BitOperations.Log2(ns) - PartBits;
        return (shift * Parts) + (int)(ns >> shift);
    }

    private static long LowestIn(int bucket)
    {
        if (bucket < 2 * Parts)
        {
            return bucket;
        }

        int shift = (bucket / Parts) - 1;
        return (long)(bucket - (shift * Parts)) << shift;
    }
}
