using System.Buffers.Binary;

namespace FastBond.Core.Frames;

/// <summary>What an IPv6 neighbour solicitation or advertisement (RFC 4861) says.</summary>
/// <param name="IsAdvertisement">An advertisement; otherwise a solicitation.</param>
/// <param name="Source">Where it comes from, as <see cref="IpNumber"/>.</param>
/// <param name="Destination">Where it goes.</param>
/// <param name="Target">The address asked for or advertised.</param>
internal readonly record struct NeighborPacket(bool IsAdvertisement, UInt128 Source, UInt128 Destination, UInt128 Target)
{
    private const int HeaderLength = 40;
    private const int Length = HeaderLength + 24;
    private const byte Solicitation = 135, Advertisement = 136;

    /// <summary>Reads an IPv6 packet; false if it is too short, or anything else, extension headers in front included.</summary>
    public static bool TryParse(ReadOnlySpan<byte> packet, out NeighborPacket neighbor)
    {
        neighbor = default;
        if (packet.Length < Length || packet[6] != IpProtocol.Icmpv6 || packet[HeaderLength] is not (Solicitation or Advertisement))
        {
            return false;
        }

        neighbor = new NeighborPacket(
            packet[HeaderLength] == Advertisement,
            BinaryPrimitives.ReadUInt128BigEndian(packet[8..]),
            BinaryPrimitives.ReadUInt128BigEndian(packet[24..]),
            BinaryPrimitives.ReadUInt128BigEndian(packet[48..]));
        return true;
    }
}
