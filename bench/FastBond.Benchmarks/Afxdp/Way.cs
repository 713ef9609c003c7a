using FastBond.Core.Bonds;

namespace FastBond.Benchmarks.Afxdp;

/// <summary>Which way frames go.</summary>
internal enum Direction
{
    /// <summary>From a host port in memory to the slaves' links, whose far ends drop.</summary>
    Transmit,

    /// <summary>From the far ends of the slaves' links to a host port in memory.</summary>
    Receive,

    /// <summary>From the far end of a third pair, which is the host port, to the slaves' links, whose far ends drop.</summary>
    Forward,
}

/// <summary>How a mode puts frames on the links, so that a loop without a bond can do likewise. The names are those that <c>bench/peers/xsk_loop.c</c> knows.</summary>
internal enum Spread
{
    /// <summary>All on the first.</summary>
    One,

    /// <summary>Frame by frame by turns; a hash over many flows comes to the same.</summary>
    Frames,

    /// <summary>Each on every one.</summary>
    Copies,
}

/// <summary>A way to use the links.</summary>
/// <param name="Name">Name of the mode.</param>
/// <param name="Mode">The mode.</param>
/// <param name="Spread">How it puts frames on the links.</param>
internal sealed record Way(string Name, BondMode Mode, Spread Spread);

/// <summary>One measurement.</summary>
/// <param name="Ns">Nanoseconds per frame, with the playing of host and far ends: median of the samples in which nothing else had the CPU, or of all if there is none.</param>
/// <param name="Given">Frames that were put in at one end.</param>
/// <param name="Arrived">Frames that came out at the other.</param>
/// <param name="Calls">System calls of the near ends.</param>
internal readonly record struct Segment(double Ns, long Given, long Arrived, long Calls);
