using System.Buffers.Binary;

namespace FastBond.Core.Frames;

/// <summary>What an ARP packet (RFC 826) for Ethernet and IPv4 says.</summary>
/// <param name="Operation">1 request, 2 reply.</param>
/// <param name="SenderMac">The sender's hardware address.</param>
/// <param name="Sender">The sender's IPv4 address, as <see cref="IpNumber"/>.</param>
/// <param name="Target">The IPv4 address asked for or answered, as <see cref="IpNumber"/>.</param>
internal readonly record struct ArpPacket(ushort Operation, HardwareAddress SenderMac, UInt128 Sender, UInt128 Target)
{
    /// <summary>"Here I am": the answer to a request.</summary>
    public const ushort Reply = 2;

    private const int Length = 28;
    private const ulong EthernetAndIpv4 = 0x0001_0800_06_04;

    /// <summary>Reads a frame's payload; false if it is too short, or about other kinds of address.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out ArpPacket packet)
    {
        packet = default;
        if (payload.Length < Length || BinaryPrimitives.ReadUInt64BigEndian(payload) >> 16 != EthernetAndIpv4)
        {
            return false;
        }

        packet = new ArpPacket(
            BinaryPrimitives.ReadUInt16BigEndian(payload[6..]),
            new HardwareAddress(payload.Slice(8, HardwareAddress.EthernetLength)),
            IpNumber.OfIpv4(payload.Slice(14, 4)),
            IpNumber.OfIpv4(payload.Slice(24, 4)));
        return true;
    }
}
