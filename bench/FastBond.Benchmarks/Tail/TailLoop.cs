using System.Diagnostics;
using FastBond.Benchmarks.Bonds;
using FastBond.Benchmarks.Traffic;
using FastBond.Core.Bonds;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;

namespace FastBond.Benchmarks.Tail;

/// <summary>A bond's turns one after the other, each timed from the end of the one before: so every stop is in one of them.</summary>
internal sealed class TailLoop : IDisposable
{
    private const int Slaves = 2, FlowCount = 64, Frames = 4096, FrameLength = 60;

    private readonly FrameMemory _memory = HugePages.Allocate(Frames);
    private readonly FramePool _pool;
    private readonly CounterBlock _counters = CounterBlock.Allocate("bench", 1);
    private readonly Lane _lane;

    public TailLoop()
    {
        _pool = new FramePool(_memory);
        _lane = new Lane(_pool, _counters.Core(0), BondLoop.Burst);
        Flows.Write(_memory, FlowCount);
        _lane.SetHost(new SourcePort(_memory, FlowCount, FrameLength));
        for (byte slot = 0; slot < Slaves; slot++)
        {
            _lane.Attach(slot, new SinkPort());
        }

        _lane.Publish(Tables.Of(Slaves, BondMode.BalanceXor, TransmitHashPolicy.Layer34));
        _lane.CatchUp();
    }

    /// <summary>Counts bursts for some time; returns what the thread allocated meanwhile, in bytes.</summary>
    public long Measure(TimeSpan duration, Histogram histogram)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long last = Stopwatch.GetTimestamp(), end = last + (long)duration.TotalNanoseconds;
        while (last < end)
        {
            last = Turn(last, histogram);
        }

        return GC.GetAllocatedBytesForCurrentThread() - allocated;
    }

    public void Dispose()
    {
        _lane.Dispose();
        _counters.Dispose();
        _pool.Dispose();
        _memory.Dispose();
    }

    private long Turn(long last, Histogram histogram)
    {
        _lane.Turn();
        long now = Stopwatch.GetTimestamp();
        histogram.Add(now - last);
        return now;
    }
}
