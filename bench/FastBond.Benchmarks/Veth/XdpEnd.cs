using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FastBond.Dataplane.Rings;
using FastBond.Lab.Net;
using FastBond.Linux.Native;
using FastBond.Linux.Ports;

namespace FastBond.Benchmarks.Veth;

/// <summary>One end of a veth pair under the slaves' own XDP program, which drops every frame until a socket is bound.</summary>
internal sealed unsafe class XdpEnd : IDisposable
{
    private const int RingSize = 2048;

    private readonly NetworkNamespace _place;
    private readonly string _device;
    private readonly int _ifIndex;
    private readonly XdpHandle _program;
    private XskHandle? _socket;

    /// <summary>Attaches the program to a device of one queue.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused.</exception>
    public XdpEnd(NetworkNamespace place, string device)
    {
        _place = place;
        _device = device;
        _ifIndex = place.Link(device).Index;
        XdpHandle? program = null;
        int result = place.Invoke(() => NativeMethods.XdpAttach(_ifIndex, queues: 1, XdpMode.Native, frags: 0, out program));
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

    /// <summary>Binds the one socket of this end; from then on frames are received.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused.</exception>
    public XskPort Bind(FramePool pool)
    {
        XskRings mapped = new() { StructSize = (uint)sizeof(XskRings) };
        int result = _place.Invoke(() =>
        {
            XskConfig config = new()
            {
                StructSize = (uint)sizeof(XskConfig),
                IfIndex = _ifIndex,
                Mode = XdpMode.Native,
                RingSize = RingSize,
                ChunkSize = (uint)pool.Memory.ChunkSize,
                Memory = pool.Memory.Pointer,
                MemorySize = (ulong)pool.Memory.Size,
            };
            return NativeMethods.XskOpen(_program, in config, out _socket, ref mapped);
        });
        if (result < 0)
        {
            throw Refused("binding an AF_XDP socket", result);
        }

        SocketRings rings = new(pool, pool.OpenSocket(), Area(mapped.Fill), Area(mapped.Rx), Area(mapped.Tx), Area(mapped.Completion));
        return new XskPort([rings], [mapped.Fd]);
    }

    /// <summary>Closes the socket and takes the program off.</summary>
    public void Dispose()
    {
        _socket?.Dispose();
        _program.Dispose();
    }

    private static RingArea Area(NativeRing ring) => new(ring.Producer, ring.Consumer, ring.Flags, ring.Entries, ring.Size);

    private InvalidOperationException Refused(string what, int result) => new($"{_device}: {NativeError.ToOutcome(result, what).Message}");
}
