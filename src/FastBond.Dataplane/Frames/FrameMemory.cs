using System.Numerics;
using System.Runtime.InteropServices;

namespace FastBond.Dataplane.Frames;

/// <summary>
/// The memory in which the frames of one bond on one core lie: a contiguous area, cut into chunks of equal size. An address is an offset
/// from its start, as in AF_XDP. A frame that the kernel received begins <see cref="Headroom"/> bytes into its chunk. One that we fill begins
/// there or up to three cache lines later (<see cref="FirstByteIn"/>).
/// </summary>
/// <remarks>
/// The chunks' size is a power of two, so headers at the same place of each would fall into one or two of the 64 sets of the first-level
/// cache, and a burst of them evict each other. Going by cache lines from chunk to chunk uses four times as many sets.
/// </remarks>
public sealed unsafe class FrameMemory : IDisposable
{
    /// <summary>AF_XDP's own headroom (<c>XDP_PACKET_HEADROOM</c>), in bytes.</summary>
    public const int DefaultHeadroom = 256;

    /// <summary>Chunk size, in bytes, that holds a frame of MTU 1500 with tags.</summary>
    public const int DefaultChunkSize = 2048;

    private const int CacheLine = 64;
    private const int Places = 4;
    private const int MostStagger = (Places - 1) * CacheLine;

    private readonly int _shift;
    private readonly Action? _release;
    private bool _released;

    /// <summary>Describes an area that the caller has made (and that <paramref name="release"/>, called once by Dispose, takes away).</summary>
    /// <param name="pointer">Start of the area; page-aligned if it is to be registered with AF_XDP.</param>
    /// <param name="size">Its length in bytes, a multiple of the chunk size.</param>
    /// <param name="chunkSize">Bytes of a chunk, a power of two.</param>
    /// <param name="headroom">Bytes between a chunk's start and the frame in it.</param>
    /// <param name="release">Unmaps the area.</param>
    public FrameMemory(byte* pointer, long size, int chunkSize = DefaultChunkSize, int headroom = DefaultHeadroom, Action? release = null)
    {
        if (!BitOperations.IsPow2(chunkSize) || size <= 0 || size % chunkSize != 0 || headroom < 0 || headroom + MostStagger >= chunkSize)
        {
            throw new ArgumentException($"{size} bytes cannot be cut into frames of {chunkSize} with headroom {headroom}", nameof(size));
        }

        Pointer = pointer;
        Size = size;
        ChunkSize = chunkSize;
        Headroom = headroom;
        FrameCount = checked((int)(size / chunkSize));
        _shift = BitOperations.Log2((uint)chunkSize);
        _release = release;
    }

    /// <summary>Start of the area.</summary>
    public byte* Pointer { get; }

    /// <summary>Length of the area in bytes.</summary>
    public long Size { get; }

    /// <summary>Bytes of a chunk, a power of two.</summary>
    public int ChunkSize { get; }

    /// <summary>Bytes in front of a frame in its chunk.</summary>
    public int Headroom { get; }

    /// <summary>The longest frame that fits wherever it begins, in bytes: 1600 in a chunk of 2048.</summary>
    public int FrameCapacity => CapacityOf(ChunkSize, Headroom);

    /// <summary>How many chunks there are.</summary>
    public int FrameCount { get; }

    /// <summary>The longest frame that chunks of that size hold, in bytes.</summary>
    public static int CapacityOf(int chunkSize, int headroom = DefaultHeadroom) => chunkSize - headroom - MostStagger;

    /// <summary>An area of ordinary memory, for memory ports: tests, benchmarks, rehearsal, in-process use.</summary>
    public static FrameMemory Allocate(int frames, int chunkSize = DefaultChunkSize, int headroom = DefaultHeadroom)
    {
        nuint size = (nuint)frames * (nuint)chunkSize;
        void* pointer = NativeMemory.AlignedAlloc(size, (nuint)Math.Max(chunkSize, Environment.SystemPageSize));
        NativeMemory.Clear(pointer, size);
        return new FrameMemory((byte*)pointer, (long)size, chunkSize, headroom, () => NativeMemory.AlignedFree(pointer));
    }

    /// <summary>Where a frame that we fill begins in the chunk at that address.</summary>
    public ulong FirstByteIn(ulong chunk)
    {
        // Low bits part the neighbours in a burst, high bits those that lie a multiple of the cache's size apart.
        ulong index = chunk >> _shift;
        ulong place = ((index >> 1) ^ (index >> 10)) & (Places - 1);
        return chunk + (uint)Headroom + (place * CacheLine);
    }

    /// <summary>Gives the area back. Nothing may use it any more, the kernel included.</summary>
    public void Dispose()
    {
        if (!_released)
        {
            _released = true;
            _release?.Invoke();
        }
    }
}
