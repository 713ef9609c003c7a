using System.Buffers.Binary;
using System.Globalization;

namespace FastBond.Lab.Frames;

/// <summary>A numbered frame of the lab: UDP over IPv4 between addresses of 198.18.0.0/15, so that every hash policy has something to look at.</summary>
/// <param name="Flow">Which flow: part of the addresses and ports.</param>
/// <param name="Sequence">Number within the flow, from 0.</param>
public readonly record struct TestFrame(uint Flow, uint Sequence)
{
    /// <summary>Shortest whole frame, without FCS.</summary>
    public const int MinLength = 60;

    /// <summary>198.19.0.0/16: where every test frame goes to.</summary>
    internal const uint DestinationNetwork = 0xC6130000;

    private const uint Magic = 0x46425431;
    private const int IpHeader = 20, UdpHeader = 8, DiscardPort = 9, FirstPort = 10_000;

    /// <summary>Builds the frame.</summary>
    /// <param name="destination">Destination MAC, six bytes.</param>
    /// <param name="source">Source MAC, six bytes.</param>
    /// <param name="length">Length without FCS, at least 60; a tag comes on top.</param>
    /// <param name="vlan">VLAN id of an 802.1Q tag, or null.</param>
    public byte[] Build(ReadOnlySpan<byte> destination, ReadOnlySpan<byte> source, int length = MinLength, int? vlan = null)
    {
        int tag = vlan is null ? 0 : 4;
        byte[] frame = new byte[Math.Max(length, MinLength) + tag];
        destination.CopyTo(frame);
        source.CopyTo(frame.AsSpan(6));
        if (vlan is { } id)
        {
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(12), 0x81000000u | (uint)id);
        }
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12 + tag), 0x0800);
        Span<byte> ip = frame.AsSpan(14 + tag);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        ip[8] = 64;
        ip[9] = 17;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0xC6120000u | (Flow & 0xFFFF));
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], DestinationNetwork | (Flow & 0xFFFF));
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip[..IpHeader]));
        Span<byte> udp = ip[IpHeader..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)(FirstPort + Flow));
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], DiscardPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        Span<byte> body = udp[UdpHeader..];
        BinaryPrimitives.WriteUInt32BigEndian(body, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(body[4..], Flow);
        BinaryPrimitives.WriteUInt32BigEndian(body[8..], Sequence);
        return frame;
    }

    /// <summary>Reads the numbers back; null if the frame is none of ours.</summary>
    public static TestFrame? Parse(ReadOnlySpan<byte> frame)
    {
        int tag = frame.Length > 14 && frame[12] == 0x81 && frame[13] == 0 ? 4 : 0;
        int body = 14 + tag + IpHeader + UdpHeader;
        return frame.Length >= body + 12 && BinaryPrimitives.ReadUInt32BigEndian(frame[body..]) == Magic
            ? new TestFrame(BinaryPrimitives.ReadUInt32BigEndian(frame[(body + 4)..]), BinaryPrimitives.ReadUInt32BigEndian(frame[(body + 8)..]))
            : null;
    }

    /// <summary>A MAC from its usual spelling.</summary>
    public static byte[] Mac(string text) => [.. text.Split(':').Select(part => byte.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (int i = 0; i < header.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }
}
