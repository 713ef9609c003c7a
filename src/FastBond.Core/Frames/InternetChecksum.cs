using System.Buffers.Binary;

namespace FastBond.Core.Frames;

/// <summary>The Internet checksum (RFC 1071) of control frames: few bytes, all at hand.</summary>
internal static class InternetChecksum
{
    /// <summary>The checksum of bytes in which the checksum field itself is still 0. An odd last byte is padded with 0.</summary>
    public static ushort Of(ReadOnlySpan<byte> bytes) => Finish(Sum(bytes));

    /// <summary>The ICMPv6 checksum: over the pseudo-header of RFC 8200 section 8.1 and the message, whose own checksum is still 0.</summary>
    /// <param name="addresses">Source and destination address, one after the other.</param>
    /// <param name="message">The ICMPv6 message.</param>
    public static ushort OfIcmpv6(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> message) =>
        Finish(OverPseudoHeader(addresses, message, IpProtocol.Icmpv6));

    /// <summary>Whether an ICMPv6 message's checksum is right.</summary>
    public static bool IsIcmpv6Right(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> message) => OfIcmpv6(addresses, message) == 0;

    /// <summary>The UDP checksum (RFC 768) over the pseudo-header of IPv4 and the datagram, whose own checksum is still 0.</summary>
    /// <param name="addresses">Source and destination address, one after the other.</param>
    /// <param name="datagram">The UDP header and what follows.</param>
    public static ushort OfUdp(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> datagram)
    {
        // 0 says that there is none; ffff is as good.
        ushort checksum = Finish(OverPseudoHeader(addresses, datagram, IpProtocol.Udp));
        return checksum == 0 ? ushort.MaxValue : checksum;
    }

    /// <summary>Whether the checksum of a datagram that has one is right.</summary>
    public static bool IsUdpRight(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> datagram) =>
        Finish(OverPseudoHeader(addresses, datagram, IpProtocol.Udp)) == 0;

    private static uint OverPseudoHeader(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> payload, uint protocol) =>
        Sum(addresses) + Sum(payload) + (uint)payload.Length + protocol;

    private static ushort Finish(uint sum)
    {
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }

    // Control frames are too short for 32 bits to overflow.
    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (; bytes.Length > 1; bytes = bytes[2..])
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        }

        return bytes.Length == 1 ? sum + ((uint)bytes[0] << 8) : sum;
    }
}
