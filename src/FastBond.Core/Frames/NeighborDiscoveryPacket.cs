using System.Buffers.Binary;

namespace FastBond.Core.Frames;

/// <summary>
/// IPv6 neighbour discovery (RFC 4861) without the link's header: what its messages look like, and a writer of advertisements and
/// solicitations for links with 6-byte (RFC 2464 section 6) or 20-byte addresses (RFC 4391 section 9.3).
/// </summary>
internal static class NeighborDiscoveryPacket
{
    internal const byte RouterSolicitation = 133;
    internal const byte RouterAdvertisement = 134;
    internal const byte Solicitation = 135;
    internal const byte Advertisement = 136;
    internal const byte Redirect = 137;

    internal const byte SourceLinkLayerAddress = 1;
    internal const byte TargetLinkLayerAddress = 2;

    /// <summary>Flags of an advertisement: it answers a solicitation; it replaces what is known.</summary>
    internal const byte Solicited = 0x40, Override = 0x20;

    /// <summary>Bytes of the fixed IPv6 header.</summary>
    internal const int Ipv6HeaderLength = 40;

    /// <summary>
    /// What neighbour discovery is sent with, and received with or else ignored: it came from this link (RFC 4861 section 7.1).
    /// </summary>
    internal const byte HopLimit = 255;

    /// <summary>Where an advertisement's or solicitation's target stands, from the ICMPv6 header on.</summary>
    internal const int TargetOffset = 8;

    /// <summary>The longest that is written here, with 6-byte addresses and with 20-byte ones.</summary>
    internal const int MaxEthernetLength = Ipv6HeaderLength + FixedLength + 8, MaxIpoibLength = Ipv6HeaderLength + FixedLength + 24;

    internal const int AddressLength = 16;

    // Type, code, checksum, flags, target.
    private const int FixedLength = 24;
    private const int SourceOffset = 8;
    private const int OptionUnit = 8;

    internal static ReadOnlySpan<byte> AllNodes => [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    private static ReadOnlySpan<byte> SolicitedNodePrefix => [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff];

    /// <summary>Whether an ICMPv6 type is neighbour discovery's.</summary>
    internal static bool IsMessage(byte type) => type is >= RouterSolicitation and <= Redirect;

    /// <summary>Bytes of a link-layer address option: a multiple of 8, address last, what is left over zero.</summary>
    internal static int OptionLength(int addressLength) => (addressLength + 2 + OptionUnit - 1) / OptionUnit * OptionUnit;

    /// <summary>Writes a target's solicited-node group (RFC 4291 section 2.7.1).</summary>
    internal static void WriteSolicitedNode(ReadOnlySpan<byte> target, Span<byte> into)
    {
        target.CopyTo(into);
        SolicitedNodePrefix.CopyTo(into);
    }

    /// <summary>Writes a message; the option is left out if its address is empty. Returns the packet's length in bytes.</summary>
    /// <param name="into">Receives the packet.</param>
    /// <param name="type"><see cref="Solicitation"/> or <see cref="Advertisement"/>.</param>
    /// <param name="flags">Flags of an advertisement.</param>
    /// <param name="source">Source IPv6 address.</param>
    /// <param name="destination">Destination IPv6 address.</param>
    /// <param name="target">Target IPv6 address.</param>
    /// <param name="linkLayer">For the option: the source's address in a solicitation, the target's in an advertisement.</param>
    internal static int Write(
        Span<byte> into,
        byte type,
        byte flags,
        ReadOnlySpan<byte> source,
        ReadOnlySpan<byte> destination,
        ReadOnlySpan<byte> target,
        ReadOnlySpan<byte> linkLayer)
    {
        int optionLength = linkLayer.IsEmpty ? 0 : OptionLength(linkLayer.Length);
        Span<byte> packet = into[..(Ipv6HeaderLength + FixedLength + optionLength)];
        packet.Clear();
        packet[0] = 6 << 4;
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(FixedLength + optionLength));
        packet[6] = IpProtocol.Icmpv6;
        packet[7] = HopLimit;
        source.CopyTo(packet[SourceOffset..]);
        destination.CopyTo(packet[(SourceOffset + AddressLength)..]);

        Span<byte> message = packet[Ipv6HeaderLength..];
        message[0] = type;
        message[4] = flags;
        target.CopyTo(message[TargetOffset..]);
        if (optionLength > 0)
        {
            message[FixedLength] = type == Solicitation ? SourceLinkLayerAddress : TargetLinkLayerAddress;
            message[FixedLength + 1] = (byte)(optionLength / OptionUnit);
            linkLayer.CopyTo(message[(FixedLength + optionLength - linkLayer.Length)..]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(
            message[2..], InternetChecksum.OfIcmpv6(packet.Slice(SourceOffset, 2 * AddressLength), message));
        return packet.Length;
    }
}
