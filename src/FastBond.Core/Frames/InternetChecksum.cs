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
        Finish(Sum(addresses) + Sum(message) + (uint)message.Length + IpProtocol.Icmpv6);

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
