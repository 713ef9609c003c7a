using System.Runtime.InteropServices;
using FastBond.Core.Frames;
using FastBond.Dataplane.InProcess;
using FastBond.Linux;

namespace FastBond.Forwarder;

/// <summary>Moves frames between two bonds over one pool: descriptors alone, never bytes.</summary>
internal sealed class Forwarding(BondPort bond, BondPort port)
{
    private volatile bool _running = true;

    public (long FromBond, long FromPort, long Dropped) Counts { get; private set; }

    public void Run()
    {
        bond.PinThread(0);
        while (_running)
        {
            Turn(bond.Queues[0], port.Queues[0]);
        }
    }

    public void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _running = false;
    }

    private void Turn(BondQueue one, BondQueue other)
    {
        Span<FrameDescriptor> burst = stackalloc FrameDescriptor[64];
        int count = one.Receive(burst), sent = other.Transmit(burst[..count]);
        int back = other.Receive(burst), sentBack = one.Transmit(burst[..back]);
        Counts = (Counts.FromBond + count, Counts.FromPort + back, Counts.Dropped + count - sent + back - sentBack);
    }
}
