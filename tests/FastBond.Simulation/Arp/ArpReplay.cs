using System.Net;
using System.Text.RegularExpressions;
using FastBond.Core.Bonds;

namespace FastBond.Simulation.Arp;

/// <summary>What a trace does not say of how its bond was set up.</summary>
internal sealed record ArpSetup(string Trace, BondMode Mode, string Validate)
{
    /// <summary>The slaves, and how long before the first pass each was enslaved, in milliseconds.</summary>
    public required IReadOnlyList<(string Name, double BeforeMs)> Slaves { get; init; }

    /// <summary>From when on the host had its addresses, as the sources of the probes show; 0 for from the start.</summary>
    public double AddressesMs { get; init; }

    /// <summary>
    /// A slave that the kernel's first pass found silent, said so and counted it, and then, as another had its lock, left up.
    /// </summary>
    public string? CountedInVain { get; init; }

    /// <summary>Looks at the states that took long: the recorder noted when it began, and passes came before it was done.</summary>
    public IReadOnlyList<double> TornLooksMs { get; init; } = [];

    /// <summary>Where the kernel's clock stood still and then caught up, unseen by the recorder's: when, and by how much.</summary>
    public IReadOnlyList<(double TimeMs, double ByMs)> ClockJumps { get; init; } = [];
}

/// <summary>Something said or done, at the recording's time.</summary>
internal sealed record Happened(double TimeMs, string Text);

/// <summary>
/// Lets a simulated bond live through what a kernel bond did under the ARP monitor: the same frames received at the same times, the same
/// links cut, its passes when the kernel's were. Whatever it then does is its own: log lines, states, probes.
/// </summary>
/// <remarks>
/// The kernel's passes are seen by the probes it sent. Its machine was slow, and now and then its clock stood still and caught up in one
/// jump: passes then came closer together than the interval. Here they are moved apart, and all that follows with them.
/// </remarks>
internal sealed partial class ArpReplay
{
    private const double Millisecond = 1_000_000;

    /// <summary>The simulated time of the first pass: late enough for all to be enslaved before.</summary>
    private const double FirstPassMs = 10_000;

    /// <summary>The kernel counts time in jiffies of 4 ms: what happened within one happened at once.</summary>
    private const double JiffyMs = 4;

    /// <summary>Probes of one pass follow each other so closely.</summary>
    private const double OnePassMs = 15;

    private const double LongestPassMs = 200;

    private readonly ArpSetup _setup;
    private readonly Dictionary<string, List<Observation>> _history = [];
    private double _nowMs;
    private double _shiftMs;
    private int _linesSeen;

    public ArpReplay(ArpSetup setup)
    {
        _setup = setup;
        Trace = GoldenTrace.Read(setup.Trace);
        double firstFrameMs = Trace.Timeline.Find(static entry => entry.Source == "frame")!.TimeMs;
        Frames = RecordedFrames.Read(setup.Trace, firstFrameMs);
        Simulation = new BondSimulation(Hearing.Hinted, setup.Slaves.Count);
        Configure();
        Observe();
        Simulation.AfterStep = Observe;
        Simulation.World.OnSend = frame => Sent.Add(new(_nowMs, $"{frame.Slave}: {FrameText.Of(frame.Bytes)}"));
        Run();
    }

    public GoldenTrace Trace { get; }

    public List<RecordedFrame> Frames { get; }

    public BondSimulation Simulation { get; }

    public List<Happened> Sent { get; } = [];

    public List<Happened> Lines { get; } = [];

    /// <summary>The values that the keys of the recording had, and since when.</summary>
    public IEnumerable<(string Key, IReadOnlyList<Observation> History)> Histories => _history.Select(static pair => (pair.Key, (IReadOnlyList<Observation>)pair.Value));

    /// <summary>Whether a frame is one of the monitor's questions.</summary>
    public static bool IsProbe(RecordedFrame frame) => !frame.IsIncoming && frame.Interface != "bond0" && Question().IsMatch(FrameText.Of(frame.Bytes));

    private void Configure()
    {
        Dictionary<string, string?> initial = Trace.InitialState;
        Simulation.SetMode(_setup.Mode);
        Simulation.Set("arp_interval", initial["bond|ARP Polling Interval (ms)"]!);
        Simulation.Set("arp_ip_target", initial.GetValueOrDefault("bond|ARP IP target/s (n.n.n.n form)") ?? "");
        Simulation.Set("ns_ip6_target", initial.GetValueOrDefault("bond|NS IPv6 target/s (xx::xx form)") ?? "");
        Simulation.Set("arp_validate", _setup.Validate);
        Simulation.SetAddress("02:b0:00:00:00:01");
        if (_setup.AddressesMs == 0)
        {
            GiveAddresses();
        }

        foreach ((string slave, double beforeMs) in _setup.Slaves)
        {
            Simulation.RunUntil((long)((FirstPassMs - beforeMs) * Millisecond));
            Simulation.Enslave([slave]);
        }

        _linesSeen = Simulation.World.Logs.Count;
    }

    private void GiveAddresses()
    {
        List<HostAddress> addresses = [new(IPAddress.Parse("10.9.0.1"), [], default) { PrefixLength = 24 }];
        if (Simulation.Options.NsIp6Targets.Count > 0)
        {
            addresses.Add(new(IPAddress.Parse("fd09::1"), [], default) { PrefixLength = 64 });
            addresses.Add(new(IPAddress.Parse("fe80::b0:ff:fe00:1"), [], default) { PrefixLength = 64 });
        }

        Simulation.Bond.SetHostAddresses(Simulation.NowNs, addresses);
    }

    private void Run()
    {
        List<(double BeginMs, double EndMs)> passes = [.. PassTimes()];
        _shiftMs = FirstPassMs - passes[0].BeginMs;
        List<(double TimeMs, Action Act)> script =
        [
            .. passes.Select(pass => (pass.BeginMs, (Action)(() => Pass(pass.EndMs - pass.BeginMs)))),
            .. Frames.Where(static frame => frame.IsIncoming && frame.Interface != "bond0").Select(frame => (frame.TimeMs, (Action)(() => Receive(frame)))),
            .. CarrierChanges(),
            .. _setup.ClockJumps.Select(jump => (jump.TimeMs, (Action)(() => _shiftMs += jump.ByMs))),
        ];
        if (_setup.AddressesMs > 0)
        {
            script.Add((_setup.AddressesMs, GiveAddresses));
        }

        foreach ((double timeMs, Action act) in script.OrderBy(static step => step.TimeMs))
        {
            _nowMs = timeMs;
            Simulation.World.NowNs = Math.Max(Simulation.NowNs, VirtualNs(timeMs));
            act();
        }
    }

    /// <summary>
    /// When the kernel's passes began. Each sends its probes, as the last or nearly the last of what it does; before, it may have
    /// said what it found.
    /// </summary>
    private IEnumerable<(double BeginMs, double EndMs)> PassTimes()
    {
        List<(double TimeMs, bool IsProbe)> signs =
        [
            .. Trace.Timeline.Where(static entry => entry.Source == "dmesg" && entry.Text.StartsWith("bond0:", StringComparison.Ordinal)).Select(static entry => (entry.TimeMs, false)),
            .. Frames.Where(IsProbe).Select(static frame => (frame.TimeMs, true)),
        ];
        double endMs = double.MinValue;
        double? beginMs = null;
        foreach ((double timeMs, bool isProbe) in signs.OrderBy(static sign => sign.TimeMs))
        {
            if (timeMs <= endMs + OnePassMs)
            {
                continue;
            }

            if (beginMs is { } withoutProbesMs && timeMs > withoutProbesMs + LongestPassMs)
            {
                // The end of the recording: the frames ceased before the log did.
                yield return (withoutProbesMs, withoutProbesMs);
                beginMs = null;
            }

            beginMs ??= timeMs;
            if (isProbe)
            {
                endMs = timeMs;
                yield return (beginMs.Value, endMs);
                beginMs = null;
            }
        }

        if (beginMs is { } unfinishedMs)
        {
            yield return (unfinishedMs, unfinishedMs);
        }
    }

    /// <summary>A peer was down when its bridge port was seen to be, not when the command began; a port that left its bridge has carrier.</summary>
    private IEnumerable<(double TimeMs, Action Act)> CarrierChanges()
    {
        string? goingDown = null;
        foreach (TraceEntry entry in Trace.Timeline)
        {
            if (entry.Source == "event" && LinkCommand().Match(entry.Commands[0]) is { Success: true } command)
            {
                string slave = command.Groups["peer"].Value.Replace('p', 's');
                if (command.Groups["to"].Value == "up")
                {
                    yield return (entry.TimeMs, () => SetCarrier(slave, true));
                }
                else
                {
                    goingDown = slave;
                }
            }
            else if (goingDown is { } down && entry.Source == "dmesg" && entry.Text.EndsWith($"({down.Replace('s', 'p')}) entered disabled state", StringComparison.Ordinal))
            {
                goingDown = null;
                yield return (entry.TimeMs, () => SetCarrier(down, false));
            }
        }
    }

    /// <summary>Without letting the bond do what may be due: the kernel's pass is yet to come.</summary>
    private void SetCarrier(string slave, bool carrier)
    {
        Simulation.World.Devices[slave].PeerIsUp = carrier;
        Simulation.Bond.CarrierChanged(Simulation.NowNs, Simulation.Slave(slave), carrier);
    }

    private long VirtualNs(double timeMs) => (long)(Math.Floor((timeMs + _shiftMs) / JiffyMs) * JiffyMs * Millisecond);

    private void Receive(RecordedFrame frame)
    {
        if (Simulation.Bond.FindSlave(frame.Interface) is { } slave)
        {
            // As the data path does: of any frame the time, and of ARP and neighbour discovery a copy.
            Simulation.Bond.Heard(Simulation.NowNs, slave, Simulation.NowNs);
            Simulation.Bond.FrameReceived(Simulation.NowNs, slave, frame.Bytes);
        }
    }

    /// <summary>A pass takes no time here; where the kernel's took long, what follows comes sooner.</summary>
    private void Pass(double tookMs)
    {
        if (!Simulation.Bond.IsUp)
        {
            Simulation.SetUp(true);
            return;
        }

        long dueNs = Simulation.Bond.NextArpPassNs;
        if (dueNs > Simulation.NowNs)
        {
            _shiftMs += Math.Ceiling((dueNs - Simulation.NowNs) / Millisecond / JiffyMs) * JiffyMs;
            Simulation.World.NowNs = VirtualNs(_nowMs);
        }

        Simulation.RunUntil(Simulation.NowNs);
        _shiftMs -= tookMs > OnePassMs ? tookMs : 0;
    }

    private void Observe()
    {
        foreach (Logged line in Simulation.World.Logs.Skip(_linesSeen))
        {
            Lines.Add(new(_nowMs, line.Text));
        }

        _linesSeen = Simulation.World.Logs.Count;
        Bond bond = Simulation.Bond;
        Note("bond|MII Status", bond.Carrier ? "up" : "down");
        Note("bond|Currently Active Slave", _setup.Mode == BondMode.ActiveBackup ? bond.ActiveSlave?.Name ?? "None" : "hidden");
        foreach (Slave slave in bond.Slaves)
        {
            Note($"{slave.Name}|MII Status", Replay.Status(slave.Link));
            Note($"{slave.Name}|Link Failure Count", slave.LinkFailureCount.ToString());
        }
    }

    private void Note(string key, string value)
    {
        if (!_history.TryGetValue(key, out List<Observation>? history))
        {
            _history.Add(key, history = []);
        }

        if (history.Count == 0 || history[^1].Value != value)
        {
            history.Add(new Observation(_nowMs, value));
        }
    }

    [GeneratedRegex(@"^(?:arp request .*tpa=10\.9\.0\.2|NS .*target=fd09::2) ", RegexOptions.NonBacktracking)]
    private static partial Regex Question();

    [GeneratedRegex(@"^ip -n rx link set (?<peer>p[0-9]) (?<to>up|down)$", RegexOptions.NonBacktracking)]
    private static partial Regex LinkCommand();
}
