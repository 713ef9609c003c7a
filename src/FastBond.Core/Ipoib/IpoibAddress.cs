using System.Buffers.Binary;
using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <summary>
/// IPoIB link-layer addresses (RFC 4391 section 9.1.1): flags (1 byte), queue pair number (3), port GID (16); and the multicast addresses
/// that IP groups map to (RFC 4391 section 4).
/// </summary>
/// <remarks>
/// A group's address differs from the interface's broadcast address in the signature (IPv4 401b, IPv6 601b) and the last bytes only: scope
/// and P_Key are the broadcast address's.
/// </remarks>
public static class IpoibAddress
{
    /// <summary>Bytes of an address.</summary>
    public const int Length = HardwareAddress.MaxLength;

    private const int QueuePairOffset = 1;
    private const int GidOffset = 4;
    private const int SignatureOffset = 6;
    private const int PKeyOffset = 8;
    private const int Ipv6GroupOffset = 10;
    private const int Ipv4GroupOffset = 16;
    private const byte MulticastGid = 0xff;
    private const byte FullMembership = 0x80;
    private const ushort Ipv6Signature = 0x601b;
    private const uint Ipv4GroupMask = 0x0fff_ffff;

    /// <summary>The broadcast address of the default partition: link-local scope, P_Key ffff.</summary>
    public static readonly HardwareAddress DefaultBroadcast =
        new([0, 0xff, 0xff, 0xff, 0xff, 0x12, 0x40, 0x1b, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);

    /// <summary>
    /// The broadcast address to use where the system says <paramref name="told"/>: that, with its P_Key as a full member's, or the default
    /// partition's if it says none.
    /// </summary>
    public static HardwareAddress BroadcastOf(HardwareAddress told)
    {
        if (told.Length != Length || told.IsZero)
        {
            return DefaultBroadcast;
        }

        Span<byte> bytes = stackalloc byte[Length];
        told.AsSpan().CopyTo(bytes);
        bytes[PKeyOffset] |= FullMembership;
        return new HardwareAddress(bytes);
    }

    /// <summary>Writes the address of an IPv4 (4 bytes) or IPv6 (16 bytes) group.</summary>
    /// <param name="broadcast">The interface's broadcast address, from <see cref="BroadcastOf"/>.</param>
    /// <param name="group">The group's IP address.</param>
    /// <param name="into">Receives <see cref="Length"/> bytes.</param>
    public static void WriteGroup(ReadOnlySpan<byte> broadcast, ReadOnlySpan<byte> group, Span<byte> into)
    {
        broadcast.CopyTo(into);
        if (group.Length == sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(into[Ipv4GroupOffset..], BinaryPrimitives.ReadUInt32BigEndian(group) & Ipv4GroupMask);
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(into[SignatureOffset..], Ipv6Signature);
        group[^(Length - Ipv6GroupOffset)..].CopyTo(into[Ipv6GroupOffset..]);
    }

    /// <summary>The address of an IP group on an interface with that broadcast address.</summary>
    public static HardwareAddress OfGroup(HardwareAddress broadcast, IpKey group)
    {
        Span<byte> ip = stackalloc byte[16];
        Span<byte> address = stackalloc byte[Length];
        group.WriteTo(ip);
        WriteGroup(broadcast.AsSpan(), ip[..group.Length], address);
        return new HardwareAddress(address);
    }

    /// <summary>Whether it is the address of a group, the broadcast group among them.</summary>
    public static bool IsMulticast(ReadOnlySpan<byte> address) => address[GidOffset] == MulticastGid;

    /// <summary>Whether frames can be sent to it as one interface's own: a queue pair and a port of its own.</summary>
    public static bool IsUnicast(ReadOnlySpan<byte> address) =>
        address.Length == Length && !IsMulticast(address) && address[GidOffset..].ContainsAnyExcept((byte)0) &&
        address[QueuePairOffset..GidOffset].ContainsAnyExcept((byte)0xff);

    /// <summary>Whether both name one interface: the flags in front are not part of the name.</summary>
    public static bool AreSame(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.Length == Length && right.Length == Length && left[QueuePairOffset..].SequenceEqual(right[QueuePairOffset..]);
}
