using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FastBond.Linux.Native;

namespace FastBond.Linux.Ports;

/// <summary>
/// One core's queue of the host interface. Frames are copied by the kernel in both directions, a burst per call: what is read lands in
/// frames taken from the pool beforehand, what is written goes back to the pool at once.
/// </summary>
internal sealed unsafe class TapPort : Port
{
    private const int MaxBurst = 64;

    private readonly int[] _descriptor;
    private readonly FramePool _pool;
    private readonly PinnedArray<FrameDescriptor> _stashed;
    private readonly uint _capacity;
    private int _stashCount;

    /// <summary>Makes a port of what the creator opened.</summary>
    /// <param name="descriptor">The queue; it stays the creator's to close.</param>
    /// <param name="pool">Where its frames come from and go to.</param>
    public TapPort(int descriptor, FramePool pool)
    {
        _descriptor = [descriptor];
        _pool = pool;
        _capacity = (uint)pool.Memory.FrameCapacity;
        _stashed = new PinnedArray<FrameDescriptor>(MaxBurst);
    }

    /// <summary>Frames the host sent that were longer than a frame of the pool holds, and were dropped.</summary>
    public ulong Oversized { get; private set; }

    /// <inheritdoc/>
    public override ReadOnlySpan<int> WaitDescriptors => _descriptor;

    /// <inheritdoc/>
    public override int InFlight => 0;

    /// <inheritdoc/>
    public override int Receive(FrameDescriptor* burst, int max)
    {
        FrameDescriptor* stash = _stashed.Pointer;
        if (_stashCount < MaxBurst)
        {
            _stashCount += _pool.Take(stash + _stashCount, MaxBurst - _stashCount);
        }

        int wanted = Math.Min(max, _stashCount);
        int read = NativeMethods.TapRead(_descriptor[0], _pool.Memory.Pointer, stash, (uint)wanted, _capacity);
        if (read <= 0)
        {
            return 0;
        }

        int received = 0;
        for (int i = 0; i < read; i++)
        {
            if (stash[i].Length > _capacity)
            {
                Oversized++;
                _pool.Free(stash + i, 1);
            }
            else
            {
                burst[received++] = stash[i];
            }
        }

        // What was not used moves to the front for the next call.
        _stashCount -= read;
        new ReadOnlySpan<FrameDescriptor>(stash + read, _stashCount).CopyTo(new Span<FrameDescriptor>(stash, _stashCount));
        return received;
    }

    /// <inheritdoc/>
    public override int Transmit(FrameDescriptor* burst, int count)
    {
        int written = Math.Max(0, NativeMethods.TapWrite(_descriptor[0], _pool.Memory.Pointer, burst, (uint)count));
        _pool.Free(burst, written);
        return written;
    }

    /// <inheritdoc/>
    public override void Reclaim()
    {
    }

    /// <inheritdoc/>
    public override int Kick() => 0;
}
