using System.Runtime.CompilerServices;
using FastBond.Core.Frames;

namespace FastBond.Dataplane.Offloads;

/// <summary>A TCP segment in its frame, as <see cref="Coalescer"/> looks at it.</summary>
internal readonly unsafe struct TcpSegment(byte* frame, int length, PacketLayout layout)
{
    public const uint Fin = 0x01, Syn = 0x02, Rst = 0x04, Psh = 0x08, Ack = 0x10, Urg = 0x20, Cwr = 0x80;
    private const uint ValidSum = 0xffff;
    private const uint DoNotFragment = 0x4000;

    public readonly byte* Frame = frame;
    public readonly int Length = length;
    public readonly PacketLayout Layout = layout;

    public int PayloadLength => Length - Layout.Payload;

    public uint Sequence => Wire.BigEndian32(Tcp + PacketLayout.TcpSequence);

    public uint Flags => Tcp[PacketLayout.TcpFlags];

    public uint Ipv4Id => Wire.BigEndian16(Ip + PacketLayout.Ipv4Id);

    /// <summary>Whether the IPv4 identification means something: the packet may be cut on its way.</summary>
    public bool IsFragmentable => (Wire.BigEndian16(Ip + PacketLayout.Ipv4Fragment) & DoNotFragment) == 0;

    /// <summary>The same number for every segment of a flow; never 0.</summary>
    public uint FlowKey
    {
        get
        {
            byte* addresses = Frame + Layout.Addresses;
            uint key = Wire.LittleEndian32(Tcp) * 0x9e37_79b1;
            for (int i = 0; i < Layout.AddressesLength; i += sizeof(uint))
            {
                key = (key ^ Wire.LittleEndian32(addresses + i)) * 0x85eb_ca6b;
            }

            return key | 1;
        }
    }

    /// <summary>
    /// Whether it is ordinary data: an acknowledging segment with payload, without IPv4 options or IPv6 extension headers, that fills its
    /// frame exactly.
    /// </summary>
    public bool IsData =>
        Layout.End == Length && PayloadLength > 0 &&
        Layout.Transport - Layout.Network == (Layout.IsIpv6 ? PacketLayout.Ipv6HeaderLength : PacketLayout.Ipv4HeaderLength) &&
        (Flags & (Ack | Syn | Rst | Urg)) == Ack;

    private byte* Ip => Frame + Layout.Network;

    private byte* Tcp => Frame + Layout.Transport;

    /// <summary>Whether the checksums of IPv4 and TCP are right.</summary>
    public bool HasValidChecksums()
    {
        uint tcpLength = (uint)(Length - Layout.Transport);
        ulong sum = (ulong)Layout.PseudoHeaderSum(Frame) + Checksums.Word(tcpLength) + Checksums.Sum(Tcp, (int)tcpLength);
        return Checksums.Fold(sum) == ValidSum &&
            (Layout.IsIpv6 || Checksums.Sum(Ip, PacketLayout.Ipv4HeaderLength) == ValidSum);
    }

    /// <summary>
    /// Whether the headers equal those of <paramref name="first"/> but for what differs from segment to segment: lengths, checksums, IPv4
    /// identification, sequence number, FIN and PSH, and a CWR that only the first has.
    /// </summary>
    public bool HasHeadersOf(in TcpSegment first) =>
        Layout.Network == first.Layout.Network && Layout.Payload == first.Layout.Payload && Layout.IsIpv6 == first.Layout.IsIpv6 &&
        Equal(Frame, first.Frame, Layout.Network) && HasNetworkHeaderOf(first.Ip) && HasTransportHeaderOf(first.Tcp);

    private bool HasNetworkHeaderOf(byte* first)
    {
        byte* ip = Ip;
        return Layout.IsIpv6
            ? Equal(ip, first, PacketLayout.Ipv6PayloadLength) &&
                Equal(ip + PacketLayout.Ipv6NextHeader, first + PacketLayout.Ipv6NextHeader, PacketLayout.Ipv6HeaderLength - PacketLayout.Ipv6NextHeader)
            : Equal(ip, first, PacketLayout.Ipv4TotalLength) &&
                Equal(ip + PacketLayout.Ipv4Fragment, first + PacketLayout.Ipv4Fragment, PacketLayout.Ipv4Checksum - PacketLayout.Ipv4Fragment) &&
                Equal(ip + PacketLayout.Ipv4Addresses, first + PacketLayout.Ipv4Addresses, PacketLayout.Ipv4HeaderLength - PacketLayout.Ipv4Addresses);
    }

    private bool HasTransportHeaderOf(byte* first)
    {
        byte* tcp = Tcp;
        uint difference = tcp[PacketLayout.TcpFlags] ^ (first[PacketLayout.TcpFlags] & ~Cwr);
        return (difference & ~(Fin | Psh)) == 0 &&
            Equal(tcp, first, PacketLayout.TcpSequence) &&
            Equal(tcp + PacketLayout.TcpAcknowledgment, first + PacketLayout.TcpAcknowledgment, PacketLayout.TcpFlags - PacketLayout.TcpAcknowledgment) &&
            Equal(tcp + PacketLayout.TcpWindow, first + PacketLayout.TcpWindow, PacketLayout.TcpChecksum - PacketLayout.TcpWindow) &&
            Equal(tcp + PacketLayout.TcpUrgent, first + PacketLayout.TcpUrgent, Layout.Payload - Layout.Transport - PacketLayout.TcpUrgent);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Equal(byte* a, byte* b, int length) => new ReadOnlySpan<byte>(a, length).SequenceEqual(new ReadOnlySpan<byte>(b, length));
}
