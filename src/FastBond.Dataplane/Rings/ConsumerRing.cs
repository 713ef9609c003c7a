using System.Runtime.CompilerServices;

namespace FastBond.Dataplane.Rings;

/// <summary>The reading end of a ring: peek → read → release. The counterpart of <see cref="ProducerRing{T}"/>, under the same rules.</summary>
public unsafe struct ConsumerRing<T>
    where T : unmanaged
{
    private readonly uint* _producer;
    private readonly uint* _consumer;
    private readonly uint* _flags;
    private readonly T* _entries;
    private readonly uint _size;
    private uint _released;

    // The producer's index as last read.
    private uint _limit;

    /// <summary>Takes the reading end of a ring, from where its indices stand.</summary>
    public ConsumerRing(in RingArea area)
    {
        _producer = area.Producer;
        _consumer = area.Consumer;
        _flags = area.Flags;
        _entries = (T*)area.Entries;
        _size = area.Size;
        _released = *area.Consumer;
        _limit = *area.Consumer;
    }

    /// <summary>Number of entries of the ring.</summary>
    public readonly int Size => (int)_size;

    /// <summary>Asks the producer to wake this side when it submits (what a kernel does on its fill and tx rings).</summary>
    public readonly void AskForWakeup(bool asked) => Volatile.Write(ref *_flags, asked ? RingArea.NeedWakeup : 0);

    /// <summary>Looks for up to <paramref name="wanted"/> entries; returns how many there are. They stay in the ring until released.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Peek(int wanted)
    {
        uint ready = _limit - _released;
        if (ready < (uint)wanted)
        {
            _limit = Volatile.Read(ref *_producer);
            ready = _limit - _released;
        }

        return (int)Math.Min(ready, (uint)wanted);
    }

    /// <summary>
    /// Where the peeked entries from number <paramref name="offset"/> on lie, as far as they lie in a row: at most
    /// <paramref name="count"/>, <paramref name="length"/> in fact.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T* Run(int offset, int count, out int length)
    {
        uint start = (_released + (uint)offset) & (_size - 1);
        length = (int)Math.Min((uint)count, _size - start);
        return _entries + start;
    }

    /// <summary>Gives the first <paramref name="count"/> peeked entries back to the producer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Release(int count)
    {
        _released += (uint)count;
        Volatile.Write(ref *_consumer, _released);
    }
}
