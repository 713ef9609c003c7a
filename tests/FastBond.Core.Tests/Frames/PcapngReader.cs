using System.Buffers.Binary;
using Xunit;

namespace FastBond.Core.Tests.Frames;

/// <summary>The frames that a little-endian pcapng file (draft-ietf-opsawg-pcapng) holds whole: its enhanced packet blocks.</summary>
internal static class PcapngReader
{
    private const uint SectionHeader = 0x0a0d0d0a;
    private const uint EnhancedPacket = 6;

    public static List<byte[]> ReadFrames(string path)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        Assert.Equal(SectionHeader, BinaryPrimitives.ReadUInt32LittleEndian(file));
        Assert.Equal(0x1a2b3c4du, BinaryPrimitives.ReadUInt32LittleEndian(file[8..]));
        List<byte[]> frames = [];
        while (!file.IsEmpty)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file[4..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(file) == EnhancedPacket)
            {
                int captured = BinaryPrimitives.ReadInt32LittleEndian(file[20..]);
                if (captured == BinaryPrimitives.ReadInt32LittleEndian(file[24..]))
                {
                    frames.Add(file.Slice(28, captured).ToArray());
                }
            }

            file = file[length..];
        }

        return frames;
    }
}
