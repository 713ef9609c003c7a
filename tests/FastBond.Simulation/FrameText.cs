using System.Buffers.Binary;
using System.Net;
using FastBond.Core.Frames;

namespace FastBond.Simulation;

/// <summary>Control frames in the words of the recordings.</summary>
internal static class FrameText
{
    private const int Arp = 0x0806, Ipv6 = 0x86dd;
    private const int Icmpv6 = 58, Solicitation = 135, Advertisement = 136;

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
        string text = BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) switch
        {
            Arp => $"arp {(payload[7] == 1 ? "request" : "reply")} sha={Mac(payload[8..])} spa={new IPAddress(payload[14..18])} tha={Mac(payload[18..])} tpa={new IPAddress(payload[24..28])}",
            Ipv6 when payload[6] == Icmpv6 && payload[40] is Solicitation or Advertisement =>
                $"{(payload[40] == Solicitation ? "NS" : "NA")} src={new IPAddress(payload[8..24])} dst={new IPAddress(payload[24..40])} target={new IPAddress(payload[48..64])} flags={payload[44]:x2}",
            var type => $"type {type:x4}",
        };
        return $"{tags}{text} {Mac(frame)} {Mac(frame[6..])}";
    }

    private static HardwareAddress Mac(ReadOnlySpan<byte> bytes) => new(bytes[..6]);
}
