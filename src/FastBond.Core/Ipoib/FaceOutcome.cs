namespace FastBond.Core.Ipoib;

/// <summary>What became of a frame at the Ethernet face. All but the first two are drops, and counted under exactly one reason.</summary>
public enum FaceOutcome : byte
{
    /// <summary>Translated on the core it came to.</summary>
    Passed = 0,

    /// <summary>Handed to the control plane, which translates it, answers for it or drops it.</summary>
    Punted = 1,

    /// <summary>The control plane was too far behind to take it.</summary>
    PuntQueueFull = 2,

    /// <summary>A packet that ends within its own header.</summary>
    Truncated = 3,

    /// <summary>An ethertype that IPoIB does not carry.</summary>
    Protocol = 4,

    /// <summary>A VLAN tag: IPoIB has none.</summary>
    VlanTag = 5,

    /// <summary>A multicast MAC over a packet that goes to no IP group.</summary>
    NoGroup = 6,

    /// <summary>The destination's link-layer address could not be found out.</summary>
    NoNeighbor = 7,

    /// <summary>Pushed out by younger frames while it waited for the destination's link-layer address.</summary>
    NeighborQueueFull = 8,

    /// <summary>The neighbour table is full of neighbours in use.</summary>
    NeighborTableFull = 9,

    /// <summary>No ARP request or reply for IPv4 of the link's own hardware type and length.</summary>
    ArpMalformed = 10,

    /// <summary>Neighbour discovery that its receivers would have to ignore: hop limit, length, or an option that is none.</summary>
    NeighborDiscoveryMalformed = 11,

    /// <summary>Neighbour discovery whose checksum is wrong.</summary>
    NeighborDiscoveryChecksum = 12,

    /// <summary>DHCP that cannot be read: no magic cookie, options that do not end, wrong lengths.</summary>
    DhcpMalformed = 13,

    /// <summary>DHCP whose UDP checksum is wrong.</summary>
    DhcpChecksum = 14,

    /// <summary>A DHCP answer to no client on this side.</summary>
    DhcpUnknownClient = 15,

    /// <summary>Longer than the link's MTU once translated, or than the control plane takes.</summary>
    TooLong = 16,

    /// <summary>Our own frame, come back from the fabric.</summary>
    OwnEcho = 17,

    /// <summary>No slave is active, or its core has no room.</summary>
    NoSlave = 18,
}

/// <summary>How often each outcome came about. One writer; anyone may read a moment late.</summary>
public sealed class FaceCounters
{
    private static readonly int Outcomes = Enum.GetValues<FaceOutcome>().Length;

    private readonly ulong[] _counts = new ulong[Outcomes];

    /// <summary>How often that came about.</summary>
    public ulong this[FaceOutcome outcome] => Volatile.Read(ref _counts[(int)outcome]);

    /// <summary>Counts one frame, or several.</summary>
    public void Count(FaceOutcome outcome, ulong frames = 1) => _counts[(int)outcome] += frames;
}
