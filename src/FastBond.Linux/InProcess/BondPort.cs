using System.ComponentModel;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.InProcess;
using FastBond.Linux.Machine;

namespace FastBond.Linux;

/// <summary>A bond to be opened as a port of this process.</summary>
/// <param name="Bond">The bond; it must have <c>host_port=none</c>.</param>
public sealed record BondPortRequest(string Bond)
{
    /// <summary>
    /// A pool for each queue, from <see cref="BondPort.CreatePool"/>: ports opened over the same pool exchange frames without a copy, and are then
    /// one thread's. Empty: the port makes its own. The caller's pools stay his to free, after the port.
    /// </summary>
    public IReadOnlyList<FramePool> Pools { get; init; } = [];

    /// <summary>Addresses that the user of the port has: announced after a fail-over, and where probes come from.</summary>
    public IReadOnlyList<BondAddress> Addresses { get; init; } = [];

    /// <summary>Lets in frames to any destination, as a bridge or a forwarder needs; otherwise a slave's NIC filters by the bond's MAC and all groups.</summary>
    public bool Promiscuous { get; init; }
}

/// <summary>
/// A bond as a poll-mode port in this process: one <see cref="BondQueue"/> for each CPU of the bond's option <c>cores</c>, one if it names none.
/// Everything else is asked of the engine as ever: slaves, options, MAC and MTU, state, <see cref="Engine.ListenAsync"/> for events,
/// <see cref="Engine.SetClassifierAsync"/> to send frames by the slaves' <c>queue_id</c>.
/// </summary>
/// <example>
/// <code>
/// (Outcome outcome, BondPort? port) = await engine.OpenPortAsync(new BondPortRequest("bond0"));
/// BondQueue queue = port.Queues[0];
/// port.PinThread(0);
/// Span&lt;FrameDescriptor&gt; burst = stackalloc FrameDescriptor[64];
/// while (running)
/// {
///     int count = queue.Receive(burst);
///     queue.Transmit(burst[..count]);
/// }
/// port.Dispose();
/// </code>
/// </example>
public sealed class BondPort : IDisposable
{
    private readonly ControlLoop _loop;
    private readonly BondRuntime _runtime;
    private readonly bool _ownsPools;
    private readonly FramePool[] _pools;
    private readonly int?[] _cpus;
    private readonly PollWait[] _waits;
    private readonly List<(Lane Lane, BondQueue Queue)> _lanes = [];
    private volatile bool _carrier;
    private volatile bool _lost;
    private bool _disposed;

    internal BondPort(ControlLoop loop, BondRuntime runtime, IReadOnlyList<int> cpus, FramePool[] pools, bool ownsPools)
    {
        _loop = loop;
        _runtime = runtime;
        _pools = pools;
        _ownsPools = ownsPools;
        _cpus = [.. pools.Select((_, index) => cpus.Count > 0 ? cpus[index] : (int?)null)];
        _waits = [.. pools.Select(_ => new PollWait())];
    }

    /// <summary>The queues, each for one thread.</summary>
    public IReadOnlyList<BondQueue> Queues { get; private set; } = [];

    /// <summary>The bond's carrier: whether some slave can transmit. Any thread.</summary>
    public bool Carrier
    {
        get => _carrier;
        internal set => _carrier = value;
    }

    /// <summary>
    /// Frames for one thread's queues of up to <paramref name="bonds"/> bonds (Ethernet or IPoIB) with MTUs up to <paramref name="mtu"/> bytes, on huge pages if there are any:
    /// 34 MiB for each bond up to an MTU of 1500, and no more than 128 MiB.
    /// </summary>
    /// <exception cref="Win32Exception">There is not so much memory.</exception>
    public static FramePool CreatePool(int bonds = 1, int mtu = 1500)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bonds, 1);
        int chunk = BondRuntime.ChunkFor(mtu);
        return new FramePool(MappedMemory.Map(bonds * BondRuntime.FramesOf(chunk), chunk, out _));
    }

    /// <summary>Frees a pool of <see cref="CreatePool"/> with its memory. No port may use it any more.</summary>
    public static void FreePool(FramePool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        pool.Dispose();
        pool.Memory.Dispose();
    }

    /// <summary>
    /// Makes the calling thread the poll thread of a queue: pinned to the CPU that <c>cores</c> names for it, at nice −20, and renamed. Every other thread
    /// of the process is kept off that CPU while the port is open. Does nothing if <c>cores</c> names none.
    /// </summary>
    public void PinThread(int queue)
    {
        if (_cpus[queue] is { } cpu)
        {
            CoreSet.PinThisThread(cpu);
        }
    }

    /// <summary>
    /// Gives the bond back to the engine's poll cores, administratively down; waits until that is done. On the thread of the queues, or when it has
    /// ended; never on the control thread. Frames the caller still has are lost if the port made the pool.
    /// </summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        LetGo();

        // The engine's end may have come first: nobody answers then.
        if (!_lost && _loop.IsRunning)
        {
            _loop.InvokeAsync(() =>
            {
                _runtime.ClosePort(this);
                return true;
            }).GetAwaiter().GetResult();
        }

        Free();
    }

    internal void AddQueue(int index, Func<FramePool, Lane> makeLane)
    {
        Lane lane = makeLane(_pools[index]);
        _lanes.Add((lane, new BondQueue(lane, _waits[index])));
        Queues = [.. _lanes.Select(opened => opened.Queue)];
    }

    /// <summary>The queues' lanes are the control thread's from now on.</summary>
    internal void LetGo()
    {
        _disposed = true;
        foreach ((_, BondQueue queue) in _lanes)
        {
            queue.Dispose();
        }
    }

    /// <summary>Frees everything, when the lanes hold nothing any more.</summary>
    internal void Free()
    {
        foreach ((Lane lane, _) in _lanes)
        {
            lane.Dispose();
        }

        Array.ForEach(_waits, wait => wait.Dispose());
        if (_ownsPools)
        {
            Array.ForEach(_pools, FreePool);
        }
    }

    internal void EachCpu(Action<int> action)
    {
        foreach (int? cpu in _cpus)
        {
            if (cpu is { } named)
            {
                action(named);
            }
        }
    }

    internal Lane LaneOf(int index) => _lanes[index].Lane;

    /// <summary>The bond goes: lets the queues' threads run into it. False if one hasn't within the time; it may then still be in a call.</summary>
    internal bool Lose(TimeSpan timeout)
    {
        bool answered = true;
        foreach ((_, BondQueue queue) in _lanes)
        {
            answered &= queue.Close(timeout);
        }

        _lost = true;
        return answered;
    }
}
