using FastBond.Core.Frames;
using FastBond.Dataplane.Ports;

namespace FastBond.Benchmarks.Traffic;

/// <summary>Plays the device of memory ports: delivers whatever lies in the chunks posted, takes and completes what was transmitted.</summary>
internal sealed unsafe class MemoryDevice
{
    private readonly FrameDescriptor[] _frames = GC.AllocateArray<FrameDescriptor>(1024, pinned: true);

    /// <summary>Delivers up to <paramref name="count"/> frames of <paramref name="length"/> bytes; returns how many the port took.</summary>
    public int Deliver(MemoryPort port, int count, int length)
    {
        fixed (FrameDescriptor* frames = _frames)
        {
            count = port.Peer.TakePosted(frames, count);
            for (int i = 0; i < count; i++)
            {
                frames[i].Length = (uint)length;
            }

            return port.Peer.Deliver(frames, count);
        }
    }

    /// <summary>The frames that <see cref="Deliver"/> delivered last; not after <see cref="Complete"/>.</summary>
    public ReadOnlySpan<FrameDescriptor> Delivered(int count) => _frames.AsSpan(0, count);

    /// <summary>Completes what the port has transmitted; returns how many frames that was.</summary>
    public int Complete(MemoryPort port)
    {
        fixed (FrameDescriptor* frames = _frames)
        {
            return port.Peer.Complete(frames, port.Peer.Receive(frames, _frames.Length));
        }
    }
}
