using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FastBond.Dataplane.Rings;
using FastBond.Lab.Net;
using FastBond.Linux.Native;
using FastBond.Linux.Ports;

namespace FastBond.Benchmarks.Afxdp;

/// <summary>One end of a veth pair under the slaves' own XDP program, which drops every frame of a queue that no socket is bound to.</summary>
internal sealed unsafe class XdpEnd : IDisposable
{
    private const int RingSize = 2048;

    private readonly NetworkNamespace _place;
    private readonly string _device;
    private readonly int _ifIndex;
    private readonly XdpHandle _program;

    /// <summary>Attaches the program.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused.</exception>
    public XdpEnd(NetworkNamespace place, string device, int queues)
    {
        _place = place;
        _device = device;
        _ifIndex = place.Link(device).Index;
        XdpHandle? program = null;
        int result = place.Invoke(() => NativeMethods.XdpAttach(_ifIndex, (uint)queues, XdpMode.Native, frags: 0, out program));
        _program = program!;
        if (result < 0)
        {
            _program.Dispose();
            throw Refused("attaching the XDP program", result);
        }
    }

    /// <summary>Frames dropped as no socket was bound.</summary>
    public long Dropped => NativeMethods.XdpUnboundDrops(_program, out ulong drops) is var result and < 0
        ? throw Refused("reading the drops", result)
        : (long)drops;

    /// <summary>Binds a socket to a queue; until it is closed, frames of that queue are received.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused.</exception>
    public BoundSocket Bind(FramePool pool, int queue = 0)
    {
        XskRings mapped = new() { StructSize = (uint)sizeof(XskRings) };
        XskHandle? socket = null;
        int result = _place.Invoke(() =>
        {
            XskConfig config = new()
            {
                StructSize = (uint)sizeof(XskConfig),
                IfIndex = _ifIndex,
                Queue = (uint)queue,
                Mode = XdpMode.Native,
                RingSize = RingSize,
                ChunkSize = (uint)pool.Memory.ChunkSize,
                Memory = pool.Memory.Pointer,
                MemorySize = (ulong)pool.Memory.Size,
            };
            return NativeMethods.XskOpen(_program, in config, out socket, ref mapped);
        });
        if (result < 0)
        {
            socket?.Dispose();
            throw Refused("binding an AF_XDP socket", result);
        }

        SocketRings rings = new(pool, pool.OpenSocket(), Area(mapped.Fill), Area(mapped.Rx), Area(mapped.Tx), Area(mapped.Completion));
        return new BoundSocket(socket!, new XskPort([rings], [mapped.Fd]));
    }

    /// <summary>Takes the program off.</summary>
    public void Dispose() => _program.Dispose();

    private static RingArea Area(NativeRing ring) => new(ring.Producer, ring.Consumer, ring.Flags, ring.Entries, ring.Size);

    private InvalidOperationException Refused(string what, int result) => new($"{_device}: {NativeError.ToOutcome(result, what).Message}");
}

/// <summary>A socket until it is closed, and the port over it.</summary>
internal sealed class BoundSocket(XskHandle socket, XskPort port) : IDisposable
{
    public XskPort Port => port;

    public void Dispose() => socket.Dispose();
}
