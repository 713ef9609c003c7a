using System.Net;
using System.Net.Sockets;
using FastBond.Core.Options;

namespace FastBond.Configuration;

/// <summary>Addresses and networks as configuration files write them.</summary>
internal static class IpText
{
    private const int BitsOfIPv4 = 32, BitsOfIPv6 = 128;

    /// <summary>"a.b.c.d/n", "a::b/n", or an address without prefix, which is a host's.</summary>
    public static bool TryParsePrefix(string text, out IPAddress address, out int prefixLength)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        prefixLength = 0;
        if (!TryParse(slash < 0 ? text : text[..slash], out address))
        {
            return false;
        }

        int bits = Bits(address);
        prefixLength = bits;
        return slash < 0 || (int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out prefixLength) && prefixLength <= bits);
    }

    /// <summary>An IPv4 address of four numbers, or an IPv6 address without zone.</summary>
    public static bool TryParse(string text, out IPAddress address) =>
        OptionText.TryParseIPv4(text, out address) || OptionText.TryParseIPv6(text, out address);

    /// <summary>The prefix length of a mask like 255.255.255.0.</summary>
    public static bool TryParseMask(string text, out int prefixLength)
    {
        prefixLength = 0;
        if (!OptionText.TryParseIPv4(text, out IPAddress mask))
        {
            return false;
        }

        uint bits = ToNumber(mask);
        prefixLength = System.Numerics.BitOperations.LeadingZeroCount(~bits);
        return bits == MaskOf(prefixLength);
    }

    /// <summary>The prefix that an IPv4 address without one had in the days of classes A, B and C.</summary>
    public static int ClassPrefix(IPAddress address) => address.GetAddressBytes()[0] switch
    {
        < 128 => 8,
        < 192 => 16,
        _ => 24,
    };

    /// <summary>0.0.0.0 or ::, of the other address's family.</summary>
    public static IPAddress Any(IPAddress like) => like.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;

    /// <summary>Bits of an address.</summary>
    public static int Bits(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? BitsOfIPv4 : BitsOfIPv6;

    /// <summary>The network that an address is in.</summary>
    public static IPAddress Network(IPAddress address, int prefixLength)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int kept = Math.Clamp(prefixLength - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff00 >> kept);
        }

        return new IPAddress(bytes);
    }

    /// <summary>The broadcast address of an IPv4 network.</summary>
    public static IPAddress Broadcast(IPAddress address, int prefixLength)
    {
        byte[] bytes = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, ToNumber(address) | ~MaskOf(prefixLength));
        return new IPAddress(bytes);
    }

    /// <summary>The mask of an IPv4 prefix.</summary>
    public static IPAddress Mask(int prefixLength)
    {
        byte[] bytes = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, MaskOf(prefixLength));
        return new IPAddress(bytes);
    }

    private static uint MaskOf(int prefixLength) => prefixLength == 0 ? 0 : uint.MaxValue << (BitsOfIPv4 - prefixLength);

    private static uint ToNumber(IPAddress address) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
}
