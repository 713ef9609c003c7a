using System.Runtime.CompilerServices;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.Cores;

/// <summary>
/// Chooses a slot for each frame of a burst in the modes that spread (modes.md section 4). What can be divided, looked up or decided once
/// per table is done in <see cref="Adopt"/>. One for each lane: balance-rr counts per core, as the kernel counts per CPU.
/// </summary>
internal sealed unsafe class TransmitChooser : IDisposable
{
    private const byte Igmp = 2;

    // Ethertype 0x0800 as two bytes of a frame are loaded.
    private static readonly ushort Ipv4InMemory = BitConverter.IsLittleEndian ? (ushort)0x0008 : (ushort)0x0800;

    // For each position of all slaves, and for each of the usable ones, the list its frames go to. Native memory: a table is taken over
    // without an allocation, and looked into without a bounds check.
    private readonly byte* _fromPosition = CoreMemory.Allocate<byte>(ForwardingTable.MaxSlaves);
    private readonly byte* _ofUsable = CoreMemory.Allocate<byte>(ForwardingTable.MaxSlaves);
    private ForwardingTable _table = ForwardingTable.Empty;
    private Reciprocal _slaves;
    private Reciprocal _usable;
    private byte _igmpSlot = BurstScratch.NoSlave;

    // balance-rr: frames chosen so far, and where that puts us: the position, and the frames left on it.
    private ulong _sequence;
    private int _position;
    private int _left;
    private uint _random;
    internal CoreMargin Margin;

    public TransmitChooser(uint seed) => _random = seed == 0 ? 1 : seed;

    /// <summary>Whether all lists the table can choose are below <see cref="BurstScratch.PackedLists"/>.</summary>
    public bool SmallSlots { get; private set; }

    /// <summary>Prepares for a new table. The rotation goes on from where it was, over the new list.</summary>
    public void Adopt(ForwardingTable table)
    {
        _table = table;
        int highest = Math.Max(ListsOf(table.FirstUsableFrom, _fromPosition), ListsOf(table.Usable, _ofUsable));
        _igmpSlot = ListOf(table.IgmpSlot);
        SmallSlots = table.Usable.Length > 0 && highest < BurstScratch.PackedLists
            && (_igmpSlot < BurstScratch.PackedLists || table.Mode != BondMode.BalanceRr);

        int slaves = table.FirstUsableFrom.Length;
        _slaves = slaves > 0 ? new Reciprocal(slaves) : default;
        _usable = table.Usable.Length > 0 ? new Reciprocal(table.Usable.Length) : default;
        if (slaves > 0 && table.PacketsPerSlave > 0)
        {
            ulong run = (ulong)table.PacketsPerSlave;
            _position = (int)(_sequence / run % (ulong)slaves);
            _left = (int)(run - (_sequence % run));
        }
    }

    public void Dispose()
    {
        CoreMemory.Free(_fromPosition);
        CoreMemory.Free(_ofUsable);
    }

    /// <summary>balance-rr: by turns, IGMP always on its slot and outside the count.</summary>
    public void RoundRobin(byte* memory, FrameDescriptor* burst, int count, byte* slots)
    {
        if (_slaves.Divisor == 0)
        {
            new Span<byte>(slots, count).Fill(BurstScratch.NoSlave);
            return;
        }

        if (!MayHoldIgmp(memory, burst, count))
        {
            Spread(slots, count);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            if (EthernetFrame.IsIgmp(memory + burst[i].Address, (int)burst[i].Length, _table.HashVlan))
            {
                slots[i] = _igmpSlot;
            }
            else
            {
                Spread(slots + i, 1);
            }
        }
    }

    /// <summary>The hash modes: the hash modulo the usable slaves, or for xor24 modulo all slaves and on to the next usable.</summary>
    public void ByHash(byte* memory, FrameDescriptor* burst, int count, BurstScratch scratch)
    {
        byte* slots = scratch.Slots;
        bool xor24 = _table.Policy == TransmitHashPolicy.Xor24;
        Reciprocal divisor = xor24 ? _slaves : _usable;
        if (divisor.Divisor == 0)
        {
            new Span<byte>(slots, count).Fill(BurstScratch.NoSlave);
            return;
        }

        uint* hashes = scratch.Hashes;
        TransmitHash.ComputeBurst(_table.Policy, _table.HashVlan, memory, burst, count, hashes, _table.OwnAddressLastByte);
        byte* lists = xor24 ? _fromPosition : _ofUsable;
        for (int i = 0; i < count; i++)
        {
            slots[i] = lists[divisor.Remainder(hashes[i])];
        }
    }

    private void Spread(byte* slots, int count)
    {
        if (_table.PacketsPerSlave == 0)
        {
            AtRandom(slots, count);
        }
        else
        {
            ByTurns(slots, count);
        }
    }

    private void ByTurns(byte* slots, int count)
    {
        byte* fromPosition = _fromPosition;
        int slaves = (int)_slaves.Divisor;
        int run = _table.PacketsPerSlave;
        int position = _position;
        int left = _left;
        for (int i = 0; i < count; i++)
        {
            if (--left == 0)
            {
                left = run;
                position++;
                position = position == slaves ? 0 : position;
            }

            slots[i] = fromPosition[position];
        }

        _position = position;
        _left = left;
        _sequence += (ulong)count;
    }

    private void AtRandom(byte* slots, int count)
    {
        byte* fromPosition = _fromPosition;
        Reciprocal slaves = _slaves;
        uint random = _random;
        for (int i = 0; i < count; i++)
        {
            // Marsaglia's xorshift32.
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            slots[i] = fromPosition[slaves.Remainder(random)];
        }

        _random = random;
        _sequence += (ulong)count;
    }

    /// <summary>
    /// The test that every frame pays for, without a branch or a call in its loop: whether some frame's byte where IPv4's protocol stands, or would
    /// behind a VLAN tag, says IGMP. Frames begin near their chunk's start, so the bytes are always there to be read.
    /// </summary>
    private static bool MayHoldIgmp(byte* memory, FrameDescriptor* burst, int count)
    {
        const int Type = 12, Protocol = 23, Tag = 4;
        bool found = false;
        for (int i = 0; i < count; i++)
        {
            byte* frame = memory + burst[i].Address;
            bool ipv4 = Unsafe.ReadUnaligned<ushort>(frame + Type) == Ipv4InMemory;
            found |= frame[ipv4 ? Protocol : Protocol + Tag] == Igmp;
        }

        return found;
    }

    /// <summary>Copies a table's list of slots; returns the highest list in it, 0 for an empty one.</summary>
    private static int ListsOf(byte[] slots, byte* lists)
    {
        int highest = 0;
        for (int i = 0; i < slots.Length; i++)
        {
            lists[i] = ListOf(slots[i]);
            highest = Math.Max(highest, lists[i]);
        }

        return highest;
    }

    private static byte ListOf(byte slot) => slot < ForwardingTable.MaxSlaves ? slot : BurstScratch.NoSlave;
}
