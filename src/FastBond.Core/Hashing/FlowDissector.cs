using FastBond.Core.Frames;

namespace FastBond.Core.Hashing;

/// <summary>What a transmit hash takes from the headers above Ethernet. Source and destination only ever enter XORed together.</summary>
internal struct Flow
{
    /// <summary>
    /// Source XOR destination address: IPv4 as 32-bit little-endian loads, IPv6 as the XOR of the addresses' words. 0 if there is none.
    /// </summary>
    internal uint Addresses;

    /// <summary>
    /// The transport header's first four bytes as a little-endian load (both ports, or the SPI), or for ICMP with an identifier
    /// type | code &lt;&lt; 8 | identifier &lt;&lt; 16. 0 if there is none.
    /// </summary>
    internal uint Key;
}

/// <summary>
/// Finds the flow of a frame in the two ways of the kernel's hash policies: one IP header deep (layer2+3, layer3+4) or through
/// tunnels to the innermost one (encap2+3, encap3+4). Never reads at or beyond the given length.
/// </summary>
internal static unsafe class FlowDissector
{
    private const int Ipv4HeaderLength = 20;
    private const int Ipv6HeaderLength = 40;
    private const int IcmpHeaderLength = 8;
    private const int MaxHeaders = 16;

    // What is no protocol number: the transport header of a fragment is not looked at, even in the first one.
    private const int NoProtocol = -1;

    /// <summary>
    /// One IP header directly after the Ethernet header; ICMP errors count as the packet that they quote. False: the frame is hashed
    /// by its Ethernet header alone.
    /// </summary>
    internal static bool TryOneHeader(byte* frame, int length, out Flow flow)
    {
        flow = default;
        int offset = EthernetFrame.HeaderLength;
        if (length < offset)
        {
            return false;
        }

        uint etherType = Wire.BigEndian16(frame + EthernetFrame.TypeOffset);
        if (!TryIp(frame, length, etherType, ref offset, ref flow, out int protocol))
        {
            return false;
        }

        if (protocol is not (IpProtocol.Icmp or IpProtocol.Icmpv6))
        {
            flow.Key = Ports(frame, length, offset, protocol);
            return true;
        }

        if (offset + IcmpHeaderLength > length)
        {
            return true;
        }

        if (!IsIcmpError(protocol, frame[offset]))
        {
            flow.Key = IcmpKey(frame + offset);
            return true;
        }

        // The quoted packet is read by the outer ethertype whatever its version says.
        offset += IcmpHeaderLength;
        if (!TryIp(frame, length, etherType, ref offset, ref flow, out protocol))
        {
            return false;
        }

        flow.Key = Ports(frame, length, offset, protocol);
        return true;
    }

    /// <summary>
    /// Through VLAN tags, PPPoE, PRP/HSR tags, GRE and IP in IP: the innermost IP header wins. UDP tunnels are not entered, ICMP errors
    /// not unwrapped. True also where the walk stops early with what it has, be it nothing (ARP, MPLS). False: as in
    /// <see cref="TryOneHeader"/>.
    /// </summary>
    internal static bool TryInnermost(byte* frame, int length, out Flow flow)
    {
        flow = default;
        int offset = EthernetFrame.HeaderLength;
        if (length < offset)
        {
            return false;
        }

        uint etherType = Wire.BigEndian16(frame + EthernetFrame.TypeOffset);
        for (int headers = 0; headers < MaxHeaders; headers++)
        {
            switch (etherType)
            {
                case EtherType.Ipv4 or EtherType.Ipv6:
                    if (!TryIpLayer(frame, length, ref etherType, ref offset, ref flow, out bool more))
                    {
                        return false;
                    }

                    if (!more)
                    {
                        return true;
                    }

                    break;

                case EtherType.Vlan or EtherType.ServiceVlan:
                    if (!TryTag(frame, length, EthernetFrame.TagLength, ref etherType, ref offset))
                    {
                        return false;
                    }

                    break;

                case EtherType.Prp or EtherType.Hsr:
                    if (!TryTag(frame, length, 6, ref etherType, ref offset))
                    {
                        return false;
                    }

                    break;

                case EtherType.PppoeSession:
                    const int PppoeHeaderLength = 8; // with the PPP protocol number
                    if (offset + PppoeHeaderLength > length || Wire.BigEndian16(frame + offset) != 0x1100)
                    {
                        return false;
                    }

                    etherType = PppEtherType(Wire.BigEndian16(frame + offset + 6));
                    if (etherType == 0)
                    {
                        return true;
                    }

                    offset += PppoeHeaderLength;
                    break;

                case EtherType.Arp or EtherType.ReverseArp or EtherType.Mpls or EtherType.MplsUpstream:
                    return true;

                case EtherType.Fcoe:
                    return offset + 38 <= length;

                case EtherType.Ptp:
                    return offset + 34 <= length;

                default:
                    return false;
            }
        }

        return true;
    }

    /// <summary>An IP header without regard to its length field's minimum; leaves <paramref name="offset"/> after it.</summary>
    private static bool TryIp(byte* frame, int length, uint etherType, ref int offset, ref Flow flow, out int protocol)
    {
        protocol = NoProtocol;
        byte* header = frame + offset;
        switch (etherType)
        {
            case EtherType.Ipv4 when offset + Ipv4HeaderLength <= length:
                flow.Addresses = Wire.LittleEndian32(header + 12) ^ Wire.LittleEndian32(header + 16);
                protocol = IsIpv4Fragment(header) ? NoProtocol : header[9];
                offset += (header[0] & 15) * 4;
                return true;

            case EtherType.Ipv6 when offset + Ipv6HeaderLength <= length:
                flow.Addresses = Ipv6Addresses(header);
                protocol = header[6];
                offset += Ipv6HeaderLength;
                return true;

            default:
                return false;
        }
    }

    /// <summary>
    /// An IP header and what it carries. <paramref name="more"/>: another header that may hold addresses follows, of
    /// <paramref name="etherType"/> at <paramref name="offset"/>.
    /// </summary>
    private static bool TryIpLayer(byte* frame, int length, ref uint etherType, ref int offset, ref Flow flow, out bool more)
    {
        more = false;
        byte* header = frame + offset;
        if (!TryIp(frame, length, etherType, ref offset, ref flow, out int protocol))
        {
            return false;
        }

        if (etherType == EtherType.Ipv4 && (header[0] & 15) < 5)
        {
            return false;
        }

        if (etherType == EtherType.Ipv6 && !TryExtensionHeaders(frame, length, ref offset, ref protocol))
        {
            return false;
        }

        switch (protocol)
        {
            case IpProtocol.Ipv4:
                etherType = EtherType.Ipv4;
                more = true;
                return true;

            case IpProtocol.Ipv6:
                etherType = EtherType.Ipv6;
                more = true;
                return true;

            case IpProtocol.Gre:
                return TryGre(frame, length, ref etherType, ref offset, out more);

            case IpProtocol.Icmp or IpProtocol.Icmpv6:
                flow.Key = offset + IcmpHeaderLength <= length ? IcmpKey(frame + offset) : 0;
                return true;

            default:
                flow.Key = Ports(frame, length, offset, protocol);
                return true;
        }
    }

    /// <summary>Walks to the transport header; a fragment header ends the walk with <see cref="NoProtocol"/>.</summary>
    private static bool TryExtensionHeaders(byte* frame, int length, ref int offset, ref int protocol)
    {
        while (protocol is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.DestinationOptions)
        {
            if (offset + 2 > length)
            {
                return false;
            }

            protocol = frame[offset];
            offset += (frame[offset + 1] + 1) * 8;
        }

        if (protocol != IpProtocol.Fragment)
        {
            return true;
        }

        protocol = NoProtocol;
        return offset + 8 <= length;
    }

    /// <summary>
    /// GRE version 0 (RFC 2784, 2890) and version 1 as PPTP uses it (RFC 2637). Other forms are not looked into, which is no failure.
    /// </summary>
    private static bool TryGre(byte* frame, int length, ref uint etherType, ref int offset, out bool more)
    {
        const uint Checksum = 0x8000, Routing = 0x4000, Key = 0x2000, Sequence = 0x1000, Acknowledgment = 0x0080, Version = 7;
        more = false;
        if (offset + 4 > length)
        {
            return false;
        }

        uint flags = Wire.BigEndian16(frame + offset);
        uint protocol = Wire.BigEndian16(frame + offset + 2);
        uint version = flags & Version;
        if (version > 1 || (flags & Routing) != 0 || (version == 1 && (protocol != EtherType.Pptp || (flags & Key) == 0)))
        {
            return true;
        }

        offset += 4 + ((flags & Checksum) != 0 ? 4 : 0) + ((flags & Key) != 0 ? 4 : 0) + ((flags & Sequence) != 0 ? 4 : 0);
        if (version == 1)
        {
            offset += (flags & Acknowledgment) != 0 ? 4 : 0;
            if (offset + 4 > length)
            {
                return false;
            }

            etherType = PppEtherType(Wire.BigEndian16(frame + offset + 2));
            offset += 4;
            more = etherType != 0;
            return true;
        }

        more = true;
        etherType = protocol;
        return protocol != EtherType.TransparentEthernet ||
            TryTag(frame, length, EthernetFrame.HeaderLength, ref etherType, ref offset);
    }

    /// <summary>Skips a header of fixed length whose last two bytes are the next ethertype.</summary>
    private static bool TryTag(byte* frame, int length, int tagLength, ref uint etherType, ref int offset)
    {
        if (offset + tagLength > length)
        {
            return false;
        }

        offset += tagLength;
        etherType = Wire.BigEndian16(frame + offset - 2);
        return true;
    }

    /// <summary>The ethertype of what a PPP protocol number announces, 0 if it isn't IP.</summary>
    private static uint PppEtherType(uint pppProtocol) => pppProtocol switch
    {
        0x0021 => EtherType.Ipv4,
        0x0057 => EtherType.Ipv6,
        _ => 0,
    };

    /// <summary>More fragments, or an offset: any fragment.</summary>
    private static bool IsIpv4Fragment(byte* header) => (Wire.BigEndian16(header + 6) & 0x3fff) != 0;

    internal static uint Ipv6Addresses(byte* header)
    {
        ulong words = Wire.LittleEndian64(header + 8) ^ Wire.LittleEndian64(header + 16) ^
            Wire.LittleEndian64(header + 24) ^ Wire.LittleEndian64(header + 32);
        return (uint)(words ^ (words >> 32));
    }

    private static bool IsIcmpError(int protocol, byte type) =>
        protocol == IpProtocol.Icmp ? type is 3 or 4 or 5 or 11 or 12 : type is >= 1 and <= 4;

    /// <summary>Echo and timestamp have an identifier, in both ICMP versions' numbering alike; 0 on the wire counts as 1.</summary>
    private static uint IcmpKey(byte* header)
    {
        if (header[0] is not (0 or 8 or 13 or 14 or 128 or 129))
        {
            return 0;
        }

        uint identifier = Wire.BigEndian16(header + 4);
        return header[0] | ((uint)header[1] << 8) | ((identifier == 0 ? 1 : identifier) << 16);
    }

    /// <summary>The four bytes that stand for the ports, or 0 for protocols without and headers cut short.</summary>
    private static uint Ports(byte* frame, int length, int offset, int protocol)
    {
        switch (protocol)
        {
            case IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Dccp or IpProtocol.Esp or IpProtocol.Sctp or IpProtocol.UdpLite:
                break;

            case IpProtocol.Ah:
                offset += 4;
                break;

            default:
                return 0;
        }

        return offset + 4 <= length ? Wire.LittleEndian32(frame + offset) : 0;
    }
}
