using FastBond.Core.Bonds;
using FastBond.Dataplane.Counters;

namespace FastBond.Simulation.Network;

/// <summary>What one turn of a core must do: which frames go where, and by how much each counter rises.</summary>
internal sealed class TurnPlan
{
    /// <summary>Slots watched; slots are handed out from 0, and no simulated host has more slaves.</summary>
    public const int Slots = 8;

    private static readonly int[] Rows = [.. Enumerable.Range(0, Slots), CounterLayout.BondRow, CounterLayout.HostRow];
    private static readonly int Words = CounterLayout.FirstDrop + CounterLayout.DropReasons;

    private readonly List<NetworkFrame>[] _out = [.. Enumerable.Range(0, Slots).Select(static _ => new List<NetworkFrame>())];
    private readonly long[] _rises = new long[CounterLayout.Rows * Words];

    /// <summary>Frames for the host, in order.</summary>
    public List<NetworkFrame> ToHost { get; } = [];

    /// <summary>Frames that may leave on any of <see cref="Candidates"/>.</summary>
    public List<NetworkFrame> AtRandom { get; } = [];

    /// <summary>Mask of slots for <see cref="AtRandom"/>.</summary>
    public ulong Candidates { get; set; }

    public IReadOnlyList<NetworkFrame> Out(int slot) => _out[slot];

    public void Clear()
    {
        foreach (List<NetworkFrame> frames in _out)
        {
            frames.Clear();
        }

        ToHost.Clear();
        AtRandom.Clear();
        Candidates = 0;
        Array.Clear(_rises);
    }

    public void Send(int slot, NetworkFrame frame) => _out[slot].Add(frame);

    public void Rise(int row, Counter first, NetworkFrame frame)
    {
        Rise(row, (int)first, 1);
        Rise(row, (int)first + 1, frame.Bytes.Length);
    }

    public void Drop(int row, DropReason reason, long frames = 1) => Rise(row, CounterLayout.FirstDrop + (int)reason, frames);

    /// <summary>Drops planned so far.</summary>
    public int Dropped(int row, DropReason reason) => (int)_rises[(row * Words) + CounterLayout.FirstDrop + (int)reason];

    /// <summary>Reads every counter watched.</summary>
    public static void Read(CounterBlock counters, ulong[] values)
    {
        foreach (int row in Rows)
        {
            for (int word = 0; word < Words; word++)
            {
                values[(row * Words) + word] = word < CounterLayout.FirstDrop
                    ? counters.Sum(row, (Counter)word)
                    : counters.Sum(row, (DropReason)(word - CounterLayout.FirstDrop));
            }
        }
    }

    public static ulong[] NewReading() => new ulong[CounterLayout.Rows * Words];

    /// <summary>By how much a drop counter rose between two readings.</summary>
    public static long Rise(ulong[] before, ulong[] after, int row, DropReason reason)
    {
        int at = (row * Words) + CounterLayout.FirstDrop + (int)reason;
        return (long)(after[at] - before[at]);
    }

    /// <summary>Every counter rose by what the plan says, and none by more: no frame is lost sight of, no counter runs backwards.</summary>
    /// <param name="where">Whose counters they are.</param>
    /// <param name="before">As they were.</param>
    /// <param name="after">As they are.</param>
    /// <param name="except">A row that begins anew; -1 for none.</param>
    public void Compare(string where, ulong[] before, ulong[] after, int except = -1)
    {
        foreach (int row in Rows)
        {
            for (int word = 0; word < Words && row != except; word++)
            {
                int at = (row * Words) + word;
                if ((long)(after[at] - before[at]) != _rises[at])
                {
                    bool isDrop = word >= CounterLayout.FirstDrop;
                    string counter = isDrop ? $"{(DropReason)(word - CounterLayout.FirstDrop)}" : $"{(Counter)word}";
                    throw new InvariantBrokenException(
                        $"{where}: {counter} of row {row} went from {before[at]} to {after[at]}, expected a rise of {_rises[at]}");
                }
            }
        }
    }

    private void Rise(int row, int word, long by)
    {
        _rises[(row * Words) + word] += by;
        if (row < ForwardingTable.MaxSlaves)
        {
            _rises[(CounterLayout.BondRow * Words) + word] += by;
        }
    }
}
