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
    private const int Ipv4Length = 4;

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
        Span<byte> addresses = stackalloc byte[2 * Ipv4Length];
        WriteIpv4(sender, addresses[..Ipv4Length]);
        WriteIpv4(target, addresses[Ipv4Length..]);
        int offset = EthernetFrame.WriteHeader(buffer, EthernetFrame.Broadcast, source, vlanTags, EtherType.Arp);
        return offset + ArpMessage.Write(
            buffer[offset..], ArpMessage.EthernetHardware, ArpMessage.Request, source.AsSpan(), addresses[..Ipv4Length], [],
            addresses[Ipv4Length..]);
    }

    /// <summary>Writes 4 bytes.</summary>
    /// <exception cref="ArgumentException">It is not an IPv4 address.</exception>
    internal static void WriteIpv4(IPAddress address, Span<byte> bytes)
    {
        if (!address.TryWriteBytes(bytes, out _))
        {
            throw new ArgumentException($"{address} is not an IPv4 address", nameof(address));
        }
    }
}
