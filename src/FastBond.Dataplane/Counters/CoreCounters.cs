using System.Runtime.CompilerServices;
using FastBond.Core.Bonds;

namespace FastBond.Dataplane.Counters;

/// <summary>One core's own rows. Only that core writes them.</summary>
public readonly unsafe struct CoreCounters
{
    private readonly ulong* _rows;

    internal CoreCounters(ulong* rows) => _rows = rows;

    /// <summary>Frames that this core has transmitted on any slave.</summary>
    internal ulong Transmitted => _rows[(CounterLayout.BondRow * CounterLayout.RowWords) + (int)Counter.TxFrames];

    /// <summary>Counts frames received on a slot, for the slave and for the bond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SlaveReceived(int slot, int frames, ulong bytes)
    {
        Add(slot, Counter.RxFrames, (ulong)frames, bytes);
        Add(CounterLayout.BondRow, Counter.RxFrames, (ulong)frames, bytes);
    }

    /// <summary>Counts frames transmitted on a slot, for the slave. They must be counted for the bond as well, which can be done for several slaves at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SlaveTransmitted(int slot, int frames, ulong bytes) => Add(slot, Counter.TxFrames, (ulong)frames, bytes);

    /// <summary>Counts frames transmitted on any slots, for the bond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BondTransmitted(int frames, ulong bytes) => Add(CounterLayout.BondRow, Counter.TxFrames, (ulong)frames, bytes);

    /// <summary>Counts frames taken from the host port.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void HostReceived(int frames, ulong bytes) => Add(CounterLayout.HostRow, Counter.RxFrames, (ulong)frames, bytes);

    /// <summary>Counts frames given to the host port.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void HostTransmitted(int frames, ulong bytes) => Add(CounterLayout.HostRow, Counter.TxFrames, (ulong)frames, bytes);

    /// <summary>Counts dropped frames in one row; those of a slave also for the bond.</summary>
    public void Dropped(int row, DropReason reason, int frames)
    {
        int word = CounterLayout.FirstDrop + (int)reason;
        _rows[(row * CounterLayout.RowWords) + word] += (ulong)frames;
        if (row < ForwardingTable.MaxSlaves)
        {
            _rows[(CounterLayout.BondRow * CounterLayout.RowWords) + word] += (ulong)frames;
        }
    }

    /// <summary>Zeroes a slot's row for the slave that now gets it.</summary>
    public void Clear(int slot) => new Span<ulong>(_rows + (slot * CounterLayout.RowWords), CounterLayout.RowWords).Clear();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(int row, Counter first, ulong frames, ulong bytes)
    {
        ulong* words = _rows + (row * CounterLayout.RowWords) + (int)first;
        words[0] += frames;
        words[1] += bytes;
    }
}
