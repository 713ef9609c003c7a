using System.Diagnostics;
using FastBond.Benchmarks.Bonds;
using FastBond.Benchmarks.Traffic;
using FastBond.Core.Bonds;
using FastBond.Core.Hashing;

namespace FastBond.Benchmarks.Tail;

/// <summary>A bond's turns one after the other, each timed from the end of the one before: so every stop is in one of them.</summary>
internal sealed class TailLoop : BondLoop
{
    private const int Slaves = 2, Flows = 64;

    public TailLoop()
        : base(4096)
    {
        Traffic.Flows.Write(Memory, Flows);
        Connect(new SourcePort(Memory, Flows, FrameLength), [.. Enumerable.Range(0, Slaves).Select(_ => new SinkPort())]);
        Lane.Publish(Tables.Of(Slaves, BondMode.BalanceXor, TransmitHashPolicy.Layer34));
        Lane.CatchUp();
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

    protected override void Measure(Func<int> turn, TimeSpan duration, List<double> samples) => throw new NotSupportedException("only whole distributions");

    private long Turn(long last, Histogram histogram)
    {
        Lane.Turn();
        long now = Stopwatch.GetTimestamp();
        histogram.Add(now - last);
        return now;
    }
}
