using System.Globalization;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using Xunit;

namespace FastBond.Lab.Tests;

/// <summary>What a poll core may expect of the process around it: a CPU of its own, and nothing that stops it.</summary>
public sealed class QuietDaemonTests : ScenarioTest
{
    private const int PollCpu = 1;
    private const long MostHeapBytes = 16 << 20;
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60), Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void For_a_minute_threads_stay_on_their_cpus_and_nothing_is_collected()
    {
        Assert.SkipUnless(Environment.ProcessorCount > PollCpu, "this machine lacks a second CPU for the poll core");
        NetworkNamespace a = Lab.Namespace(), b = Lab.Namespace();
        foreach (string link in (string[])["eth0", "eth1"])
        {
            VethPair.Create(new VethEnd(a, link), new VethEnd(b, link));
            b.Ip($"link set {link} up");
        }
        FastBondProcess daemon = Lab.Daemon(a, $"bond0 mode=active-backup miimon=100 cores={PollCpu} idle=sleep slaves=eth0,eth1");
        a.Ip("address add 192.0.2.1/24 dev bond0");
        a.Ip("link set bond0 up");
        daemon.WaitFor(status => status.HasAllUp(2), Soon, "every slave up");
        _ = daemon.Metrics();
        long[] before = Collections(daemon);
        for (int i = 0; i < Minute / Second; i++)
        {
            Wait.For(Second);
            Assert.InRange(Value(daemon.Metrics(), "dotnet_total_memory_bytes "), 1, MostHeapBytes);
        }
        Assert.Equal(before, Collections(daemon));

        Dictionary<string, string> masks = Masks(daemon.Id);
        string[] pollThreads = [.. masks.Keys.Where(thread => thread.StartsWith("fastbond-cpu", StringComparison.Ordinal))];
        Assert.Equal($"{PollCpu}", masks[Assert.Single(pollThreads)]);
        Assert.All(masks.Where(thread => !pollThreads.Contains(thread.Key)), thread => Assert.DoesNotContain(PollCpu, Cpus(thread.Value)));
    }

    private static long[] Collections(FastBondProcess daemon)
    {
        string metrics = daemon.Metrics();
        return [.. Enumerable.Range(0, 3).Select(generation => Value(metrics, $"dotnet_collection_count_total{{generation=\"{generation}\"}} "))];
    }

    private static long Value(string metrics, string name) =>
        long.Parse(metrics.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..], CultureInfo.InvariantCulture);

    /// <summary>The CPUs that each thread of a process may run on, as the kernel lists them, by name and number.</summary>
    private static Dictionary<string, string> Masks(int process) => Directory.EnumerateDirectories($"/proc/{process}/task").ToDictionary(
        task => $"{File.ReadAllText(Path.Combine(task, "comm")).Trim()} {Path.GetFileName(task)}",
        task => File.ReadLines(Path.Combine(task, "status")).Single(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1]);

    private static IEnumerable<int> Cpus(string list) => list.Split(',').SelectMany(part =>
    {
        int[] ends = [.. part.Split('-').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    });
}
