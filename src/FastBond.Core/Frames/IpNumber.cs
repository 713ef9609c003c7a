using System.Buffers.Binary;
using System.Net;

namespace FastBond.Core.Frames;

/// <summary>
/// IP addresses as numbers, so that they can be compared without an allocation: IPv6 as it stands, IPv4 as IPv4-mapped IPv6 (RFC 4291
/// section 2.5.5.2).
/// </summary>
internal static class IpNumber
{
    private const int Ipv4Bits = 32, Ipv6Bits = 128;
    private const uint Ipv4Mark = 0xffff;
    private const uint SolicitedNodeBits = 24;

    /// <summary>All nodes of a link, ff02::1.</summary>
    public static readonly UInt128 AllNodes = new(0xff02_0000_0000_0000, 1);

    /// <summary>The number of an address.</summary>
    public static UInt128 Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out int written) && written == 4
            ? OfIpv4(bytes[..4])
            : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The number of an IPv4 address in network order.</summary>
    public static UInt128 OfIpv4(ReadOnlySpan<byte> address) => ((UInt128)Ipv4Mark << Ipv4Bits) | BinaryPrimitives.ReadUInt32BigEndian(address);

    /// <summary>Whether the number is an IPv4 address.</summary>
    public static bool IsIpv4(UInt128 number) => number >> Ipv4Bits == Ipv4Mark;

    /// <summary>Whether it says "no address": 0.0.0.0 or "::".</summary>
    public static bool IsUnspecified(UInt128 number) => number == 0 || number == (UInt128)Ipv4Mark << Ipv4Bits;

    /// <summary>The last four bytes of an address, as they are loaded from a frame.</summary>
    public static uint LastWordOf(UInt128 number) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness((uint)number) : (uint)number;

    /// <summary>The address of a number.</summary>
    public static IPAddress ToAddress(UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new IPAddress(IsIpv4(number) ? bytes[12..] : bytes);
    }

    /// <summary>The length of a prefix within the number of an address of that family.</summary>
    public static int PrefixBits(UInt128 number, int prefixLength) => IsIpv4(number) ? Ipv6Bits - Ipv4Bits + prefixLength : prefixLength;

    /// <summary>How many leading bits two numbers have in common.</summary>
    public static int CommonBits(UInt128 a, UInt128 b) => (int)UInt128.LeadingZeroCount(a ^ b);

    /// <summary>The group at which an IPv6 address is asked for (RFC 4291 section 2.7.1).</summary>
    public static UInt128 SolicitedNode(UInt128 address)
    {
        const ulong Prefix = 0x0000_0001_ff00_0000;
        return new UInt128(0xff02_0000_0000_0000, Prefix | ((ulong)address & ((1UL << (int)SolicitedNodeBits) - 1)));
    }

    /// <summary>The MAC to which an IPv6 group's packets are sent (RFC 2464 section 7).</summary>
    public static HardwareAddress MulticastMac(UInt128 group)
    {
        Span<byte> mac = [0x33, 0x33, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(mac[2..], (uint)group);
        return new HardwareAddress(mac);
    }
}
