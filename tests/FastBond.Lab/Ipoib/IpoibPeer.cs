using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using FastBond.Lab.Machine;

namespace FastBond.Lab.Ipoib;

/// <summary>
/// A host that speaks IPoIB natively, written from RFC 4391, 4861 and 792/4443 alone: it asks for and answers ARP and neighbour discovery
/// with 20-byte addresses, and answers pings. What FastBond's translator and its tests could get wrong together, it would not understand.
/// </summary>
public sealed class IpoibPeer
{
    private readonly IpoibSwitch _fabric;
    private readonly IpoibPort _port;
    private readonly byte[] _ipv4;
    private readonly byte[] _ipv6;
    private readonly ConcurrentDictionary<IPAddress, byte[]> _neighbors = new();
    private readonly ConcurrentQueue<(int Protocol, byte[] Packet)> _received = new();

    /// <summary>Connects a host.</summary>
    public IpoibPeer(IpoibSwitch fabric, string name, byte[] address, string ipv4, string ipv6)
    {
        _fabric = fabric;
        _ipv4 = IPAddress.Parse(ipv4).GetAddressBytes();
        _ipv6 = IPAddress.Parse(ipv6).GetAddressBytes();
        _port = fabric.Connect(name, address, Receive);
    }

    /// <summary>Its link-layer address.</summary>
    public byte[] Address => _port.Address;

    /// <summary>Its IPv4 address.</summary>
    public IPAddress Ipv4Address => new(_ipv4);

    /// <summary>Its port.</summary>
    public IpoibPort Port => _port;

    /// <summary>Takes UDP datagrams (an IPv4 packet) sent to it or to everybody, by destination port.</summary>
    public Action<int, byte[]>? OnUdp { get; set; }

    /// <summary>Link-layer addresses it has learnt, in hex; null if it knows none.</summary>
    public string? NeighborOf(string ip) => _neighbors.TryGetValue(IPAddress.Parse(ip), out byte[]? address) ? Convert.ToHexString(address) : null;

    /// <summary>Forgets an address.</summary>
    public void Forget(string ip) => _neighbors.TryRemove(IPAddress.Parse(ip), out _);

    /// <summary>Asks for an address as a program that resolves it would (RDMA CM), and waits for the answer: the address in hex.</summary>
    public string Resolve(string ip, TimeSpan limit)
    {
        Forget(ip);
        Ask(IPAddress.Parse(ip));
        return Wait.Until(() => NeighborOf(ip), limit, $"{ip} is resolved");
    }

    /// <summary>Pings, after it has resolved the address if need be; whether an answer came in time.</summary>
    public bool Ping(string ip, TimeSpan limit)
    {
        IPAddress target = IPAddress.Parse(ip);
        if (!_neighbors.TryGetValue(target, out byte[]? address))
        {
            Resolve(ip, limit);
            address = _neighbors[target];
        }
        _received.Clear();
        bool isIpv4 = target.GetAddressBytes().Length == 4;
        byte[] echo = Checksummed(isIpv4 ? (byte)8 : (byte)128, [0x12, 0x34, 0, 1, 1, 2, 3, 4], target);
        Send(address, isIpv4 ? 0x0800 : 0x86dd, isIpv4 ? Ipv4(1, target, echo) : Ipv6(target, echo));
        try
        {
            Wait.Until(() => _received.Any(got => got.Protocol == (isIpv4 ? 0 : 129)), limit, "an answer");
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Sends a frame: link-layer destination, ethertype, packet.</summary>
    public void Send(byte[] to, int type, byte[] packet) => _fabric.Forward(_port, [.. to, (byte)(type >> 8), (byte)type, 0, 0, .. packet]);

    /// <summary>An IPv4 packet from it.</summary>
    public byte[] Ipv4(int protocol, IPAddress to, byte[] payload)
    {
        byte[] packet = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, (byte)protocol, 0, 0, .. _ipv4, .. to.GetAddressBytes(), .. payload];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, 20)));
        return packet;
    }

    /// <summary>A UDP datagram over IPv4 from it.</summary>
    public byte[] Udp(int from, IPAddress to, int port, byte[] payload)
    {
        byte[] udp = [(byte)(from >> 8), (byte)from, (byte)(port >> 8), (byte)port, 0, 0, 0, 0, .. payload];
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(4), (ushort)udp.Length);
        byte[] whole = [.. _ipv4, .. to.GetAddressBytes(), 0, 17, (byte)(udp.Length >> 8), (byte)udp.Length, .. udp];
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(6), Checksum(whole));
        return Ipv4(17, to, udp);
    }

    /// <summary>The broadcast address of the default partition.</summary>
    public static byte[] Broadcast => Convert.FromHexString("00ffffffff12401bffff000000000000ffffffff");

    private void Ask(IPAddress ip)
    {
        byte[] target = ip.GetAddressBytes();
        if (target.Length == 4)
        {
            Send(Broadcast, 0x0806, [0, 32, 8, 0, 20, 4, 0, 1, .. Address, .. _ipv4, .. new byte[20], .. target]);
            return;
        }
        byte[] group = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, .. target.AsSpan(13)];
        byte[] to = [.. Convert.FromHexString("00ffffffff12601bffff"), .. group.AsSpan(6)];
        byte[] message = Checksummed(135, [0, 0, 0, 0, .. target, 1, 3, 0, 0, .. Address], new IPAddress(group));
        Send(to, 0x86dd, Ipv6(new IPAddress(group), message));
    }

    private void Receive(byte[] frame)
    {
        ReadOnlySpan<byte> packet = frame.AsSpan(FabricFrame.HeaderLength);
        switch ((frame[20] << 8) | frame[21])
        {
            case 0x0806:
                ReceiveArp(packet);
                break;
            case 0x0800 when packet.Length >= 20:
                ReceiveIpv4(packet);
                break;
            case 0x86dd when packet.Length > 40 && packet[6] == 58:
                ReceiveIcmpv6(packet);
                break;
        }
    }

    private void ReceiveArp(ReadOnlySpan<byte> arp)
    {
        IPAddress sender = new(arp.Slice(28, 4));
        bool isForUs = arp.Slice(52, 4).SequenceEqual(_ipv4);
        bool isGratuitous = arp.Slice(28, 4).SequenceEqual(arp.Slice(52, 4));
        if (isForUs || (isGratuitous && _neighbors.ContainsKey(sender)))
        {
            _neighbors[sender] = arp.Slice(8, 20).ToArray();
        }
        if (isForUs && arp[7] == 1)
        {
            Send(arp.Slice(8, 20).ToArray(), 0x0806, [0, 32, 8, 0, 20, 4, 0, 2, .. Address, .. _ipv4, .. arp.Slice(8, 24)]);
        }
    }

    private void ReceiveIpv4(ReadOnlySpan<byte> packet)
    {
        int header = (packet[0] & 15) * 4;
        bool isForUs = packet.Slice(16, 4).SequenceEqual(_ipv4);
        if (packet[9] == 17 && (isForUs || packet[16] == 255))
        {
            OnUdp?.Invoke((packet[header + 2] << 8) | packet[header + 3], packet.ToArray());
        }
        if (packet[9] != 1 || !isForUs)
        {
            return;
        }
        int total = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        _received.Enqueue((packet[header], packet.ToArray()));
        IPAddress source = new(packet.Slice(12, 4));
        if (packet[header] == 8 && _neighbors.TryGetValue(source, out byte[]? address))
        {
            Send(address, 0x0800, Ipv4(1, source, Checksummed(0, packet[(header + 4)..total], source)));
        }
    }

    private void ReceiveIcmpv6(ReadOnlySpan<byte> packet)
    {
        ReadOnlySpan<byte> message = packet.Slice(40, BinaryPrimitives.ReadUInt16BigEndian(packet[4..]));
        IPAddress source = new(packet.Slice(8, 16));
        bool isForUs = packet.Slice(24, 16).SequenceEqual(_ipv6);
        _received.Enqueue((message[0], packet.ToArray()));
        switch (message[0])
        {
            case 135 when message.Slice(8, 16).SequenceEqual(_ipv6) && message.Length >= 48 && message[24] == 1 && message[25] == 3:
                byte[] asker = message.Slice(28, 20).ToArray();
                _neighbors[source] = asker;
                Send(asker, 0x86dd, Ipv6(source, Checksummed(136, [0x60, 0, 0, 0, .. _ipv6, 2, 3, 0, 0, .. Address], source)));
                break;
            case 136 when message.Length >= 48 && message[24] == 2 && message[25] == 3:
                IPAddress target = new(message.Slice(8, 16));
                if (isForUs || _neighbors.ContainsKey(target))
                {
                    _neighbors[target] = message.Slice(28, 20).ToArray();
                }
                break;
            case 128 when isForUs && _neighbors.TryGetValue(source, out byte[]? address):
                Send(address, 0x86dd, Ipv6(source, Checksummed(129, message[4..], source)));
                break;
        }
    }

    /// <summary>An ICMP or ICMPv6 message: type, code 0, checksum, the rest.</summary>
    private byte[] Checksummed(byte type, ReadOnlySpan<byte> rest, IPAddress to)
    {
        byte[] message = [type, 0, 0, 0, .. rest];
        byte[] pseudo = to.GetAddressBytes().Length == 4
            ? message
            : [.. _ipv6, .. to.GetAddressBytes(), (byte)(message.Length >> 8), (byte)message.Length, 0, 58, .. message];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Checksum(pseudo));
        return message;
    }

    private byte[] Ipv6(IPAddress to, byte[] payload) =>
        [0x60, 0, 0, 0, (byte)(payload.Length >> 8), (byte)payload.Length, 58, 255, .. _ipv6, .. to.GetAddressBytes(), .. payload];

    private static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += (uint)(bytes[i] << 8) | (i + 1 < bytes.Length ? bytes[i + 1] : 0u);
        }
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
