using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;

namespace FastBond.Dataplane.InProcess;

/// <summary>
/// The host port of a lane that its user runs: what the slaves received stays in the user's hand and is written straight into the array that
/// he receives into. What has no room there waits for his next call: one turn brings a burst of each slave.
/// </summary>
internal sealed unsafe class HandPort : Port, IDisposable
{
    private readonly int _capacity;
    private readonly FrameDescriptor* _waiting;
    private FrameDescriptor* _target;
    private int _room;
    private int _first;
    private int _last;
    internal CoreMargin Margin;

    /// <summary>A hand that nothing is lost from: it can hold a turn's worth.</summary>
    public HandPort(int burstSize)
    {
        _capacity = ForwardingTable.MaxSlaves * burstSize;
        _waiting = CoreMemory.Allocate<FrameDescriptor>(_capacity);
    }

    /// <summary>Whether frames wait for the user's next call.</summary>
    public bool HasWaiting => _first < _last;

    /// <inheritdoc/>
    public override int InFlight => 0;

    /// <summary>The array that the next turn fills.</summary>
    public void Begin(FrameDescriptor* target, int room)
    {
        _target = target;
        _room = room;
    }

    /// <summary>Takes what waits, oldest first.</summary>
    public int Take(FrameDescriptor* burst, int max)
    {
        int count = Math.Min(max, _last - _first);
        new ReadOnlySpan<FrameDescriptor>(_waiting + _first, count).CopyTo(new Span<FrameDescriptor>(burst, count));
        _first += count;
        if (_first == _last)
        {
            _first = _last = 0;
        }

        return count;
    }

    /// <summary>Ends the turn; how many frames of the array it filled, if that had room for <paramref name="room"/>.</summary>
    public int End(int room)
    {
        int count = room - _room;
        _room = 0;
        return count;
    }

    /// <inheritdoc/>
    public override int Receive(FrameDescriptor* burst, int max) => 0;

    /// <inheritdoc/>
    public override int Transmit(FrameDescriptor* burst, int count)
    {
        int direct = Math.Min(count, _room);
        new ReadOnlySpan<FrameDescriptor>(burst, direct).CopyTo(new Span<FrameDescriptor>(_target, direct));
        _target += direct;
        _room -= direct;
        int later = Math.Min(count - direct, _capacity - _last);
        new ReadOnlySpan<FrameDescriptor>(burst + direct, later).CopyTo(new Span<FrameDescriptor>(_waiting + _last, later));
        _last += later;
        return direct + later;
    }

    /// <inheritdoc/>
    public override void Reclaim()
    {
        // Nothing is ever with a device.
    }

    /// <inheritdoc/>
    public override int Kick() => 0;

    public void Dispose() => CoreMemory.Free(_waiting);
}
