using System.Text;
using FastBond.Lab.Machine;
using Microsoft.Win32.SafeHandles;

namespace FastBond.Lab.Net;

/// <summary>Sets devices of one namespace up and down by ioctl: within microseconds, where starting <c>ip</c> takes milliseconds.</summary>
public sealed unsafe class LinkSwitch : IDisposable
{
    private const int NameSize = 16, RequestSize = 40;
    private const short Up = 1;

    private readonly SafeFileHandle _socket;

    /// <summary>For the devices of <paramref name="place"/>.</summary>
    public LinkSwitch(NetworkNamespace place) => _socket = place.Invoke(() => Syscalls.Socket(Syscalls.AF_INET, Syscalls.SOCK_DGRAM, 0));

    /// <summary>Sets a device's administrative state.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">No such device, or not allowed.</exception>
    public void Set(string device, bool up)
    {
        byte* request = stackalloc byte[RequestSize];
        new Span<byte>(request, RequestSize).Clear();
        Encoding.ASCII.GetBytes(device, new Span<byte>(request, NameSize - 1));
        short* flags = (short*)(request + NameSize);
        Syscalls.Check(Syscalls.ioctl(_socket, Syscalls.SIOCGIFFLAGS, request), $"flags of {device}");
        *flags = (short)(up ? *flags | Up : *flags & ~Up);
        Syscalls.Check(Syscalls.ioctl(_socket, Syscalls.SIOCSIFFLAGS, request), $"{device} {(up ? "up" : "down")}");
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
