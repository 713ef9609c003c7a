using System.Diagnostics;

namespace FastBond.Lab.Machine;

/// <summary>Bounded waits on conditions that nothing announces: asked again and again, with pauses that grow from 1 to 20 ms.</summary>
public static class Wait
{
    private const int LongestPauseMs = 20;

    /// <summary>Waits until <paramref name="probe"/> answers something and returns that.</summary>
    /// <exception cref="TimeoutException">It did not within <paramref name="limit"/>; the message says <paramref name="what"/>.</exception>
    public static T Until<T>(Func<T?> probe, TimeSpan limit, string what)
        where T : class
    {
        long start = Stopwatch.GetTimestamp();
        for (int pauseMs = 1; ; pauseMs = Math.Min(pauseMs * 2, LongestPauseMs))
        {
            if (probe() is { } answer)
            {
                return answer;
            }
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"not within {limit.TotalSeconds:0.###} s: {what}");
            }
            Thread.Sleep(pauseMs);
        }
    }

    /// <summary>Waits until <paramref name="condition"/> holds; returns how long that took.</summary>
    /// <exception cref="TimeoutException">It did not within <paramref name="limit"/>.</exception>
    public static TimeSpan Until(Func<bool> condition, TimeSpan limit, string what)
    {
        long start = Stopwatch.GetTimestamp();
        Until(() => condition() ? "" : null, limit, what);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Lets time itself pass: for spans during which something must not happen, or traffic must flow.</summary>
    public static void For(TimeSpan span) => Thread.Sleep(span);
}
