using System.Buffers.Binary;
using System.Net.Sockets;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Core.Monitoring;

/// <summary>Builds what tells neighbours and switches where an address is now: gratuitous ARP and unsolicited neighbour advertisement.</summary>
internal static class AnnouncementFrames
{
    /// <summary>Most tags that are put in front of one frame.</summary>
    public const int MaxTags = 8;

    /// <summary>Longest frame there can be: an advertisement with all its tags.</summary>
    public const int MaxLength = 14 + (4 * MaxTags) + Ipv6HeaderLength + AdvertisementLength;

    private const int ArpLength = 28;
    private const int Ipv6HeaderLength = 40;
    private const int AdvertisementLength = 32;
    private const byte NextHeaderIcmpv6 = 58;

    private static ReadOnlySpan<byte> AllNodes => [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

    /// <summary>Writes the frame that announces <paramref name="host"/> at <paramref name="mac"/> (Ethernet); its length in bytes, no FCS.</summary>
    public static int Build(Span<byte> frame, HostAddress host, HardwareAddress mac)
    {
        bool ipv4 = host.Address.AddressFamily == AddressFamily.InterNetwork;
        ReadOnlySpan<byte> destination = ipv4 ? [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] : [0x33, 0x33, 0, 0, 0, 1];
        destination.CopyTo(frame);
        mac.AsSpan().CopyTo(frame[6..]);
        int at = 12;
        foreach (uint tag in host.VlanTags.Take(MaxTags))
        {
            BinaryPrimitives.WriteUInt32BigEndian(frame[at..], tag);
            at += sizeof(uint);
        }

        BinaryPrimitives.WriteUInt16BigEndian(frame[at..], ipv4 ? (ushort)0x0806 : (ushort)0x86dd);
        at += sizeof(ushort);
        return at + (ipv4 ? WriteRequest(frame[at..], host, mac) : WriteAdvertisement(frame[at..], host, mac));
    }

    /// <summary>RFC 5227 section 3: an ARP request whose sender and target address are the same (RFC 826 for the layout).</summary>
    private static int WriteRequest(Span<byte> arp, HostAddress host, HardwareAddress mac)
    {
        ReadOnlySpan<byte> ethernetIpv4Request = [0, 1, 0x08, 0x00, 6, 4, 0, 1];
        ethernetIpv4Request.CopyTo(arp);
        mac.AsSpan().CopyTo(arp[8..]);
        host.Address.TryWriteBytes(arp[14..], out _);
        arp[18..24].Clear();
        host.Address.TryWriteBytes(arp[24..], out _);
        return ArpLength;
    }

    /// <summary>RFC 4861 section 7.2.6: to all nodes, override set, neither router nor solicited, with the target's link-layer address.</summary>
    private static int WriteAdvertisement(Span<byte> ip, HostAddress host, HardwareAddress mac)
    {
        Span<byte> header = ip[..Ipv6HeaderLength];
        header.Clear();
        header[0] = 6 << 4;
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], AdvertisementLength);
        header[6] = NextHeaderIcmpv6;
        header[7] = 255;
        host.Address.TryWriteBytes(header[8..], out _);
        AllNodes.CopyTo(header[24..]);

        Span<byte> advertisement = ip.Slice(Ipv6HeaderLength, AdvertisementLength);
        ReadOnlySpan<byte> typeCodeChecksumFlags = [136, 0, 0, 0, 0x20, 0, 0, 0];
        typeCodeChecksumFlags.CopyTo(advertisement);
        host.Address.TryWriteBytes(advertisement[8..], out _);
        advertisement[24] = 2;
        advertisement[25] = 1;
        mac.AsSpan().CopyTo(advertisement[26..]);

        // RFC 8200 section 8.1: the pseudo header is the addresses, the length and the next header.
        uint sum = AdvertisementLength + NextHeaderIcmpv6;
        for (int i = 8; i < Ipv6HeaderLength + AdvertisementLength; i += sizeof(ushort))
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(ip[i..]);
        }

        sum = (sum & 0xffff) + (sum >> 16);
        sum += sum >> 16;
        BinaryPrimitives.WriteUInt16BigEndian(advertisement[2..], (ushort)~sum);
        return Ipv6HeaderLength + AdvertisementLength;
    }
}
