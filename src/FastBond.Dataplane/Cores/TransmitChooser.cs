using System.Numerics;
using System.Runtime.CompilerServices;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.Cores;

/// <summary>
/// Chooses a slot for each frame of a burst of up to 64 in the modes that spread (modes.md section 4): each slot's frames as a
/// <see cref="FrameSet"/>. What can be divided, looked up or decided once per table is done in <see cref="Adopt"/>. One for each lane:
/// balance-rr counts per core, as the kernel counts per CPU.
/// </summary>
internal sealed unsafe class TransmitChooser : IDisposable
{
    // For each position of all slaves, and for each of the usable ones, the slot its frames go to, or NoSlave. Native memory: a table is
    // taken over without an allocation, and looked into without a bounds check.
    private readonly byte* _fromPosition = CoreMemory.Allocate<byte>(ForwardingTable.MaxSlaves);
    private readonly byte* _ofUsable = CoreMemory.Allocate<byte>(ForwardingTable.MaxSlaves);
    private readonly BurstScratch _scratch;
    private ForwardingTable _table = ForwardingTable.Empty;
    private Reciprocal _slaves;
    private Reciprocal _usable;
    private byte _igmpSlot = BurstScratch.NoSlave;

    // balance-rr: frames chosen so far; where that puts the next one in a round over all slaves; how many frames make a round; and of a burst
    // that begins with a round those that go to the first position.
    private ulong _sequence;
    private uint _phase;
    private Reciprocal _round;
    private ulong _runs;
    private uint _random;

    // The super-frame chosen for last, under this table.
    private ulong _superFrame;
    private byte _superFrameSlot;
    internal CoreMargin Margin;

    public TransmitChooser(BurstScratch scratch, uint seed)
    {
        _scratch = scratch;
        _random = seed == 0 ? 1 : seed;
    }

    /// <summary>Bit n: the table may choose slot n.</summary>
    public ulong Slots { get; private set; }

    /// <summary>Prepares for a new table. The rotation goes on from where it was, over the new list.</summary>
    public void Adopt(ForwardingTable table)
    {
        _table = table;
        _superFrame = 0;
        _igmpSlot = SlotOf(table.IgmpSlot);
        Slots = SlotsOf(table.FirstUsableFrom, _fromPosition) | SlotsOf(table.Usable, _ofUsable) | BitOf(_igmpSlot);

        int slaves = table.FirstUsableFrom.Length;
        _slaves = slaves > 0 ? new Reciprocal(slaves) : default;
        _usable = table.Usable.Length > 0 ? new Reciprocal(table.Usable.Length) : default;
        if (slaves > 0 && table.PacketsPerSlave > 0)
        {
            _round = new Reciprocal(slaves * table.PacketsPerSlave);
            _phase = (uint)((_sequence + 1) % _round.Divisor);
            _runs = EveryRound(table.PacketsPerSlave, (int)_round.Divisor);
        }
    }

    public void Dispose()
    {
        CoreMemory.Free(_fromPosition);
        CoreMemory.Free(_ofUsable);
    }

    /// <summary>balance-rr: by turns, IGMP always on its slot and outside the count.</summary>
    /// <param name="memory">Start of the frame memory.</param>
    /// <param name="burst">The frames.</param>
    /// <param name="count">How many.</param>
    /// <param name="shortest">The length that none is below, in bytes.</param>
    public void RoundRobin(byte* memory, FrameDescriptor* burst, int count, uint shortest)
    {
        ulong frames = FrameSet.First(count);
        if (_slaves.Divisor == 0)
        {
            _scratch.Chosen[BurstScratch.NoSlave] = frames;
            return;
        }

        ulong igmp = BurstIgmp.Find(_table.HashVlan, memory, burst, count, shortest);
        _scratch.Chosen[_igmpSlot] = igmp;
        frames &= ~igmp;
        int others = BitOperations.PopCount(frames);
        if (_table.PacketsPerSlave == 0)
        {
            AtRandom(frames, others);
        }
        else
        {
            ByTurns(frames, others);
        }

        _sequence += (uint)others;
    }

    /// <summary>
    /// balance-rr: the slot for all segments of a super-frame, which is one packet in the count, as for the kernel, whose slaves would cut it.
    /// </summary>
    public int ForSuperFrame(ulong number)
    {
        if (number != _superFrame)
        {
            _superFrame = number;
            _superFrameSlot = _slaves.Divisor == 0 ? BurstScratch.NoSlave : _fromPosition[NextPosition()];
        }

        return _superFrameSlot;
    }

    /// <summary>The hash modes: the hash modulo the usable slaves, or for xor24 modulo all slaves and on to the next usable.</summary>
    /// <param name="memory">Start of the frame memory.</param>
    /// <param name="burst">The frames.</param>
    /// <param name="count">How many.</param>
    /// <param name="shortest">The length that none is below, in bytes.</param>
    public void ByHash(byte* memory, FrameDescriptor* burst, int count, uint shortest)
    {
        bool xor24 = _table.Policy == TransmitHashPolicy.Xor24;
        Reciprocal divisor = xor24 ? _slaves : _usable;
        ulong frames = FrameSet.First(count);
        if (divisor.Divisor == 0)
        {
            _scratch.Chosen[BurstScratch.NoSlave] = frames;
            return;
        }

        uint* hashes = _scratch.Hashes;
        TransmitHash.ComputeBurst(_table.Policy, _table.HashVlan, memory, burst, count, shortest, hashes, _table.OwnAddressLastByte);
        divisor.Remainders(hashes, count, _scratch.Remainders);
        Deal(frames, divisor, xor24 ? _fromPosition : _ofUsable);
    }

    private void ByTurns(ulong frames, int count)
    {
        ulong* chosen = _scratch.Chosen;
        int run = _table.PacketsPerSlave;
        int round = (int)_round.Divisor;
        int start = -(int)_phase;
        for (uint position = 0; position < _slaves.Divisor; position++, start += run)
        {
            // When the position's next run begins, and how many frames are left of the one that began before this burst.
            int next = start < 0 ? start + round : start;
            int left = next + run - round;
            ulong places = (next < FrameSet.Capacity ? _runs << next : 0) | FrameSet.First(Math.Max(left, 0));
            chosen[_fromPosition[position]] |= FrameSet.Pick(frames, places);
        }

        _phase = _round.Remainder(_phase + (uint)count);
    }

    /// <summary>Where one packet by itself goes; counts it.</summary>
    private uint NextPosition()
    {
        _sequence++;
        if (_table.PacketsPerSlave == 0)
        {
            return _slaves.Remainder(_random = Shift(_random));
        }

        uint position = _phase / (uint)_table.PacketsPerSlave;
        _phase = _round.Remainder(_phase + 1);
        return position;
    }

    private void AtRandom(ulong frames, int count)
    {
        uint* values = _scratch.Hashes;
        uint random = _random;
        for (int i = 0; i < count; i++)
        {
            values[i] = random = Shift(random);
        }

        _random = random;
        _slaves.Remainders(values, count, _scratch.Remainders);
        Deal(frames, _slaves, _fromPosition);
    }

    /// <summary>Gives each of <paramref name="frames"/> to the slot of its remainder; the first has the first remainder, and so on.</summary>
    private void Deal(ulong frames, Reciprocal divisor, byte* slots)
    {
        ulong* chosen = _scratch.Chosen;
        byte* remainders = _scratch.Remainders;
        for (uint remainder = 0; remainder < divisor.Divisor; remainder++)
        {
            chosen[slots[remainder]] |= FrameSet.Pick(frames, FrameSet.Equal(remainders, (byte)remainder));
        }
    }

    /// <summary>The next number of Marsaglia's xorshift32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Shift(uint random)
    {
        random ^= random << 13;
        random ^= random >> 17;
        return random ^ (random << 5);
    }

    /// <summary>The first <paramref name="run"/> of every <paramref name="round"/> frames.</summary>
    private static ulong EveryRound(int run, int round)
    {
        ulong set = FrameSet.First(run);
        for (; round < FrameSet.Capacity; round *= 2)
        {
            set |= set << round;
        }

        return set;
    }

    /// <summary>Copies a table's list of slots; returns the set of them.</summary>
    private static ulong SlotsOf(byte[] list, byte* slots)
    {
        ulong set = 0;
        for (int i = 0; i < list.Length; i++)
        {
            slots[i] = SlotOf(list[i]);
            set |= BitOf(slots[i]);
        }

        return set;
    }

    private static byte SlotOf(byte slot) => slot < ForwardingTable.MaxSlaves ? slot : BurstScratch.NoSlave;

    private static ulong BitOf(byte slot) => slot < ForwardingTable.MaxSlaves ? 1UL << slot : 0;
}
