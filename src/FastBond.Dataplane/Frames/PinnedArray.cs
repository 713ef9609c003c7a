using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastBond.Dataplane.Frames;

/// <summary>
/// Memory that doesn't move, for as long as somebody holds this value: holding only <see cref="Pointer"/> would let it be collected.
/// </summary>
/// <typeparam name="T">What it is made of.</typeparam>
public readonly unsafe struct PinnedArray<T>
    where T : unmanaged
{
    private readonly T[] _values;

    /// <summary>Zeroed memory for <paramref name="length"/> values.</summary>
    public PinnedArray(int length) => _values = GC.AllocateArray<T>(length, pinned: true);

    /// <summary>Its first value.</summary>
    public T* Pointer => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_values));

    /// <summary>How many values it holds.</summary>
    public int Length => _values.Length;
}
