using System.Text.Json.Serialization;
using FastBond.Core.Frames;
using FastBond.Linux.Links;

namespace FastBond.Linux.Restore;

/// <summary>An address to put back.</summary>
/// <param name="Address">The address as text.</param>
/// <param name="PrefixLength">Length of the prefix in bits.</param>
/// <param name="Flags"><c>IFA_F_*</c> bits.</param>
/// <param name="Scope"><c>RT_SCOPE_*</c>.</param>
public sealed record RestoreAddress(string Address, int PrefixLength, uint Flags, int Scope);

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
