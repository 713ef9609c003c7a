using System.Net;
using FastBond.Core.Frames;

namespace FastBond.Configuration;

/// <summary>An option of a bond or of a slave.</summary>
/// <param name="Name">The kernel's name, or FastBond's own, spelled with <c>_</c>.</param>
/// <param name="Value">In the kernel's units and by the kernel's names.</param>
/// <param name="Place">Where it was said.</param>
internal sealed record Setting(string Name, string Value, Place Place);

/// <summary>An address of the bond's host interface.</summary>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="PrefixLength">Bits of the network.</param>
/// <param name="Place">Where it was said.</param>
internal sealed record AddressSetting(IPAddress Address, int PrefixLength, Place Place)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{PrefixLength}";
}

/// <summary>A route that leaves by the bond's host interface.</summary>
/// <param name="Destination">Network; all zero with prefix 0 is the default route.</param>
/// <param name="PrefixLength">Bits of the network.</param>
/// <param name="Gateway">Next hop; null: the destination is on the link.</param>
/// <param name="Place">Where it was said.</param>
internal sealed record RouteSetting(IPAddress Destination, int PrefixLength, IPAddress? Gateway, Place Place)
{
    /// <summary>The main table.</summary>
    public const uint MainTable = 254;

    /// <summary>Metric; 0: the kernel's choice.</summary>
    public uint Metric { get; init; }

    /// <summary>Routing table.</summary>
    public uint Table { get; init; } = MainTable;

    /// <summary>Whether the gateway is reached though no address of the interface is in its network.</summary>
    public bool OnLink { get; init; }

    /// <summary>Preferred source address; null: the kernel's choice.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>The destination as netplan and <c>ip route</c> write it.</summary>
    public string To => PrefixLength == 0 ? "default" : $"{Destination}/{PrefixLength}";

    /// <inheritdoc/>
    public override string ToString() => Gateway is null ? To : $"{To} via {Gateway}";
}

/// <summary>An interface that a bond shall have as a slave.</summary>
/// <param name="Name">Interface name.</param>
/// <param name="Options">What was said of this slave alone.</param>
/// <param name="Place">Where it was named.</param>
internal sealed record SlaveConfiguration(string Name, IReadOnlyList<Setting> Options, Place Place);

/// <summary>What a bond shall be: the one model that every kind of configuration file is read into and written from.</summary>
/// <param name="Name">Name of the bond and of its host interface.</param>
/// <param name="Place">Where it was first named.</param>
internal sealed record BondConfiguration(string Name, Place Place)
{
    /// <summary>Options of the bond, the kernel's and FastBond's own, each once, in the order in which they are applied.</summary>
    public IReadOnlyList<Setting> Options { get; init; } = [];

    /// <summary>Slaves, in the order in which they are enslaved.</summary>
    public IReadOnlyList<SlaveConfiguration> Slaves { get; init; } = [];

    /// <summary>Addresses of the host interface.</summary>
    public IReadOnlyList<AddressSetting> Addresses { get; init; } = [];

    /// <summary>Routes by the host interface.</summary>
    public IReadOnlyList<RouteSetting> Routes { get; init; } = [];

    /// <summary>MTU in bytes of payload; null: as it is.</summary>
    public int? Mtu { get; init; }

    /// <summary>The bond's MAC; null: the first slave's.</summary>
    public HardwareAddress? MacAddress { get; init; }

    /// <summary>Whether the host interface stays down until somebody takes it up.</summary>
    public bool StaysDown { get; init; }
}

/// <summary>What came of reading a configuration.</summary>
/// <param name="Bonds">The bonds in the order they were named; none if there is an error.</param>
/// <param name="Problems">What there is to say, in the order it was met.</param>
internal sealed record ConfigurationReading(IReadOnlyList<BondConfiguration> Bonds, IReadOnlyList<Problem> Problems)
{
    /// <summary>Whether nothing of it may be applied.</summary>
    public bool HasErrors => Problems.Any(problem => problem.Severity == Severity.Error);
}
