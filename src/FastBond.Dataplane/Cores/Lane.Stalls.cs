using System.Numerics;

namespace FastBond.Dataplane.Cores;

/// <content>
/// Rings that hang: a device that has frames in transmission and completes none, as it does for no driver's carrier flag to tell.
/// </content>
public sealed unsafe partial class Lane
{
    // The clock is read in so many turns once: a turn takes microseconds, or after a sleep a millisecond.
    private const uint TurnsBetweenLooks = 32;

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
            Core?.Wake();
        }
    }

    /// <summary>Bit n: the ring of slot n hangs. True at any time, whatever events are still on their way.</summary>
    public ulong StalledMask => Volatile.Read(ref _stalled);

    private void LookForStalls()
    {
        if (--_turnsToLook != 0)
        {
            return;
        }

        _turnsToLook = TurnsBetweenLooks;
        if ((_busy | _stalled) == 0)
        {
            return;
        }

        long nowNs = _watch.NowNs;
        long limitNs = TransmitStallNs;
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
