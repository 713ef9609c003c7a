using System.Net;
using System.Net.Sockets;
using System.Text;
using FastBond.Linux.Native;

namespace FastBond.Linux.Links;

/// <summary>An IP address of an interface (<c>RTM_NEWADDR</c>).</summary>
/// <param name="IfIndex">The interface.</param>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="PrefixLength">Length of the prefix in bits.</param>
/// <param name="Flags"><c>IFA_F_*</c> bits.</param>
/// <param name="Scope"><c>RT_SCOPE_*</c>: 0 global, 253 link, 254 host.</param>
public sealed record AddressInfo(int IfIndex, IPAddress Address, int PrefixLength, uint Flags, int Scope)
{
    /// <summary>A lifetime without an end.</summary>
    public const uint Forever = uint.MaxValue;

    private const uint FlagPermanent = 0x80;
    private const uint FamilyIPv4 = 2, FamilyIPv6 = 10;
    private const int LengthIPv4 = 4, LengthIPv6 = 16, LabelSize = 16;

    /// <summary>The other end of a point-to-point link; else the address itself.</summary>
    public IPAddress Peer { get; init; } = Address;

    /// <summary>IPv4 broadcast address; null if none is set.</summary>
    public IPAddress? Broadcast { get; init; }

    /// <summary>IPv4: name of an alias ("eth0:1"), or of the interface; may be empty.</summary>
    public string Label { get; init; } = "";

    /// <summary>How many seconds it is valid yet.</summary>
    public uint ValidSeconds { get; init; } = Forever;

    /// <summary>For how many seconds new connections may use it yet.</summary>
    public uint PreferredSeconds { get; init; } = Forever;

    /// <summary>Whether it was configured for good: not by a lease or a router advertisement.</summary>
    public bool IsPermanent => (Flags & FlagPermanent) != 0;

    internal static unsafe AddressInfo From(NativeAddress* address)
    {
        int length = address->Family == FamilyIPv4 ? LengthIPv4 : LengthIPv6;
        ReadOnlySpan<byte> broadcast = new(address->Broadcast, LengthIPv4);
        return new AddressInfo(address->IfIndex, new IPAddress(new ReadOnlySpan<byte>(address->Address, length)), (int)address->PrefixLength,
            address->Flags, (int)address->Scope)
        {
            Peer = new IPAddress(new ReadOnlySpan<byte>(address->Peer, length)),
            Broadcast = broadcast.ContainsAnyExcept((byte)0) ? new IPAddress(broadcast) : null,
            Label = LinkInfo.Text(address->Label),
            ValidSeconds = address->ValidSeconds,
            PreferredSeconds = address->PreferredSeconds,
        };
    }

    internal unsafe NativeAddress ToNative()
    {
        NativeAddress native = new()
        {
            IfIndex = IfIndex,
            Family = Address.AddressFamily == AddressFamily.InterNetwork ? FamilyIPv4 : FamilyIPv6,
            PrefixLength = (uint)PrefixLength,
            Flags = Flags,
            Scope = (uint)Scope,
            ValidSeconds = ValidSeconds,
            PreferredSeconds = PreferredSeconds,
        };
        Address.TryWriteBytes(new Span<byte>(native.Address, LengthIPv6), out _);
        Peer.TryWriteBytes(new Span<byte>(native.Peer, LengthIPv6), out _);
        Broadcast?.TryWriteBytes(new Span<byte>(native.Broadcast, LengthIPv4), out _);
        Encoding.UTF8.TryGetBytes(Label, new Span<byte>(native.Label, LabelSize - 1), out _);
        return native;
    }
}
