using System.Diagnostics;
using FastBond.Benchmarks.Reports;
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

namespace FastBond.Benchmarks.Afxdp;

/// <summary>
/// A bond's lane over the near ends of the links, from when they are bound until they are given free. Everything runs on the calling thread: a veth's far end
/// works inside the system call by which the near end sends, and the other way round.
/// </summary>
internal sealed unsafe class LaneSession : IDisposable
{
    /// <summary>Most frames of a burst.</summary>
    public const int MaxBurst = 256;

    private const int Frames = 8192, FlowCount = 64, FramesPerSample = 512;
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMilliseconds(200);

    private readonly FrameMemory _memory = MappedMemory.Map(Frames, FrameMemory.DefaultChunkSize, out _);
    private readonly FrameMemory _farMemory = MappedMemory.Map(Frames, FrameMemory.DefaultChunkSize, out _);
    private readonly FramePool _pool;
    private readonly FramePool _farPool;
    private readonly CounterBlock _counters = CounterBlock.Allocate("bench", 1);
    private readonly MemoryPort _host;
    private readonly MemoryDevice _device = new();
    private readonly FrameDescriptor[] _hand = GC.AllocateArray<FrameDescriptor>(MaxBurst, pinned: true);
    private readonly List<BoundSocket> _near = [];
    private readonly List<BoundSocket> _senders = [];
    private readonly Lane _lane;
    private int _nextFlow;

    /// <summary>Binds sockets.</summary>
    /// <param name="near">Near ends: of the slaves' links, and of the host's if it is one.</param>
    /// <param name="senders">The far ends that frames come from; none if the host port is in memory and they come from there.</param>
    /// <param name="queue">Which queue of the near ends.</param>
    public LaneSession(ReadOnlySpan<XdpEnd> near, ReadOnlySpan<XdpEnd> senders, int queue = 0)
    {
        _pool = new FramePool(_memory);
        _farPool = new FramePool(_farMemory);
        Flows.Write(_farMemory, FlowCount);
        _host = new MemoryPort(_pool);
        _lane = new Lane(_pool, _counters.Core(0), MaxBurst);
        try
        {
            foreach (XdpEnd end in near)
            {
                _near.Add(end.Bind(_pool, queue));
            }

            foreach (XdpEnd end in senders)
            {
                _senders.Add(end.Bind(_farPool));
            }

            _lane.SetHost(near.Length > VethLinks.Host ? _near[VethLinks.Host].Port : _host);
            for (byte slot = 0; slot < VethLinks.Slaves; slot++)
            {
                _lane.Attach(slot, _near[slot].Port);
            }

            _lane.CatchUp();
            _lane.Turn();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Sends bursts one way for some time, and goes on until the last frame has arrived; what arrived at the far ends is the caller's to count.</summary>
    /// <exception cref="InvalidOperationException">Frames got stuck, or the ledger is wrong.</exception>
    public Segment Measure(Way way, int burst, int length, TimeSpan duration, CancellationToken cancellation)
    {
        _lane.Publish(Tables.Of(VethLinks.Slaves, way.Mode, TransmitHashPolicy.Layer34, way.Mode == BondMode.ActiveBackup));
        byte[][] frames = Flows.Make(FlowCount, length);
        List<double> all = [], undisturbed = [];
        long given = 0, arrived = 0, calls = -Calls;
        long start = Stopwatch.GetTimestamp();
        do
        {
            cancellation.ThrowIfCancellationRequested();
            long preemptions = Preemptions.Count(), before = Stopwatch.GetTimestamp(), sample = 0;
            while (sample < FramesPerSample)
            {
                sample += _senders.Count > 0 ? SendFar(way.Spread, burst, length) : SendHost(frames, burst);
                _lane.Turn();
                arrived += _device.Complete(_host);
            }

            double ns = Stopwatch.GetElapsedTime(before).TotalNanoseconds / sample;
            all.Add(ns);
            if (Preemptions.Count() == preemptions)
            {
                undisturbed.Add(ns);
            }

            given += sample;
        }
        while (Stopwatch.GetElapsedTime(start) < duration);

        arrived += Drain();
        return _pool.Violations + _farPool.Violations == 0
            ? new Segment(Stat.Of(undisturbed.Count > 0 ? undisturbed : all).Median, given, arrived, calls + Calls)
            : throw new InvalidOperationException("a frame was in two places");
    }

    public void Dispose()
    {
        // The sockets first: until they are closed the kernel may write to the memory.
        _near.ForEach(socket => socket.Dispose());
        _senders.ForEach(socket => socket.Dispose());
        _lane.Dispose();
        _host.Dispose();
        _counters.Dispose();
        _pool.Dispose();
        _farPool.Dispose();
        _memory.Dispose();
        _farMemory.Dispose();
    }

    private long Calls => _near.Sum(socket => (long)socket.Port.Kicks);

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

    private int SendFar(Spread spread, int burst, int length) =>
        spread == Spread.One || _senders.Count == 1
            ? SendFar(_senders[0].Port, burst, length)
            : SendFar(_senders[0].Port, (burst + 1) / 2, length) + SendFar(_senders[1].Port, burst / 2, length);

    private int SendFar(XskPort port, int count, int length)
    {
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
    private int Drain()
    {
        int arrived = 0;
        long start = Stopwatch.GetTimestamp();
        while (_lane.Turn() + _near.Concat(_senders).Sum(socket => socket.Port.InFlight) > 0)
        {
            arrived += _device.Complete(_host);
            foreach (BoundSocket sender in _senders)
            {
                sender.Port.Reclaim();
                _ = sender.Port.Kick();
            }

            if (Stopwatch.GetElapsedTime(start) > DrainLimit)
            {
                throw new InvalidOperationException($"frames were still under way after {DrainLimit.TotalMilliseconds} ms");
            }
        }

        return arrived;
    }
}
