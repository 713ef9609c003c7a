using System.Buffers.Binary;
using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <content>Packet by packet: ARP, neighbour discovery, DHCP, multicast reports.</content>
public sealed partial class EthernetFace
{
    private const ushort BootpServer = 67, BootpClient = 68;

    /// <summary>ARP of the host: what it says of itself is said with the bond's address.</summary>
    private FaceOutcome ArpFromHost(long nowNs, ReadOnlySpan<byte> bytes, ulong to)
    {
        if (!ArpMessage.TryParse(bytes, ArpMessage.EthernetHardware, HardwareAddress.EthernetLength, out ArpMessage arp))
        {
            return FaceOutcome.ArpMalformed;
        }

        IpKey sender = IpKey.From(arp.SenderIp);
        IpKey target = IpKey.From(arp.TargetIp);
        ulong senderMac = Mac.Read(arp.SenderHardware);
        LearnHost(nowNs, sender, senderMac);

        // Whom the host has for a neighbour we may have forgotten: then everybody is asked.
        bool isRequest = arp.Operation == ArpMessage.Request;
        bool everybody = isRequest && NeighborOf(to, target) is { } asked && _neighbors.Find(asked) is not { IsResolved: true };
        HardwareAddress targetHardware = !isRequest && _neighbors.Find(target) is { IsResolved: true } known ? known.Address : default;
        int length = ArpMessage.Write(
            PacketRoom, ArpMessage.InfinibandHardware, arp.Operation, _address.AsSpan(), arp.SenderIp, targetHardware.AsSpan(), arp.TargetIp);
        return SendPacketToFabric(nowNs, EtherType.Arp, length, everybody ? Mac.Broadcast : to, target, sender);
    }

    /// <summary>ARP of the fabric: neighbours are told to the host by the MACs that stand for them.</summary>
    private FaceOutcome ArpFromFabric(long nowNs, ReadOnlySpan<byte> bytes)
    {
        if (!ArpMessage.TryParse(bytes, ArpMessage.InfinibandHardware, IpoibAddress.Length, out ArpMessage arp))
        {
            return FaceOutcome.ArpMalformed;
        }

        if (IsOwn(arp.SenderHardware))
        {
            return FaceOutcome.OwnEcho;
        }

        IpKey sender = IpKey.From(arp.SenderIp);
        IpKey target = IpKey.From(arp.TargetIp);
        bool isReply = arp.Operation == ArpMessage.Reply;
        if (!sender.IsUnspecified && !sender.IsMulticast && IpoibAddress.IsUnicast(arp.SenderHardware))
        {
            _host.Forget(sender);
            bool concernsUs = sender != target && _host.Has(target);
            bool create = concernsUs && !_host.Has(sender);
            _neighbors.Learn(nowNs, sender, arp.SenderHardware, create, solicited: isReply && concernsUs, overrides: true);
        }

        ulong station = isReply ? _host.Find(target, _mac) ?? _mac : 0;
        Span<byte> macs = stackalloc byte[2 * HardwareAddress.EthernetLength];
        Mac.Write(macs, _neighbors.MacOf(sender));
        Mac.Write(macs[HardwareAddress.EthernetLength..], station);
        int length = ArpMessage.Write(
            PacketRoom, ArpMessage.EthernetHardware, arp.Operation, macs[..HardwareAddress.EthernetLength], arp.SenderIp,
            macs[HardwareAddress.EthernetLength..], arp.TargetIp);
        return SendPacketToHost(EtherType.Arp, length, isReply ? station : Mac.Broadcast, Mac.Read(macs));
    }

    private FaceOutcome Ipv4FromHost(long nowNs, ReadOnlySpan<byte> packet, ulong to)
    {
        IpKey source = IpKey.From(packet.Slice(12, sizeof(uint)));
        IpKey destination = IpKey.From(packet.Slice(16, sizeof(uint)));
        int length = packet.Length;
        if (packet[9] == IpProtocol.Igmp)
        {
            MembershipReport.ReadIgmp(packet, _groups);
        }
        else if (UdpPort(packet) == BootpServer)
        {
            FaceOutcome outcome = DhcpTranslation.Parse(packet, out DhcpTranslation dhcp);
            if (outcome != FaceOutcome.Passed)
            {
                return outcome;
            }

            if (dhcp.IsEthernetRequest && packet.Length + DhcpTranslation.MaxGrowth <= PacketRoom.Length)
            {
                _dhcpClients.Remember(dhcp.Xid, dhcp.Client);
                length = dhcp.WriteRequest(PacketRoom);
                return SendPacketToFabric(nowNs, EtherType.Ipv4, length, to, destination, source);
            }
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) > packet.Length)
        {
            return AskOnly(nowNs, to, destination, source);
        }

        packet.CopyTo(PacketRoom);
        return SendPacketToFabric(nowNs, EtherType.Ipv4, length, to, destination, source);
    }

    /// <summary>A packet without its end: too long to be handed to the control plane, so lost, but the neighbour is found for the next.</summary>
    private FaceOutcome AskOnly(long nowNs, ulong to, IpKey destination, IpKey source)
    {
        if (!Mac.IsGroup(to) && NeighborOf(to, destination) is { } ip)
        {
            _ = _neighbors.Use(nowNs, ip, source, frame: default, out _);
        }

        return FaceOutcome.TooLong;
    }

    private FaceOutcome DhcpFromFabric(ReadOnlySpan<byte> packet)
    {
        FaceOutcome outcome = DhcpTranslation.Parse(packet, out DhcpTranslation dhcp);
        if (outcome != FaceOutcome.Passed)
        {
            return outcome;
        }

        IpKey source = IpKey.From(packet.Slice(12, sizeof(uint)));
        ulong client = dhcp.IsInfinibandReply ? _dhcpClients.Find(dhcp.Xid) : 0;
        client = client == 0 ? dhcp.IdentifiedClient : client;
        if (!dhcp.IsInfinibandReply || client == 0)
        {
            return FaceOutcome.DhcpUnknownClient;
        }

        bool everybody = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]) == uint.MaxValue;
        int length = dhcp.WriteReply(PacketRoom, client);
        return SendPacketToHost(EtherType.Ipv4, length, everybody ? Mac.Broadcast : client, _neighbors.Find(source)?.Mac ?? Mac.Beyond);
    }

    private FaceOutcome Ipv6FromHost(long nowNs, ReadOnlySpan<byte> packet, ulong to, ulong from)
    {
        if (IsNeighborDiscovery(packet))
        {
            return NeighborDiscoveryFromHost(nowNs, packet, to, from);
        }

        if (packet[6] == IpProtocol.HopByHop)
        {
            MembershipReport.ReadMld(packet, _groups);
        }

        IpKey source = IpKey.From(packet.Slice(8, NeighborDiscoveryPacket.AddressLength));
        IpKey destination = IpKey.From(packet.Slice(24, NeighborDiscoveryPacket.AddressLength));
        if (NeighborDiscoveryPacket.Ipv6HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) > packet.Length)
        {
            return AskOnly(nowNs, to, destination, source);
        }

        packet.CopyTo(PacketRoom);
        return SendPacketToFabric(nowNs, EtherType.Ipv6, packet.Length, to, destination, source);
    }

    /// <summary>Neighbour discovery of the host: its link-layer addresses become the bond's, those of neighbours their own.</summary>
    private FaceOutcome NeighborDiscoveryFromHost(long nowNs, ReadOnlySpan<byte> packet, ulong to, ulong from)
    {
        FaceOutcome outcome = NeighborDiscoveryTranslation.Parse(
            packet, HardwareAddress.EthernetLength, out NeighborDiscoveryTranslation message);
        if (outcome != FaceOutcome.Passed)
        {
            return outcome;
        }

        HardwareAddress linkLayer = _address;
        if (message.Type == NeighborDiscoveryPacket.Redirect)
        {
            // Most tell of a neighbour, which is on the fabric.
            linkLayer = _neighbors.Find(message.Target) is { IsResolved: true } better ? better.Address : _address;
        }
        else
        {
            bool advertises = message.Type == NeighborDiscoveryPacket.Advertisement;
            ulong mac = message.LinkLayer.IsEmpty ? from : Mac.Read(message.LinkLayer);
            LearnHost(nowNs, advertises ? message.Target : message.Source, mac);
        }

        int length = message.Write(PacketRoom, linkLayer.AsSpan());
        return length == 0
            ? FaceOutcome.TooLong
            : SendPacketToFabric(nowNs, EtherType.Ipv6, length, to, message.Destination, message.Source);
    }

    /// <summary>Neighbour discovery of the fabric: neighbours are told to the host by the MACs that stand for them.</summary>
    private FaceOutcome NeighborDiscoveryFromFabric(long nowNs, ReadOnlySpan<byte> packet)
    {
        FaceOutcome outcome = NeighborDiscoveryTranslation.Parse(packet, IpoibAddress.Length, out NeighborDiscoveryTranslation message);
        if (outcome != FaceOutcome.Passed)
        {
            return outcome;
        }

        if (!message.LinkLayer.IsEmpty && IsOwn(message.LinkLayer))
        {
            return FaceOutcome.OwnEcho;
        }

        bool advertises = message.Type == NeighborDiscoveryPacket.Advertisement;
        IpKey teller = advertises || message.Type == NeighborDiscoveryPacket.Redirect ? message.Target : message.Source;
        if (!message.LinkLayer.IsEmpty && IpoibAddress.IsUnicast(message.LinkLayer) && !teller.IsUnspecified && !teller.IsMulticast)
        {
            _host.Forget(teller);
            bool solicited = advertises && (message.Flags & NeighborDiscoveryPacket.Solicited) != 0;
            bool overrides = !advertises || (message.Flags & NeighborDiscoveryPacket.Override) != 0;
            _neighbors.Learn(nowNs, teller, message.LinkLayer, create: !advertises && !_host.Has(teller), solicited, overrides);
        }

        Span<byte> mac = stackalloc byte[HardwareAddress.EthernetLength];
        Mac.Write(mac, _neighbors.MacOf(teller));
        int length = message.Write(PacketRoom, mac);
        IpKey destination = message.Destination;
        ulong to = destination.IsMulticast
            ? Mac.OfIpv6Group(BinaryPrimitives.ReverseEndianness((uint)destination.Low))
            : _host.Find(destination, _mac) ?? _mac;
        ulong from = message.Source.IsUnspecified ? Mac.Beyond : _neighbors.MacOf(message.Source);
        return SendPacketToHost(EtherType.Ipv6, length, to, from);
    }

    /// <summary>An address is on the host's side: so it is no neighbour.</summary>
    private void LearnHost(long nowNs, IpKey ip, ulong mac)
    {
        if (!ip.IsUnspecified && !Mac.IsGroup(mac))
        {
            _neighbors.Remove(ip);
            _host.Learn(nowNs, ip, mac);
        }
    }

    private int WriteArpQuestion(Span<byte> into, Neighbor neighbor, IpKey from, bool everybody)
    {
        Span<byte> addresses = stackalloc byte[2 * sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(addresses, from.Ipv4);
        neighbor.Ip.WriteTo(addresses[sizeof(uint)..]);
        IpoibFrame.WriteHeader(into, everybody ? _broadcast.AsSpan() : neighbor.Address.AsSpan(), EtherType.Arp);
        return FabricHeader + ArpMessage.Write(
            into[FabricHeader..], ArpMessage.InfinibandHardware, ArpMessage.Request, _address.AsSpan(), addresses[..sizeof(uint)], [],
            addresses[sizeof(uint)..]);
    }

    /// <summary>
    /// A solicitation; none if there is no address to ask from, since from "::" it would mean something else (RFC 4861 section 4.3).
    /// </summary>
    private int WriteSolicitation(Span<byte> into, Neighbor neighbor, IpKey from, bool everybody)
    {
        if (from.IsUnspecified)
        {
            return 0;
        }

        Span<byte> source = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        Span<byte> target = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        Span<byte> group = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        Span<byte> address = stackalloc byte[IpoibAddress.Length];
        from.WriteTo(source);
        neighbor.Ip.WriteTo(target);
        NeighborDiscoveryPacket.WriteSolicitedNode(target, group);
        if (everybody)
        {
            IpoibAddress.WriteGroup(_broadcast.AsSpan(), group, address);
        }
        else
        {
            neighbor.Address.AsSpan().CopyTo(address);
        }

        IpoibFrame.WriteHeader(into, address, EtherType.Ipv6);
        return FabricHeader + NeighborDiscoveryPacket.Write(
            into[FabricHeader..], NeighborDiscoveryPacket.Solicitation, 0, source, everybody ? group : target, target, _address.AsSpan());
    }

    private static ushort UdpPort(ReadOnlySpan<byte> packet)
    {
        const int FragmentMask = 0x3fff;
        int header = (packet[0] & 15) * 4;
        bool isWhole = packet[9] == IpProtocol.Udp && (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & FragmentMask) == 0;
        return isWhole && packet.Length >= header + 4 ? BinaryPrimitives.ReadUInt16BigEndian(packet[(header + 2)..]) : (ushort)0;
    }
}
