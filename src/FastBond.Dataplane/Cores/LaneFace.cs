using System.Runtime.CompilerServices;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Rings;

namespace FastBond.Dataplane.Cores;

/// <summary>
/// A lane's share of an Ethernet face: the host's frames become IPoIB frames before a slave is chosen, and what slaves received becomes
/// Ethernet before the host gets it. What the map cannot translate goes up to the control plane.
/// </summary>
/// <remarks>
/// Two threads: the core translates; the control thread publishes maps, and takes what was handed up. To be freed when the lane has let go of it.
/// </remarks>
public sealed unsafe class LaneFace : IDisposable
{
    private const int QueueLength = 128;

    private readonly RingArea _handedUp = RingArea.Allocate<ControlFrame>(QueueLength);
    private ProducerRing<ControlFrame> _up;
    private ConsumerRing<ControlFrame> _taken;
    private FaceMap _map;

    /// <summary>A share that translates by <paramref name="map"/>.</summary>
    public LaneFace(FaceMap map)
    {
        _map = map;
        _up = new ProducerRing<ControlFrame>(_handedUp);
        _taken = new ConsumerRing<ControlFrame>(_handedUp);
    }

    /// <summary>What became of the frames that came to this core.</summary>
    public FaceCounters Counters { get; } = new();

    /// <summary>Makes the core translate by <paramref name="map"/> from its next burst on.</summary>
    public void Publish(FaceMap map) => Volatile.Write(ref _map, map);

    /// <summary>
    /// The oldest frame that was handed up, as it came; false if there is none. To be given back by <see cref="Release"/>.
    /// </summary>
    public bool TryPeek(out ReadOnlySpan<byte> frame, out bool fromHost)
    {
        if (_taken.Peek(1) == 0)
        {
            frame = default;
            fromHost = false;
            return false;
        }

        ControlFrame* taken = _taken.Run(0, 1, out _);
        frame = new ReadOnlySpan<byte>(&taken->Bytes, taken->Length);
        fromHost = taken->FromHost;
        return true;
    }

    /// <summary>Gives the place of the frame last peeked at back to the core.</summary>
    public void Release() => _taken.Release(1);

    /// <summary>Frees the queue. Neither the core nor the control thread may use it any more.</summary>
    public void Dispose() => _handedUp.Free();

    /// <summary>
    /// Translates a burst in place; frames that do not pass are freed. Returns how many are left; <paramref name="dropped"/> are gone for
    /// good, the others were handed up.
    /// </summary>
    internal int Translate(FramePool pool, FrameDescriptor* burst, int count, bool fromHost, out int dropped)
    {
        FaceMap map = Volatile.Read(ref _map);
        byte* memory = pool.Memory.Pointer;
        int passed = 0;
        dropped = 0;
        for (int i = 0; i < count; i++)
        {
            FrameDescriptor frame = burst[i];
            FaceOutcome outcome = fromHost ? map.ToFabric(memory, &frame) : map.ToHost(memory, &frame);
            if (outcome == FaceOutcome.Passed)
            {
                burst[passed++] = frame;
                continue;
            }

            dropped += SetAside(pool, frame, fromHost, outcome) ? 0 : 1;
        }

        Counters.Count(FaceOutcome.Passed, (uint)passed);
        return passed;
    }

    /// <summary>Hands a frame up or drops it; true if it was handed up.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool SetAside(FramePool pool, FrameDescriptor frame, bool fromHost, FaceOutcome outcome)
    {
        if (outcome == FaceOutcome.Punted && !HandUp(pool.Memory.Pointer + frame.Address, frame.Length, fromHost))
        {
            outcome = FaceOutcome.PuntQueueFull;
        }

        pool.Free(&frame, 1);
        Counters.Count(outcome);
        return outcome == FaceOutcome.Punted;
    }

    private bool HandUp(byte* frame, uint length, bool fromHost)
    {
        if (_up.Reserve(1) == 0)
        {
            return false;
        }

        // What is longer is told to be so by its own header: to be sent it is lost, but not to know whom it is for.
        length = Math.Min(length, ControlFrame.Capacity);
        ControlFrame* place = _up.Run(0, 1, out _);
        place->Length = (ushort)length;
        place->FromHost = fromHost;
        new ReadOnlySpan<byte>(frame, (int)length).CopyTo(place->Bytes);
        _up.Submit(1);
        return true;
    }
}
