using System.Diagnostics;
using FastBond.Benchmarks.Traffic;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;

namespace FastBond.Benchmarks.Turns;

/// <summary>
/// A lane between memory ports whose devices are played here: the host's (or every slave's) delivers a burst a turn, the other side takes and
/// completes it. Only the lane's own work is on the clock, and the frames' headers are those that earlier turns left in the recycled chunks.
/// </summary>
internal sealed unsafe class TurnBench : IDisposable
{
    private const int FrameLength = 60;
    private const int RingSize = 4096;

    private readonly FrameMemory _memory;
    private readonly FramePool _pool;
    private readonly CounterBlock _counters = CounterBlock.Allocate("bench", 1);
    private readonly Lane _lane;
    private readonly MemoryPort _host;
    private readonly MemoryPort[] _slaves;
    private readonly MemoryDevice _device = new();
    private readonly int _burst;

    public TurnBench(int slaves, int burst, int flows)
    {
        _burst = burst;

        // Enough in circulation that every flow comes by; no more than that, so that few flows mean a warm cache.
        int circulating = Math.Max(2 * burst, flows);
        int hostRing = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(circulating, RingSize));
        _memory = HugePages.Allocate(circulating + (4 * burst) + ((slaves + 1) * 2 * burst));
        _pool = new FramePool(_memory);
        _lane = new Lane(_pool, _counters.Core(0), burst);
        _host = new MemoryPort(_pool, hostRing);
        _lane.SetHost(_host);
        _slaves = new MemoryPort[slaves];
        for (byte slot = 0; slot < slaves; slot++)
        {
            _slaves[slot] = new MemoryPort(_pool, RingSize);
            _lane.Attach(slot, _slaves[slot]);
        }

        _lane.CatchUp();
        foreach (MemoryPort slave in _slaves)
        {
            slave.SetBudget(2 * burst);
        }

        _host.SetBudget(circulating);
        Flows.Write(_memory, flows);
        _lane.Turn();
    }

    /// <summary>The plain loop: all from the host to the first slave, or from every slave to the host, with nothing between the ports.</summary>
    public void MeasurePlain(bool transmit, TimeSpan duration, List<double> samples) =>
        Measure(transmit, duration, transmit ? PlainTransmit : PlainReceive, samples);

    /// <summary>The lane's turn under a table.</summary>
    public void MeasureTurn(ForwardingTable table, bool transmit, TimeSpan duration, List<double> samples)
    {
        _lane.Publish(table);
        Measure(transmit, duration, _lane.Turn, samples);
    }

    public void Dispose()
    {
        _host.Dispose();
        foreach (MemoryPort slave in _slaves)
        {
            slave.Dispose();
        }

        _lane.Dispose();
        _counters.Dispose();
        _pool.Dispose();
        _memory.Dispose();
    }

    private int PlainTransmit()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[_burst];
        MemoryPort slave = _slaves[0];
        _host.Reclaim();
        slave.Reclaim();
        int count = _host.Receive(burst, _burst);
        int sent = slave.Transmit(burst, count);
        _pool.Free(burst + sent, count - sent);
        return count;
    }

    private int PlainReceive()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[_burst];
        _host.Reclaim();
        int received = 0;
        foreach (MemoryPort slave in _slaves)
        {
            slave.Reclaim();
            int count = slave.Receive(burst, _burst);
            if (count == 0)
            {
                continue;
            }

            int sent = _host.Transmit(burst, count);
            _pool.Free(burst + sent, count - sent);
            received += count;
        }

        return received;
    }

    /// <summary>Adds samples in ns per frame, each over turns of a few ten microseconds: what the scheduler takes away spoils few of them.</summary>
    private void Measure(bool transmit, TimeSpan duration, Func<int> turn, List<double> samples)
    {
        int turns = Math.Max(8, 4096 / _burst);
        long start = Stopwatch.GetTimestamp();
        do
        {
            long frames = 0;
            long ticks = 0;
            for (int i = 0; i < turns; i++)
            {
                Deliver(transmit);
                long before = Stopwatch.GetTimestamp();
                frames += turn();
                ticks += Stopwatch.GetTimestamp() - before;
                Complete();
            }

            samples.Add(((ticks * 1e9 / Stopwatch.Frequency) - (turns * Clock.OverheadNs)) / frames);
        }
        while (Stopwatch.GetElapsedTime(start) < duration);
    }

    private void Deliver(bool transmit)
    {
        if (transmit)
        {
            _device.Deliver(_host, _burst, FrameLength);
            return;
        }

        // A burst in all, spread over the slaves.
        for (int slot = 0; slot < _slaves.Length; slot++)
        {
            _device.Deliver(_slaves[slot], (_burst / _slaves.Length) + (slot < _burst % _slaves.Length ? 1 : 0), FrameLength);
        }
    }

    private void Complete()
    {
        _device.Complete(_host);
        foreach (MemoryPort slave in _slaves)
        {
            _device.Complete(slave);
        }
    }
}
