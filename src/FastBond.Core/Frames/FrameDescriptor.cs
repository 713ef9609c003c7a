using System.Runtime.InteropServices;

namespace FastBond.Core.Frames;

/// <summary>
/// Where a frame lies: 16 bytes, laid out as the kernel's <c>struct xdp_desc</c>, so that a frame moves between AF_XDP rings, our own
/// rings and the burst loop without being rewritten.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct FrameDescriptor
{
    /// <summary>Offset of the frame's first byte (destination MAC) from the start of the frame memory, in bytes.</summary>
    public ulong Address;

    /// <summary>Length of the frame without FCS, in bytes.</summary>
    public uint Length;

    /// <summary>The kernel's per-descriptor flags (<c>XDP_PKT_CONTD</c> …); 0 for a frame that lies in one buffer.</summary>
    public uint Options;
}
