using System.Buffers.Binary;
using System.Text;

namespace FastBond.Simulation.Arp;

/// <summary>A frame of a recording.</summary>
internal sealed record RecordedFrame(double TimeMs, string Interface, bool IsIncoming, byte[] Bytes);

/// <summary>The frames of a trace, whole: a pcapng file (draft-ietf-opsawg-pcapng) that was written beside it, in the same order.</summary>
internal static class RecordedFrames
{
    private const uint InterfaceDescription = 1, EnhancedPacket = 6;
    private const int NameOption = 2, FlagsOption = 2;
    private const int Incoming = 1;

    public static List<RecordedFrame> Read(string trace, double firstMs)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(GoldenTrace.PathOf($"{trace}.pcapng"));
        List<string> interfaces = [];
        List<RecordedFrame> frames = [];
        ulong startUs = 0;
        while (!file.IsEmpty)
        {
            int length = Int32(file, 4);
            ReadOnlySpan<byte> body = file[8..(length - 4)];
            switch ((uint)Int32(file, 0))
            {
                case InterfaceDescription:
                    interfaces.Add(Encoding.UTF8.GetString(Option(body[8..], NameOption)));
                    break;
                case EnhancedPacket:
                    ulong us = ((ulong)(uint)Int32(body, 4) << 32) | (uint)Int32(body, 8);
                    startUs = startUs == 0 ? us : startUs;
                    int captured = Int32(body, 12);
                    bool incoming = Int32(Option(body[(20 + ((captured + 3) & ~3))..], FlagsOption), 0) == Incoming;
                    frames.Add(new(firstMs + ((us - startUs) / 1000.0), interfaces[Int32(body, 0)], incoming, body.Slice(20, captured).ToArray()));
                    break;
            }

            file = file[length..];
        }

        return frames;
    }

    private static ReadOnlySpan<byte> Option(ReadOnlySpan<byte> options, int code)
    {
        while (BinaryPrimitives.ReadUInt16LittleEndian(options) != code)
        {
            options = options[(4 + ((BinaryPrimitives.ReadUInt16LittleEndian(options[2..]) + 3) & ~3))..];
        }

        return options.Slice(4, BinaryPrimitives.ReadUInt16LittleEndian(options[2..]));
    }

    private static int Int32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
}
