using FastBond.Linux.Links;

namespace FastBond.Linux;

/// <summary>An address of a bond's host interface.</summary>
/// <param name="Address">IPv4 or IPv6, as text.</param>
/// <param name="PrefixLength">Bits of the network.</param>
public sealed record BondAddress(string Address, int PrefixLength);

/// <summary>A route by a bond's host interface.</summary>
/// <param name="Destination">Network, as text; all zero with prefix 0 is the default route.</param>
/// <param name="PrefixLength">Bits of the network.</param>
/// <param name="Gateway">Next hop; null: the destination is on the link.</param>
/// <param name="Source">Preferred source address; null: the kernel's choice.</param>
/// <param name="Metric">Metric; 0: the kernel's choice.</param>
/// <param name="Table">Routing table; 254 is the main one.</param>
/// <param name="OnLink">Whether the gateway is reached though no address of the interface is in its network.</param>
public sealed record BondRoute(
    string Destination, int PrefixLength, string? Gateway = null, string? Source = null, uint Metric = 0, uint Table = 254, bool OnLink = false);

/// <summary>What was carried and dropped.</summary>
/// <param name="RxFrames">Frames received.</param>
/// <param name="RxBytes">Bytes received, without FCS.</param>
/// <param name="RxDropped">Frames dropped after reception.</param>
/// <param name="TxFrames">Frames transmitted.</param>
/// <param name="TxBytes">Bytes transmitted, without FCS.</param>
/// <param name="TxDropped">Frames dropped instead of being transmitted.</param>
public sealed record TrafficState(ulong RxFrames, ulong RxBytes, ulong RxDropped, ulong TxFrames, ulong TxBytes, ulong TxDropped);

/// <summary>A slave, or an interface that is to be one.</summary>
public sealed record SlaveState
{
    /// <summary>Interface name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is a slave; otherwise it is waited for.</summary>
    public required bool IsPresent { get; init; }

    /// <summary>Its options as they would be written.</summary>
    public required IReadOnlyList<OptionSetting> Options { get; init; }

    /// <summary>Link-layer address; empty while it is waited for.</summary>
    public string Address { get; init; } = "";

    /// <summary>Administratively up.</summary>
    public bool IsUp { get; init; }

    /// <summary>The driver's carrier flag.</summary>
    public bool Carrier { get; init; }

    /// <summary>Whether frames may go out by it.</summary>
    public bool IsUsed { get; init; }

    /// <summary>What it carried since it was enslaved; null while it is waited for.</summary>
    public TrafficState? Traffic { get; init; }

    /// <summary>What its driver could not receive or transmit.</summary>
    public LinkErrors Errors { get; init; } = LinkErrors.None;
}

/// <summary>A bond as it runs: what a configuration is compared with.</summary>
public sealed record BondState
{
    /// <summary>Name of the bond.</summary>
    public required string Name { get; init; }

    /// <summary>Administratively up.</summary>
    public required bool IsUp { get; init; }

    /// <summary>Whether a slave can carry frames.</summary>
    public required bool Carrier { get; init; }

    /// <summary>MTU in bytes of payload.</summary>
    public required int Mtu { get; init; }

    /// <summary>The bond's MAC.</summary>
    public required string Address { get; init; }

    /// <summary>Every option that a configuration keeps, as it would be written to make it what it is.</summary>
    public required IReadOnlyList<OptionSetting> Options { get; init; }

    /// <summary>Slaves in enslave order, then the interfaces that are waited for.</summary>
    public required IReadOnlyList<SlaveState> Slaves { get; init; }

    /// <summary>Global addresses of the host interface.</summary>
    public required IReadOnlyList<BondAddress> Addresses { get; init; }

    /// <summary>Routes by the host interface, those the kernel made by itself apart.</summary>
    public required IReadOnlyList<BondRoute> Routes { get; init; }

    /// <summary>What all slaves there ever were carried.</summary>
    public required TrafficState Traffic { get; init; }
}

/// <summary>A change of a bond's host interface. What is null or empty stays as it is; what is there already is no error.</summary>
public sealed record HostChange
{
    /// <summary>Administratively up or down.</summary>
    public bool? Up { get; init; }

    /// <summary>MTU in bytes of payload, for the slaves too.</summary>
    public int? Mtu { get; init; }

    /// <summary>The bond's MAC.</summary>
    public string? Address { get; init; }

    /// <summary>Addresses to take away.</summary>
    public IReadOnlyList<BondAddress> RemoveAddresses { get; init; } = [];

    /// <summary>Addresses to give.</summary>
    public IReadOnlyList<BondAddress> AddAddresses { get; init; } = [];

    /// <summary>Routes to take away.</summary>
    public IReadOnlyList<BondRoute> RemoveRoutes { get; init; } = [];

    /// <summary>Routes to make.</summary>
    public IReadOnlyList<BondRoute> AddRoutes { get; init; } = [];
}

/// <summary>A poll core's sign of life.</summary>
/// <param name="Name">Name of its thread.</param>
/// <param name="Turns">Rises while it works.</param>
/// <param name="IsAsleep">Whether it sleeps for want of work.</param>
/// <param name="Fault">Why it stopped, if it did.</param>
public sealed record CoreState(string Name, long Turns, bool IsAsleep, string? Fault);
