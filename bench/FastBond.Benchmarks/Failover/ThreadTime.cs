using System.Globalization;

namespace FastBond.Benchmarks.Failover;

/// <summary>CPU time of threads of this process.</summary>
internal static class ThreadTime
{
    /// <summary>Nanoseconds that all threads of that name have run so far, as the scheduler counts.</summary>
    public static long OfNs(string name) => Directory.EnumerateDirectories("/proc/self/task")
        .Where(task => File.ReadAllText(Path.Combine(task, "comm")).Trim() == name)
        .Sum(task => long.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture));
}
