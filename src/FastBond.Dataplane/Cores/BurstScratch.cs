using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.Cores;

/// <summary>The memory a turn works in: the burst, a list of frames apart from it, and for each slot the frames chosen for it.</summary>
internal sealed unsafe class BurstScratch : IDisposable
{
    /// <summary>The place in <see cref="Chosen"/> of frames that no slave can take.</summary>
    public const byte NoSlave = ForwardingTable.MaxSlaves;

    public BurstScratch(int size)
    {
        Burst = CoreMemory.Allocate<FrameDescriptor>(2 * size);
        List = Burst + size;
        Hashes = CoreMemory.Allocate<uint>(FrameSet.Capacity);
        Remainders = CoreMemory.Allocate<byte>(FrameSet.Capacity);
        Chosen = CoreMemory.Allocate<ulong>(NoSlave + 1);
        Queues = CoreMemory.Allocate<ushort>(size);
    }

    public FrameDescriptor* Burst { get; }

    /// <summary>Room for copies of a whole burst, or of descriptors that do not lie in a row.</summary>
    public FrameDescriptor* List { get; }

    /// <summary>A hash for each of up to <see cref="FrameSet.Capacity"/> frames.</summary>
    public uint* Hashes { get; }

    /// <summary>And its remainder.</summary>
    public byte* Remainders { get; }

    /// <summary>For each slot, and for <see cref="NoSlave"/>, a <see cref="FrameSet"/>. All empty but between choosing and sending.</summary>
    public ulong* Chosen { get; }

    /// <summary>A transmit queue for each frame.</summary>
    public ushort* Queues { get; }

    public void Dispose()
    {
        CoreMemory.Free(Burst);
        CoreMemory.Free(Hashes);
        CoreMemory.Free(Remainders);
        CoreMemory.Free(Chosen);
        CoreMemory.Free(Queues);
    }
}
