using System.Buffers.Binary;
using System.Net;

namespace FastBond.Core.Frames;

/// <summary>Builds IPv6 neighbour discovery messages (RFC 4861) for Ethernet, byte for byte as the kernel sends them.</summary>
public static class NeighborDiscoveryFrame
{
    /// <summary>Greatest length of an untagged message in bytes; each VLAN tag adds <see cref="EthernetFrame.TagLength"/>.</summary>
    public const int MaxLength = EthernetFrame.HeaderLength + Ipv6HeaderLength + MessageLength + OptionLength;

    private const int Ipv6HeaderLength = 40;
    private const int AddressLength = 16;

    // Type, code, checksum, flags, target.
    private const int MessageLength = 24;
    private const int OptionLength = 8;

    // What IPv6 multicast frames' MACs begin with (RFC 2464 section 7); the group's last four bytes follow.
    private const ushort MulticastMacPrefix = 0x3333;

    private static ReadOnlySpan<byte> AllNodes => [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    /// <summary>
    /// Writes an unsolicited advertisement of <paramref name="address"/> from itself to all nodes: the override flag alone, and the
    /// target's link-layer address.
    /// </summary>
    /// <returns>The frame's length in bytes.</returns>
    /// <exception cref="ArgumentException">The buffer is too short, or an address is not of its kind.</exception>
    public static int WriteUnsolicitedAdvertisement(
        Span<byte> buffer, HardwareAddress source, IPAddress address, IReadOnlyList<uint> vlanTags)
    {
        const byte Advertisement = 136, Override = 0x20, TargetLinkLayerAddress = 2;
        return Write(buffer, source, address, AllNodes, Advertisement, Override, address, TargetLinkLayerAddress, vlanTags);
    }

    /// <summary>Writes a solicitation of <paramref name="target"/> to its solicited-node group.</summary>
    /// <param name="buffer">Receives the frame.</param>
    /// <param name="source">The sender's MAC.</param>
    /// <param name="sender">The sender's IPv6 address; from "::" the source link-layer address is left out (RFC 4861 section 4.3).</param>
    /// <param name="target">The IPv6 address asked for.</param>
    /// <param name="vlanTags">Tags, outermost first: TPID in the upper, TCI in the lower 16 bits.</param>
    /// <returns>The frame's length in bytes.</returns>
    /// <exception cref="ArgumentException">The buffer is too short, or an address is not of its kind.</exception>
    public static int WriteSolicitation(
        Span<byte> buffer, HardwareAddress source, IPAddress sender, IPAddress target, IReadOnlyList<uint> vlanTags)
    {
        const byte Solicitation = 135, NoFlags = 0, NoOption = 0, SourceLinkLayerAddress = 1;
        Span<byte> group = stackalloc byte[AddressLength];
        WriteIpv6(target, group);
        ReadOnlySpan<byte> solicitedNodePrefix = [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff];
        solicitedNodePrefix.CopyTo(group);
        byte option = sender.Equals(IPAddress.IPv6Any) ? NoOption : SourceLinkLayerAddress;
        return Write(buffer, source, sender, group, Solicitation, NoFlags, target, option, vlanTags);
    }

    private static int Write(
        Span<byte> buffer,
        HardwareAddress source,
        IPAddress sender,
        ReadOnlySpan<byte> group,
        byte type,
        byte flags,
        IPAddress target,
        byte option,
        IReadOnlyList<uint> vlanTags)
    {
        Span<byte> destination = stackalloc byte[HardwareAddress.EthernetLength];
        BinaryPrimitives.WriteUInt16BigEndian(destination, MulticastMacPrefix);
        group[^4..].CopyTo(destination[2..]);
        int offset = EthernetFrame.WriteHeader(buffer, destination, source, vlanTags, EtherType.Ipv6);

        int messageLength = MessageLength + (option == 0 ? 0 : OptionLength);
        Span<byte> packet = buffer.Slice(offset, Ipv6HeaderLength + messageLength);
        packet.Clear();
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)messageLength);
        packet[6] = IpProtocol.Icmpv6;
        packet[7] = 255; // receivers drop a lower hop limit: it didn't come from this link (RFC 4861 section 7.1)
        WriteIpv6(sender, packet.Slice(8, AddressLength));
        group.CopyTo(packet[24..]);

        Span<byte> message = packet[Ipv6HeaderLength..];
        message[0] = type;
        message[4] = flags;
        WriteIpv6(target, message.Slice(8, AddressLength));
        if (option != 0)
        {
            message[24] = option;
            message[25] = OptionLength / 8;
            source.AsSpan().CopyTo(message[26..]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.OfIcmpv6(packet.Slice(8, 2 * AddressLength), message));
        return offset + packet.Length;
    }

    private static void WriteIpv6(IPAddress address, Span<byte> bytes)
    {
        if (!address.TryWriteBytes(bytes, out int written) || written != AddressLength)
        {
            throw new ArgumentException($"{address} is not an IPv6 address", nameof(address));
        }
    }
}
