using FastBond.Benchmarks.Traffic;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.InProcess;
using FastBond.Dataplane.Ports;

namespace FastBond.Benchmarks.Afxdp;

/// <summary>What the sample Forwarder does: a bond and, over the same pool, a bond of one slave, and a loop between the two.</summary>
internal sealed class InProcessPair : IDisposable
{
    private readonly CounterBlock _counters = CounterBlock.Allocate("port", 1);
    private readonly EventWait _wait = new();
    private readonly Lane _lane;
    private readonly BondQueue _bond;
    private readonly BondQueue _port;

    /// <summary>Takes the bond's lane over, and makes one for the port.</summary>
    public InProcessPair(Lane bond, Port port)
    {
        _lane = new Lane(bond.Pool, _counters.Core(0), LaneSession.MaxBurst) { FrameLimit = bond.FrameLimit / 2 };
        _bond = new BondQueue(bond, _wait);
        _port = new BondQueue(_lane, _wait);
        _lane.Attach(0, port);
        _lane.Publish(Tables.Of(1, BondMode.ActiveBackup, TransmitHashPolicy.Layer2));
    }

    /// <summary>Moves a burst each way; returns how many frames.</summary>
    public int Turn()
    {
        Span<FrameDescriptor> burst = stackalloc FrameDescriptor[LaneSession.MaxBurst];
        int count = _port.Receive(burst);
        _bond.Transmit(burst[..count]);
        int back = _bond.Receive(burst);
        _port.Transmit(burst[..back]);
        return count + back;
    }

    public void Dispose()
    {
        _bond.Dispose();
        _port.Dispose();
        _lane.Dispose();
        _wait.Dispose();
        _counters.Dispose();
    }
}
