using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <summary>
/// All that a core needs to translate ordinary frames between the Ethernet face and IPoIB, in one immutable object (ipoib.md section 9).
/// The control plane builds it whole whenever an address changes; what a core cannot translate by it goes to the control plane.
/// </summary>
/// <remarks>
/// A frame is translated where it lies: the packet stays, the header in front of it becomes 10 bytes longer or shorter.
/// </remarks>
public sealed unsafe class FaceMap
{
    /// <summary>Bytes that must be free in front of an Ethernet frame.</summary>
    public const int Headroom = IpoibFrame.HeaderLength - EthernetFrame.HeaderLength;

    private const int ShortestEthernet = 60;
    private const int Ipv4HeaderLength = 20;
    private const int Ipv6HeaderLength = NeighborDiscoveryPacket.Ipv6HeaderLength;
    private const uint BootpServer = 67, BootpClient = 68;
    private const int Ipv4DestinationOffset = 16, Ipv6SourceOffset = 8, Ipv6DestinationOffset = 24;
    private const int SignatureOffset = 6, Ipv6GroupOffset = 10, Ipv4GroupOffset = 16;
    private const byte Ipv6Signature = 0x60;

    // Address by slot, and whose the MACs and IP addresses are.
    private readonly byte[] _addresses;
    private readonly AddressIndex _slotOfMac;
    private readonly AddressIndex _macOfNeighbor;
    private readonly AddressIndex _macOfHost;
    private readonly byte[] _broadcast;
    private readonly uint[] _subnetBroadcasts;
    private readonly ulong _ownMac;
    private readonly byte[] _used;

    internal FaceMap(NeighborTable neighbors, HostSide host, ulong ownMac, HardwareAddress broadcast)
    {
        Neighbor[] resolved = [.. neighbors.All.Where(static neighbor => neighbor.IsResolved)];
        _used = neighbors.Used;
        _addresses = new byte[resolved.Length == 0 ? 0 : (resolved.Max(static neighbor => neighbor.Slot) + 1) * IpoibAddress.Length];
        foreach (Neighbor neighbor in resolved)
        {
            neighbor.Address.AsSpan().CopyTo(_addresses.AsSpan(neighbor.Slot * IpoibAddress.Length));
        }

        _slotOfMac = new AddressIndex([.. resolved.Select(static neighbor => (new IpKey(0, neighbor.Mac), (ulong)neighbor.Slot))]);
        _macOfNeighbor = new AddressIndex([.. resolved.Select(static neighbor => (neighbor.Ip, neighbor.Mac))]);
        _macOfHost = new AddressIndex([.. host.Own.Select(own => (own.Ip, ownMac)).Concat(host.Learnt).DistinctBy(static pair => pair.Ip)]);
        _subnetBroadcasts = host.SubnetBroadcasts();
        _ownMac = ownMac;
        _broadcast = broadcast.AsSpan().ToArray();
    }

    /// <summary>
    /// Translates a frame of the host into one for a slave. If the answer is not <see cref="FaceOutcome.Passed"/> the frame is as it was.
    /// </summary>
    public FaceOutcome ToFabric(byte* memory, FrameDescriptor* frame)
    {
        byte* ethernet = memory + frame->Address;
        if (frame->Length < EthernetFrame.HeaderLength)
        {
            return FaceOutcome.Truncated;
        }

        byte* packet = ethernet + EthernetFrame.HeaderLength;
        uint length = frame->Length - EthernetFrame.HeaderLength;
        uint type = Wire.BigEndian16(ethernet + EthernetFrame.TypeOffset);
        ulong mac = Mac.Read(ethernet);
        FaceOutcome outcome = type switch
        {
            EtherType.Ipv4 => Ipv4ToFabric(packet, length, mac),
            EtherType.Ipv6 => Ipv6ToFabric(packet, length, mac),
            EtherType.Arp => FaceOutcome.Punted,
            EtherType.Vlan or EtherType.ServiceVlan => FaceOutcome.VlanTag,
            _ => FaceOutcome.Protocol,
        };
        if (outcome == FaceOutcome.Passed)
        {
            WriteEncapsulation(packet, type);
            frame->Address -= Headroom;
            frame->Length += Headroom;
        }

        return outcome;
    }

    /// <summary>
    /// Translates a frame that a slave received into one for the host. If the answer is not <see cref="FaceOutcome.Passed"/> the frame is
    /// as it was.
    /// </summary>
    public FaceOutcome ToHost(byte* memory, FrameDescriptor* frame)
    {
        byte* ipoib = memory + frame->Address;
        if (frame->Length < IpoibFrame.HeaderLength)
        {
            return FaceOutcome.Truncated;
        }

        byte* packet = ipoib + IpoibFrame.HeaderLength;
        uint length = frame->Length - IpoibFrame.HeaderLength;
        uint type = Wire.BigEndian16(ipoib + IpoibFrame.TypeOffset);
        FaceOutcome outcome = type switch
        {
            EtherType.Ipv4 => Ipv4ToHost(packet, length),
            EtherType.Ipv6 => Ipv6ToHost(packet, length),
            EtherType.Arp => FaceOutcome.Punted,
            _ => FaceOutcome.Protocol,
        };
        if (outcome == FaceOutcome.Passed)
        {
            packet[-2] = (byte)(type >> 8);
            packet[-1] = (byte)type;
            frame->Address += Headroom;
            frame->Length = Pad(packet - EthernetFrame.HeaderLength, frame->Length - Headroom);
        }

        return outcome;
    }

    private FaceOutcome Ipv4ToFabric(byte* packet, uint length, ulong mac)
    {
        if (length < Ipv4HeaderLength)
        {
            return FaceOutcome.Truncated;
        }

        if (packet[9] == IpProtocol.Igmp || (packet[9] == IpProtocol.Udp && UdpPort(packet, length) == BootpServer))
        {
            return FaceOutcome.Punted;
        }

        if (!Mac.IsGroup(mac))
        {
            return Unicast(packet, mac);
        }

        byte* group = packet + Ipv4DestinationOffset;
        bool everybody = mac == Mac.Broadcast;
        if (!everybody && group[0] >> 4 != 0xe)
        {
            return FaceOutcome.NoGroup;
        }

        byte* address = WriteBroadcast(packet);
        if (!everybody)
        {
            address[Ipv4GroupOffset] = (byte)(group[0] & 15);
            Unsafe.CopyBlockUnaligned(address + Ipv4GroupOffset + 1, group + 1, 3);
        }

        return FaceOutcome.Passed;
    }

    private FaceOutcome Ipv6ToFabric(byte* packet, uint length, ulong mac)
    {
        if (length < Ipv6HeaderLength)
        {
            return FaceOutcome.Truncated;
        }

        // MLD has hop-by-hop options in front; so would whoever wants to hide neighbour discovery.
        if (packet[6] == IpProtocol.HopByHop || IsNeighborDiscovery(packet, length))
        {
            return FaceOutcome.Punted;
        }

        if (!Mac.IsGroup(mac))
        {
            return Unicast(packet, mac);
        }

        byte* group = packet + Ipv6DestinationOffset;
        if (group[0] != 0xff)
        {
            return FaceOutcome.NoGroup;
        }

        byte* address = WriteBroadcast(packet);
        address[SignatureOffset] = Ipv6Signature;
        Unsafe.CopyBlockUnaligned(address + Ipv6GroupOffset, group + 6, IpoibAddress.Length - Ipv6GroupOffset);
        return FaceOutcome.Passed;
    }

    private FaceOutcome Unicast(byte* packet, ulong mac)
    {
        if (!_slotOfMac.TryFind(0, mac, out ulong slot))
        {
            return FaceOutcome.Punted;
        }

        ref byte address = ref _addresses[(int)slot * IpoibAddress.Length];
        Unsafe.CopyBlockUnaligned(ref *(packet - IpoibFrame.HeaderLength), ref address, IpoibAddress.Length);
        ref byte used = ref _used[(int)slot];
        if (used == 0)
        {
            // Written only when it changes: cores share these bytes.
            used = 1;
        }

        return FaceOutcome.Passed;
    }

    private FaceOutcome Ipv4ToHost(byte* packet, uint length)
    {
        if (length < Ipv4HeaderLength)
        {
            return FaceOutcome.Truncated;
        }

        if (packet[9] == IpProtocol.Udp && UdpPort(packet, length) == BootpClient)
        {
            return FaceOutcome.Punted;
        }

        uint to = (Wire.BigEndian16(packet + Ipv4DestinationOffset) << 16) | Wire.BigEndian16(packet + Ipv4DestinationOffset + 2);
        uint from = (Wire.BigEndian16(packet + 12) << 16) | Wire.BigEndian16(packet + 14);
        IpKey source = IpKey.FromIpv4(from);
        IpKey destination = IpKey.FromIpv4(to);
        ulong mac = to >> 28 == 0xe ? Mac.OfIpv4Group(to)
            : to == uint.MaxValue || IsSubnetBroadcast(to) ? Mac.Broadcast
            : _macOfHost.TryFind(destination.High, destination.Low, out ulong station) ? station
            : _ownMac;
        WriteMacs(packet, mac, source);
        return FaceOutcome.Passed;
    }

    private FaceOutcome Ipv6ToHost(byte* packet, uint length)
    {
        if (length < Ipv6HeaderLength)
        {
            return FaceOutcome.Truncated;
        }

        if (IsNeighborDiscovery(packet, length))
        {
            return FaceOutcome.Punted;
        }

        IpKey source = Ipv6(packet + Ipv6SourceOffset);
        IpKey destination = Ipv6(packet + Ipv6DestinationOffset);
        ulong mac = packet[Ipv6DestinationOffset] == 0xff ? Mac.OfIpv6Group(Wire.LittleEndian32(packet + Ipv6DestinationOffset + 12))
            : _macOfHost.TryFind(destination.High, destination.Low, out ulong station) ? station
            : _ownMac;
        WriteMacs(packet, mac, source);
        return FaceOutcome.Passed;
    }

    private static IpKey Ipv6(byte* p) => new(
        BinaryPrimitives.ReverseEndianness(Wire.LittleEndian64(p)), BinaryPrimitives.ReverseEndianness(Wire.LittleEndian64(p + 8)));

    private void WriteMacs(byte* packet, ulong destination, IpKey source)
    {
        ulong neighbor = _macOfNeighbor.TryFind(source.High, source.Low, out ulong known) ? known : Mac.Beyond;
        Mac.Write(packet - EthernetFrame.HeaderLength, destination);
        Mac.Write(packet - EthernetFrame.HeaderLength + HardwareAddress.EthernetLength, neighbor);
    }

    private byte* WriteBroadcast(byte* packet)
    {
        byte* address = packet - IpoibFrame.HeaderLength;
        Unsafe.CopyBlockUnaligned(ref *address, ref MemoryMarshal.GetArrayDataReference(_broadcast), IpoibAddress.Length);
        return address;
    }

    private static void WriteEncapsulation(byte* packet, uint type)
    {
        packet[-4] = (byte)(type >> 8);
        packet[-3] = (byte)type;
        packet[-2] = 0;
        packet[-1] = 0;
    }

    private bool IsSubnetBroadcast(uint address) => _subnetBroadcasts.AsSpan().Contains(address);

    /// <summary>Destination port of a UDP packet that is no fragment; 0 if there is none to be seen.</summary>
    private static uint UdpPort(byte* packet, uint length)
    {
        const uint FragmentMask = 0x3fff;
        uint header = (packet[0] & 15u) * 4;
        return (Wire.BigEndian16(packet + 6) & FragmentMask) == 0 && length >= header + 4 ? Wire.BigEndian16(packet + header + 2) : 0;
    }

    private static bool IsNeighborDiscovery(byte* packet, uint length) =>
        packet[6] == IpProtocol.Icmpv6 && length > Ipv6HeaderLength && NeighborDiscoveryPacket.IsMessage(packet[Ipv6HeaderLength]);

    /// <summary>Ethernet's shortest frame, the rest zero.</summary>
    private static uint Pad(byte* ethernet, uint length)
    {
        if (length >= ShortestEthernet)
        {
            return length;
        }

        new Span<byte>(ethernet + length, (int)(ShortestEthernet - length)).Clear();
        return ShortestEthernet;
    }
}
