using System.Diagnostics;
using FastBond.Benchmarks.Traffic;
using FastBond.Core.Frames;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Ports;

namespace FastBond.Benchmarks.Bonds;

/// <summary>
/// Frames go round: pool → fill ring → rx ring → tx ring → completion ring → pool, with the ledger kept. The devices are played here and off the clock,
/// except that a burst's headers are written on it, as an application's that makes packets would be, and DPDK's here are.
/// </summary>
internal sealed unsafe class RecycleLoop : BondLoop
{
    private const int Posted = 2 * Burst;

    private readonly MemoryPort _host;
    private readonly MemoryPort[] _slaves;
    private readonly MemoryDevice _device = new();
    private readonly int _flows;
    private uint _flow;

    public RecycleLoop(int slaves, int flows, CoreCounters counters)
        : base(Posted * (slaves + 3), counters)
    {
        _flows = flows;
        Flows.Write(Memory, flows);
        _host = new MemoryPort(Pool);
        _slaves = [.. Enumerable.Range(0, slaves).Select(_ => new MemoryPort(Pool))];
        Connect(_host, _slaves);
        _host.SetBudget(Posted);
        foreach (MemoryPort slave in _slaves)
        {
            slave.SetBudget(Posted);
        }

        Lane.Turn();
    }

    public override void Dispose()
    {
        base.Dispose();
        _host.Dispose();
        foreach (MemoryPort slave in _slaves)
        {
            slave.Dispose();
        }
    }

    protected override void Measure(Func<int> turn, TimeSpan duration, List<double> samples)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            long ticks = 0;
            int given = 0, handled = 0, completed = 0;
            for (int i = 0; i < SampleBursts; i++)
            {
                int delivered = _device.Deliver(_host, Burst, FrameLength);
                given += delivered;
                long before = Stopwatch.GetTimestamp();
                WriteFlows(delivered);
                handled += turn();
                ticks += Stopwatch.GetTimestamp() - before;
                foreach (MemoryPort slave in _slaves)
                {
                    completed += _device.Complete(slave);
                }
            }

            if (given != Burst * SampleBursts || handled != given || completed != given || Pool.Violations > 0)
            {
                throw new InvalidOperationException($"{completed} frames of {given} were sent, {Pool.Violations} were in two places");
            }

            samples.Add(((ticks * 1e9 / Stopwatch.Frequency) - (SampleBursts * Clock.OverheadNs)) / handled);
        }
        while (Stopwatch.GetElapsedTime(start) < duration);
    }

    private void WriteFlows(int count)
    {
        // Copies, not the fields: the runtime must assume that a store through a pointer changes any field.
        byte* memory = Memory.Pointer;
        uint flows = (uint)_flows, flow = _flow;
        foreach (ref readonly FrameDescriptor frame in _device.Delivered(count))
        {
            Flows.WriteWords(memory + frame.Address, flow);
            flow = flow + 1 < flows ? flow + 1 : 0;
        }

        _flow = flow;
    }
}
