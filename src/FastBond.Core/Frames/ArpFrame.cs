using System.Buffers.Binary;
using System.Net;

namespace FastBond.Core.Frames;

/// <summary>
/// Builds ARP requests (RFC 826) for Ethernet and IPv4, byte for byte as the kernel sends them: broadcast, target hardware address 0,
/// not padded.
/// </summary>
public static class ArpFrame
{
    /// <summary>Length of an untagged request in bytes; each VLAN tag adds <see cref="EthernetFrame.TagLength"/>.</summary>
    public const int RequestLength = EthernetFrame.HeaderLength + PacketLength;

    private const int PacketLength = 28;

    /// <summary>Writes a gratuitous ARP: a request for <paramref name="address"/> by its own holder.</summary>
    /// <returns>The frame's length in bytes.</returns>
    /// <exception cref="ArgumentException">The buffer is too short, or an address is not of its kind.</exception>
    public static int WriteGratuitous(Span<byte> buffer, HardwareAddress source, IPAddress address, IReadOnlyList<uint> vlanTags) =>
        WriteRequest(buffer, source, address, address, vlanTags);

    /// <summary>Writes a request.</summary>
    /// <param name="buffer">Receives the frame.</param>
    /// <param name="source">The sender's MAC, in the Ethernet header and in the request.</param>
    /// <param name="sender">The sender's IPv4 address; 0.0.0.0 for a probe that must teach nobody.</param>
    /// <param name="target">The IPv4 address asked for.</param>
    /// <param name="vlanTags">Tags, outermost first: TPID in the upper, TCI in the lower 16 bits.</param>
    /// <returns>The frame's length in bytes.</returns>
    /// <exception cref="ArgumentException">The buffer is too short, or an address is not of its kind.</exception>
    public static int WriteRequest(
        Span<byte> buffer, HardwareAddress source, IPAddress sender, IPAddress target, IReadOnlyList<uint> vlanTags)
    {
        const int EthernetHardware = 1, Request = 1;
        int offset = EthernetFrame.WriteHeader(buffer, EthernetFrame.Broadcast, source, vlanTags, EtherType.Arp);
        Span<byte> packet = buffer.Slice(offset, PacketLength);
        packet.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(packet, EthernetHardware);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], EtherType.Ipv4);
        packet[4] = HardwareAddress.EthernetLength;
        packet[5] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(packet[6..], Request);
        source.AsSpan().CopyTo(packet[8..]);
        WriteIpv4(sender, packet[14..18]);
        WriteIpv4(target, packet[24..28]);
        return offset + PacketLength;
    }

    private static void WriteIpv4(IPAddress address, Span<byte> bytes)
    {
        if (!address.TryWriteBytes(bytes, out _))
        {
            throw new ArgumentException($"{address} is not an IPv4 address", nameof(address));
        }
    }
}
