using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastBond.Dataplane.Rings;

/// <summary>
/// A bounded queue between exactly one producing and one consuming thread, for what may hold references (commands, events). Neither side
/// ever waits or allocates.
/// </summary>
public sealed class SpscQueue<T>
{
    private readonly T[] _items;
    private readonly uint _mask;
    private SpscCursors _cursors;

    /// <summary>A queue for up to <paramref name="capacity"/> items, a power of two. <paramref name="start"/> is for tests of the wrap.</summary>
    public SpscQueue(int capacity, uint start = 0)
    {
        if (capacity < 1 || !BitOperations.IsPow2(capacity))
        {
            throw new ArgumentException($"a queue has a power of two of places, not {capacity}", nameof(capacity));
        }

        _items = new T[capacity];
        _mask = (uint)capacity - 1;
        _cursors = new SpscCursors { Tail = start, Head = start, SeenHead = start, SeenTail = start };
    }

    /// <summary>How many items it can hold.</summary>
    public int Capacity => _items.Length;

    /// <summary>How many items stand in it; exact for a caller that is one of the two sides and knows the other at rest.</summary>
    public int Count => (int)(Volatile.Read(ref _cursors.Tail) - Volatile.Read(ref _cursors.Head));

    /// <summary>Consumer: whether nothing is there to be taken.</summary>
    public bool IsEmpty
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _cursors.SeenTail == _cursors.Head && Volatile.Read(ref _cursors.Tail) == _cursors.Head;
    }

    /// <summary>Producer: adds one item; false if the queue is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnqueue(in T item)
    {
        uint tail = _cursors.Tail;
        if (tail - _cursors.SeenHead > _mask)
        {
            _cursors.SeenHead = Volatile.Read(ref _cursors.Head);
            if (tail - _cursors.SeenHead > _mask)
            {
                return false;
            }
        }

        _items[tail & _mask] = item;
        Volatile.Write(ref _cursors.Tail, tail + 1);
        return true;
    }

    /// <summary>Consumer: takes the oldest item; false if the queue is empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        uint head = _cursors.Head;
        if (head == _cursors.SeenTail)
        {
            _cursors.SeenTail = Volatile.Read(ref _cursors.Tail);
            if (head == _cursors.SeenTail)
            {
                item = default;
                return false;
            }
        }

        ref T place = ref _items[head & _mask];
        item = place;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            place = default!;
        }

        Volatile.Write(ref _cursors.Head, head + 1);
        return true;
    }

    /// <summary>Producer: adds as many of <paramref name="items"/> as there is room for; returns how many.</summary>
    public int Enqueue(ReadOnlySpan<T> items)
    {
        uint tail = _cursors.Tail;
        uint free = _mask + 1 - (tail - _cursors.SeenHead);
        if (free < (uint)items.Length)
        {
            _cursors.SeenHead = Volatile.Read(ref _cursors.Head);
            free = _mask + 1 - (tail - _cursors.SeenHead);
        }

        int count = (int)Math.Min(free, (uint)items.Length);
        for (int i = 0; i < count; i++)
        {
            _items[(tail + (uint)i) & _mask] = items[i];
        }

        Volatile.Write(ref _cursors.Tail, tail + (uint)count);
        return count;
    }

    /// <summary>Consumer: takes up to as many items as <paramref name="items"/> has room for; returns how many.</summary>
    public int Dequeue(Span<T> items)
    {
        uint head = _cursors.Head;
        if (_cursors.SeenTail - head < (uint)items.Length)
        {
            _cursors.SeenTail = Volatile.Read(ref _cursors.Tail);
        }

        int count = (int)Math.Min(_cursors.SeenTail - head, (uint)items.Length);
        for (int i = 0; i < count; i++)
        {
            ref T place = ref _items[(head + (uint)i) & _mask];
            items[i] = place;
            if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            {
                place = default!;
            }
        }

        Volatile.Write(ref _cursors.Head, head + (uint)count);
        return count;
    }
}

/// <summary>
/// Both cursors of a queue, each with its owner's copy of the other, on cache lines that nothing else shares: 128 bytes apart and 128 from
/// either end, since the hardware prefetches lines in pairs. The cursors count modulo 2^32.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal struct SpscCursors
{
    /// <summary>Items ever enqueued; the producer's.</summary>
    [FieldOffset(128)]
    public uint Tail;

    /// <summary>The producer's copy of <see cref="Head"/>.</summary>
    [FieldOffset(132)]
    public uint SeenHead;

    /// <summary>Items ever dequeued; the consumer's.</summary>
    [FieldOffset(256)]
    public uint Head;

    /// <summary>The consumer's copy of <see cref="Tail"/>.</summary>
    [FieldOffset(260)]
    public uint SeenTail;
}
