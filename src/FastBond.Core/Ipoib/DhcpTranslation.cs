using System.Buffers.Binary;
using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <summary>
/// DHCPv4 between Ethernet and IPoIB (RFC 4390): on IPoIB a client has no hardware address in its messages, is known by its client
/// identifier, and is answered by broadcast. Works on whole IPv4 packets with UDP.
/// </summary>
internal readonly ref struct DhcpTranslation
{
    /// <summary>By how much a packet can grow: a client identifier.</summary>
    internal const int MaxGrowth = 2 + ClientIdLength;

    private const int Ipv4HeaderLength = 20;
    private const int UdpHeaderLength = 8;
    private const int OperationOffset = 0, TypeOffset = 1, LengthOffset = 2, XidOffset = 4, FlagsOffset = 10, RelayOffset = 24;
    private const int AddressOffset = 28, AddressRoom = 16, CookieOffset = 236, OptionsOffset = 240;
    private const uint Cookie = 0x6382_5363;
    private const byte Request = 1, Reply = 2;
    private const byte BroadcastFlag = 0x80;
    private const byte Pad = 0, ClientId = 61, End = 255;
    private const int ClientIdLength = 1 + HardwareAddress.EthernetLength;

    private readonly ReadOnlySpan<byte> _packet;
    private readonly int _header;
    private readonly int _end;
    private readonly ReadOnlySpan<byte> _clientId;

    private DhcpTranslation(ReadOnlySpan<byte> packet, int header, int end, ReadOnlySpan<byte> clientId)
    {
        _packet = packet;
        _header = header;
        _end = end;
        _clientId = clientId;
    }

    /// <summary>A client's message with an Ethernet address, from its own link: what comes through a relay is about another link.</summary>
    internal bool IsEthernetRequest =>
        Bootp[OperationOffset] == Request && Bootp[TypeOffset] == ArpMessage.EthernetHardware &&
        Bootp[LengthOffset] == HardwareAddress.EthernetLength && !Bootp.Slice(RelayOffset, sizeof(uint)).ContainsAnyExcept((byte)0);

    /// <summary>A server's answer to a client on IPoIB.</summary>
    internal bool IsInfinibandReply => Bootp[OperationOffset] == Reply && Bootp[TypeOffset] == ArpMessage.InfinibandHardware;

    /// <summary>Transaction id.</summary>
    internal uint Xid => BinaryPrimitives.ReadUInt32BigEndian(Bootp[XidOffset..]);

    /// <summary>The client's MAC in a message on Ethernet.</summary>
    internal ulong Client => Mac.Read(Bootp[AddressOffset..]);

    /// <summary>The MAC that the client identifier holds; 0 if it holds none.</summary>
    internal ulong IdentifiedClient =>
        _clientId.Length == ClientIdLength && _clientId[0] == ArpMessage.EthernetHardware ? Mac.Read(_clientId[1..]) : 0;

    private ReadOnlySpan<byte> Bootp => _packet[(_header + UdpHeaderLength)..];

    /// <summary>Looks through an IPv4 packet to or from a DHCP port. Bytes after the packet are padding.</summary>
    internal static FaceOutcome Parse(ReadOnlySpan<byte> bytes, out DhcpTranslation message)
    {
        message = default;
        int header = (bytes[0] & 15) * 4;
        int total = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (header < Ipv4HeaderLength || total > bytes.Length || total < header + UdpHeaderLength + OptionsOffset)
        {
            return FaceOutcome.DhcpMalformed;
        }

        ReadOnlySpan<byte> packet = bytes[..total];
        ReadOnlySpan<byte> udp = packet[header..];
        ReadOnlySpan<byte> bootp = udp[UdpHeaderLength..];
        if (BinaryPrimitives.ReadUInt16BigEndian(udp[4..]) != udp.Length ||
            BinaryPrimitives.ReadUInt32BigEndian(bootp[CookieOffset..]) != Cookie)
        {
            return FaceOutcome.DhcpMalformed;
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(udp[6..]) != 0 && !InternetChecksum.IsUdpRight(packet.Slice(12, 8), udp))
        {
            return FaceOutcome.DhcpChecksum;
        }

        ReadOnlySpan<byte> clientId = default;
        for (int at = OptionsOffset; at < bootp.Length;)
        {
            if (bootp[at] == End)
            {
                message = new DhcpTranslation(packet, header, at, clientId);
                return FaceOutcome.Passed;
            }

            int length = bootp[at] == Pad ? 1 : at + 1 < bootp.Length ? 2 + bootp[at + 1] : int.MaxValue;
            if (length > bootp.Length - at)
            {
                break;
            }

            clientId = bootp[at] == ClientId ? bootp.Slice(at + 2, length - 2) : clientId;
            at += length;
        }

        return FaceOutcome.DhcpMalformed;
    }

    /// <summary>
    /// Writes a client's message as it is on IPoIB: without hardware address, to be answered by broadcast, with a client identifier, which
    /// is the MAC if the client has none. Returns the packet's length.
    /// </summary>
    internal int WriteRequest(Span<byte> into)
    {
        _packet.CopyTo(into);
        Span<byte> bootp = into[(_header + UdpHeaderLength)..];
        bootp[TypeOffset] = (byte)ArpMessage.InfinibandHardware;
        bootp[LengthOffset] = 0;
        bootp[FlagsOffset] |= BroadcastFlag;
        bootp.Slice(AddressOffset, AddressRoom).Clear();
        int length = _packet.Length;
        if (_clientId.IsEmpty)
        {
            // In place of the end; what padding follows it makes room.
            Span<byte> option = bootp.Slice(_end, MaxGrowth + 1);
            option[0] = ClientId;
            option[1] = ClientIdLength;
            option[2] = (byte)ArpMessage.EthernetHardware;
            Mac.Write(option[3..], Client);
            option[^1] = End;
            length = Math.Max(length, _header + UdpHeaderLength + _end + option.Length);
        }

        return Finish(into[..length]);
    }

    /// <summary>Writes a server's answer as it is on Ethernet, to the client of that MAC. Returns the packet's length.</summary>
    internal int WriteReply(Span<byte> into, ulong client)
    {
        _packet.CopyTo(into);
        Span<byte> bootp = into[(_header + UdpHeaderLength)..];
        bootp[TypeOffset] = (byte)ArpMessage.EthernetHardware;
        bootp[LengthOffset] = HardwareAddress.EthernetLength;
        bootp.Slice(AddressOffset, AddressRoom).Clear();
        Mac.Write(bootp[AddressOffset..], client);
        return Finish(into[.._packet.Length]);
    }

    private int Finish(Span<byte> packet)
    {
        const int TotalLength = 2, HeaderChecksum = 10, Addresses = 12, UdpLength = 4, UdpChecksum = 6;
        BinaryPrimitives.WriteUInt16BigEndian(packet[TotalLength..], (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet[HeaderChecksum..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet[HeaderChecksum..], InternetChecksum.Of(packet[.._header]));
        Span<byte> udp = packet[_header..];
        BinaryPrimitives.WriteUInt16BigEndian(udp[UdpLength..], (ushort)udp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(udp[UdpChecksum..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(udp[UdpChecksum..], InternetChecksum.OfUdp(packet.Slice(Addresses, 8), udp));
        return packet.Length;
    }
}
