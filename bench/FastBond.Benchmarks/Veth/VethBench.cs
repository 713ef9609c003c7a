using System.Diagnostics;
using FastBond.Benchmarks.Traffic;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FastBond.Linux.Machine;
using FastBond.Linux.Ports;

namespace FastBond.Benchmarks.Veth;

/// <summary>
/// A bond's lane and a plain loop over the same ports, the same frames and the same veth pairs; the host port is in memory. Everything runs
/// on the calling thread: a veth's far end works inside the system call by which the near end sends.
/// </summary>
internal sealed unsafe class VethBench : IDisposable
{
    public const int MaxBurst = 256;

    private const int LinkCount = 2, Frames = 8192, FlowCount = 64, FramesPerSample = 512;
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMilliseconds(200);

    private readonly VethLinks _links;
    private readonly FrameMemory _memory = MappedMemory.Map(Frames, FrameMemory.DefaultChunkSize, out _);
    private readonly FrameMemory _farMemory = MappedMemory.Map(Frames, FrameMemory.DefaultChunkSize, out _);
    private readonly FramePool _pool;
    private readonly FramePool _farPool;
    private readonly CounterBlock _counters = CounterBlock.Allocate("bench", 1);
    private readonly MemoryPort _host;
    private readonly MemoryDevice _device = new();
    private readonly FrameDescriptor[] _hand = GC.AllocateArray<FrameDescriptor>(MaxBurst, pinned: true);
    private readonly XskPort[] _near;
    private readonly Lane _lane;
    private readonly PlainLoop _plain;
    private XskPort[] _far = [];
    private int _nextLink;
    private int _nextFlow;

    public VethBench()
    {
        _pool = new FramePool(_memory);
        _farPool = new FramePool(_farMemory);
        _host = new MemoryPort(_pool);
        _lane = new Lane(_pool, _counters.Core(0), MaxBurst);
        _links = new VethLinks(LinkCount);
        try
        {
            _near = [.. _links.Near.Select(end => end.Bind(_pool))];
        }
        catch
        {
            _links.Dispose();
            throw;
        }

        _plain = new PlainLoop(_pool, _host, _near, MaxBurst);
        _lane.SetHost(_host);
        for (byte slot = 0; slot < LinkCount; slot++)
        {
            _lane.Attach(slot, _near[slot]);
        }

        _lane.CatchUp();
    }

    /// <summary>Makes senders of the far ends, for good: what is transmitted to them is not counted any more.</summary>
    public void StartReceiving()
    {
        Flows.Write(_farMemory, FlowCount);
        _far = [.. _links.Far.Select(end => end.Bind(_farPool))];
    }

    /// <summary>
    /// Sends bursts one way for some time and measures until the last frame has arrived. Transmit: host → links, whose far ends drop;
    /// receive: far ends → links → host.
    /// </summary>
    /// <exception cref="InvalidOperationException">Frames got stuck, or the ledger is wrong.</exception>
    public Segment Measure(Way way, bool receive, int burst, int length, TimeSpan duration, CancellationToken cancellation)
    {
        Func<int> turn = Prepare(way);
        byte[][] frames = Flows.Make(FlowCount, length);
        Samples all = new(), undisturbed = new();
        long given = 0, arrived = -DroppedFar;
        ulong kicks = Kicks;
        long start = Stopwatch.GetTimestamp();
        do
        {
            cancellation.ThrowIfCancellationRequested();
            long handled = 0, ticks = 0;
            long preemptions = Preemptions.Count();
            long sampleStart = Stopwatch.GetTimestamp();
            for (int i = Math.Max(2, FramesPerSample / burst); i > 0; i--)
            {
                given += receive ? SendFar(way.Spread, burst, length) : SendHost(frames, burst);
                long before = Stopwatch.GetTimestamp();
                handled += turn();
                ticks += Stopwatch.GetTimestamp() - before;
                arrived += _device.Complete(_host);
            }

            double whole = Stopwatch.GetElapsedTime(sampleStart).TotalNanoseconds / handled;
            double inTurn = ticks * 1e9 / Stopwatch.Frequency / handled;
            all.Add(whole, inTurn);
            if (Preemptions.Count() == preemptions)
            {
                undisturbed.Add(whole, inTurn);
            }
        }
        while (Stopwatch.GetElapsedTime(start) < duration);

        arrived += Drain(turn) + DroppedFar;
        if (_pool.Violations + _farPool.Violations > 0)
        {
            throw new InvalidOperationException("a frame was in two places");
        }

        (double wholeNs, double turnNs) = (undisturbed.IsEmpty ? all : undisturbed).Medians();
        return new Segment(wholeNs, turnNs, given, arrived, Kicks - kicks);
    }

    public void Dispose()
    {
        // The sockets first: until they are closed the kernel may write to the memory.
        _links.Dispose();
        _lane.Dispose();
        _host.Dispose();
        _counters.Dispose();
        _pool.Dispose();
        _farPool.Dispose();
        _memory.Dispose();
        _farMemory.Dispose();
    }

    private ulong Kicks => _near.Aggregate(0UL, (sum, port) => sum + port.Kicks);

    private long DroppedFar => _links.Far.Sum(end => end.Dropped);

    private Func<int> Prepare(Way way)
    {
        if (way.Mode is { } mode)
        {
            _lane.Publish(Tables.Of(LinkCount, mode, TransmitHashPolicy.Layer34));
            return _lane.Turn;
        }

        _plain.Spread = way.Spread;
        return _plain.Turn;
    }

    /// <summary>The host writes its frames anew, as any sender does: the core that takes them over finds them in its cache.</summary>
    private int SendHost(byte[][] frames, int burst)
    {
        int sent = 0;
        while (sent < burst && _host.Peer.Transmit(frames[_nextFlow]))
        {
            _nextFlow = (_nextFlow + 1) % FlowCount;
            sent++;
        }

        return sent;
    }

    private int SendFar(Spread spread, int burst, int length)
    {
        switch (spread)
        {
            case Spread.OneLink:
                return SendFar(0, burst, length);
            case Spread.Frames:
                int half = (burst + 1) / 2;
                return SendFar(0, half, length) + SendFar(1, burst - half, length);
            default:
                _nextLink = (_nextLink + 1) % LinkCount;
                return SendFar(_nextLink, burst, length);
        }
    }

    private int SendFar(int link, int count, int length)
    {
        XskPort port = _far[link];
        fixed (FrameDescriptor* frames = _hand)
        {
            port.Reclaim();
            int taken = _farPool.Take(frames, count);
            for (int i = 0; i < taken; i++)
            {
                frames[i].Length = (uint)length;
            }

            int sent = port.Transmit(frames, taken);
            _farPool.Free(frames + sent, taken - sent);
            _ = port.Kick();
            return sent;
        }
    }

    /// <summary>Goes on until nothing is under way; returns how many frames the host still got.</summary>
    private int Drain(Func<int> turn)
    {
        int arrived = 0;
        long start = Stopwatch.GetTimestamp();
        while (turn() + _near.Sum(port => port.InFlight) + _far.Sum(port => port.InFlight) > 0)
        {
            arrived += _device.Complete(_host);
            foreach (XskPort port in _far)
            {
                port.Reclaim();
                _ = port.Kick();
            }

            if (Stopwatch.GetElapsedTime(start) > DrainLimit)
            {
                throw new InvalidOperationException($"frames were still under way after {DrainLimit.TotalMilliseconds} ms");
            }
        }

        return arrived;
    }
}

/// <summary>Nanoseconds per frame over spans of half a millisecond.</summary>
internal sealed class Samples
{
    private readonly List<double> _whole = [];
    private readonly List<double> _turn = [];

    public bool IsEmpty => _whole.Count == 0;

    public void Add(double whole, double turn)
    {
        _whole.Add(whole);
        _turn.Add(turn);
    }

    public (double Whole, double Turn) Medians() => (Reports.Stat.Of(_whole).Median, Reports.Stat.Of(_turn).Median);
}

/// <summary>One measurement of one way.</summary>
/// <param name="WholeNs">Nanoseconds per frame, with the playing of host and far ends: median of the samples in which nothing else had the CPU, or of all if there is none.</param>
/// <param name="TurnNs">Nanoseconds per frame within the turn, system calls included: median likewise.</param>
/// <param name="Given">Frames that were put in at one end.</param>
/// <param name="Arrived">Frames that came out at the other.</param>
/// <param name="Kicks">System calls of the links' near ends.</param>
internal readonly record struct Segment(double WholeNs, double TurnNs, long Given, long Arrived, ulong Kicks);

/// <summary>A way to move frames between the host port and the links.</summary>
/// <param name="Name">What it is called in the table.</param>
/// <param name="Spread">Which links frames take; a bond's mode does it by itself, and far ends send likewise.</param>
/// <param name="Mode">The bond's mode; null for the plain loop.</param>
internal sealed record Way(string Name, Spread Spread, BondMode? Mode = null);
