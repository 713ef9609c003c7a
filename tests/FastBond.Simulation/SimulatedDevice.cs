using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Simulation;

/// <summary>One interface of the simulated host: a veth end whose peer may be taken down.</summary>
internal sealed class SimulatedDevice(string name, int ifIndex, HardwareAddress address)
{
    public string Name { get; set; } = name;

    public int IfIndex { get; } = ifIndex;

    public HardwareAddress PermanentAddress { get; } = address;

    public HardwareAddress Address { get; set; } = address;

    public HardwareAddress Broadcast { get; init; }

    public int Mtu { get; set; } = 1500;

    public int LinkType { get; init; } = 1;

    public bool IsUp { get; set; }

    public bool PeerIsUp { get; set; } = true;

    public bool Carrier => IsUp && PeerIsUp;

    public int SpeedMbps { get; set; } = 10000;

    public Duplex Duplex { get; set; } = Duplex.Full;

    public string? Master { get; set; }

    public bool IsBond { get; set; }

    /// <summary>Whether a bond has it open.</summary>
    public bool IsOpen { get; set; }

    /// <summary>What the XDP program was told; null while not open.</summary>
    public bool? IsInactive { get; set; }

    public bool CarriesReceiveFilter { get; set; }

    /// <summary>Multicast MACs it lets in beyond the receive filter.</summary>
    public IReadOnlyList<HardwareAddress> Groups { get; set; } = [];

    public override string ToString() =>
        $"{Name} {Address} mtu {Mtu} up {IsUp} open {IsOpen} inactive {IsInactive} filter {CarriesReceiveFilter}";
}
