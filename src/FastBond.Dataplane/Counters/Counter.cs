namespace FastBond.Dataplane.Counters;

/// <summary>What is counted in each row, in the order of the row's 64-bit words; the drop reasons follow (<see cref="DropReason"/>).</summary>
public enum Counter
{
    /// <summary>Frames received.</summary>
    RxFrames = 0,

    /// <summary>Bytes received, without FCS.</summary>
    RxBytes = 1,

    /// <summary>Frames transmitted.</summary>
    TxFrames = 2,

    /// <summary>Bytes transmitted, without FCS.</summary>
    TxBytes = 3,
}

/// <summary>Why a frame was dropped. Every frame that does not go on is counted under exactly one, in the row of the slave or port concerned.</summary>
public enum DropReason
{
    /// <summary>The bond is administratively down.</summary>
    BondDown = 0,

    /// <summary>No slave can transmit, or (active-backup) none is active.</summary>
    NoSlave = 1,

    /// <summary>The slave chosen has no port on this core: it is being attached, changed or released.</summary>
    NoPort = 2,

    /// <summary>The port's transmit ring is full.</summary>
    RingFull = 3,

    /// <summary>Longer than the bond's MTU allows, or than a buffer.</summary>
    TooLong = 4,

    /// <summary>Shorter than an Ethernet header.</summary>
    TooShort = 5,

    /// <summary>Received on a slave whose frames the bond does not take: a backup, or a port that is not collecting.</summary>
    Suppressed = 6,

    /// <summary>Received while there is no host port.</summary>
    NoHost = 7,

    /// <summary>No free frame for a copy.</summary>
    NoFrame = 8,

    /// <summary>Stood in the transmit ring of a socket that was closed: never completed, perhaps never sent.</summary>
    Abandoned = 9,

    /// <summary>The Ethernet face of an InfiniBand bond could not translate it; the face counts why.</summary>
    NotTranslated = 10,
}
