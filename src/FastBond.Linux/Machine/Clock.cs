using System.Diagnostics;

namespace FastBond.Linux.Machine;

/// <summary>The one clock of the process: CLOCK_MONOTONIC in nanoseconds.</summary>
internal static class Clock
{
    /// <summary>Now. .NET's Stopwatch reads CLOCK_MONOTONIC in nanoseconds on Linux, the clock that timerfd is armed on.</summary>
    public static long NowNs => Stopwatch.GetTimestamp();
}
