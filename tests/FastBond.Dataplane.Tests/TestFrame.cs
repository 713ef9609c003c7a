using System.Buffers.Binary;

namespace FastBond.Dataplane.Tests;

/// <summary>Frames of 64 bytes that carry a number by which they are known again.</summary>
internal static class TestFrame
{
    public const int Length = 64;
    private const int NumberOffset = 44;

    /// <summary>A UDP packet of flow <paramref name="flow"/>: each has its own MACs, addresses and ports.</summary>
    public static byte[] Udp(int flow, int number)
    {
        byte[] frame = Ipv4(17, number);
        frame[5] = (byte)flow;
        frame[11] = (byte)(flow >> 8);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(26), 0x0a000000 + flow);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), (ushort)(flow * 7));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), 53);
        return frame;
    }

    /// <summary>An IGMP report, as far as a bond looks at it.</summary>
    public static byte[] Igmp(int number) => Ipv4(2, number);

    /// <summary>The same below a VLAN tag.</summary>
    public static byte[] TaggedIgmp(int number)
    {
        byte[] tagged = new byte[Length];
        byte[] untagged = Ipv4(2, number);
        untagged.AsSpan(0, 12).CopyTo(tagged);
        BinaryPrimitives.WriteUInt32BigEndian(tagged.AsSpan(12), 0x8100_0005);
        untagged.AsSpan(12, 24).CopyTo(tagged.AsSpan(16));
        BinaryPrimitives.WriteInt32BigEndian(tagged.AsSpan(NumberOffset), number);
        return tagged;
    }

    /// <summary>A frame of an ethertype nobody knows.</summary>
    public static byte[] Raw(int number, int length = Length)
    {
        byte[] frame = new byte[length];
        frame[5] = (byte)number;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x88b5);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(NumberOffset), number);
        return frame;
    }

    public static int NumberOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadInt32BigEndian(frame[NumberOffset..]);

    private static byte[] Ipv4(byte protocol, int number)
    {
        byte[] frame = Raw(number);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0800);
        frame[14] = 0x45;
        frame[23] = protocol;
        return frame;
    }
}
