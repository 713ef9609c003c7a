using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <summary>
/// Ethernet MACs as numbers, first byte lowest; and the MACs that stand for neighbours on the InfiniBand side: 02:4b and the four bytes
/// of an IPv4 address, or 02:6b and a hash of an IPv6 address.
/// </summary>
/// <remarks>
/// They depend on the IP address alone, so that neither a fail-over of the neighbour nor a restart of ours changes what the host has
/// learnt; and from an IPv4 neighbour's MAC its address can be told, so that a frame to it resolves it anew.
/// </remarks>
internal static unsafe class Mac
{
    /// <summary>Every bit set.</summary>
    internal const ulong Broadcast = 0xffff_ffff_ffff;

    /// <summary>The source of packets from beyond the link, whose neighbour a receiver cannot know: 02:4b:00:00:00:00.</summary>
    internal const ulong Beyond = Ipv4Prefix;

    private const ulong Ipv4Prefix = 0x4b02;
    private const ulong Ipv6Prefix = 0x6b02;
    private const int PrefixBits = 16;
    private const ulong PrefixMask = 0xffff;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Read(byte* p) => Wire.LittleEndian32(p) | ((ulong)p[4] << 32) | ((ulong)p[5] << 40);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Write(byte* p, ulong mac)
    {
        uint first = (uint)mac;
        Unsafe.WriteUnaligned(p, BitConverter.IsLittleEndian ? first : BinaryPrimitives.ReverseEndianness(first));
        p[4] = (byte)(mac >> 32);
        p[5] = (byte)(mac >> 40);
    }

    internal static ulong Read(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes) | ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) << 32);

    internal static void Write(Span<byte> bytes, ulong mac)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)mac);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], (ushort)(mac >> 32));
    }

    internal static HardwareAddress ToAddress(ulong mac)
    {
        Span<byte> bytes = stackalloc byte[HardwareAddress.EthernetLength];
        Write(bytes, mac);
        return new HardwareAddress(bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsGroup(ulong mac) => (mac & 1) != 0;

    /// <summary>The MAC of an IPv4 group's frames (RFC 1112 section 6.4).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong OfIpv4Group(uint group) =>
        0x5e_0001 | ((ulong)((group >> 16) & 0x7f) << 24) | ((ulong)((group >> 8) & 0xff) << 32) | ((ulong)(group & 0xff) << 40);

    /// <summary>The MAC of an IPv6 group's frames (RFC 2464 section 7): the group's last four bytes, as they stand in the packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong OfIpv6Group(uint lastBytesLittleEndian) => 0x3333 | ((ulong)lastBytesLittleEndian << 16);

    /// <summary>
    /// The MAC that stands for a neighbour. IPv6 addresses may share one; <paramref name="attempt"/> leads to others.
    /// </summary>
    internal static ulong OfNeighbor(IpKey ip, uint attempt)
    {
        const ulong Odd = 0x9e37_79b9_7f4a_7c15;
        if (ip.IsIpv4)
        {
            return Ipv4Prefix | ((ulong)BinaryPrimitives.ReverseEndianness(ip.Ipv4) << PrefixBits);
        }

        ulong hash = ((ip.High * Odd) ^ ip.Low) * Odd;
        return Ipv6Prefix | ((ulong)((uint)(hash >> 32) + attempt) << PrefixBits);
    }

    /// <summary>The IPv4 neighbour that a MAC stands for, if it does.</summary>
    internal static bool TryGetIpv4(ulong mac, out IpKey ip)
    {
        ip = IpKey.FromIpv4(BinaryPrimitives.ReverseEndianness((uint)(mac >> PrefixBits)));
        return (mac & PrefixMask) == Ipv4Prefix && mac != Beyond;
    }
}
