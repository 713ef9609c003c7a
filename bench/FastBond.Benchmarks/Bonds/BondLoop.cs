using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;

namespace FastBond.Benchmarks.Bonds;

/// <summary>A lane and, over the same ports, the loop that somebody without a bond would write: all to the first slave.</summary>
internal abstract unsafe class BondLoop : IDisposable
{
    /// <summary>Frames per burst, DPDK's too.</summary>
    public const int Burst = 64;

    /// <summary>Bursts per sample, DPDK's too: some ten microseconds, so that what the scheduler takes away spoils few.</summary>
    protected const int SampleBursts = 64;

    /// <summary>Bytes of a frame.</summary>
    protected const int FrameLength = 60;

    private readonly FrameMemory _memory;
    private readonly FrameDescriptor[] _burst = GC.AllocateArray<FrameDescriptor>(Burst, pinned: true);
    private Port _host = null!;
    private Port[] _slaves = [];

    /// <summary>A lane without ports.</summary>
    /// <param name="frames">Chunks of frame memory.</param>
    /// <param name="counters">The core's counters; they stay the caller's.</param>
    protected BondLoop(int frames, CoreCounters counters)
    {
        _memory = HugePages.Allocate(frames);
        Pool = new FramePool(_memory);
        Lane = new Lane(Pool, counters, Burst);
    }

    protected FramePool Pool { get; }

    protected FrameMemory Memory => _memory;

    protected Lane Lane { get; }

    /// <summary>Sends bursts for some time and adds samples in ns per frame; without a table by the plain loop.</summary>
    /// <exception cref="InvalidOperationException">Not every frame was sent.</exception>
    public void Measure(ForwardingTable? table, TimeSpan duration, List<double> samples)
    {
        if (table is not null)
        {
            Lane.Publish(table);
            Lane.CatchUp();
        }

        Measure(table is null ? PlainTurn : Lane.Turn, duration, samples);
    }

    public virtual void Dispose()
    {
        Lane.Dispose();
        Pool.Dispose();
        _memory.Dispose();
    }

    protected abstract void Measure(Func<int> turn, TimeSpan duration, List<double> samples);

    protected void Connect(Port host, Port[] slaves)
    {
        _host = host;
        _slaves = slaves;
        Lane.SetHost(host);
        for (byte slot = 0; slot < slaves.Length; slot++)
        {
            Lane.Attach(slot, slaves[slot]);
        }

        Lane.CatchUp();
    }

    private int PlainTurn()
    {
        fixed (FrameDescriptor* burst = _burst)
        {
            foreach (Port slave in _slaves)
            {
                slave.Reclaim();
            }

            _host.Reclaim();
            int work = _host.Receive(burst, Burst);
            Give(_slaves[0], burst, work);
            foreach (Port slave in _slaves)
            {
                int count = slave.Receive(burst, Burst);
                if (count > 0)
                {
                    work += count;
                    Give(_host, burst, count);
                }
            }

            _slaves[0].Kick();
            return work;
        }
    }

    private void Give(Port port, FrameDescriptor* burst, int count)
    {
        int taken = port.Transmit(burst, count);
        if (taken < count)
        {
            Pool.Free(burst + taken, count - taken);
        }
    }
}
