using System.Diagnostics;
using FastBond.Benchmarks.Traffic;
using FastBond.Dataplane.Counters;

namespace FastBond.Benchmarks.Bonds;

/// <summary>The same frames again and again, to slaves that leave them alone: the bond's own work and nothing else.</summary>
internal sealed class SendLoop : BondLoop
{
    private readonly SinkPort[] _sinks;

    public SendLoop(int slaves, int flows, CoreCounters counters)
        : base(Math.Max(flows, Burst), counters)
    {
        Flows.Write(Memory, flows);
        _sinks = [.. Enumerable.Range(0, slaves).Select(_ => new SinkPort())];
        Connect(new SourcePort(Memory, Memory.FrameCount, FrameLength), _sinks);
    }

    protected override void Measure(Func<int> turn, TimeSpan duration, List<double> samples)
    {
        long before = _sinks.Sum(sink => sink.Taken), given = 0;
        long start = Stopwatch.GetTimestamp(), last = start;
        TimeSpan elapsed;
        do
        {
            int frames = 0;
            for (int i = 0; i < SampleBursts; i++)
            {
                frames += turn();
            }

            long now = Stopwatch.GetTimestamp();
            samples.Add((now - last) * 1e9 / Stopwatch.Frequency / frames);
            given += frames;
            last = now;
            elapsed = Stopwatch.GetElapsedTime(start, now);
        }
        while (elapsed < duration);

        long taken = _sinks.Sum(sink => sink.Taken) - before;
        if (taken != given)
        {
            throw new InvalidOperationException($"{taken} frames of {given} were sent");
        }
    }
}
