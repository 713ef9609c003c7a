using System.Buffers.Binary;
using System.Net;

namespace FastBond.Core.Ipoib;

/// <summary>An IPv4 or IPv6 address as a key: 16 bytes as two numbers, IPv4 in its mapped form (RFC 4291 section 2.5.5.2).</summary>
/// <param name="High">The first 8 bytes, big-endian.</param>
/// <param name="Low">The last 8 bytes, big-endian.</param>
public readonly record struct IpKey(ulong High, ulong Low)
{
    private const ulong MappedPrefix = 0xffffUL << 32;
    private const int Ipv4Length = 4, Ipv6Length = 16;

    /// <summary>Whether it is an IPv4 address.</summary>
    public bool IsIpv4 => High == 0 && Low >> 32 == 0xffff;

    /// <summary>The IPv4 address as a number in host order; without meaning for IPv6.</summary>
    public uint Ipv4 => (uint)Low;

    /// <summary>0.0.0.0 or "::".</summary>
    public bool IsUnspecified => High == 0 && Low is 0 or MappedPrefix;

    /// <summary>Whether it is a group.</summary>
    public bool IsMulticast => IsIpv4 ? Ipv4 >> 28 == 0xe : High >> 56 == 0xff;

    /// <summary>Whether it is IPv6's link-local unicast.</summary>
    public bool IsIpv6LinkLocal => High >> 54 == 0xfe80 >> 6;

    /// <summary>Bytes of the address as it stands in packets.</summary>
    public int Length => IsIpv4 ? Ipv4Length : Ipv6Length;

    /// <summary>An IPv4 address from a number in host order.</summary>
    public static IpKey FromIpv4(uint address) => new(0, MappedPrefix | address);

    /// <summary>From 4 or 16 bytes as they stand in packets.</summary>
    public static IpKey From(ReadOnlySpan<byte> bytes) => bytes.Length == Ipv4Length
        ? FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
        : new IpKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    /// <summary>From an address object; a scope is left out.</summary>
    public static IpKey From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Length];
        address.TryWriteBytes(bytes, out int length);
        return From(bytes[..length]);
    }

    /// <summary>Writes the <see cref="Length"/> bytes that stand in packets.</summary>
    public void WriteTo(Span<byte> bytes)
    {
        if (IsIpv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, Ipv4);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        }
    }

    /// <summary>The address as an object.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[Ipv6Length];
        WriteTo(bytes);
        return new IPAddress(bytes[..Length]);
    }

    /// <inheritdoc/>
    public override string ToString() => ToIPAddress().ToString();
}
