using System.Buffers.Binary;

namespace FastBond.Core.Frames;

/// <summary>
/// A view of an ARP packet for IPv4 (RFC 826) without the link's header, as it is translated between links: hardware type 1 with 6-byte
/// addresses, or 32 with 20-byte ones (RFC 4391 section 9.1.2). Bytes after it are padding.
/// </summary>
internal readonly ref struct ArpMessage
{
    internal const ushort Request = 1;
    internal const ushort Reply = 2;
    internal const ushort EthernetHardware = 1;
    internal const ushort InfinibandHardware = 32;

    private const int AddressesOffset = 8;
    private const int Ipv4Length = 4;

    private readonly ReadOnlySpan<byte> _packet;
    private readonly int _hardwareLength;

    private ArpMessage(ReadOnlySpan<byte> packet, int hardwareLength)
    {
        _packet = packet;
        _hardwareLength = hardwareLength;
    }

    internal ushort Operation => BinaryPrimitives.ReadUInt16BigEndian(_packet[6..]);

    internal ReadOnlySpan<byte> SenderHardware => _packet.Slice(AddressesOffset, _hardwareLength);

    internal ReadOnlySpan<byte> SenderIp => _packet.Slice(AddressesOffset + _hardwareLength, Ipv4Length);

    internal ReadOnlySpan<byte> TargetHardware => _packet.Slice(AddressesOffset + _hardwareLength + Ipv4Length, _hardwareLength);

    internal ReadOnlySpan<byte> TargetIp => _packet.Slice(AddressesOffset + (2 * _hardwareLength) + Ipv4Length, Ipv4Length);

    /// <summary>Bytes of a packet with hardware addresses of that length.</summary>
    internal static int LengthOf(int hardwareLength) => AddressesOffset + (2 * (hardwareLength + Ipv4Length));

    /// <summary>Views a request or reply of that hardware type; false for anything else, and for a packet that ends early.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> bytes, ushort hardwareType, int hardwareLength, out ArpMessage packet)
    {
        packet = default;
        int length = LengthOf(hardwareLength);
        if (bytes.Length < length ||
            BinaryPrimitives.ReadUInt16BigEndian(bytes) != hardwareType ||
            BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) != EtherType.Ipv4 ||
            bytes[4] != hardwareLength ||
            bytes[5] != Ipv4Length ||
            BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]) is not (Request or Reply))
        {
            return false;
        }

        packet = new ArpMessage(bytes[..length], hardwareLength);
        return true;
    }

    /// <summary>Writes a packet; an empty <paramref name="targetHardware"/> stands for zero. Returns its length in bytes.</summary>
    internal static int Write(
        Span<byte> into,
        ushort hardwareType,
        ushort operation,
        ReadOnlySpan<byte> senderHardware,
        ReadOnlySpan<byte> senderIp,
        ReadOnlySpan<byte> targetHardware,
        ReadOnlySpan<byte> targetIp)
    {
        int hardwareLength = senderHardware.Length;
        Span<byte> packet = into[..LengthOf(hardwareLength)];
        packet.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(packet, hardwareType);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], EtherType.Ipv4);
        packet[4] = (byte)hardwareLength;
        packet[5] = Ipv4Length;
        BinaryPrimitives.WriteUInt16BigEndian(packet[6..], operation);
        Span<byte> addresses = packet[AddressesOffset..];
        senderHardware.CopyTo(addresses);
        senderIp.CopyTo(addresses[hardwareLength..]);
        targetHardware.CopyTo(addresses[(hardwareLength + Ipv4Length)..]);
        targetIp.CopyTo(addresses[((2 * hardwareLength) + Ipv4Length)..]);
        return packet.Length;
    }
}
