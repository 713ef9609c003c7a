using System.Runtime.InteropServices;
using System.Text;
using FastBond.Core.Frames;
using FastBond.Linux.Native;

namespace FastBond.Linux.Links;

/// <summary>A network interface as the kernel describes it (<c>RTM_NEWLINK</c>).</summary>
public sealed record LinkInfo
{
    /// <summary><c>ARPHRD_*</c> of Ethernet, InfiniBand and the loopback.</summary>
    public const int Ethernet = 1, Infiniband = 32, Loopback = 772;

    private const uint FlagUp = 1 << 0, FlagNoArp = 1 << 7, FlagPromiscuous = 1 << 8, FlagAllMulticast = 1 << 9;

    /// <summary>Interface index.</summary>
    public required int IfIndex { get; init; }

    /// <summary>Name, at most 15 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the lower device (VLAN, macvlan) or of the peer (veth); 0 if none.</summary>
    public int LowerIfIndex { get; init; }

    /// <summary>Index of the master (bridge, bond); 0 if none.</summary>
    public int MasterIfIndex { get; init; }

    /// <summary><c>IFF_*</c> bits.</summary>
    public uint Flags { get; init; }

    /// <summary>ARP hardware type (<c>ARPHRD_*</c>).</summary>
    public int LinkType { get; init; }

    /// <summary>MTU in bytes of payload.</summary>
    public int Mtu { get; init; }

    /// <summary>How many want the interface promiscuous; a bridge or macvlan above it shows here and not in <see cref="Flags"/>.</summary>
    public int Promiscuity { get; init; }

    /// <summary>Receive queues the device has; those in use are its channels (<see cref="Ethtool.Channels"/>).</summary>
    public int RxQueues { get; init; }

    /// <summary>Transmit queues the device has.</summary>
    public int TxQueues { get; init; }

    /// <summary>Carrier as netlink tells it; <see cref="Ethtool.Carrier"/> asks the driver.</summary>
    public bool Carrier { get; init; }

    /// <summary>VLAN id of a VLAN device; -1 of any other.</summary>
    public int VlanId { get; init; } = -1;

    /// <summary>TPID of a VLAN device: 0x8100 or 0x88a8.</summary>
    public ushort VlanProtocol { get; init; }

    /// <summary>Present address.</summary>
    public HardwareAddress Address { get; init; }

    /// <summary>Broadcast address.</summary>
    public HardwareAddress Broadcast { get; init; }

    /// <summary>Address burnt in; empty if the driver tells none.</summary>
    public HardwareAddress PermanentAddress { get; init; }

    /// <summary>Kind of a software device ("veth", "tun", "vlan", …); empty for a NIC.</summary>
    public string Kind { get; init; } = "";

    /// <summary>What its driver could not receive or transmit since the device came into being.</summary>
    public LinkErrors Errors { get; init; } = LinkErrors.None;

    /// <summary>Administratively up.</summary>
    public bool IsUp => (Flags & FlagUp) != 0;

    /// <summary>Whether the stack does without ARP on it.</summary>
    public bool IsNoArp => (Flags & FlagNoArp) != 0;

    /// <summary>Whether an administrator asked for promiscuous mode; see also <see cref="Promiscuity"/>.</summary>
    public bool IsPromiscuous => (Flags & FlagPromiscuous) != 0;

    /// <summary>Whether all multicast frames are let in.</summary>
    public bool IsAllMulticast => (Flags & FlagAllMulticast) != 0;

    internal static unsafe LinkInfo From(NativeLink* link)
    {
        int length = (int)Math.Min(link->AddressLength, HardwareAddress.MaxLength);
        HardwareAddress permanent = new(new ReadOnlySpan<byte>(link->PermanentAddress, length));
        return new LinkInfo
        {
            IfIndex = link->IfIndex,
            Name = Text(link->Name),
            LowerIfIndex = link->IfLink,
            MasterIfIndex = link->Master,
            Flags = link->Flags,
            LinkType = (int)link->Type,
            Mtu = (int)link->Mtu,
            Promiscuity = (int)link->Promiscuity,
            RxQueues = (int)link->RxQueues,
            TxQueues = (int)link->TxQueues,
            Carrier = link->Carrier != 0,
            VlanId = link->VlanId,
            VlanProtocol = (ushort)link->VlanProtocol,
            Address = new HardwareAddress(new ReadOnlySpan<byte>(link->Address, length)),
            Broadcast = new HardwareAddress(new ReadOnlySpan<byte>(link->Broadcast, length)),
            PermanentAddress = permanent.IsZero ? default : permanent,
            Kind = Text(link->Kind),
            Errors = new LinkErrors(link->RxErrors, link->RxOverruns, link->RxFrameErrors, link->TxErrors, link->TxOverruns, link->TxCarrierErrors),
        };
    }

    /// <summary>A name of up to 15 characters and a terminator.</summary>
    internal static unsafe string Text(byte* name) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
}
