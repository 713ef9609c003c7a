using System.Numerics;

namespace FastBond.Dataplane.Cores;

/// <content>
/// Rings that hang: a device that has frames in transmission and completes none, as it does for no driver's carrier flag to tell.
/// </content>
public sealed unsafe partial class Lane
{
    // The clock is read in so many turns once. A core that sleeps a millisecond makes more turns than that between two sleeps.
    private const uint TurnsBetweenLooks = 128;

    private ulong _stalled;
    private uint _turnsToLook = TurnsBetweenLooks;
    private long _stallNs;

    /// <summary>
    /// Option <c>tx_stall</c> in nanoseconds: a slave's ring that has completed no frame for so long while it had some is reported by
    /// <see cref="LaneEventKind.TransmitStalled"/>; 0 = never.
    /// </summary>
    public long TransmitStallNs
    {
        get => Volatile.Read(ref _stallNs);
        set
        {
            Volatile.Write(ref _stallNs, value);
            Driver?.Wake();
        }
    }

    /// <summary>Bit n: the ring of slot n hangs. True at any time, whatever events are still on their way.</summary>
    public ulong StalledMask => Volatile.Read(ref _stalled);

    private void LookForStalls()
    {
        _turnsToLook = TurnsBetweenLooks;
        long limitNs = TransmitStallNs;
        if ((limitNs == 0 || _busy == 0) && _stalled == 0)
        {
            return;
        }

        long nowNs = _watch.NowNs;
        for (ulong slots = _busy | _stalled; slots != 0; slots &= slots - 1)
        {
            byte slot = (byte)BitOperations.TrailingZeroCount(slots);
            long hangsNs = _ports[slot]!.TransmitHangsForNs(nowNs);
            SetStalled(slot, limitNs > 0 && hangsNs >= limitNs);
        }
    }

    private void SetStalled(byte slot, bool stalled)
    {
        ulong bit = 1UL << slot;
        if (stalled != ((_stalled & bit) != 0))
        {
            Volatile.Write(ref _stalled, _stalled ^ bit);
            Tell(new LaneEvent(stalled ? LaneEventKind.TransmitStalled : LaneEventKind.TransmitResumed, slot, 0));
        }
    }
}
