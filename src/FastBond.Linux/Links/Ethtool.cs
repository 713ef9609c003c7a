using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using FastBond.Core.Bonds;
using FastBond.Linux.Native;

namespace FastBond.Linux.Links;

/// <summary>The queues that a device uses now, and the most it can; a device counts either combined ones or receive and transmit apart.</summary>
/// <param name="Rx">Receive-only queues.</param>
/// <param name="Tx">Transmit-only queues.</param>
/// <param name="Combined">Queues for both.</param>
/// <param name="MaxRx">The most receive-only queues.</param>
/// <param name="MaxTx">The most transmit-only queues.</param>
/// <param name="MaxCombined">The most queues for both.</param>
public readonly record struct ChannelCounts(int Rx, int Tx, int Combined, int MaxRx, int MaxTx, int MaxCombined)
{
    /// <summary>All receive queues in use.</summary>
    public int RxInUse => Rx + Combined;

    /// <summary>All transmit queues in use.</summary>
    public int TxInUse => Tx + Combined;
}

/// <summary>What ethtool knows. One per thread, bound to the network namespace of the thread that opened it.</summary>
public sealed unsafe class Ethtool : IDisposable
{
    private readonly int _fd;
    private bool _closed;

    /// <summary>Opens a socket to ask through.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    /// <exception cref="DllNotFoundException">libfastbond.so is not there.</exception>
    public Ethtool()
    {
        _fd = NativeMethods.EthtoolOpen();
        if (_fd < 0)
        {
            throw new Win32Exception(-_fd);
        }
    }

    /// <summary>
    /// The driver's own carrier flag: 1 or 0 (also of an interface that is down), or a negative errno: <c>-ENODEV</c> if the interface is
    /// gone, <c>-EOPNOTSUPP</c> if the driver has no such flag. Allocates nothing; may wait for the kernel's RTNL lock.
    /// </summary>
    public int Carrier(string name) => NativeMethods.EthtoolLink(_fd, name);

    /// <summary>
    /// Whether there is carrier. A driver without such a flag counts as having it, as with <c>use_carrier=0</c> of a kernel bond; what
    /// <c>use_carrier=1</c> asks there, the stack's own copy, such a driver never clears.
    /// </summary>
    public bool HasCarrier(string name) => Carrier(name) is > 0 or -(int)Errno.EOPNOTSUPP;

    /// <summary>Speed in Mb/s (0: unknown) and duplex.</summary>
    public (int SpeedMbps, Duplex Duplex) Speed(string name) =>
        NativeMethods.EthtoolSpeed(_fd, name, out uint speed, out uint duplex) < 0
            ? (0, Duplex.Unknown)
            : ((int)speed, duplex switch { 1 => Duplex.Half, 2 => Duplex.Full, _ => Duplex.Unknown });

    /// <summary>Queues in use; null if the driver does not tell.</summary>
    public ChannelCounts? Channels(string name) =>
        NativeMethods.EthtoolChannels(_fd, name, out NativeChannels c) < 0
            ? null
            : new ChannelCounts((int)c.Rx, (int)c.Tx, (int)c.Combined, (int)c.MaxRx, (int)c.MaxTx, (int)c.MaxCombined);

    /// <summary>Receive queues in use; one where the driver does not tell.</summary>
    public int ReceiveQueues(string name) => Math.Max(1, Channels(name)?.RxInUse ?? 1);

    /// <summary>Whether a feature is on, by its name in <c>ethtool -k</c>'s string set ("rx-lro"); null if the device has none of that name.</summary>
    public bool? Feature(string name, string feature) => NativeMethods.EthtoolFeatureGet(_fd, name, feature) switch { < 0 => null, 0 => false, _ => true };

    /// <summary>Switches a feature; EOPNOTSUPP if it is fixed as it is.</summary>
    public Outcome SetFeature(string name, string feature, bool on) =>
        NativeError.ToOutcome(NativeMethods.EthtoolFeatureSet(_fd, name, feature, on ? 1 : 0), $"cannot switch {feature} of {name} {(on ? "on" : "off")}");

    /// <summary>The driver's name; empty if it tells none.</summary>
    public string Driver(string name)
    {
        const int Size = 32;
        byte* driver = stackalloc byte[Size];
        return NativeMethods.EthtoolDriver(_fd, name, driver, Size) < 0
            ? ""
            : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(driver));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            _ = Libc.Close(_fd);
        }
    }
}
