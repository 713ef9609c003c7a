using FastBond.Core.Frames;

namespace FastBond.Dataplane.Offloads;

/// <summary>Where the headers of an IP packet stand in its frame, behind any VLAN tags, IPv4 options and IPv6 extension headers.</summary>
internal unsafe struct PacketLayout
{
    public const int Ipv4HeaderLength = 20, Ipv6HeaderLength = 40, TcpHeaderLength = 20, UdpHeaderLength = 8;

    // Offsets in the IPv4 header,
    public const int Ipv4TotalLength = 2, Ipv4Id = 4, Ipv4Fragment = 6, Ipv4Protocol = 9, Ipv4Checksum = 10, Ipv4Addresses = 12;

    // in the IPv6 header,
    public const int Ipv6PayloadLength = 4, Ipv6NextHeader = 6, Ipv6Addresses = 8;

    // in the TCP and in the UDP header.
    public const int TcpSequence = 4, TcpAcknowledgment = 8, TcpOffset = 12, TcpFlags = 13, TcpWindow = 14, TcpChecksum = 16, TcpUrgent = 18;
    public const int UdpLength = 4, UdpChecksum = 6;

    private const int MaxTags = 2;
    private const int MaxExtensions = 8;

    // Everything of the fragment word but "don't fragment" and the reserved bit: more fragments, and the offset.
    private const uint FragmentMask = 0x3fff;

    /// <summary>Offset of the IP header.</summary>
    public int Network;

    /// <summary>Offset of what IP carries.</summary>
    public int Transport;

    /// <summary>Offset of what TCP or UDP carries; <see cref="Transport"/> for other protocols.</summary>
    public int Payload;

    /// <summary>Where the packet ends by IP's own length; of a super-frame it may be anything.</summary>
    public int End;

    /// <summary>Number of the protocol that IP carries.</summary>
    public int Protocol;

    public bool IsIpv6;

    /// <summary>
    /// Finds the headers. False for what is no IP packet, for a fragment, for more than two tags, and if a header isn't there as a whole.
    /// </summary>
    public static bool TryParse(byte* frame, int length, out PacketLayout layout)
    {
        layout = default;
        int type = EthernetFrame.HeaderLength - sizeof(ushort);
        int network = EthernetFrame.HeaderLength;
        for (int tags = 0; network <= length && EtherType.IsVlan(Wire.BigEndian16(frame + type)); tags++)
        {
            if (tags == MaxTags)
            {
                return false;
            }

            type += EthernetFrame.TagLength;
            network += EthernetFrame.TagLength;
        }

        layout.Network = network;
        if (network + Ipv4HeaderLength > length)
        {
            return false;
        }

        return Wire.BigEndian16(frame + type) switch
        {
            EtherType.Ipv4 => layout.ParseIpv4(frame, length),
            EtherType.Ipv6 => layout.ParseIpv6(frame, length),
            _ => false,
        };
    }

    /// <summary>Length of the two addresses in the IP header, in bytes.</summary>
    public readonly int AddressesLength => IsIpv6 ? 32 : 8;

    /// <summary>Offset of the two addresses.</summary>
    public readonly int Addresses => Network + (IsIpv6 ? Ipv6Addresses : Ipv4Addresses);

    /// <summary>
    /// The unfolded sum of the pseudo-header that TCP and UDP checksums cover (RFC 9293 section 3.1, RFC 8200 section 8.1), but for the length.
    /// </summary>
    public readonly uint PseudoHeaderSum(byte* frame) => Checksums.Sum(frame + Addresses, AddressesLength) + Checksums.Word((uint)Protocol);

    private bool ParseIpv4(byte* frame, int length)
    {
        byte* header = frame + Network;
        int headerLength = (header[0] & 0x0f) * 4;
        if (header[0] >> 4 != 4 || headerLength < Ipv4HeaderLength || (Wire.BigEndian16(header + Ipv4Fragment) & FragmentMask) != 0)
        {
            return false;
        }

        Protocol = header[Ipv4Protocol];
        Transport = Network + headerLength;
        End = Network + (int)Wire.BigEndian16(header + Ipv4TotalLength);
        return ParseTransport(frame, length);
    }

    private bool ParseIpv6(byte* frame, int length)
    {
        byte* header = frame + Network;
        int transport = Network + Ipv6HeaderLength;
        if (header[0] >> 4 != 6 || transport > length)
        {
            return false;
        }

        IsIpv6 = true;
        End = transport + (int)Wire.BigEndian16(header + Ipv6PayloadLength);
        int next = header[Ipv6NextHeader];
        for (int i = 0; next is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.DestinationOptions; i++)
        {
            if (i == MaxExtensions || transport + 8 > length)
            {
                return false;
            }

            next = frame[transport];
            transport += (frame[transport + 1] + 1) * 8;
        }

        Protocol = next;
        Transport = transport;
        return next != IpProtocol.Fragment && ParseTransport(frame, length);
    }

    private bool ParseTransport(byte* frame, int length)
    {
        int headerLength = Protocol switch
        {
            IpProtocol.Tcp when Transport + TcpHeaderLength <= length => (frame[Transport + TcpOffset] >> 4) * 4,
            IpProtocol.Tcp => TcpHeaderLength,
            IpProtocol.Udp => UdpHeaderLength,
            _ => 0,
        };
        Payload = Transport + headerLength;
        return Payload <= length && (Protocol != IpProtocol.Tcp || headerLength >= TcpHeaderLength);
    }
}
