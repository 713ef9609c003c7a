using System.Runtime.InteropServices;
using FastBond.Core.Frames;
using FastBond.Dataplane.Offloads;

namespace FastBond.Linux.Native;

/// <summary>
/// libfastbond.so, one method a function: <c>native/fastbond.h</c> is the reference. Each answers a value of at least 0, or a negative
/// errno. The calls of the burst loop take plain pointers and descriptors.
/// </summary>
internal static unsafe partial class NativeMethods
{
    /// <summary><c>FB_BUFFER_SIZE</c>.</summary>
    public const int BufferSize = 4096;

    private const string Library = NativeLibraryLoader.LibraryName;

    static NativeMethods() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, static (name, _, _) => NativeLibraryLoader.Resolve(name));

    [LibraryImport(Library, EntryPoint = "fb_memlock_unlimited")]
    public static partial int MemlockUnlimited();

    [LibraryImport(Library, EntryPoint = "fb_prioritize_thread")]
    public static partial int PrioritizeThread(int nice, uint sliceNs);

    [LibraryImport(Library, EntryPoint = "fb_xdp_attach")]
    public static partial int XdpAttach(int ifIndex, uint queues, XdpMode mode, int frags, out XdpHandle xdp);

    [LibraryImport(Library, EntryPoint = "fb_xdp_detach")]
    public static partial void XdpDetach(nint xdp);

    [LibraryImport(Library, EntryPoint = "fb_xdp_set_inactive")]
    public static partial int XdpSetInactive(XdpHandle xdp, int inactive);

    [LibraryImport(Library, EntryPoint = "fb_xdp_unbound_drops")]
    public static partial int XdpUnboundDrops(XdpHandle xdp, out ulong drops);

    [LibraryImport(Library, EntryPoint = "fb_xsk_open")]
    public static partial int XskOpen(XdpHandle xdp, in XskConfig config, out XskHandle xsk, ref XskRings rings);

    [LibraryImport(Library, EntryPoint = "fb_xsk_close")]
    public static partial void XskClose(nint xsk);

    [LibraryImport(Library, EntryPoint = "fb_xsk_kick")]
    public static partial int XskKick(int fd);

    [LibraryImport(Library, EntryPoint = "fb_xsk_wake_receive")]
    public static partial int XskWakeReceive(int fd);

    [LibraryImport(Library, EntryPoint = "fb_xsk_statistics")]
    public static partial int XskGetStatistics(int fd, out XskStatistics statistics);

    [LibraryImport(Library, EntryPoint = "fb_tap_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int TapOpen(string name);

    [LibraryImport(Library, EntryPoint = "fb_tap_set_persistent")]
    public static partial int TapSetPersistent(int fd, int persistent);

    [LibraryImport(Library, EntryPoint = "fb_tap_set_carrier")]
    public static partial int TapSetCarrier(int fd, int carrier);

    [LibraryImport(Library, EntryPoint = "fb_tap_set_link_type")]
    public static partial int TapSetLinkType(int fd, int type);

    [LibraryImport(Library, EntryPoint = "fb_tap_set_offload")]
    public static partial int TapSetOffload(int fd, uint flags);

    [LibraryImport(Library, EntryPoint = "fb_tap_steer")]
    public static partial int TapSteer(int fd, uint queues);

    [LibraryImport(Library, EntryPoint = "fb_tap_read")]
    public static partial int TapRead(
        int fd, byte* memory, FrameDescriptor* frames, uint count, uint capacity, byte* overflow, uint overflowSize);

    [LibraryImport(Library, EntryPoint = "fb_tap_write")]
    public static partial int TapWrite(int fd, byte* memory, FrameDescriptor* frames, uint count);

    [LibraryImport(Library, EntryPoint = "fb_tap_write_gathered")]
    public static partial int TapWriteGathered(int fd, MemoryPart* parts, uint* partCounts, uint count);
}
