using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <summary>What a neighbour table asks of its surroundings.</summary>
internal interface INeighborWorld
{
    /// <summary>Asks for a neighbour's address: the neighbour itself where it was last known to be, or everybody.</summary>
    void Solicit(Neighbor neighbor, bool everybody);

    /// <summary>Sends a frame that has waited, to <see cref="Neighbor.Address"/>; its first 20 bytes are to be filled in.</summary>
    void SendWaiting(Neighbor neighbor, Span<byte> frame);

    /// <summary>A frame that waited is dropped.</summary>
    void Dropped(FaceOutcome outcome);
}

/// <summary>
/// Neighbours on the InfiniBand side, with the states of neighbour unreachability detection (RFC 4861 section 7.3), for IPv4 as well.
/// Bounded; deterministic: time comes as an argument, in nanoseconds.
/// </summary>
/// <remarks>
/// <code>
///  Use ► Incomplete ──answer──► Reachable ──30 s, unused──► Stale ──10 min, unused──► (gone)
///            │ 3 questions          │ ▲ answer                │ used
///            ▼                 used │ └──────────┐            │
///         Failed ◄── 3 to it, ── Probe ◄─5 s── Delay ◄────────┘
///                 3 to everybody
/// </code>
/// <para>
/// Whether a neighbour is used is told by the cores: they set its byte in <see cref="Used"/>, which is looked at once a second. A neighbour
/// that leaves the probe unanswered is asked for among everybody before it is given up: it may have another queue pair now.
/// </para>
/// </remarks>
internal sealed class NeighborTable
{
    /// <summary>The most neighbours there can be.</summary>
    internal const int Capacity = 4096;

    internal const long RetransmitNs = 1_000_000_000;
    internal const long ReachableNs = 30_000_000_000;
    internal const long DelayNs = 5_000_000_000;
    internal const long UnusedNs = 600_000_000_000;
    internal const int Questions = 3;

    private const int WaitingBuffers = 128;

    // What is due in one grain is done in one pass, however many neighbours there are.
    private const long GrainNs = 100_000_000;

    private readonly INeighborWorld _world;
    private readonly Dictionary<IpKey, Neighbor> _byIp = [];
    private readonly Dictionary<ulong, Neighbor> _byMac = [];
    private readonly Neighbor?[] _slots;
    private readonly int[] _free;
    private readonly WaitingFrames _waiting;
    private int _freeCount;

    /// <summary>An empty table, where frames up to <paramref name="longestFrame"/> bytes can wait.</summary>
    internal NeighborTable(INeighborWorld world, int longestFrame, int capacity = Capacity)
    {
        _world = world;
        _waiting = new WaitingFrames(WaitingBuffers, longestFrame);
        _slots = new Neighbor?[capacity];
        _free = [.. Enumerable.Range(0, capacity).Reverse()];
        _freeCount = capacity;
        Used = new byte[capacity];
    }

    /// <summary>A byte for each slot, which cores set when they send to its neighbour.</summary>
    internal byte[] Used { get; }

    /// <summary>Neighbours, in no order.</summary>
    internal IReadOnlyCollection<Neighbor> All => _byIp.Values;

    /// <summary>Whether an address that may be sent to came, went or changed since this was last set to false.</summary>
    internal bool Changed { get; set; }

    /// <summary>When <see cref="Tick"/> must next be called.</summary>
    internal long NextDueNs { get; private set; } = long.MaxValue;

    internal Neighbor? Find(IpKey ip) => _byIp.GetValueOrDefault(ip);

    internal Neighbor? FindByMac(ulong mac) => _byMac.GetValueOrDefault(mac);

    /// <summary>The MAC that stands for an IP address, whether or not it is a neighbour (yet).</summary>
    internal ulong MacOf(IpKey ip) => _byIp.TryGetValue(ip, out Neighbor? neighbor) ? neighbor.Mac : Mac.OfNeighbor(ip, attempt: 0);

    /// <summary>
    /// A frame is to go to a neighbour. <see cref="FaceOutcome.Passed"/>: its address is known, and is used now.
    /// <see cref="FaceOutcome.Punted"/>: the frame waits while the neighbour is asked for. Else the frame could not be kept.
    /// </summary>
    /// <param name="nowNs">Now.</param>
    /// <param name="ip">Whom to.</param>
    /// <param name="askedFrom">An address of ours to ask from; unspecified if none is known.</param>
    /// <param name="frame">The frame, its first 20 bytes still without meaning; empty if it is not to be kept.</param>
    /// <param name="neighbor">The neighbour, if it is known.</param>
    internal FaceOutcome Use(long nowNs, IpKey ip, IpKey askedFrom, ReadOnlySpan<byte> frame, out Neighbor? neighbor)
    {
        neighbor = FindOrAdd(nowNs, ip);
        if (neighbor is null)
        {
            return FaceOutcome.NeighborTableFull;
        }

        if (!askedFrom.IsUnspecified)
        {
            neighbor.AskedFrom = askedFrom;
        }

        if (neighbor.IsResolved)
        {
            Used[neighbor.Slot] = 1;
            return FaceOutcome.Passed;
        }

        if (neighbor.State == NeighborState.Failed)
        {
            Ask(nowNs, neighbor);
        }

        return frame.IsEmpty ? FaceOutcome.TooLong : Wait(neighbor, frame);
    }

    /// <summary>A message told a neighbour's address.</summary>
    /// <param name="nowNs">Now.</param>
    /// <param name="ip">Whose.</param>
    /// <param name="address">Its 20-byte address.</param>
    /// <param name="create">Whether a neighbour not known so far becomes one: it wants something of us.</param>
    /// <param name="solicited">Whether it answers: then it has also heard us.</param>
    /// <param name="overrides">Whether it replaces another address that is known.</param>
    internal Neighbor? Learn(long nowNs, IpKey ip, ReadOnlySpan<byte> address, bool create, bool solicited, bool overrides)
    {
        Neighbor? neighbor = create ? FindOrAdd(nowNs, ip) : Find(ip);
        if (neighbor is null)
        {
            return null;
        }

        bool differs = !neighbor.Address.AsSpan().SequenceEqual(address);
        if (differs && neighbor.IsResolved && !overrides)
        {
            // RFC 4861 section 7.2.5: no change of address, but doubt.
            if (neighbor.State == NeighborState.Reachable)
            {
                Enter(neighbor, NeighborState.Stale, nowNs);
            }

            return neighbor;
        }

        Changed |= differs || !neighbor.IsResolved;
        neighbor.Address = differs ? new HardwareAddress(address) : neighbor.Address;
        if (solicited)
        {
            Enter(neighbor, NeighborState.Reachable, nowNs + ReachableNs);
        }
        else if (differs || !neighbor.IsResolved)
        {
            Enter(neighbor, NeighborState.Stale, nowNs);
        }

        SendWaiting(neighbor);
        return neighbor;
    }

    /// <summary>An IP address is no neighbour's any more.</summary>
    internal void Remove(IpKey ip)
    {
        if (_byIp.Remove(ip, out Neighbor? neighbor))
        {
            Changed |= neighbor.IsResolved;
            DropWaiting(neighbor, FaceOutcome.NoNeighbor);
            _byMac.Remove(neighbor.Mac);
            neighbor.Address = default;
            _free[_freeCount++] = neighbor.Slot;
        }
    }

    /// <summary>Does what is due.</summary>
    internal void Tick(long nowNs)
    {
        if (nowNs < NextDueNs)
        {
            return;
        }

        NextDueNs = long.MaxValue;
        foreach (Neighbor neighbor in _byIp.Values)
        {
            if (neighbor.DueNs > nowNs || Advance(nowNs, neighbor))
            {
                NextDueNs = Math.Min(NextDueNs, neighbor.DueNs);
            }
        }
    }

    /// <summary>What is due for one neighbour; false if it is none any more.</summary>
    private bool Advance(long nowNs, Neighbor neighbor)
    {
        if (neighbor.State is NeighborState.Reachable or NeighborState.Stale && Used[neighbor.Slot] != 0)
        {
            Used[neighbor.Slot] = 0;
            neighbor.LastUsedNs = nowNs;
            Enter(neighbor, NeighborState.Delay, nowNs + DelayNs);
            return true;
        }

        switch (neighbor.State)
        {
            case NeighborState.Reachable:
                Enter(neighbor, NeighborState.Stale, nowNs + RetransmitNs);
                break;
            case NeighborState.Stale when nowNs - neighbor.LastUsedNs < UnusedNs:
                Enter(neighbor, NeighborState.Stale, nowNs + RetransmitNs);
                break;
            case NeighborState.Stale or NeighborState.Failed:
                Remove(neighbor.Ip);
                return false;
            case NeighborState.Incomplete when neighbor.Probes < Questions:
                Ask(nowNs, neighbor);
                break;
            case NeighborState.Delay or NeighborState.Probe when neighbor.Probes < 2 * Questions:
                Enter(neighbor, NeighborState.Probe, nowNs + RetransmitNs);
                _world.Solicit(neighbor, everybody: neighbor.Probes++ >= Questions);
                break;
            default:
                Changed |= neighbor.IsResolved;
                Enter(neighbor, NeighborState.Failed, nowNs + UnusedNs);
                DropWaiting(neighbor, FaceOutcome.NoNeighbor);
                break;
        }

        return true;
    }

    /// <summary>A neighbour that is new begins as one that has failed: nothing is known, and nobody has asked.</summary>
    private Neighbor? FindOrAdd(long nowNs, IpKey ip)
    {
        if (Find(ip) is { } known)
        {
            return known;
        }

        if (_freeCount == 0 && !Evict())
        {
            return null;
        }

        int slot = _free[--_freeCount];
        Neighbor neighbor = _slots[slot] ??= new Neighbor(slot);
        neighbor.Ip = ip;
        neighbor.AskedFrom = default;
        neighbor.LastUsedNs = nowNs;
        Used[slot] = 0;
        uint attempt = 0;
        do
        {
            neighbor.Mac = Mac.OfNeighbor(ip, attempt++);
        }
        while (!_byMac.TryAdd(neighbor.Mac, neighbor));
        _byIp.Add(ip, neighbor);
        Enter(neighbor, NeighborState.Failed, nowNs + UnusedNs);
        return neighbor;
    }

    /// <summary>Makes room: whoever failed, or has been stale and unused for longest.</summary>
    private bool Evict()
    {
        Neighbor? oldest = null;
        foreach (Neighbor neighbor in _byIp.Values)
        {
            if (neighbor.State == NeighborState.Failed)
            {
                oldest = neighbor;
                break;
            }

            bool isIdle = neighbor.State == NeighborState.Stale && Used[neighbor.Slot] == 0;
            if (isIdle && (oldest is null || neighbor.LastUsedNs < oldest.LastUsedNs))
            {
                oldest = neighbor;
            }
        }

        if (oldest is not null)
        {
            Remove(oldest.Ip);
        }

        return oldest is not null;
    }

    private void Ask(long nowNs, Neighbor neighbor)
    {
        Enter(neighbor, NeighborState.Incomplete, nowNs + RetransmitNs);
        neighbor.Probes++;
        _world.Solicit(neighbor, everybody: true);
    }

    private void Enter(Neighbor neighbor, NeighborState state, long dueNs)
    {
        neighbor.State = state;
        if (state is NeighborState.Reachable or NeighborState.Delay or NeighborState.Failed)
        {
            neighbor.Probes = 0;
        }

        neighbor.DueNs = (dueNs + GrainNs - 1) / GrainNs * GrainNs;
        NextDueNs = Math.Min(NextDueNs, neighbor.DueNs);
    }

    private FaceOutcome Wait(Neighbor neighbor, ReadOnlySpan<byte> frame)
    {
        if (neighbor.Queued == Neighbor.MaxQueued)
        {
            _waiting.Release(neighbor.Queue[0]);
            neighbor.Queue.AsSpan(1).CopyTo(neighbor.Queue);
            neighbor.Queued--;
            _world.Dropped(FaceOutcome.NeighborQueueFull);
        }

        int buffer = _waiting.Keep(frame);
        if (buffer < 0)
        {
            return FaceOutcome.NeighborQueueFull;
        }

        neighbor.Queue[neighbor.Queued++] = buffer;
        return FaceOutcome.Punted;
    }

    private void SendWaiting(Neighbor neighbor)
    {
        for (int i = 0; i < neighbor.Queued; i++)
        {
            _world.SendWaiting(neighbor, _waiting[neighbor.Queue[i]]);
            _waiting.Release(neighbor.Queue[i]);
        }

        neighbor.Queued = 0;
    }

    private void DropWaiting(Neighbor neighbor, FaceOutcome outcome)
    {
        for (int i = 0; i < neighbor.Queued; i++)
        {
            _waiting.Release(neighbor.Queue[i]);
            _world.Dropped(outcome);
        }

        neighbor.Queued = 0;
    }
}
