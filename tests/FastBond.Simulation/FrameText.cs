using System.Buffers.Binary;
using System.Net;
using FastBond.Core.Frames;

namespace FastBond.Simulation;

/// <summary>Control frames in the words of the recordings.</summary>
internal static class FrameText
{
    public static string Of(ReadOnlySpan<byte> frame)
    {
        string tags = "";
        int at = 12;
        while (BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) == 0x8100)
        {
            tags += $"vlan {BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]) & 0xfff} ";
            at += 4;
        }

        ReadOnlySpan<byte> payload = frame[(at + 2)..];
        string text = BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) == 0x0806
            ? $"arp request sha={Mac(payload[8..])} spa={Ip(payload[14..18])} tha={Mac(payload[18..])} tpa={Ip(payload[24..28])}"
            : $"NA src={Ip(payload[8..24])} dst={Ip(payload[24..40])} target={Ip(payload[48..64])} flags={payload[44]:x2}";
        return $"{tags}{text} {Mac(frame)} {Mac(frame[6..])}";
    }

    private static IPAddress Ip(ReadOnlySpan<byte> bytes) => new(bytes);

    private static HardwareAddress Mac(ReadOnlySpan<byte> bytes) => new(bytes[..6]);
}
