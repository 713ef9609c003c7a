using FastBond.Core.Frames;

namespace FastBond.Core.Bonds;

/// <summary>What the system says of an interface: what a bond looks at before it takes it as a slave.</summary>
public sealed record SlaveDevice
{
    /// <summary>Interface name.</summary>
    public required string Name { get; init; }

    /// <summary>Interface index.</summary>
    public required int IfIndex { get; init; }

    /// <summary>ARP hardware type of Ethernet, InfiniBand and the loopback (<c>ARPHRD_*</c>).</summary>
    public const int Ethernet = 1, Infiniband = 32, Loopback = 772;

    /// <summary>ARP hardware type.</summary>
    public int LinkType { get; init; } = Ethernet;

    /// <summary>Present address.</summary>
    public HardwareAddress Address { get; init; }

    /// <summary>Link-layer broadcast address; empty if the system says none. It matters on InfiniBand alone.</summary>
    public HardwareAddress Broadcast { get; init; }

    /// <summary>The address burnt in, where the driver tells it; else the present one.</summary>
    public HardwareAddress PermanentAddress { get; init; }

    /// <summary>MTU in bytes of payload.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Administratively up (<c>IFF_UP</c>).</summary>
    public bool IsUp { get; init; }

    /// <summary>The driver's own carrier flag.</summary>
    public bool Carrier { get; init; }

    /// <summary>Speed in Mb/s; 0 = unknown.</summary>
    public int SpeedMbps { get; init; }

    /// <summary>Duplex.</summary>
    public Duplex Duplex { get; init; }

    /// <summary>Whether it is a bond's own interface, the kernel's or one of ours.</summary>
    public bool IsBond { get; init; }

    /// <summary>Whether another master (bond, bridge, another bond of ours) holds it, by name; null if free.</summary>
    public string? Master { get; init; }
}
