using System.Buffers.Binary;
using System.Net;
using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <summary>
/// IPoIB frames as they cross the boundary of a network device: 20 bytes of link-layer address, 4 bytes of encapsulation header (ethertype,
/// reserved; RFC 4391 section 6), packet. Towards the device the address is the destination's; from it, it is zero.
/// </summary>
public static class IpoibFrame
{
    /// <summary>Bytes before the packet.</summary>
    public const int HeaderLength = IpoibAddress.Length + 4;

    /// <summary>Where the ethertype stands.</summary>
    public const int TypeOffset = IpoibAddress.Length;

    /// <summary>Length of an ARP request in bytes.</summary>
    public const int ArpLength = HeaderLength + 56;

    /// <summary>Length of the longest frame built here, in bytes.</summary>
    public const int MaxControlLength = HeaderLength + NeighborDiscoveryPacket.MaxIpoibLength;

    /// <summary>Writes address and encapsulation header. Returns <see cref="HeaderLength"/>.</summary>
    public static int WriteHeader(Span<byte> buffer, ReadOnlySpan<byte> address, ushort type)
    {
        address.CopyTo(buffer);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[TypeOffset..], (uint)type << 16);
        return HeaderLength;
    }

    /// <summary>Writes an ARP request to everybody (RFC 4391 section 9.1.2): gratuitous if sender and target are one.</summary>
    /// <param name="buffer">Receives the frame.</param>
    /// <param name="source">The sender's 20-byte address.</param>
    /// <param name="broadcast">The interface's broadcast address.</param>
    /// <param name="sender">The sender's IPv4 address; 0.0.0.0 for a probe that must teach nobody.</param>
    /// <param name="target">The IPv4 address asked for.</param>
    /// <returns>The frame's length in bytes.</returns>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    public static int WriteArpRequest(
        Span<byte> buffer, HardwareAddress source, HardwareAddress broadcast, IPAddress sender, IPAddress target) =>
        WriteArpRequest(buffer, source, broadcast, IpKey.From(sender), IpKey.From(target));

    /// <summary>The same, to everybody or to one neighbour.</summary>
    internal static int WriteArpRequest(Span<byte> buffer, HardwareAddress source, HardwareAddress to, IpKey sender, IpKey target)
    {
        Span<byte> addresses = stackalloc byte[2 * sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(addresses, sender.Ipv4);
        BinaryPrimitives.WriteUInt32BigEndian(addresses[sizeof(uint)..], target.Ipv4);
        WriteHeader(buffer, to.AsSpan(), EtherType.Arp);
        return HeaderLength + ArpMessage.Write(
            buffer[HeaderLength..], ArpMessage.InfinibandHardware, ArpMessage.Request, source.AsSpan(), addresses[..sizeof(uint)], [],
            addresses[sizeof(uint)..]);
    }

    /// <summary>
    /// Writes an unsolicited neighbour advertisement of <paramref name="address"/> from itself to all nodes, override flag set.
    /// </summary>
    /// <returns>The frame's length in bytes.</returns>
    /// <exception cref="ArgumentException">The buffer is too short, or an address is not of its kind.</exception>
    public static int WriteUnsolicitedAdvertisement(Span<byte> buffer, HardwareAddress source, HardwareAddress broadcast, IPAddress address)
    {
        Span<byte> own = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        NeighborDiscoveryFrame.WriteIpv6(address, own);
        WriteGroupHeader(buffer, broadcast, NeighborDiscoveryPacket.AllNodes);
        return HeaderLength + NeighborDiscoveryPacket.Write(
            buffer[HeaderLength..], NeighborDiscoveryPacket.Advertisement, NeighborDiscoveryPacket.Override,
            own, NeighborDiscoveryPacket.AllNodes, own, source.AsSpan());
    }

    /// <summary>Writes a neighbour solicitation of <paramref name="target"/> to its solicited-node group.</summary>
    /// <param name="buffer">Receives the frame.</param>
    /// <param name="source">The sender's 20-byte address.</param>
    /// <param name="broadcast">The interface's broadcast address.</param>
    /// <param name="sender">The sender's IPv6 address; from "::" the source link-layer address is left out.</param>
    /// <param name="target">The IPv6 address asked for.</param>
    /// <returns>The frame's length in bytes.</returns>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    public static int WriteSolicitation(
        Span<byte> buffer, HardwareAddress source, HardwareAddress broadcast, IPAddress sender, IPAddress target)
    {
        IpKey from = IpKey.From(sender);
        return WriteSolicitation(buffer, from.IsUnspecified ? default : source, broadcast, from, IpKey.From(target), neighbor: default);
    }

    /// <summary>The same, to the target's group, or to <paramref name="neighbor"/> alone if it is not empty.</summary>
    internal static int WriteSolicitation(
        Span<byte> buffer, HardwareAddress source, HardwareAddress broadcast, IpKey sender, IpKey target, HardwareAddress neighbor)
    {
        Span<byte> own = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        Span<byte> wanted = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        Span<byte> to = stackalloc byte[NeighborDiscoveryPacket.AddressLength];
        sender.WriteTo(own);
        target.WriteTo(wanted);
        if (neighbor.IsEmpty)
        {
            NeighborDiscoveryPacket.WriteSolicitedNode(wanted, to);
            WriteGroupHeader(buffer, broadcast, to);
        }
        else
        {
            wanted.CopyTo(to);
            WriteHeader(buffer, neighbor.AsSpan(), EtherType.Ipv6);
        }

        return HeaderLength + NeighborDiscoveryPacket.Write(
            buffer[HeaderLength..], NeighborDiscoveryPacket.Solicitation, 0, own, to, wanted, source.AsSpan());
    }

    private static void WriteGroupHeader(Span<byte> buffer, HardwareAddress broadcast, ReadOnlySpan<byte> group)
    {
        Span<byte> address = stackalloc byte[IpoibAddress.Length];
        IpoibAddress.WriteGroup(broadcast.AsSpan(), group, address);
        WriteHeader(buffer, address, EtherType.Ipv6);
    }
}
