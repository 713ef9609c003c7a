using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using FastBond.Simulation.Network;

namespace FastBond.Simulation.Fuzz;

/// <summary>What came of one seed.</summary>
internal sealed record SeedResult(int Seed, ulong Fingerprint, long Happenings, double VirtualSeconds, ulong Reached, string? Failure);

/// <summary>Runs seeds, several at a time. Each is a world of its own, so that it doesn't matter beside which others it runs.</summary>
internal static class SeedRunner
{
    private const int LinesShown = 60;

    /// <summary>Runs one seed; <paramref name="trace"/> is told of everything.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever went wrong, it is this seed's failure.")]
    public static SeedResult Run(int seed, Action<string>? trace = null)
    {
        NetworkHistory history = new(seed);
        history.Network.History.Trace = trace;
        string? failure = null;
        try
        {
            history.Run();
        }
        catch (Exception exception)
        {
            string last = string.Join('\n', history.Network.History.Last.TakeLast(LinesShown));
            failure = $"seed {seed}: {exception.Message}\n{last}\n{exception.StackTrace}\nagain: ./build.sh simulate --seed {seed} --trace";
        }

        History all = history.Network.History;
        return new SeedResult(seed, all.Fingerprint, all.Count, history.Network.NowNs / 1e9, history.Reached, failure);
    }

    /// <summary>
    /// Runs seeds from <paramref name="first"/> on until there were <paramref name="count"/>, the time is over, or one has failed.
    /// </summary>
    public static IReadOnlyCollection<SeedResult> RunAll(int first, int count, TimeSpan limit, int jobs, Action<SeedResult>? told = null)
    {
        List<SeedResult> results = [];
        Stopwatch watch = Stopwatch.StartNew();
        int next = first - 1;
        bool failed = false;
        Parallel.For(0, jobs, new ParallelOptions { MaxDegreeOfParallelism = jobs }, _ =>
        {
            while (!Volatile.Read(ref failed) && watch.Elapsed < limit && Interlocked.Increment(ref next) is int seed && seed - first < count)
            {
                SeedResult result = Run(seed);
                lock (results)
                {
                    failed |= result.Failure is not null;
                    results.Add(result);
                    told?.Invoke(result);
                }
            }
        });
        return results;
    }
}
