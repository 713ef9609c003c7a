using System.Diagnostics;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;

namespace FastBond.Lab.Demo;

/// <summary>
/// The play of the demo: two hosts, two links, FastBond at both ends. Ping, TCP and UDP both ways; then, under a TCP stream, one link is
/// cut and mended, and both.
/// </summary>
/// <param name="lab">What owns everything made.</param>
/// <param name="mode">Bonding mode.</param>
/// <param name="stop">Set when the user wants no more.</param>
internal sealed class Show(LabRun lab, string mode, CancellationToken stop)
{
    private const int StreamSeconds = 3, LongSeconds = 14, ParallelFlows = 4;
    private const int ProbesPerSecond = 2000;
    private const uint ProbeFlow = 77;

    // Of each flow. Streams at full speed lose frames to congestion; what cuts cost shows only below that.
    private const long SteadyRate = 25_000_000;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly Report _report = new(mode);

    /// <summary>The modes that can be shown; the first is the default.</summary>
    public static IReadOnlyList<string> Modes { get; } = ["balance-rr", "active-backup", "balance-xor"];

    /// <summary>Plays it and reports what was seen.</summary>
    public Report Run()
    {
        Say($"two hosts, two links, {mode} at both ends");
        BackToBack hosts = BackToBack.Build(lab, $"mode={mode} miimon=100 {Options(mode)}");
        using ThroughputSampler sampler = new(hosts.A.Place, [.. hosts.Cables.Select(cable => cable.A.Name)]);
        _report.Watch(sampler);

        PingResult ping = Ping.Run(hosts.A.Place, hosts.B.Address, count: 20);
        Say($"ping: {ping.Received} of {ping.Sent} answered");
        Expect(ping.Lost == 0, $"{ping.Lost} of {ping.Sent} pings were not answered");
        using (Iperf3 server = new(hosts.B.Place, hosts.B.Address))
        {
            Stream(hosts, server, "TCP A→B", udp: false, reverse: false);
            Stream(hosts, server, "TCP B→A", udp: false, reverse: true);
            Stream(hosts, server, "UDP A→B", udp: true, reverse: false);
            Stream(hosts, server, "UDP B→A", udp: true, reverse: true);
            CutAndMend(hosts, server);
        }
        sampler.Stop();
        Collect(hosts);
        return _report;
    }

    private static string Options(string mode) => mode switch
    {
        // Without a switch between them both hosts must agree on the link: the first one whenever it is up.
        "active-backup" => "primary=eth0",
        // Several flows need ports in the hash to use both links.
        "balance-xor" => "xmit_hash_policy=layer3+4",
        _ => "",
    };

    private void Stream(BackToBack hosts, Iperf3 server, string name, bool udp, bool reverse)
    {
        _report.Mark(name);
        Iperf3Result result = Finish(server.Start(hosts.A.Place, StreamSeconds, udp, reverse, ParallelFlows, udp ? SteadyRate : null), StreamSeconds);
        _report.Add(name, result);
        string loss = udp ? $"{result.LostDatagrams} of {result.Datagrams} datagrams lost" : $"{result.Retransmits} retransmits";
        Say($"{name}: {Report.Rate(result.BitsPerSecond)}, {loss}");
        Expect(result.Bytes > 0, $"{name}: nothing arrived");
    }

    // The stream is TCP; beside it numbered frames tell exactly what is lost and for how long.
    private void CutAndMend(BackToBack hosts, Iperf3 server)
    {
        const string name = "TCP A→B with cuts";
        _report.Mark(name);
        FrameObserver atB = lab.Keep(new FrameObserver(hosts.B.Place, "bond0", testFramesOnly: true));
        using CounterReader counters = new(hosts.B.Place);
        using ChildProcess client = server.Start(hosts.A.Place, LongSeconds, parallel: ParallelFlows, bitsPerSecond: SteadyRate);
        Pause(2);
        string victim = hosts.A.Status.ActiveSlave ?? "eth1";
        Cut(hosts, [hosts.Cables.First(cable => cable.A.Name == victim)], atB, counters);
        Cut(hosts, hosts.Cables, atB, counters);
        Iperf3Result result = Finish(client, LongSeconds);
        _report.Add(name, result);
        Say($"{name}: {Report.Rate(result.BitsPerSecond)}, {result.Retransmits} retransmits");
        atB.Stop();
    }

    private void Cut(BackToBack hosts, IReadOnlyList<Cable> cables, FrameObserver atB, CounterReader counters)
    {
        bool all = cables.Count == hosts.Cables.Count;
        string what = all ? "both links" : $"link {cables[0].A.Name}";
        byte[] toB = hosts.B.Mac;
        int seenBefore = atB.Frames.Count;
        using FrameStream probes = hosts.A.Stream(toB, ProbesPerSecond, flow: ProbeFlow);
        atB.WaitForTestFrames(seenBefore + (ProbesPerSecond / 10), Soon);
        _report.MarkCut($"cut {what}");
        using DeadLinkWatch watch = new(hosts.A.Place, [.. cables.Select(cable => cable.A.Name)]);
        foreach (Cable cable in cables)
        {
            cable.Cut();
        }
        Pause(1);
        DeadLinkFrames dead = watch.Stop();
        long before = counters.Read("bond0").RxBytes;
        Pause(1);
        bool goesOn = counters.Read("bond0").RxBytes > before + 100_000;
        bool carrier = hosts.A.Place.Link("bond0").HasCarrier;
        _report.MarkCut($"mend {what}");
        foreach (Cable cable in cables)
        {
            cable.Mend();
        }
        hosts.WaitUntilUp();
        long resumed = Stopwatch.GetTimestamp();
        Expect(TryWait(() => counters.Read("bond0").RxBytes > before + 1_000_000, Soon), $"the stream did not go on after {what} was mended");
        Pause(Math.Max(0, 2 - Stopwatch.GetElapsedTime(resumed).TotalSeconds));

        Expect(all || goesOn, $"the stream stood still while {what} was cut");
        Expect(!all || !goesOn, "frames arrived while both links were cut");
        Expect(carrier != all, all ? "bond0 kept its carrier without any link" : "bond0 lost its carrier though a link was left");
        probes.Stop();
        CutResult result = CutResult.From(what, dead, probes.Sent, [.. atB.Frames.Skip(seenBefore)]);
        _report.Add(result);
        string given = $"{dead.Frames} frames given to it dead within {dead.Span.TotalMilliseconds:0.0} ms";
        Say($"cut {what}: {given}, {result.Lost} of {result.Probes} numbered frames lost, longest pause {result.Pause.TotalMilliseconds:0} ms");
    }

    private void Collect(BackToBack hosts)
    {
        foreach ((string name, Host host) in new[] { ("A", hosts.A), ("B", hosts.B) })
        {
            BondStatus status = host.Status;
            _report.Add(name, status);
        }
    }

    private Iperf3Result Finish(ChildProcess client, int seconds)
    {
        using (client)
        {
            TimeSpan limit = TimeSpan.FromSeconds(seconds + 15);
            for (long start = Stopwatch.GetTimestamp(); !client.WaitForExit(TimeSpan.FromMilliseconds(100));)
            {
                ThrowIfOver();
                if (Stopwatch.GetElapsedTime(start) > limit)
                {
                    throw new LabException($"a stream of {seconds} s had not ended after {limit.TotalSeconds} s");
                }
            }
            return Iperf3.Finish(client, limit);
        }
    }

    private static bool TryWait(Func<bool> condition, TimeSpan limit)
    {
        try
        {
            Wait.Until(condition, limit, "");
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Pause(double seconds)
    {
        stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(seconds));
        ThrowIfOver();
    }

    private void ThrowIfOver()
    {
        stop.ThrowIfCancellationRequested();
        if (lab.Daemons.FirstOrDefault(daemon => !daemon.IsRunning) is { } ended)
        {
            throw new LabException($"the daemon in {ended.Place.Name} has ended");
        }
    }

    private void Expect(bool condition, string fault)
    {
        if (!condition)
        {
            _report.Fail(fault);
        }
    }

    private static void Say(string line) => Console.WriteLine("==> " + line);
}
