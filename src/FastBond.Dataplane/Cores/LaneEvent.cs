namespace FastBond.Dataplane.Cores;

/// <summary>What a core tells the control plane.</summary>
public enum LaneEventKind
{
    /// <summary>Kicking a port began to fail with <see cref="LaneEvent.Errno"/>: a hint to look at its link now.</summary>
    KickFailed,

    /// <summary>Kicking a port works again.</summary>
    KickRecovered,

    /// <summary>A slave's transmit ring completes no frames (<see cref="Lane.TransmitStallNs"/>).</summary>
    TransmitStalled,

    /// <summary>It completes some again, or was closed.</summary>
    TransmitResumed,
}

/// <summary>
/// One event of a lane, about the slave in a slot, or the host port for <see cref="FastBond.Core.Bonds.ForwardingTable.NoSlot"/>. Told at the edge:
/// once when a condition begins, once when it ends.
/// </summary>
public readonly record struct LaneEvent(LaneEventKind Kind, byte Slot, int Errno);
