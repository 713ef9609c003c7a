using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FastBond.Core.Bonds;

namespace FastBond.Dataplane.Cores;

/// <summary>A copy of an ARP packet or neighbour discovery on its way from a core to the control plane, by value in a ring: two cache lines.</summary>
public struct WatchedFrame
{
    /// <summary>The most bytes copied: a neighbour advertisement behind four tags or on InfiniBand, or an ARP packet. What follows nobody reads.</summary>
    public const int Capacity = 112;

    /// <summary>When the core took it in, on the lane's clock.</summary>
    public long TimeNs { get; internal set; }

    /// <summary>The slave that received it; <see cref="ForwardingTable.NoSlot"/> if the host sent it.</summary>
    public byte Slot { get; internal set; }

    internal byte Length;

    internal WatchedBytes Storage;

    /// <summary>The frame from its destination MAC on.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => ((ReadOnlySpan<byte>)Storage)[..Length];
}

/// <summary>The bytes of a <see cref="WatchedFrame"/>.</summary>
[InlineArray(WatchedFrame.Capacity)]
internal struct WatchedBytes
{
    private byte _first;
}
