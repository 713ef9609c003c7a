using System.Buffers.Binary;
using FastBond.Dataplane.Frames;

namespace FastBond.Benchmarks.Traffic;

/// <summary>Frames to send: TCP over IPv4, each flow with its own addresses and ports.</summary>
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

    private static void WriteHeader(Span<byte> frame, uint flow)
    {
        uint random = (flow + 1) * 2654435761;
        BinaryPrimitives.WriteUInt32BigEndian(frame[2..], random);
        BinaryPrimitives.WriteUInt32BigEndian(frame[8..], flow);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x0800);
        frame[14] = 0x45;
        frame[23] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(frame[26..], 0x0a000000 | (random >> 12));
        BinaryPrimitives.WriteUInt32BigEndian(frame[30..], 0xc0a80000 | (random & 0xffff));
        BinaryPrimitives.WriteUInt32BigEndian(frame[34..], random ^ (flow << 7));
    }
}
