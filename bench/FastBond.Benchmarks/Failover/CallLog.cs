using FastBond.Dataplane.Counters;
using FastBond.Linux.Machine;

namespace FastBond.Benchmarks.Failover;

/// <summary>A call into the bond that put frames on a slave.</summary>
/// <param name="StartNs">When it began.</param>
/// <param name="EndNs">When it returned.</param>
/// <param name="Load">Frames it was given.</param>
/// <param name="OnFirst">Frames it put on the first slave.</param>
/// <param name="OnSecond">Frames it put on the second slave.</param>
internal readonly record struct Call(long StartNs, long EndNs, int Load, int OnFirst, int OnSecond)
{
    /// <summary>Frames it put on a slave.</summary>
    public int On(int slave) => slave == 0 ? OnFirst : OnSecond;

    /// <summary>Whether it sent frames of the bond's own.</summary>
    public bool Announced => OnFirst + OnSecond > Load;
}

/// <summary>The latest calls that put frames on a slave: written by the thread that makes them, read by another once all is quiet.</summary>
internal sealed class CallLog(CounterBlock counters)
{
    private const int Capacity = 1 << 16;

    private readonly Call[] _calls = new Call[Capacity];
    private ulong _first;
    private ulong _second;
    private long _count;

    /// <summary>Notes the call that began at <paramref name="startNs"/> and returns now.</summary>
    public void Note(long startNs, int load)
    {
        ulong first = counters.Sum(0, Counter.TxFrames), second = counters.Sum(1, Counter.TxFrames);
        if (first != _first || second != _second)
        {
            _calls[_count % Capacity] = new Call(startNs, Clock.NowNs, load, (int)(first - _first), (int)(second - _second));
            Volatile.Write(ref _count, _count + 1);
            (_first, _second) = (first, second);
        }
    }

    /// <summary>The calls that returned after a moment, in order.</summary>
    public List<Call> Since(long ns)
    {
        List<Call> calls = [];
        long count = Volatile.Read(ref _count);
        for (long i = Math.Max(0, count - Capacity + 1); i < count; i++)
        {
            if (_calls[i % Capacity].EndNs > ns)
            {
                calls.Add(_calls[i % Capacity]);
            }
        }

        return calls;
    }
}
