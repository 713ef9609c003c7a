using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <summary>What is known of a neighbour's link-layer address (RFC 4861 section 7.3.2; the same for ARP).</summary>
public enum NeighborState : byte
{
    /// <summary>Asked for, not answered yet; frames wait.</summary>
    Incomplete,

    /// <summary>Confirmed not long ago.</summary>
    Reachable,

    /// <summary>Not confirmed for a while, and not used since.</summary>
    Stale,

    /// <summary>Used while stale: somebody may confirm it yet.</summary>
    Delay,

    /// <summary>Being asked, while its address is still used.</summary>
    Probe,

    /// <summary>Did not answer. The next frame to it begins anew.</summary>
    Failed,
}

/// <summary>A neighbour on the InfiniBand side. Only its table changes it.</summary>
public sealed class Neighbor
{
    /// <summary>The most frames that wait for its address.</summary>
    internal const int MaxQueued = 3;

    internal Neighbor(int slot) => Slot = slot;

    /// <summary>Its number in the table: stays with it, and is another's after it.</summary>
    internal int Slot { get; }

    /// <summary>IP address.</summary>
    public IpKey Ip { get; internal set; }

    /// <summary>The MAC that stands for it on the Ethernet side.</summary>
    public HardwareAddress HostMac => Ipoib.Mac.ToAddress(Mac);

    /// <summary>20-byte link-layer address; empty while unknown.</summary>
    public HardwareAddress Address { get; internal set; }

    /// <summary>State.</summary>
    public NeighborState State { get; internal set; }

    internal ulong Mac { get; set; }

    /// <summary>Whether its address may be sent to.</summary>
    internal bool IsResolved => State is not (NeighborState.Incomplete or NeighborState.Failed);

    /// <summary>An address of ours that has to do with it: probes are sent from there.</summary>
    internal IpKey AskedFrom { get; set; }

    internal long DueNs { get; set; }

    internal long LastUsedNs { get; set; }

    internal int Probes { get; set; }

    /// <summary>Buffers of the waiting frames, oldest first.</summary>
    internal int[] Queue { get; } = new int[MaxQueued];

    internal int Queued { get; set; }
}
