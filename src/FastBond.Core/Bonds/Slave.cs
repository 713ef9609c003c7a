using FastBond.Core.Frames;
using FastBond.Core.Ipoib;

namespace FastBond.Core.Bonds;

/// <summary>One slave's state. Only its bond changes it.</summary>
public sealed class Slave
{
    /// <summary>Most targets of the ARP monitor of one kind, IPv4 or IPv6.</summary>
    internal const int TargetsOfAKind = 16;

    internal Slave(byte slot, SlaveDevice device)
    {
        Slot = slot;
        Name = device.Name;
        IfIndex = device.IfIndex;
        LinkType = device.LinkType;
        OriginalAddress = device.Address;
        Address = device.Address;
        Broadcast = IpoibAddress.BroadcastOf(device.Broadcast);
        OriginalMtu = device.Mtu;
    }

    /// <summary>The number by which forwarding tables and cores name this slave; free again after its release.</summary>
    public byte Slot { get; }

    /// <summary>Interface name.</summary>
    public string Name { get; internal set; }

    /// <summary>Interface index at the time of enslaving.</summary>
    public int IfIndex { get; }

    /// <summary>ARP hardware type (<c>ARPHRD_*</c>).</summary>
    public int LinkType { get; }

    /// <summary>"Permanent HW addr" of the status text: the address it had before it was enslaved, as the kernel bond keeps it.</summary>
    public HardwareAddress PermanentAddress => OriginalAddress;

    /// <summary>The address to put back at release.</summary>
    public HardwareAddress OriginalAddress { get; }

    /// <summary>The MTU to put back at release.</summary>
    public int OriginalMtu { get; }

    /// <summary>Present address.</summary>
    public HardwareAddress Address { get; internal set; }

    /// <summary>On InfiniBand, the address of the broadcast group, which tells partition and scope of all groups.</summary>
    public HardwareAddress Broadcast { get; }

    /// <summary>Administratively up.</summary>
    public bool IsUp { get; internal set; }

    /// <summary>The driver's carrier flag as last told.</summary>
    public bool Carrier { get; internal set; }

    /// <summary>The monitors' view of the link.</summary>
    public LinkState Link { get; internal set; }

    /// <summary>Passes left of updelay or downdelay.</summary>
    public int Delay { get; internal set; }

    /// <summary>The kernel's "active" flag: may transmit. The opposite is "backup".</summary>
    public bool IsActive { get; internal set; }

    /// <summary>The kernel's "inactive" flag: what it receives is not delivered to the bond.</summary>
    public bool IsInactive { get; internal set; }

    /// <summary>How often the link was declared down.</summary>
    public uint LinkFailureCount { get; internal set; }

    /// <summary>Speed in Mb/s; 0 = unknown.</summary>
    public int SpeedMbps { get; internal set; }

    /// <summary>Duplex.</summary>
    public Duplex Duplex { get; internal set; }

    /// <summary>Option <c>queue_id</c>.</summary>
    public int QueueId { get; internal set; }

    /// <summary>Option <c>prio</c>.</summary>
    public int Prio { get; internal set; }

    /// <summary>Option <c>actor_port_prio</c>.</summary>
    public int ActorPortPrio { get; internal set; } = 255;

    /// <summary>When it last came up or became the active slave, in nanoseconds of the bond's clock.</summary>
    public long LastLinkUpNs { get; internal set; }

    /// <summary>
    /// Whether a transmit ring of it has ceased to complete frames though the driver shows a carrier: a hung NIC, which the kernel bond
    /// never notices. It counts as a link that failed.
    /// </summary>
    public bool IsTransmitStalled { get; internal set; }

    /// <summary>When the ARP monitor last heard something through it that counts, in nanoseconds of the bond's clock.</summary>
    internal long LastRxNs { get; set; }

    /// <summary>When the ARP monitor last asked through it.</summary>
    internal long LastTxNs { get; set; }

    /// <summary>When each target was last heard through it: those of <c>arp_ip_target</c>, then those of <c>ns_ip6_target</c>.</summary>
    internal long[] TargetRxNs { get; } = new long[2 * TargetsOfAKind];

    /// <summary>The IPv6 groups it must let in as a backup, as <see cref="IpNumber"/> (<see cref="IEffects.SetSlaveGroups"/>).</summary>
    internal IReadOnlyList<UInt128> Groups { get; set; } = [];

    /// <summary>What the monitor's inspection wants <see cref="Link"/> to become; null = no change. Lives within one pass.</summary>
    internal LinkState? Proposal { get; set; }

    /// <summary>Something was heard of the link since the last pass: the next one looks at this slave, regular or not.</summary>
    internal bool IsHinted { get; set; }

    /// <summary><see cref="IsInactive"/> as the kernel was last told; null: not yet.</summary>
    internal bool? WasToldInactive { get; set; }

    /// <summary>Whether the bond's receive needs are put on this slave.</summary>
    internal bool CarriesReceiveFilter { get; set; }

    /// <summary>The link-layer address at which it receives an IPv6 group.</summary>
    internal HardwareAddress AddressOf(UInt128 group) => LinkType == SlaveDevice.Infiniband
        ? IpoibAddress.OfGroup(Broadcast, new IpKey((ulong)(group >> 64), (ulong)group))
        : IpNumber.MulticastMac(group);

    /// <summary>Up with carrier, which is the kernel's "running", and sending what it is given.</summary>
    public bool IsRunning => IsUp && Carrier && !IsTransmitStalled;

    /// <summary>Whether the hash modes and balance-rr may send on it (modes.md: can-tx).</summary>
    public bool CanTransmit => IsRunning && Link == LinkState.Up && IsActive;
}
