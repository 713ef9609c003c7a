using System.Runtime.CompilerServices;

namespace FastBond.Dataplane.Cores;

/// <summary>A control frame on its way from the control thread to a core, by value in a ring.</summary>
internal struct ControlFrame
{
    /// <summary>The longest control frame, in bytes: none needs more than an MTU of 1500 with two tags.</summary>
    public const int Capacity = 1522;

    public ushort Length;

    public ControlFrameBytes Bytes;
}

/// <summary>The bytes of a <see cref="ControlFrame"/>.</summary>
[InlineArray(ControlFrame.Capacity)]
internal struct ControlFrameBytes
{
    private byte _first;
}
