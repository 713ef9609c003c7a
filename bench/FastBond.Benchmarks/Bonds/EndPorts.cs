using System.Numerics;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;

namespace FastBond.Benchmarks.Bonds;

/// <summary>A host port that gives the memory's frames out again and again, a burst after the other, and never gets one back.</summary>
internal sealed unsafe class SourcePort : Port
{
    private readonly FrameDescriptor[] _frames;
    private int _next;

    /// <summary>Gives out the first <paramref name="count"/> chunks, each with a frame of <paramref name="length"/> bytes.</summary>
    public SourcePort(FrameMemory memory, int count, int length)
    {
        _frames = GC.AllocateArray<FrameDescriptor>(count, pinned: true);
        for (int i = 0; i < count; i++)
        {
            _frames[i] = new FrameDescriptor { Address = memory.FirstByteIn((ulong)i * (uint)memory.ChunkSize), Length = (uint)length };
        }
    }

    public override int InFlight => 0;

    public override int Receive(FrameDescriptor* burst, int max)
    {
        if (_next + max > _frames.Length)
        {
            _next = 0;
        }

        _frames.AsSpan(_next, max).CopyTo(new Span<FrameDescriptor>(burst, max));
        _next += max;
        return max;
    }

    public override int Transmit(FrameDescriptor* burst, int count) => count;

    public override void Reclaim()
    {
    }

    public override int Kick() => 0;
}

/// <summary>A slave's port that takes every frame, leaves it alone and counts: the empty function that DPDK's members transmit by.</summary>
internal sealed unsafe class SinkPort : Port
{
    /// <summary>Frames taken.</summary>
    public long Taken { get; private set; }

    public override int InFlight => 0;

    public override int Receive(FrameDescriptor* burst, int max) => 0;

    public override int Transmit(FrameDescriptor* burst, int count)
    {
        Taken += count;
        return count;
    }

    public override int Transmit(FrameDescriptor* burst, ulong set, out uint bytes)
    {
        bytes = 0;
        return Transmit(burst, BitOperations.PopCount(set));
    }

    public override void Reclaim()
    {
    }

    public override int Kick() => 0;
}
