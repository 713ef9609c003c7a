using System.Net;
using System.Net.Sockets;
using FastBond.Linux.Native;

namespace FastBond.Linux.Links;

/// <summary>A unicast route with one next hop (<c>RTM_NEWROUTE</c>).</summary>
/// <param name="IfIndex">The interface it leaves by.</param>
/// <param name="Destination">Network; all zero with prefix 0 is the default route.</param>
/// <param name="PrefixLength">Length of the network's prefix in bits.</param>
public sealed record RouteInfo(int IfIndex, IPAddress Destination, int PrefixLength)
{
    /// <summary>The main table.</summary>
    public const uint MainTable = 254;

    private const uint ProtocolBoot = 3, ProtocolStatic = 4, ProtocolDhcp = 16;
    private const uint FamilyIPv4 = 2, FamilyIPv6 = 10;
    private const int LengthIPv4 = 4, LengthIPv6 = 16;

    /// <summary>Next hop; null: the destination is on the link.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>Preferred source address; null: the kernel's choice.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Metric; 0: the kernel's choice.</summary>
    public uint Metric { get; init; }

    /// <summary>Routing table.</summary>
    public uint Table { get; init; } = MainTable;

    /// <summary>Who made it (<c>RTPROT_*</c>): 3 boot scripts, 4 an administrator, 16 DHCP, …</summary>
    public uint Protocol { get; init; } = ProtocolStatic;

    /// <summary>Whether it was configured: what the kernel, a router or a routing daemon made they make anew by themselves.</summary>
    public bool IsConfigured => Protocol is ProtocolBoot or ProtocolStatic or ProtocolDhcp;

    /// <summary>Whether the gateway is reached though no address of the interface is in its network.</summary>
    public bool OnLink { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        (PrefixLength == 0 ? "default" : $"{Destination}/{PrefixLength}") + (Gateway is null ? "" : $" via {Gateway}");

    internal static unsafe RouteInfo From(NativeRoute* route)
    {
        int length = route->Family == FamilyIPv4 ? LengthIPv4 : LengthIPv6;
        return new RouteInfo(route->IfIndex, new IPAddress(new ReadOnlySpan<byte>(route->Destination, length)), (int)route->PrefixLength)
        {
            Gateway = route->HasGateway != 0 ? new IPAddress(new ReadOnlySpan<byte>(route->Gateway, length)) : null,
            Source = route->HasSource != 0 ? new IPAddress(new ReadOnlySpan<byte>(route->Source, length)) : null,
            Metric = route->Metric,
            Table = route->Table,
            Protocol = route->Protocol,
            OnLink = route->OnLink != 0,
        };
    }

    internal unsafe NativeRoute ToNative()
    {
        NativeRoute native = new()
        {
            IfIndex = IfIndex,
            Family = Destination.AddressFamily == AddressFamily.InterNetwork ? FamilyIPv4 : FamilyIPv6,
            PrefixLength = (uint)PrefixLength,
            Table = Table,
            Metric = Metric,
            Protocol = Protocol,
            OnLink = OnLink ? 1u : 0,
            HasGateway = Gateway is null ? 0 : 1u,
            HasSource = Source is null ? 0 : 1u,
        };
        Destination.TryWriteBytes(new Span<byte>(native.Destination, LengthIPv6), out _);
        Gateway?.TryWriteBytes(new Span<byte>(native.Gateway, LengthIPv6), out _);
        Source?.TryWriteBytes(new Span<byte>(native.Source, LengthIPv6), out _);
        return native;
    }
}
