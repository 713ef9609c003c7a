using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using FastBond.Dataplane.Frames;

namespace FastBond.Benchmarks.Traffic;

/// <summary>Frames to send: TCP over IPv4, each flow with its own addresses and ports. <c>bench/peers/dpdk_bond.c</c> writes the same bytes.</summary>
internal static unsafe class Flows
{
    /// <summary>Bytes of Ethernet, IPv4 and TCP header up to the ports, which is all that is written.</summary>
    private const int HeaderLength = 38;

    /// <summary>Writes one flow after the other into the chunks, where a frame begins: whichever chunk is taken, there is a frame in it.</summary>
    public static void Write(FrameMemory memory, int flows)
    {
        for (int chunk = 0; chunk < memory.FrameCount; chunk++)
        {
            WriteHeader(new(memory.Pointer + memory.FirstByteIn((ulong)chunk * (uint)memory.ChunkSize), HeaderLength), (uint)(chunk % flows));
        }
    }

    /// <summary>A frame of each flow, each of <paramref name="length"/> bytes.</summary>
    public static byte[][] Make(int flows, int length)
    {
        byte[][] frames = new byte[flows][];
        for (int flow = 0; flow < flows; flow++)
        {
            frames[flow] = new byte[length];
            WriteHeader(frames[flow], (uint)flow);
        }

        return frames;
    }

    /// <summary>Makes a frame with headers one of another flow: the three words above Ethernet, addresses and ports.</summary>
    public static void WriteWords(byte* frame, uint flow)
    {
        uint mixed = Mix(flow);
        WriteWord(frame + 26, 0x0a000000 | (mixed >> 12));
        WriteWord(frame + 30, 0xc0a80000 | (mixed & 0xffff));
        WriteWord(frame + 34, mixed ^ (flow << 7));
    }

    private static void WriteHeader(Span<byte> frame, uint flow)
    {
        BinaryPrimitives.WriteUInt32BigEndian(frame[2..], Mix(flow));
        BinaryPrimitives.WriteUInt32BigEndian(frame[8..], flow);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x0800);
        frame[14] = 0x45;
        frame[23] = 6;
        fixed (byte* bytes = frame)
        {
            WriteWords(bytes, flow);
        }
    }

    private static uint Mix(uint flow) => (flow + 1) * 2654435761;

    private static void WriteWord(byte* at, uint word) =>
        Unsafe.WriteUnaligned(at, BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(word) : word);
}
