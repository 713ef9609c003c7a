using System.Runtime.CompilerServices;

namespace FastBond.Dataplane.Rings;

/// <summary>The writing end of a ring: reserve → write → submit.</summary>
/// <remarks>
/// <para>
/// The entries reserved are the producer's alone until it submits them; what is reserved and not submitted is simply reserved again.
/// The consumer's index is read (acquire) only when the copy of it is not enough; the own index is stored with release order, after the
/// entries. No full fence: the one place that needs one is going to sleep, and that is <c>PollCore</c>'s.
/// </para>
/// <para>Forbidden: two threads on one end; a copy of this struct in use beside the original (each would have its own idea of the index).</para>
/// </remarks>
public unsafe struct ProducerRing<T>
    where T : unmanaged
{
    private readonly uint* _producer;
    private readonly uint* _consumer;
    private readonly uint* _flags;
    private readonly T* _entries;
    private readonly uint _size;
    private uint _submitted;

    // The consumer's index as last read, plus the size: what is free is then one subtraction.
    private uint _limit;

    /// <summary>Takes the writing end of a ring, from where its indices stand.</summary>
    public ProducerRing(in RingArea area)
    {
        _producer = area.Producer;
        _consumer = area.Consumer;
        _flags = area.Flags;
        _entries = (T*)area.Entries;
        _size = area.Size;
        _submitted = *area.Producer;
        _limit = *area.Consumer + area.Size;
    }

    /// <summary>Number of entries of the ring.</summary>
    public readonly int Size => (int)_size;

    /// <summary>Entries submitted that the consumer has not released yet.</summary>
    public readonly int Pending => (int)(_submitted - Volatile.Read(ref *_consumer));

    /// <summary>Whether the consumer sleeps and wants to be told of new entries.</summary>
    public readonly bool NeedsWakeup => (Volatile.Read(ref *_flags) & RingArea.NeedWakeup) != 0;

    /// <summary>Makes room for up to <paramref name="wanted"/> entries; returns for how many there is room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Reserve(int wanted)
    {
        uint free = _limit - _submitted;
        if (free < (uint)wanted)
        {
            _limit = Volatile.Read(ref *_consumer) + _size;
            free = _limit - _submitted;
        }

        return (int)Math.Min(free, (uint)wanted);
    }

    /// <summary>
    /// Where the reserved entries from number <paramref name="offset"/> on lie, as far as they lie in a row: at most
    /// <paramref name="count"/>, <paramref name="length"/> in fact. A ring that wraps gives two such runs.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T* Run(int offset, int count, out int length)
    {
        uint start = (_submitted + (uint)offset) & (_size - 1);
        length = (int)Math.Min((uint)count, _size - start);
        return _entries + start;
    }

    /// <summary>Hands the first <paramref name="count"/> reserved entries to the consumer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Submit(int count)
    {
        _submitted += (uint)count;
        Volatile.Write(ref *_producer, _submitted);
    }
}
