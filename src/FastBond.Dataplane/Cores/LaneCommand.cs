using FastBond.Dataplane.Ports;

namespace FastBond.Dataplane.Cores;

internal enum LaneCommandKind : byte
{
    /// <summary>A slave gets its port on this core.</summary>
    Attach,

    /// <summary>A slave loses its port on this core.</summary>
    Detach,

    /// <summary>The host port is set, or taken away.</summary>
    SetHost,

    /// <summary>The Ethernet face is set, or taken away.</summary>
    SetFace,

    /// <summary>A socket is closed: its frames go back to the pool.</summary>
    ReclaimSocket,

    /// <summary>The oldest control frame is sent.</summary>
    SendFrame,
}

/// <summary>One command of the control thread to a lane.</summary>
internal readonly struct LaneCommand
{
    public LaneCommandKind Kind { get; init; }

    public byte Slot { get; init; }

    public int Socket { get; init; }

    public bool NewSlave { get; init; }

    public Port? Port { get; init; }

    public LaneFace? Face { get; init; }
}
