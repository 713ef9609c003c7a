using FastBond.Core.Bonds;
using FastBond.Dataplane.Counters;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Topology;
using FastBond.Linux;
using FastBond.Linux.Machine;
using FastBond.Logging;

namespace FastBond.Benchmarks.Failover;

/// <summary>
/// An active-backup bond in this process, and links that are cut at their far ends.
/// <code>
///   load ─ queue of bond ─ eth0 ═══════ eth0 ┐ far host: counts
///                        └ eth1 ═══════ eth1 ┘
/// </code>
/// </summary>
internal sealed class CutRig : IDisposable
{
    private const string Bond = "bond0";
    private const int FirstIndex = 200, FarOffset = 10;
    private static readonly string[] Slaves = ["eth0", "eth1"];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5), Settle = TimeSpan.FromMilliseconds(20);

    private readonly LogWriter _logs = new(TextWriter.Null, journal: true, TimeProvider.System);
    private readonly LabRun _lab = new();
    private readonly LinkSwitch _switch;
    private readonly CounterReader _farCounters;
    private readonly CutTrace _trace;
    private readonly Engine _engine;
    private readonly BondPort _port;
    private readonly CounterBlock _counters;
    private readonly CallLog _log;

    /// <summary>Makes links and bond.</summary>
    /// <param name="sameIndex">Whether both ends of a link have one ifindex: the kernel then tells late that carrier was lost.</param>
    /// <param name="miimon">Option <c>miimon</c>.</param>
    public CutRig(bool sameIndex, int miimon)
    {
        NetworkNamespace near = _lab.Namespace(), far = _lab.Namespace();
        string state = _lab.StateDirectory();
        for (int i = 0; i < Slaves.Length; i++)
        {
            VethPair.Create(new VethEnd(near, Slaves[i]) { Index = FirstIndex + i }, new VethEnd(far, Slaves[i]) { Index = FirstIndex + i + (sameIndex ? 0 : FarOffset) });
            far.Ip($"link set {Slaves[i]} up");
        }

        _switch = _lab.Keep(new LinkSwitch(far));
        _farCounters = _lab.Keep(new CounterReader(far));
        _trace = _lab.Keep(new CutTrace());
        _engine = near.Invoke(() => new Engine(new EngineSettings { StateDirectory = state, Log = _logs.Write, Trace = _trace.Tell }));
        Check(near.Invoke(_engine.Start));
        OptionSetting[] options = [new("mode", "active-backup"), new("miimon", $"{miimon}"), new("host_port", "none")];
        Check(_engine.AddBondAsync(new BondRequest(Bond, options, Slaves, TakeDown: true, Force: false)).Result);
        (Outcome outcome, BondPort? port) = _engine.OpenPortAsync(new BondPortRequest(Bond) { Addresses = [new BondAddress("192.0.2.1", 24)] }).Result;
        Check(outcome);
        _port = port!;
        _counters = CounterBlock.Open(Path.Combine(state, "counters", Bond));
        _log = new CallLog(_counters);
        Load = new Load(_port.Queues[0], _log);
    }

    /// <summary>What runs the bond's queue, on a thread of its own.</summary>
    public Load Load { get; }

    /// <summary>
    /// Cuts the link of the active slave under load, or idle, and mends it; the thread that runs the queue is another. Null: what the calls
    /// put on the slaves does not tell when the announcement went out.
    /// </summary>
    /// <param name="idle">Whether nothing is sent.</param>
    /// <param name="quiet">For how long no link changes before.</param>
    public Cut? Measure(bool idle, TimeSpan quiet)
    {
        Wait.Until(AllUsable, Limit, "both slaves can be used");
        Wait.For(quiet);
        Load.Paused = true;
        Wait.For(Settle);
        long lostBefore = Sent() - Arrived();
        Load.Paused = idle;
        Wait.For(Settle);

        int dead = _trace.ActiveSlot;
        _trace.Arm(dead);
        long cutNs = Clock.NowNs;
        _switch.Set(Slaves[dead], up: false);
        long cutDoneNs = Clock.NowNs;
        _trace.WaitForAnnouncement(Limit);
        Wait.For(Settle);
        Load.Paused = true;
        Wait.For(Settle);
        long lost = Sent() - Arrived() - lostBefore;
        List<Call> calls = _log.Since(cutNs);
        _switch.Set(Slaves[dead], up: true);

        Call last = calls.LastOrDefault(call => call.On(dead) > 0);
        Call announcement = calls.FirstOrDefault(call => call.Announced && call.EndNs > _trace.PublishedNs);
        return announcement.EndNs == 0 ? null : new Cut(
            Micros(cutNs, cutDoneNs),
            Micros(cutNs, _trace.SeenNs),
            Micros(_trace.SeenNs, _trace.PublishedNs),
            Math.Max(0, Micros(_trace.PublishedNs, last.EndNs)),
            calls.Count(call => call.StartNs > _trace.PublishedNs && call.On(dead) > 0),
            last.EndNs == 0 ? 0 : Micros(cutNs, last.EndNs),
            lost,
            Micros(_trace.PublishedNs, announcement.EndNs));
    }

    public void Dispose()
    {
        _port.Dispose();
        _engine.StopAsync(deleteByDefault: true).Wait(Limit);
        _engine.Dispose();
        _counters.Dispose();
        _lab.Dispose();
        _logs.Dispose();
    }

    private static double Micros(long fromNs, long toNs) => (toNs - fromNs) / 1e3;

    private static void Check(Outcome outcome)
    {
        if (!outcome.Success)
        {
            throw new InvalidOperationException(outcome.ToString());
        }
    }

    private bool AllUsable() => _engine.StateAsync().Result.Single().Slaves.All(slave => slave is { Carrier: true, IsUp: true }) && Table("MII Status: up") == 3;

    private int Table(string line) => _engine.TextAsync(Bond, why: false).Result!.Split('\n').Count(text => text == line);

    private long Sent() => (long)_counters.Sum(CounterLayout.BondRow, Counter.TxFrames);

    private long Arrived() => Slaves.Sum(slave => _farCounters.Read(slave).RxFrames);
}

/// <summary>What one cut cost; times in microseconds.</summary>
/// <param name="Cutting">How long the system call took that cut the link.</param>
/// <param name="CutToSeen">From its beginning until the driver's answer that carrier is lost was in the process.</param>
/// <param name="SeenToPublished">From then until the cores had a table with another active slave.</param>
/// <param name="PublishedToLast">From then until the call returned that put the last frame on the dead slave; 0 if it had returned before.</param>
/// <param name="CallsAfter">Calls begun after the table was published that put frames on the dead slave.</param>
/// <param name="CutToLast">From the cut until the last frame on the dead slave.</param>
/// <param name="Lost">Frames sent that did not arrive.</param>
/// <param name="PublishedToAnnounced">From the table until the call returned that sent the announcement.</param>
internal sealed record Cut(
    double Cutting, double CutToSeen, double SeenToPublished, double PublishedToLast, int CallsAfter, double CutToLast, long Lost, double PublishedToAnnounced);
