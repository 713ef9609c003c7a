using System.Net;
using System.Text.Json.Serialization;
using FastBond.Core.Frames;
using FastBond.Linux.Links;

namespace FastBond.Linux.Restore;

/// <summary>An address to put back.</summary>
public sealed record RestoreAddress
{
    /// <summary>The bits of <see cref="Flags"/> that are a setting, not a state: NODAD, HOMEADDRESS, MANAGETEMPADDR, NOPREFIXROUTE, MCAUTOJOIN.</summary>
    private const uint Settings = 0x02 | 0x10 | 0x100 | 0x200 | 0x400;

    /// <summary>The address.</summary>
    public required string Address { get; init; }

    /// <summary>The other end, or the address itself.</summary>
    public required string Peer { get; init; }

    /// <summary>Broadcast address; null if none.</summary>
    public required string? Broadcast { get; init; }

    /// <summary>Label; may be empty.</summary>
    public required string Label { get; init; }

    /// <summary>Length of the prefix in bits.</summary>
    public required int PrefixLength { get; init; }

    /// <summary><c>IFA_F_*</c> bits.</summary>
    public required uint Flags { get; init; }

    /// <summary><c>RT_SCOPE_*</c>.</summary>
    public required int Scope { get; init; }

    /// <summary>How many seconds it was valid yet when it was recorded.</summary>
    public required uint ValidSeconds { get; init; }

    /// <summary>For how many seconds it was preferred yet when it was recorded.</summary>
    public required uint PreferredSeconds { get; init; }

    /// <summary>Describes an address as it is now.</summary>
    public static RestoreAddress From(AddressInfo address) => new()
    {
        Address = address.Address.ToString(),
        Peer = address.Peer.ToString(),
        Broadcast = address.Broadcast?.ToString(),
        Label = address.Label,
        PrefixLength = address.PrefixLength,
        Flags = address.Flags & Settings,
        Scope = address.Scope,
        ValidSeconds = address.ValidSeconds,
        PreferredSeconds = address.PreferredSeconds,
    };

    /// <summary>The address as it would be after so many seconds; null if it would have expired.</summary>
    public AddressInfo? After(int ifIndex, uint seconds) => ValidSeconds <= seconds
        ? null
        : new AddressInfo(ifIndex, IPAddress.Parse(Address), PrefixLength, Flags, Scope)
        {
            Peer = IPAddress.Parse(Peer),
            Broadcast = Broadcast is null ? null : IPAddress.Parse(Broadcast),
            Label = Label,
            ValidSeconds = Left(ValidSeconds, seconds),
            PreferredSeconds = Left(PreferredSeconds, seconds),
        };

    private static uint Left(uint lifetime, uint seconds) =>
        lifetime == AddressInfo.Forever ? lifetime : lifetime - Math.Min(lifetime, seconds);
}

/// <summary>A route to put back.</summary>
public sealed record RestoreRoute
{
    /// <summary>Network.</summary>
    public required string Destination { get; init; }

    /// <summary>Length of its prefix in bits.</summary>
    public required int PrefixLength { get; init; }

    /// <summary>Next hop; null if the destination is on the link.</summary>
    public required string? Gateway { get; init; }

    /// <summary>Preferred source address; null if none.</summary>
    public required string? Source { get; init; }

    /// <summary>Metric.</summary>
    public required uint Metric { get; init; }

    /// <summary>Routing table.</summary>
    public required uint Table { get; init; }

    /// <summary><c>RTPROT_*</c>.</summary>
    public required uint Protocol { get; init; }

    /// <summary>Whether the gateway is reached though no address is in its network.</summary>
    public required bool OnLink { get; init; }

    /// <summary>Describes a route as it is now.</summary>
    public static RestoreRoute From(RouteInfo route) => new()
    {
        Destination = route.Destination.ToString(),
        PrefixLength = route.PrefixLength,
        Gateway = route.Gateway?.ToString(),
        Source = route.Source?.ToString(),
        Metric = route.Metric,
        Table = route.Table,
        Protocol = route.Protocol,
        OnLink = route.OnLink,
    };

    /// <summary>The route.</summary>
    public RouteInfo Of(int ifIndex) => new(ifIndex, IPAddress.Parse(Destination), PrefixLength)
    {
        Gateway = Gateway is null ? null : IPAddress.Parse(Gateway),
        Source = Source is null ? null : IPAddress.Parse(Source),
        Metric = Metric,
        Table = Table,
        Protocol = Protocol,
        OnLink = OnLink,
    };
}

/// <summary>
/// How an interface was found: all that taking it over changes, written before the first change. Kept as
/// <c>restore/NETNS-IFINDEX.json</c>; it goes when everything has been put back.
/// </summary>
public sealed record RestoreRecord
{
    /// <summary>Inode of the network namespace.</summary>
    public required ulong Netns { get; init; }

    /// <summary>Cookie of the network namespace; 0 if the kernel has none.</summary>
    public required ulong NetnsCookie { get; init; }

    /// <summary>Interface index.</summary>
    public required int IfIndex { get; init; }

    /// <summary>Name it had.</summary>
    public required string Name { get; init; }

    /// <summary>Kind of a software device; empty for a NIC.</summary>
    public required string Kind { get; init; }

    /// <summary>Permanent address; empty if the driver tells none.</summary>
    public required string PermanentAddress { get; init; }

    /// <summary>Address it had.</summary>
    public required string Address { get; init; }

    /// <summary>MTU it had.</summary>
    public required int Mtu { get; init; }

    /// <summary>Whether it was up.</summary>
    public required bool Up { get; init; }

    /// <summary>Whether ARP was off.</summary>
    public required bool NoArp { get; init; }

    /// <summary>Content of <c>disable_ipv6</c>; null on a kernel without IPv6.</summary>
    public required string? DisableIPv6 { get; init; }

    /// <summary>State of each feature that is switched off, by name.</summary>
    public required IReadOnlyDictionary<string, bool> Features { get; init; }

    /// <summary>Addresses that were configured on it.</summary>
    public required IReadOnlyList<RestoreAddress> Addresses { get; init; }

    /// <summary>Routes that were configured through it; records of older versions have none.</summary>
    public IReadOnlyList<RestoreRoute> Routes { get; init; } = [];

    /// <summary>When it was recorded, in ms of the machine's uptime.</summary>
    public required long RecordedMs { get; init; }

    /// <summary>Process that took it over.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The namespace it is of.</summary>
    [JsonIgnore]
    public NetworkNamespaceId Namespace => new(Netns, NetnsCookie);

    /// <summary>Whether an interface of that index is the one that was recorded.</summary>
    public bool IsOf(LinkInfo link) =>
        link.IfIndex == IfIndex && link.Kind == Kind &&
        (PermanentAddress.Length == 0 ? link.PermanentAddress.IsEmpty : link.PermanentAddress == HardwareAddress.Parse(PermanentAddress));
}

/// <summary>Source-generated reading and writing of records.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RestoreRecord))]
internal sealed partial class RestoreJson : JsonSerializerContext;
