using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastBond.Dataplane.Frames;

/// <summary>
/// Memory that one core writes and that shares no cache line with any other: a line written by two cores goes to and fro between them at every write.
/// </summary>
internal static unsafe class CoreMemory
{
    /// <summary>Two cache lines: the hardware prefetches them in pairs.</summary>
    public const int Line = 128;

    /// <summary>Zeroed lines for so many values.</summary>
    public static T* Allocate<T>(int count)
        where T : unmanaged
    {
        nuint size = ((nuint)count * (nuint)sizeof(T) + Line - 1) / Line * Line;
        void* memory = NativeMemory.AlignedAlloc(size, Line);
        NativeMemory.Clear(memory, size);
        return (T*)memory;
    }

    /// <summary>Gives them back.</summary>
    public static void Free(void* memory) => NativeMemory.AlignedFree(memory);
}

/// <summary>
/// The last field of each class that a core writes: the runtime lays value types behind all others. So no line that holds such an object's
/// fields holds those of the object behind it.
/// </summary>
[InlineArray(CoreMemory.Line / sizeof(long))]
public struct CoreMargin
{
    private long _first;
}
