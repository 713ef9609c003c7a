namespace FastBond.Core.Ipoib;

/// <summary>Buffers for frames that wait for a neighbour's address: a fixed number, made once.</summary>
internal sealed class WaitingFrames
{
    private readonly byte[] _memory;
    private readonly int[] _lengths;
    private readonly int[] _free;
    private readonly int _size;
    private int _freeCount;

    /// <summary>So many buffers of so many bytes.</summary>
    public WaitingFrames(int count, int size)
    {
        _size = size;
        _memory = new byte[count * size];
        _lengths = new int[count];
        _free = [.. Enumerable.Range(0, count)];
        _freeCount = count;
    }

    /// <summary>Buffers that are not in use.</summary>
    public int Free => _freeCount;

    /// <summary>Keeps a copy; -1 if it is too long or no buffer is free.</summary>
    public int Keep(ReadOnlySpan<byte> frame)
    {
        if (_freeCount == 0 || frame.Length > _size)
        {
            return -1;
        }

        int buffer = _free[--_freeCount];
        frame.CopyTo(_memory.AsSpan(buffer * _size));
        _lengths[buffer] = frame.Length;
        return buffer;
    }

    /// <summary>The frame in a buffer.</summary>
    public Span<byte> this[int buffer] => _memory.AsSpan(buffer * _size, _lengths[buffer]);

    /// <summary>Gives a buffer back.</summary>
    public void Release(int buffer) => _free[_freeCount++] = buffer;
}
