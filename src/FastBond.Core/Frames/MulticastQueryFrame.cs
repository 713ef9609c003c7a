using System.Buffers.Binary;

namespace FastBond.Core.Frames;

/// <summary>
/// Builds general membership queries, IGMPv3 (RFC 3376 section 4.1) and MLDv2 (RFC 3810 section 5.1), for a host's own stack: it answers with
/// reports for all its groups, and a bridge above the bond hands the question on to its guests. The answer is due within
/// <see cref="ResponseMs"/>.
/// </summary>
public static class MulticastQueryFrame
{
    /// <summary>The response time asked for, in milliseconds.</summary>
    public const int ResponseMs = 100;

    /// <summary>Length of the longer of the two, in bytes.</summary>
    public const int MaxLength = EthernetFrame.HeaderLength + 40 + HopByHopLength + MldLength;

    private const int HopByHopLength = 8;
    private const int MldLength = 28;
    private const byte TwiceRobust = 2;

    // Nobody's address: with the bond's own, a bridge above would take the query for a loop.
    private static readonly HardwareAddress Querier = new([0x02, 0, 0x5e, 0, 0, 0x01]);

    /// <summary>Writes an IGMPv3 query from 0.0.0.0, which elects nobody a querier (RFC 4541 section 2.1.1).</summary>
    /// <returns>The frame's length in bytes.</returns>
    public static int WriteIgmp(Span<byte> buffer)
    {
        const int HeaderLength = 24, QueryLength = 12;
        const byte MembershipQuery = 0x11;
        int offset = EthernetFrame.WriteHeader(buffer, [0x01, 0, 0x5e, 0, 0, 0x01], Querier, [], EtherType.Ipv4);
        Span<byte> packet = buffer.Slice(offset, HeaderLength + QueryLength);
        packet.Clear();
        packet[0] = (4 << 4) | (HeaderLength / 4);
        packet[1] = 0xc0; // internetwork control, as RFC 3376 section 4 asks
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], HeaderLength + QueryLength);
        packet[8] = 1;
        packet[9] = IpProtocol.Igmp;
        ReadOnlySpan<byte> allSystems = [224, 0, 0, 1];
        allSystems.CopyTo(packet[16..]);
        ReadOnlySpan<byte> routerAlert = [0x94, 4, 0, 0];
        routerAlert.CopyTo(packet[20..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Of(packet[..HeaderLength]));

        Span<byte> query = packet[HeaderLength..];
        query[0] = MembershipQuery;
        query[1] = ResponseMs / 100; // in tenths of a second
        query[8] = TwiceRobust;
        BinaryPrimitives.WriteUInt16BigEndian(query[2..], InternetChecksum.Of(query));
        return offset + packet.Length;
    }

    /// <summary>Writes an MLDv2 query; hosts heed one only from a link-local address.</summary>
    /// <returns>The frame's length in bytes.</returns>
    public static int WriteMld(Span<byte> buffer)
    {
        const int HeaderLength = 40;
        const byte HopByHop = 0, ListenerQuery = 130;
        int offset = EthernetFrame.WriteHeader(buffer, [0x33, 0x33, 0, 0, 0, 1], Querier, [], EtherType.Ipv6);
        Span<byte> packet = buffer.Slice(offset, HeaderLength + HopByHopLength + MldLength);
        packet.Clear();
        packet[0] = 6 << 4;
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], HopByHopLength + MldLength);
        packet[6] = HopByHop;
        packet[7] = 1;
        Span<byte> addresses = packet.Slice(8, 32);
        ReadOnlySpan<byte> linkLocal = [0xfe, 0x80];
        linkLocal.CopyTo(addresses);
        addresses[15] = 1;
        ReadOnlySpan<byte> linkScope = [0xff, 0x02];
        linkScope.CopyTo(addresses[16..]);
        addresses[31] = 1;
        ReadOnlySpan<byte> routerAlert = [IpProtocol.Icmpv6, 0, 5, 2, 0, 0, 1, 0];
        routerAlert.CopyTo(packet[HeaderLength..]);

        Span<byte> query = packet[(HeaderLength + HopByHopLength)..];
        query[0] = ListenerQuery;
        BinaryPrimitives.WriteUInt16BigEndian(query[4..], ResponseMs);
        query[24] = TwiceRobust;
        BinaryPrimitives.WriteUInt16BigEndian(query[2..], InternetChecksum.OfIcmpv6(addresses, query));
        return offset + packet.Length;
    }
}
