using FastBond.Core.Bonds;
using FastBond.Linux;
using FastBond.Linux.Machine;

namespace FastBond.Benchmarks.Failover;

/// <summary>When the steps of one fail-over were done, in nanoseconds of the process's clock.</summary>
internal sealed class CutTrace : IDisposable
{
    // Not the slim one, which spins on the CPU that the fail-over needs.
    private readonly ManualResetEvent _announced = new(initialState: false);
    private long _seenNs;
    private long _publishedNs;
    private int _dead = -1;
    private volatile int _activeSlot = ForwardingTable.NoSlot;

    /// <summary>The active slave of the table last published.</summary>
    public int ActiveSlot => _activeSlot;

    public long SeenNs => Volatile.Read(ref _seenNs);

    public long PublishedNs => Volatile.Read(ref _publishedNs);

    /// <summary>Waits for the fail-over from that slave.</summary>
    public void Arm(int dead)
    {
        _announced.Reset();
        Volatile.Write(ref _seenNs, 0);
        Volatile.Write(ref _publishedNs, 0);
        Volatile.Write(ref _dead, dead);
    }

    /// <summary>Waits until its announcement was given to the core.</summary>
    /// <exception cref="TimeoutException">There was none.</exception>
    public void WaitForAnnouncement(TimeSpan limit)
    {
        if (!_announced.WaitOne(limit))
        {
            throw new TimeoutException("the bond did not fail over");
        }
    }

    /// <summary>Takes a step in, on whatever thread it was done.</summary>
    public void Tell(FailOverStep step, ForwardingTable? table)
    {
        long nowNs = Clock.NowNs;
        switch (step)
        {
            case FailOverStep.CarrierLost when SeenNs == 0:
                Volatile.Write(ref _seenNs, nowNs);
                break;
            case FailOverStep.Published:
                _activeSlot = table!.ActiveSlot;
                if (PublishedNs == 0 && SeenNs != 0 && _activeSlot != _dead && _activeSlot != ForwardingTable.NoSlot)
                {
                    Volatile.Write(ref _publishedNs, nowNs);
                }

                break;
            case FailOverStep.Announced when PublishedNs != 0:
                _announced.Set();
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _announced.Dispose();
}
