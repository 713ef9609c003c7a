using FastBond.Linux.Native;

namespace FastBond.Linux.Ports;

/// <summary>What the kernel leaves to the reader of a TAP device: <c>TUN_F_*</c> of <c>linux/if_tun.h</c>.</summary>
internal static class TapOffloads
{
    /// <summary>Every frame is finished and fits the MTU.</summary>
    public const uint None = 0;

    /// <summary>Checksums, and segmentation of TCP over IPv4 and IPv6, with CWR set or not.</summary>
    public const uint Tcp = 0x01 | 0x02 | 0x04 | 0x08;

    /// <summary>Segmentation of UDP over IPv4 and IPv6 as well (Linux 6.2).</summary>
    public const uint TcpAndUdp = Tcp | 0x20 | 0x40;

    /// <summary>Has the device leave to us as much as its kernel can, or nothing. Returns 0 or a negative errno.</summary>
    /// <param name="descriptor">Any queue of the device.</param>
    /// <param name="on">Whether anything is to be left to us; a persistent device keeps what its last owner set.</param>
    public static int Set(int descriptor, bool on)
    {
        int error = NativeMethods.TapSetOffload(descriptor, on ? TcpAndUdp : None);
        return on && error != 0 ? NativeMethods.TapSetOffload(descriptor, Tcp) : error;
    }
}
