using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using FastBond.Core.Bonds;

namespace FastBond.Simulation;

/// <summary>
/// The same history as a kernel bond's, for the same events at the same times (tests/golden/traces): log lines, state and control frames,
/// each in order, after its cause, and not later than one monitor interval after the kernel's.
/// </summary>
public partial class GoldenTraceTests
{
    private const double IntervalMs = 100;

    /// <summary>A moment of the recorder's: its clock and the 10 ms between two looks at the state.</summary>
    private const double SlackMs = 20;

    public static readonly TheoryData<string, Hearing> Traces = Both(
        "ab-miimon100-basic",
        "ab-delay-up300-down0",
        "ab-delay-up500-down200",
        "miimon-balance-rr-updown",
        "miimon-balance-xor-updown",
        "ab-primary-always",
        "ab-primary-better",
        "ab-prio",
        "ab-igmp",
        "garp-n1-d0-fom_none",
        "garp-n3-d300-fom_none",
        "fom-none",
        "fom-active",
        "fom-follow");

    [Theory]
    [MemberData(nameof(Traces))]
    public void Log_lines_are_the_kernels(string name, Hearing hearing)
    {
        (GoldenTrace trace, Replay replay) = Play(name, hearing);
        List<Logged> ours = [.. replay.Simulation.World.Logs.Skip(replay.Lines)];
        List<TraceEntry> kernels = [.. trace.Timeline.Where(IsOfTheBond)];

        Assert.Equal(kernels.Select(static line => WithoutSpan(line.Text)), ours.Select(static line => WithoutSpan(line.Text)));
        for (int i = 0; i < kernels.Count; i++)
        {
            // "again after N ms" counts passes: how many fit between two events depends on when the first was.
            Assert.InRange(Math.Abs(SpanOf(ours[i].Text) - SpanOf(kernels[i].Text)), 0, IntervalMs);
            CheckTime(trace, kernels[i].TimeMs, ours[i].TimeNs / 1e6, kernels[i].Text);
        }
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void State_is_the_kernels(string name, Hearing hearing)
    {
        (GoldenTrace trace, Replay replay) = Play(name, hearing);
        TraceEntry? deletion = trace.Timeline.Find(static entry => entry.Source == "event" && entry.Text == "del bond0");
        double deletedMs = deletion?.TimeMs ?? double.MaxValue;
        string[] keys = [.. trace.Keys.Distinct().Where(static key => !IsConfiguration(key))];
        Assert.InRange(keys.Length, 15, 30);
        foreach (string key in keys)
        {
            List<Observation> kernels = [.. trace.HistoryOf(key).Where(change => change.TimeMs < deletedMs)];

            // The recorder's first look came when the first event had been done: what ours was before that is not in the trace.
            List<Observation> ours = replay.HistoryOf(key);
            string both = $"{key}: {Text(kernels)} but {Text(ours)}";
            int unseen = ours.Count - kernels.Count;
            Assert.True(unseen >= 0 && ours.Take(unseen + 1).All(value => value.TimeMs <= kernels[0].TimeMs), both);
            ours = ours[unseen..];
            Assert.True(kernels.Select(static value => value.Value).SequenceEqual(ours.Select(static value => value.Value)), both);
            foreach ((Observation theirs, Observation mine) in kernels.Zip(ours).Skip(1))
            {
                CheckTime(trace, theirs.TimeMs, mine.TimeMs, $"{key} = {theirs.Value}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void Control_frames_are_the_kernels(string name, Hearing hearing)
    {
        (GoldenTrace trace, Replay replay) = Play(name, hearing);
        List<TraceEntry> kernels = [.. trace.Timeline.Where(static entry => entry.Source == "frame" && IsAnnouncement(entry))];
        List<SentFrame> ours = replay.Simulation.World.Frames;

        Assert.Equal(
            kernels.Select(static frame => $"{frame.Field("if")}: {frame.Field("kind")} {frame.Field("dst")} {frame.Field("smac")}"),
            ours.Select(static frame => $"{frame.Slave}: {FrameText.Of(frame.Bytes)}"));
        for (int i = 0; i < kernels.Count; i++)
        {
            CheckTime(trace, kernels[i].TimeMs, ours[i].TimeNs / 1e6, FrameText.Of(ours[i].Bytes));
        }
    }

    [Theory]
    [InlineData(Hearing.Polled)]
    [InlineData(Hearing.Hinted)]
    public void Multicast_reports_are_repeated_as_the_kernel_does(Hearing hearing)
    {
        (GoldenTrace trace, Replay replay) = Play("ab-igmp", hearing);
        double failOverMs = trace.Timeline.Find(static entry => entry.Source == "event" && entry.Text == "p0 down")!.TimeMs;
        double[] kernels =
        [
            .. trace.Timeline.Where(entry => entry.Source == "frame" && entry.TimeMs > failOverMs)
                .Where(static frame => frame.Field("if") == "s1")
                .Where(static frame => frame.Field("kind").StartsWith("ipv4 proto 2", StringComparison.Ordinal))
                .Select(static frame => frame.TimeMs),
        ];
        double[] ours = [.. replay.Simulation.World.ReportTimesNs.Select(static time => time / 1e6)];

        Assert.Equal(kernels.Length, ours.Length);
        Assert.Equal(10, ours[0] - (replay.Simulation.World.Logs[^1].TimeNs / 1e6), 3);
        Assert.Equal([200, 200], ours.Skip(1).Zip(ours, static (later, sooner) => later - sooner), Near);
        Assert.Equal([200, 200], kernels.Skip(1).Zip(kernels, static (later, sooner) => later - sooner), Near);
    }

    [Theory]
    [InlineData("garp-n3-d300-fom_none")]
    [InlineData("ab-delay-up500-down200")]
    [InlineData("ab-miimon100-basic")]
    public void Hearing_early_makes_nothing_later(string name)
    {
        Replay polled = Play(name, Hearing.Polled).Replay;
        Replay hinted = Play(name, Hearing.Hinted).Replay;
        int earlier = 0;
        foreach (string key in (string[])["s0|MII Status", "s1|MII Status", "bond|MII Status", "bond|Currently Active Slave"])
        {
            foreach ((Observation late, Observation early) in polled.HistoryOf(key).Zip(hinted.HistoryOf(key)))
            {
                Assert.Equal(late.Value, early.Value);
                Assert.True(early.TimeMs <= late.TimeMs, $"{key} = {late.Value} at {early.TimeMs}, polled at {late.TimeMs}");
                earlier += early.TimeMs < late.TimeMs ? 1 : 0;
            }
        }

        Assert.InRange(earlier, 3, 100);
    }

    private static (GoldenTrace Trace, Replay Replay) Play(string name, Hearing hearing)
    {
        GoldenTrace trace = GoldenTrace.Read(name);
        return (trace, name switch
        {
            "ab-prio" => new Replay(trace, hearing, static simulation =>
            {
                simulation.SetPrio("s1", 5);
                simulation.SetPrio("s2", 10);
            }),
            "ab-igmp" => new Replay(trace, hearing, static simulation => simulation.Set("resend_igmp", 3)),
            "garp-n1-d0-fom_none" => new Replay(trace, hearing, GiveAddresses),
            "garp-n3-d300-fom_none" => new Replay(trace, hearing, static simulation =>
            {
                simulation.Set("num_grat_arp", 3);
                GiveAddresses(simulation);
            }),
            _ => new Replay(trace, hearing),
        });
    }

    private static void GiveAddresses(BondSimulation simulation)
    {
        const uint Vlan10 = 0x8100000a;
        simulation.Bond.SetHostAddresses(
            simulation.NowNs,
            [
                new HostAddress(IPAddress.Parse("10.9.10.1"), [Vlan10], default),
                new HostAddress(IPAddress.Parse("fd0a::1"), [Vlan10], default),
                new HostAddress(IPAddress.Parse("fe80::b0:ff:fe00:1"), [Vlan10], default),
                new HostAddress(IPAddress.Parse("10.9.0.1"), [], default),
                new HostAddress(IPAddress.Parse("10.9.1.1"), [], default),
                new HostAddress(IPAddress.Parse("fd09::1"), [], default),
                new HostAddress(IPAddress.Parse("fe80::b0:ff:fe00:1"), [], default),
            ]);
    }

    /// <summary>All lines of the kernel's log but the VLAN driver's, and those of deleting the bond: it ends before.</summary>
    private static bool IsOfTheBond(TraceEntry entry) =>
        entry.Source == "dmesg" &&
        !entry.Text.StartsWith("8021q:", StringComparison.Ordinal) &&
        !entry.Text.StartsWith("bond0 (unregistering):", StringComparison.Ordinal);

    /// <summary>On slaves: what appears on bond0 is the same frame on its way. Router solicitations, DAD and MLD are the host's.</summary>
    private static bool IsAnnouncement(TraceEntry entry)
    {
        string kind = entry.Field("kind");
        return entry.Field("if") is ['s', _] &&
               entry.Field("dir") == "out" &&
               (kind.Contains("arp request", StringComparison.Ordinal) || kind.Contains("NA src", StringComparison.Ordinal));
    }

    /// <summary>What the status text says of options and versions is not the control plane's.</summary>
    private static bool IsConfiguration(string key) =>
        key.Contains("Delay", StringComparison.Ordinal) ||
        key.EndsWith("Slave queue ID", StringComparison.Ordinal) ||
        key is
            "bond|Bonding Mode" or
            "bond|Ethernet Channel Bonding Driver" or
            "bond|MII Polling Interval (ms)" or
            "bond|Transmit Hash Policy";

    /// <summary>
    /// After what caused it, and not later than the kernel but for one pass. How much sooner is not to be learnt from recordings: their
    /// machine was slow, its intervals are "at least". That delays are kept to the pass is MiiMonitorTests' to show.
    /// </summary>
    private static void CheckTime(GoldenTrace trace, double kernelMs, double ourMs, string what)
    {
        double causeMs = trace.Timeline.FindLast(entry => entry.Source == "event" && entry.TimeMs <= kernelMs)?.TimeMs ?? 0;
        Assert.True(
            ourMs >= causeMs - SlackMs && ourMs <= kernelMs + IntervalMs + SlackMs,
            $"{what}: at {ourMs:0} ms, the kernel at {kernelMs:0} ms, what went before at {causeMs:0} ms");
    }

    private static string Text(IEnumerable<Observation> history) =>
        string.Join(", ", history.Select(static value => $"{value.TimeMs:0}: {value.Value}"));

    private static bool Near(double a, double b) => Math.Abs(a - b) <= SlackMs;

    private static string WithoutSpan(string line) => AgainAfter().Replace(line, "again after");

    private static double SpanOf(string line) =>
        AgainAfter().Match(line) is { Success: true } match ? double.Parse(match.Groups["span"].Value, CultureInfo.InvariantCulture) : 0;

    private static TheoryData<string, Hearing> Both(params string[] names)
    {
        TheoryData<string, Hearing> data = [];
        foreach (string name in names)
        {
            data.Add(name, Hearing.Polled);
            data.Add(name, Hearing.Hinted);
        }

        return data;
    }

    [GeneratedRegex(@"again after (?<span>[0-9]+) ms", RegexOptions.NonBacktracking)]
    private static partial Regex AgainAfter();
}
