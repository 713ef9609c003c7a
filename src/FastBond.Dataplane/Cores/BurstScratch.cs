using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.Cores;

/// <summary>The memory a turn works in: the burst, a hash and a slot for each of its frames, and a list of frames for each slot.</summary>
internal sealed unsafe class BurstScratch : IDisposable
{
    /// <summary>The list of frames that no slave can take.</summary>
    public const byte NoSlave = ForwardingTable.MaxSlaves;

    /// <summary>Lists below this one can have their cursors packed into one register, eight of 8 bits.</summary>
    public const int PackedLists = 8;

    private const int Lists = ForwardingTable.MaxSlaves + 1;
    private const int PackedMax = 255;

    private readonly FrameDescriptor* _out;
    private readonly int* _counts;
    private readonly int _size;

    public BurstScratch(int size)
    {
        _size = size;
        Burst = CoreMemory.Allocate<FrameDescriptor>(size * (1 + Lists));
        _out = Burst + size;
        Hashes = CoreMemory.Allocate<uint>(size);
        Slots = CoreMemory.Allocate<byte>(size);
        Queues = CoreMemory.Allocate<ushort>(size);
        _counts = CoreMemory.Allocate<int>(Lists);
    }

    public FrameDescriptor* Burst { get; }

    public uint* Hashes { get; }

    public byte* Slots { get; }

    public ushort* Queues { get; }

    public FrameDescriptor* Out(int list) => _out + (list * _size);

    public int OutCount(int list) => _counts[list];

    /// <summary>
    /// Copies each frame to the list that <see cref="Slots"/> names, in order. Returns the slots that got any; the list
    /// <see cref="NoSlave"/> has its count alone.
    /// </summary>
    /// <param name="burst">The frames.</param>
    /// <param name="count">How many.</param>
    /// <param name="smallSlots">Whether every list named is below <see cref="PackedLists"/>.</param>
    public ulong Scatter(FrameDescriptor* burst, int count, bool smallSlots)
    {
        _counts[NoSlave] = 0;
        return smallSlots && count <= PackedMax ? ScatterPacked(burst, count) : ScatterAny(burst, count);
    }

    /// <summary>
    /// The cursors in a register: in memory, a burst that goes one way makes each step wait for the store before it.
    /// </summary>
    private ulong ScatterPacked(FrameDescriptor* burst, int count)
    {
        byte* slots = Slots;
        byte* lists = (byte*)_out;
        nuint listBytes = (nuint)_size * (nuint)sizeof(FrameDescriptor);
        ulong cursors = 0;
        for (nuint i = 0; i < (nuint)count; i++)
        {
            nuint slot = slots[i];
            int shift = (int)slot * 8;
            nuint place = (nuint)(byte)(cursors >> shift) * (nuint)sizeof(FrameDescriptor);
            *(FrameDescriptor*)(lists + (slot * listBytes) + place) = burst[i];
            cursors += 1UL << shift;
        }

        ulong used = 0;
        for (int slot = 0; cursors != 0; slot++, cursors >>= 8)
        {
            int listed = (byte)cursors;
            _counts[slot] = listed;
            used |= (listed != 0 ? 1UL : 0UL) << slot;
        }

        return used;
    }

    private ulong ScatterAny(FrameDescriptor* burst, int count)
    {
        new Span<int>(_counts, Lists).Clear();
        ulong used = 0;
        for (int i = 0; i < count; i++)
        {
            byte slot = Slots[i];
            _out[(slot * _size) + _counts[slot]++] = burst[i];
            used |= slot == NoSlave ? 0 : 1UL << slot;
        }

        return used;
    }

    public void Dispose()
    {
        CoreMemory.Free(Burst);
        CoreMemory.Free(Hashes);
        CoreMemory.Free(Slots);
        CoreMemory.Free(Queues);
        CoreMemory.Free(_counts);
    }
}
