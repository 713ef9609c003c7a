using System.Runtime.InteropServices;

namespace FastBond.Linux.Native;

/// <summary>A slave's XDP program; closing it takes the program off.</summary>
internal sealed class XdpHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.XdpDetach(handle);
        return true;
    }
}

/// <summary>An AF_XDP socket with its rings: after closing it the rings are no longer mapped, so every core must have let go of them.</summary>
internal sealed class XskHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.XskClose(handle);
        return true;
    }
}

/// <summary>A netlink request socket.</summary>
internal sealed class NetlinkHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.NetlinkClose(handle);
        return true;
    }
}

/// <summary>A netlink subscription.</summary>
internal sealed class WatchHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.WatchClose(handle);
        return true;
    }
}
