using System.Buffers.Binary;
using System.Net;

namespace FastBond.Core.Frames;

/// <summary>Builds IPv6 neighbour discovery messages (RFC 4861) for Ethernet, byte for byte as the kernel sends them.</summary>
public static class NeighborDiscoveryFrame
{
    /// <summary>Greatest length of an untagged message in bytes; each VLAN tag adds <see cref="EthernetFrame.TagLength"/>.</summary>
    public const int MaxLength = EthernetFrame.HeaderLength + NeighborDiscoveryPacket.MaxEthernetLength;

    // What IPv6 multicast frames' MACs begin with (RFC 2464 section 7); the group's last four bytes follow.
    private const ushort MulticastMacPrefix = 0x3333;

    /// <summary>
    /// Writes an unsolicited advertisement of <paramref name="address"/> from itself to all nodes: the override flag alone, and the
    /// target's link-layer address.
    /// </summary>
    /// <returns>The frame's length in bytes.</returns>
    /// <exception cref="ArgumentException">The buffer is too short, or an address is not of its kind.</exception>
    public static int WriteUnsolicitedAdvertisement(
        Span<byte> buffer, HardwareAddress source, IPAddress address, IReadOnlyList<uint> vlanTags)
    {
        Span<byte> own = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        WriteIpv6(address, own);
        int offset = WriteHeader(buffer, NeighborDiscoveryPacket.AllNodes, source, vlanTags);
        return offset + NeighborDiscoveryPacket.Write(
            buffer[offset..], NeighborDiscoveryPacket.Advertisement, NeighborDiscoveryPacket.Override,
            own, NeighborDiscoveryPacket.AllNodes, own, source.AsSpan());
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
        Span<byte> own = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        Span<byte> wanted = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        Span<byte> group = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        WriteIpv6(sender, own);
        WriteIpv6(target, wanted);
        NeighborDiscoveryPacket.WriteSolicitedNode(wanted, group);
        int offset = WriteHeader(buffer, group, source, vlanTags);
        ReadOnlySpan<byte> linkLayer = sender.Equals(IPAddress.IPv6Any) ? [] : source.AsSpan();
        return offset + NeighborDiscoveryPacket.Write(
            buffer[offset..], NeighborDiscoveryPacket.Solicitation, 0, own, group, wanted, linkLayer);
    }

    /// <summary>Writes 16 bytes.</summary>
    /// <exception cref="ArgumentException">It is not an IPv6 address.</exception>
    internal static void WriteIpv6(IPAddress address, Span<byte> bytes)
    {
        if (!address.TryWriteBytes(bytes, out int written) || written != NeighborDiscoveryPacket.AddressLength)
        {
            throw new ArgumentException($"{address} is not an IPv6 address", nameof(address));
        }
    }

    private static int WriteHeader(Span<byte> buffer, ReadOnlySpan<byte> group, HardwareAddress source, IReadOnlyList<uint> vlanTags)
    {
        Span<byte> destination = stackalloc byte[HardwareAddress.EthernetLength];
        BinaryPrimitives.WriteUInt16BigEndian(destination, MulticastMacPrefix);
        group[^4..].CopyTo(destination[2..]);
        return EthernetFrame.WriteHeader(buffer, destination, source, vlanTags, EtherType.Ipv6);
    }
}
