using System.Buffers.Binary;
using System.Net;
using FastBond.Core.Frames;

namespace FastBond.Core.Tests.Ipoib;

/// <summary>Packets written by hand from the RFCs, to compare with; nothing here uses the code under test.</summary>
internal static class Wire
{
    public const string Broadcast20 = "00ffffffff12401bffff000000000000ffffffff";

    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal));

    public static string Ip4(string address) => Convert.ToHexString(IPAddress.Parse(address).GetAddressBytes());

    public static string Ip6(string address) => Convert.ToHexString(IPAddress.Parse(address).GetAddressBytes());

    public static byte[] Ethernet(string to, string from, ushort type, byte[] packet) => [.. Hex(to), .. Hex(from), (byte)(type >> 8), (byte)type, .. packet];

    public static byte[] Ipoib(string address20, ushort type, byte[] packet) => [.. Hex(address20), (byte)(type >> 8), (byte)type, 0, 0, .. packet];

    /// <summary>What a device hands up: no address.</summary>
    public static byte[] Received(ushort type, byte[] packet) => Ipoib(new string('0', 40), type, packet);

    public static byte[] Arp(int hardware, int operation, string sha, string spa, string tha, string tpa)
    {
        byte[] sender = Hex(sha);
        return [0, (byte)hardware, 8, 0, (byte)sender.Length, 4, 0, (byte)operation, .. sender, .. Hex(Ip4(spa)), .. Hex(tha), .. Hex(Ip4(tpa))];
    }

    public static byte[] Ipv4(int protocol, string from, string to, byte[] payload)
    {
        byte[] packet = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, (byte)protocol, 0, 0, .. Hex(Ip4(from)), .. Hex(Ip4(to)), .. payload];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, 20)));
        return packet;
    }

    public static byte[] Udp(string from, string to, int sourcePort, int destinationPort, byte[] payload, bool checksum = true)
    {
        byte[] udp = [(byte)(sourcePort >> 8), (byte)sourcePort, (byte)(destinationPort >> 8), (byte)destinationPort, 0, 0, 0, 0, .. payload];
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(4), (ushort)udp.Length);
        if (checksum)
        {
            BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(6), Checksum([.. Hex(Ip4(from)), .. Hex(Ip4(to)), 0, 17, (byte)(udp.Length >> 8), (byte)udp.Length, .. udp]));
        }

        return Ipv4(17, from, to, udp);
    }

    public static byte[] Ipv6(int next, string from, string to, byte[] payload, int hopLimit = 64) =>
        [0x60, 0, 0, 0, (byte)(payload.Length >> 8), (byte)payload.Length, (byte)next, (byte)hopLimit, .. Hex(Ip6(from)), .. Hex(Ip6(to)), .. payload];

    /// <summary>An ICMPv6 message of these bytes after the checksum.</summary>
    public static byte[] Icmpv6(int type, string from, string to, string rest, int hopLimit = 255)
    {
        byte[] message = [(byte)type, 0, 0, 0, .. Hex(rest)];
        byte[] pseudo = [.. Hex(Ip6(from)), .. Hex(Ip6(to)), 0, 0, (byte)(message.Length >> 8), (byte)message.Length, 0, 0, 0, 58, .. message];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Checksum(pseudo));
        return Ipv6(58, from, to, message, hopLimit);
    }

    public static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        long sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += (i & 1) == 0 ? bytes[i] << 8 : bytes[i];
        }

        while (sum > 0xffff)
        {
            sum = (sum >> 16) + (sum & 0xffff);
        }

        return (ushort)~sum;
    }

    public static HardwareAddress Address(string hex) => new(Hex(hex));
}
