using System.Text;
using FastBond.Lab.Machine;
using Microsoft.Win32.SafeHandles;

namespace FastBond.Lab.Net;

/// <summary>A TAP device whose other end is this object: a NIC of another driver than veth, or of another link type.</summary>
public sealed unsafe class TapDevice : IDisposable
{
    /// <summary>Link type of InfiniBand (<c>ARPHRD_INFINIBAND</c>).</summary>
    public const int InfiniBand = 32;

    private const uint SetInterface = 0x400454ca, SetLinkType = 0x400454cd, SetCarrier = 0x400454e2;
    private const short Tap = 0x0002, NoHeader = 0x1000;
    private const int NameSize = 16, RequestSize = 40;

    private const int PatienceMs = 50;

    private readonly SafeFileHandle _file;
    private readonly List<byte[]> _transmitted = [];
    private readonly Action<byte[]> _take;
    private readonly Thread _reader;
    private volatile bool _stop;

    /// <summary>Makes a TAP device in <paramref name="place"/>, administratively down, with carrier.</summary>
    /// <param name="place">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="linkType">ARP hardware type to declare; 1 is Ethernet.</param>
    /// <param name="take">Takes each frame that the device transmits, on a thread of its own; without it they are kept.</param>
    public TapDevice(NetworkNamespace place, string name, int linkType = 1, Action<byte[]>? take = null)
    {
        _take = take ?? Keep;
        _file = place.Invoke(() => File.OpenHandle("/dev/net/tun", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));
        byte* request = stackalloc byte[RequestSize];
        new Span<byte>(request, RequestSize).Clear();
        Encoding.ASCII.GetBytes(name, new Span<byte>(request, NameSize - 1));
        *(short*)(request + NameSize) = Tap | NoHeader;
        place.Invoke(() => Syscalls.Check(Syscalls.ioctl(_file, SetInterface, request), $"TAP {name}"));
        if (linkType != 1)
        {
            Syscalls.Check(Syscalls.ioctl(_file, SetLinkType, (void*)linkType), $"link type {linkType} of {name}");
        }
        _reader = new Thread(Read) { IsBackground = true, Name = "read " + name };
        _reader.Start();
    }

    /// <summary>Gives the device carrier or takes it.</summary>
    public void Carrier(bool on)
    {
        int value = on ? 1 : 0;
        Syscalls.Check(Syscalls.ioctl(_file, SetCarrier, &value), "TAP carrier");
    }

    /// <summary>The frames that the device has transmitted, in order.</summary>
    public IReadOnlyList<byte[]> Transmitted
    {
        get
        {
            lock (_transmitted)
            {
                return [.. _transmitted];
            }
        }
    }

    /// <summary>Makes the device receive a frame.</summary>
    /// <returns>Whether it did; false if it is down.</returns>
    public bool Send(ReadOnlySpan<byte> frame) => Syscalls.write(_file, frame, frame.Length) == frame.Length;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _reader.Join();
        _file.Dispose();
    }

    private void Read()
    {
        byte[] frame = new byte[1 << 17];
        Syscalls.PollFd poll = new() { Fd = (int)_file.DangerousGetHandle(), Events = Syscalls.POLLIN };
        while (!_stop)
        {
            if (Syscalls.poll(&poll, 1, PatienceMs) > 0 && Syscalls.read(_file, frame, frame.Length) is > 0 and nint length)
            {
                _take(frame[..(int)length]);
            }
        }
    }

    private void Keep(byte[] frame)
    {
        lock (_transmitted)
        {
            _transmitted.Add(frame);
        }
    }
}
