using System.Buffers.Binary;
using System.Net;
using FastBond.Core.Frames;

namespace FastBond.Simulation.Network;

/// <summary>Builds the frames that host stacks send. Each carries its number, so that no two are alike.</summary>
internal static class FrameWriter
{
    private const int IpHeaderLength = 20;
    private const int NumberOffset = 48;
    private const int Length = 64;
    private const byte Icmp = 1, Igmp = 2, Udp = 17;

    public static readonly HardwareAddress AllNodes = HardwareAddress.Parse("01:00:5e:00:00:16");
    private static readonly HardwareAddress Broadcast = HardwareAddress.Parse("ff:ff:ff:ff:ff:ff");

    public static byte[] UdpDatagram(long number, HardwareAddress destination, HardwareAddress source, IPAddress from, IPAddress to, int port)
    {
        byte[] frame = Ip(number, destination, source, from, to, Udp, []);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), (ushort)(10_000 + port));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), (ushort)(20_000 + port));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), Length - 34);
        return frame;
    }

    public static byte[] Echo(long number, bool reply, HardwareAddress destination, HardwareAddress source, IPAddress from, IPAddress to, int id)
    {
        const byte Request = 8;
        byte[] frame = Ip(number, destination, source, from, to, Icmp, []);
        frame[34] = reply ? (byte)0 : Request;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), (ushort)id);
        return frame;
    }

    public static byte[] IgmpReport(long number, HardwareAddress source, IPAddress from, params ReadOnlySpan<uint> vlanTags) =>
        Ip(number, AllNodes, source, from, IPAddress.Parse("224.0.0.22"), Igmp, vlanTags);

    /// <summary>Padded to the shortest length Ethernet allows; the number stands in the padding.</summary>
    public static byte[] ArpRequest(long number, HardwareAddress source, IPAddress from, IPAddress to)
    {
        const int PaddedLength = 60;
        byte[] frame = new byte[PaddedLength];
        ArpFrame.WriteRequest(frame, source, from, to, []);
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(NumberOffset), number);
        return frame;
    }

    public static byte[] ArpReply(long number, HardwareAddress destination, HardwareAddress source, IPAddress from, IPAddress to)
    {
        byte[] frame = ArpRequest(number, source, from, to);
        destination.AsSpan().CopyTo(frame);
        frame[21] = 2;
        destination.AsSpan().CopyTo(frame.AsSpan(32));
        return frame;
    }

    /// <summary>A broadcast of an ethertype nobody knows, of any length; what is shorter than a header has no ethertype either.</summary>
    public static byte[] Odd(long number, HardwareAddress source, int length)
    {
        byte[] frame = new byte[Math.Max(length, NumberOffset + sizeof(long))];
        EthernetFrame.WriteHeader(frame, Broadcast.AsSpan(), source, [], 0x88b5);
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(NumberOffset), number);
        return frame[..length];
    }

    private static byte[] Ip(
        long number,
        HardwareAddress destination,
        HardwareAddress source,
        IPAddress from,
        IPAddress to,
        byte protocol,
        ReadOnlySpan<uint> vlanTags)
    {
        byte[] frame = new byte[Length + (vlanTags.Length * EthernetFrame.TagLength)];
        int offset = EthernetFrame.WriteHeader(frame, destination.AsSpan(), source, vlanTags.ToArray(), EtherType.Ipv4);
        Span<byte> header = frame.AsSpan(offset, IpHeaderLength);
        header[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], Length - EthernetFrame.HeaderLength);
        header[8] = 64;
        header[9] = protocol;
        from.TryWriteBytes(header[12..16], out _);
        to.TryWriteBytes(header[16..20], out _);
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(NumberOffset + (vlanTags.Length * EthernetFrame.TagLength)), number);
        return frame;
    }
}
