using System.Runtime.CompilerServices;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.Cores;

/// <summary>A frame on its way between the control thread and a core, by value in a ring.</summary>
internal struct ControlFrame
{
    /// <summary>The longest such frame, in bytes: what the largest chunk holds behind AF_XDP's headroom.</summary>
    public const int Capacity = 4096 - FrameMemory.DefaultHeadroom;

    public ushort Length;

    /// <summary>On the way up: whether it came from the host, not from a slave.</summary>
    public bool FromHost;

    public ControlFrameBytes Bytes;
}

/// <summary>The bytes of a <see cref="ControlFrame"/>.</summary>
[InlineArray(ControlFrame.Capacity)]
internal struct ControlFrameBytes
{
    private byte _first;
}
