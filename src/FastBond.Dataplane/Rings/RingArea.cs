using System.Numerics;
using System.Runtime.InteropServices;

namespace FastBond.Dataplane.Rings;

/// <summary>
/// A single-producer, single-consumer ring as it lies in memory: AF_XDP's layout, whether the kernel mapped it or we allocated it.
/// The indices run over the whole range of 32 bits and are masked only when an entry is addressed, so full and empty differ.
/// </summary>
public readonly unsafe struct RingArea
{
    /// <summary>Bit of the flags word by which the consumer of a fill or tx ring asks to be woken (<c>XDP_RING_NEED_WAKEUP</c>).</summary>
    public const uint NeedWakeup = 1;

    // Two cache lines apart: the hardware prefetches lines in pairs.
    private const nuint Line = 128;

    /// <summary>Describes a ring that lies elsewhere.</summary>
    /// <exception cref="ArgumentException"><paramref name="size"/> is not a power of two.</exception>
    public RingArea(uint* producer, uint* consumer, uint* flags, void* entries, uint size)
    {
        if (!BitOperations.IsPow2(size))
        {
            throw new ArgumentException($"a ring has a power of two of entries, not {size}", nameof(size));
        }

        Producer = producer;
        Consumer = consumer;
        Flags = flags;
        Entries = entries;
        Size = size;
    }

    /// <summary>How many entries were ever submitted, modulo 2^32; written by the producer alone.</summary>
    public uint* Producer { get; }

    /// <summary>How many entries were ever released, modulo 2^32; written by the consumer alone.</summary>
    public uint* Consumer { get; }

    /// <summary>The flags word, written by the kernel's side.</summary>
    public uint* Flags { get; }

    /// <summary>The entries.</summary>
    public void* Entries { get; }

    /// <summary>Number of entries, a power of two.</summary>
    public uint Size { get; }

    /// <summary>Allocates a ring of <paramref name="size"/> entries whose indices both begin at <paramref name="start"/>.</summary>
    public static RingArea Allocate<T>(uint size, uint start = 0)
        where T : unmanaged
    {
        byte* block = (byte*)NativeMemory.AlignedAlloc((3 * Line) + (size * (nuint)sizeof(T)), Line);
        NativeMemory.Clear(block, 3 * Line);
        RingArea area = new((uint*)block, (uint*)(block + Line), (uint*)(block + (2 * Line)), block + (3 * Line), size);
        *area.Producer = start;
        *area.Consumer = start;
        return area;
    }

    /// <summary>Frees what <see cref="Allocate"/> gave; nobody may use the ring any more.</summary>
    public void Free() => NativeMemory.AlignedFree(Producer);
}
