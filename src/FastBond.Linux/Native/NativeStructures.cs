using System.Runtime.InteropServices;

namespace FastBond.Linux.Native;

/// <summary>How a slave's frames reach us: <c>enum fb_xdp_mode</c>.</summary>
internal enum XdpMode
{
    /// <summary>The NIC reads and writes the frame memory itself.</summary>
    ZeroCopy = 1,

    /// <summary>The driver runs the program, the kernel copies.</summary>
    Native = 2,

    /// <summary>The stack runs the program on its own buffers and copies.</summary>
    Generic = 3,
}

/// <summary>A kernel ring as mapped into the process: <c>struct fb_ring</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeRing
{
    /// <summary>Index of the next entry to be written, free-running.</summary>
    public uint* Producer;

    /// <summary>Index of the next entry to be read, free-running.</summary>
    public uint* Consumer;

    /// <summary>Bit 0 (<c>XDP_RING_NEED_WAKEUP</c>): the kernel waits for a call.</summary>
    public uint* Flags;

    /// <summary><see langword="ulong"/> addresses (fill, completion) or frame descriptors (rx, tx).</summary>
    public void* Entries;

    /// <summary>Number of entries, a power of two.</summary>
    public uint Size;

    private readonly uint _reserved;
}

/// <summary>What a socket is opened with: <c>struct fb_xsk_config</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct XskConfig
{
    /// <summary>Set by <see cref="NativeMethods.XskOpen"/>'s callers to <c>sizeof(XskConfig)</c>.</summary>
    public uint StructSize;

    /// <summary>Interface index.</summary>
    public int IfIndex;

    /// <summary>Queue of the interface.</summary>
    public uint Queue;

    /// <summary>Mode asked for; zero-copy is refused, not replaced, where the driver lacks it.</summary>
    public XdpMode Mode;

    /// <summary>Entries of each of the four rings, a power of two.</summary>
    public uint RingSize;

    /// <summary>Bytes of a frame's chunk, a power of two; above <see cref="NativeMethods.BufferSize"/> a frame takes several descriptors.</summary>
    public uint ChunkSize;

    /// <summary>Page-aligned start of the frame memory.</summary>
    public void* Memory;

    /// <summary>Bytes of the frame memory.</summary>
    public ulong MemorySize;
}

/// <summary>What a socket was opened as: <c>struct fb_xsk_rings</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XskRings
{
    /// <summary>Set by the caller to <c>sizeof(XskRings)</c>.</summary>
    public uint StructSize;

    /// <summary>The socket, for kicks and polls; closed with its <see cref="XskHandle"/>.</summary>
    public int Fd;

    /// <summary>1 if the kernel bound it zero-copy.</summary>
    public int ZeroCopy;

    private readonly uint _reserved;

    /// <summary>Addresses given to the kernel for reception.</summary>
    public NativeRing Fill;

    /// <summary>Addresses whose transmission is over.</summary>
    public NativeRing Completion;

    /// <summary>Received frames.</summary>
    public NativeRing Rx;

    /// <summary>Frames to send.</summary>
    public NativeRing Tx;
}

/// <summary>The kernel's counters of one socket: <c>struct fb_xsk_statistics</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XskStatistics
{
    /// <summary>Frames dropped for other reasons than those below.</summary>
    public ulong RxDropped;

    /// <summary>Fill ring entries that point nowhere.</summary>
    public ulong RxInvalidDescriptors;

    /// <summary>TX ring entries that point nowhere.</summary>
    public ulong TxInvalidDescriptors;

    /// <summary>Frames dropped as the RX ring was full.</summary>
    public ulong RxRingFull;

    /// <summary>Times a frame came and the fill ring was empty.</summary>
    public ulong RxFillRingEmpty;

    /// <summary>Times the kernel looked for a frame to send and there was none.</summary>
    public ulong TxRingEmpty;
}

/// <summary><c>struct fb_link</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeLink
{
    public int IfIndex;
    public int IfLink;
    public int Master;
    public uint Flags;
    public uint Type;
    public uint Mtu;
    public uint Promiscuity;
    public uint RxQueues;
    public uint TxQueues;
    public int Carrier;
    public int VlanId;
    public uint VlanProtocol;
    public uint AddressLength;
    public fixed byte Address[32];
    public fixed byte Broadcast[32];
    public fixed byte PermanentAddress[32];
    public fixed byte Name[16];
    public fixed byte Kind[16];
    public ulong RxErrors;
    public ulong RxOverruns;
    public ulong RxFrameErrors;
    public ulong TxErrors;
    public ulong TxOverruns;
    public ulong TxCarrierErrors;
}

/// <summary><c>struct fb_address</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeAddress
{
    public int IfIndex;
    public uint Family;
    public uint PrefixLength;
    public uint Flags;
    public uint Scope;
    public uint ValidSeconds;
    public uint PreferredSeconds;
    public fixed byte Address[16];
    public fixed byte Peer[16];
    public fixed byte Broadcast[4];
    public fixed byte Label[16];
}

/// <summary><c>struct fb_route</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeRoute
{
    public int IfIndex;
    public uint Family;
    public uint PrefixLength;
    public uint Table;
    public uint Metric;
    public uint Protocol;
    public uint OnLink;
    public uint HasGateway;
    public uint HasSource;
    public fixed byte Destination[16];
    public fixed byte Gateway[16];
    public fixed byte Source[16];
}

/// <summary><c>struct fb_event</c>.</summary>
[StructLayout(LayoutKind.Explicit)]
internal struct NativeEvent
{
    [FieldOffset(0)]
    public uint Kind;

    [FieldOffset(8)]
    public NativeLink Link;

    [FieldOffset(8)]
    public NativeAddress Address;
}

/// <summary><c>struct fb_channels</c>: queues in use and at most.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeChannels
{
    public uint Rx;
    public uint Tx;
    public uint Combined;
    public uint MaxRx;
    public uint MaxTx;
    public uint MaxCombined;
}
