using System.Numerics;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Frames;
using FastBond.Linux.Machine;
using FastBond.Linux.Native;

namespace FastBond.Linux;

/// <content>The MTU, and the frame memory that it takes.</content>
internal sealed partial class BondRuntime
{
    /// <summary>
    /// Frames of a lane: four sockets can have 2048 posted for reception and as many in transmission, with bursts to spare; with
    /// more sockets, or in large chunks, each one's share falls.
    /// </summary>
    private const int LaneFrames = (4 * 2 * DefaultRing) + 1024;

    private const int MaxLaneMemory = 128 << 20;

    /// <summary>Among how many sockets a lane divides its frames at least.</summary>
    private int _foreseenSockets = 4;

    /// <summary>The most a frame has beside its payload, in bytes: IPoIB's header, which is longer than Ethernet's with a VLAN tag.</summary>
    private const int FrameOverhead = IpoibFrame.HeaderLength;

    /// <summary>The Ethernet header and one VLAN tag, which a NIC takes beyond its MTU, in bytes.</summary>
    private const int EthernetOverhead = EthernetFrame.HeaderLength + EthernetFrame.TagLength;

    /// <summary>Chunks that hold what no IP packet exceeds.</summary>
    private const int LargestChunk = 1 << 16;

    /// <summary>The largest MTU that frames of one buffer can carry, in bytes.</summary>
    internal static readonly int MaxMtu = FrameMemory.CapacityOf(NativeMethods.BufferSize) - FrameOverhead;

    /// <summary>
    /// The largest MTU of InfiniBand slaves, in bytes: their frames may lie in several buffers. Ethernet drivers' own XDP has limits that only
    /// trying tells, so there it stays with one.
    /// </summary>
    private static readonly int MaxInfinibandMtu = FrameMemory.CapacityOf(LargestChunk) - FrameOverhead;

    /// <summary>The longest frame that may come from the host port: Ethernet, or without a host interface the slaves' own.</summary>
    private int MaxHostFrame => Bond.Mtu +
        (Bond.Address.Length != IpoibAddress.Length ? EthernetOverhead : _host is null ? IpoibFrame.HeaderLength : EthernetFrame.HeaderLength);

    /// <summary>The smallest chunk in which frames of that MTU fit.</summary>
    internal static int ChunkFor(int mtu)
    {
        int chunk = FrameMemory.DefaultChunkSize;
        while (FrameMemory.CapacityOf(chunk) < mtu + FrameOverhead)
        {
            chunk *= 2;
        }

        return chunk;
    }

    internal static int FramesOf(int chunk) => Math.Min(LaneFrames, MaxLaneMemory / chunk);

    private void LimitFrames()
    {
        foreach (Lane lane in _lanes)
        {
            lane.MaxFrameLength = MaxHostFrame;
        }
    }

    private Outcome ApplyMtu(int mtu)
    {
        // An in-process user has chosen his frames: they stay.
        int limit = Math.Min(IsInfiniband ? MaxInfinibandMtu : MaxMtu, _port is null ? int.MaxValue : _lanes[0].Pool.Memory.FrameCapacity - FrameOverhead);
        if (mtu > limit)
        {
            return new Outcome(Errno.EINVAL, $"a frame holds no more than an MTU of {limit}");
        }

        int before = Bond.Mtu;
        Outcome outcome = Bond.SetMtu(Clock.NowNs, mtu);
        if (outcome.Success && _port is null && ChunkFor(mtu) != ChunkFor(before))
        {
            outcome = ReplaceLanes(before);
        }

        LimitFrames();
        return outcome;
    }

    /// <summary>
    /// Other frame memory, for another MTU: the lanes are made anew and the slaves' sockets with them, which takes no longer than a NIC takes
    /// for the same. If the kernel refuses, everything is again as it was.
    /// </summary>
    private Outcome ReplaceLanes(int before)
    {
        SlaveAttachment[] open = OpenSlaves();
        bool severalBuffers = Bond.Mtu > MaxMtu;
        bool otherPrograms = severalBuffers != (before > MaxMtu);
        Outcome outcome = ReplaceLanes(open, otherPrograms);
        if (outcome.Success)
        {
            return outcome;
        }

        _ = Bond.SetMtu(Clock.NowNs, before);
        Outcome undone = ReplaceLanes(open, otherPrograms);
        if (!undone.Success)
        {
            Log(LogPriority.Error, $"{Bond.Name}: {undone}");
        }

        return new Outcome(outcome.Error, $"{outcome.Message}; an MTU of {(severalBuffers ? Math.Max(before, MaxMtu) : before)} works");
    }

    /// <summary>
    /// More sockets are coming. What the first ones have posted for reception comes back only with traffic, and would leave nothing for those
    /// beyond the foreseen number: then it is doubled, and the lanes are made anew.
    /// </summary>
    private Outcome ForeseeSockets(int queues)
    {
        int sockets = (OpenSlaves().Sum(static attachment => attachment.Ports!.Queues) + queues + _lanes.Count - 1) / _lanes.Count;
        if (sockets <= _foreseenSockets)
        {
            return Outcome.Ok;
        }

        _foreseenSockets = (int)BitOperations.RoundUpToPowerOf2((uint)sockets);
        return _port is null ? ReplaceLanes() : Outcome.Ok;
    }

    /// <summary>Makes the lanes anew for the MTU as it is.</summary>
    private Outcome ReplaceLanes() => ReplaceLanes(OpenSlaves(), otherPrograms: false);

    private SlaveAttachment[] OpenSlaves() => [.. _attachments.OfType<SlaveAttachment>().Where(attachment => attachment.Ports is { IsOpen: true })];

    private Outcome ReplaceLanes(SlaveAttachment[] slaves, bool otherPrograms)
    {
        foreach (SlaveAttachment slave in slaves)
        {
            slave.Ports!.CloseSockets(drain: true);
        }

        (Lane Lane, PollCore? Core)[] retired = RetireLanes();
        Outcome outcome = OpenLanes();
        foreach (SlaveAttachment slave in slaves)
        {
            outcome = !outcome.Success ? outcome : otherPrograms ? BindAnew(slave) : slave.Ports!.Reopen();
        }

        CloseLanes(retired);
        return outcome;
    }
}
