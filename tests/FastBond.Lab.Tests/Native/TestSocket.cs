using System.ComponentModel;
using System.Diagnostics;
using FastBond.Core.Frames;
using FastBond.Linux.Native;

namespace FastBond.Lab.Tests.Native;

/// <summary>An AF_XDP socket with a small frame memory of its own, driven one frame at a time.</summary>
internal sealed unsafe class TestSocket : IDisposable
{
    private const int Chunks = 128, ChunkSize = 2048, RingSize = 64;
    private const ulong MemorySize = Chunks * ChunkSize;

    private readonly byte* _memory;
    private readonly XskHandle _socket;
    private readonly XskRings _rings;

    private TestSocket(byte* memory, XskHandle socket, XskRings rings)
    {
        _memory = memory;
        _socket = socket;
        _rings = rings;
        for (uint i = 0; i < RingSize; i++)
        {
            ((ulong*)rings.Fill.Entries)[i] = i * ChunkSize;
        }
        Volatile.Write(ref *rings.Fill.Producer, RingSize);
    }

    public int Fd => _rings.Fd;

    public bool IsZeroCopy => _rings.ZeroCopy != 0;

    public uint TxInRing => Volatile.Read(ref *_rings.Tx.Producer) - Volatile.Read(ref *_rings.Tx.Consumer);

    public uint Completed => Volatile.Read(ref *_rings.Completion.Producer);

    public static int Open(XdpHandle xdp, int ifIndex, uint queue, XdpMode mode, out TestSocket? socket)
    {
        socket = null;
        int fd = Libc.MemfdCreate("fbt-frames", Libc.MfdCloexec);
        Assert0(fd >= 0 && Libc.Ftruncate(fd, (long)MemorySize) == 0);
        nint memory = Libc.Mmap(null, (nuint)MemorySize, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared | Libc.MapPopulate, fd, 0);
        Assert0(memory != -1);
        _ = Libc.Close(fd);
        XskConfig config = new()
        {
            StructSize = (uint)sizeof(XskConfig),
            IfIndex = ifIndex,
            Queue = queue,
            Mode = mode,
            RingSize = RingSize,
            ChunkSize = ChunkSize,
            Memory = (void*)memory,
            MemorySize = MemorySize,
        };
        XskRings rings = new() { StructSize = (uint)sizeof(XskRings) };
        int result = NativeMethods.XskOpen(xdp, config, out XskHandle handle, ref rings);
        if (result == 0)
        {
            socket = new TestSocket((byte*)memory, handle, rings);
        }
        else
        {
            _ = Libc.Munmap((void*)memory, (nuint)MemorySize);
        }
        return result;
    }

    /// <summary>Puts a frame on the TX ring (chunks above those of the fill ring) and kicks; answers the kick's result.</summary>
    public int Send(ReadOnlySpan<byte> frame)
    {
        uint producer = *_rings.Tx.Producer;
        ulong address = (RingSize + (producer % RingSize)) * ChunkSize;
        frame.CopyTo(new Span<byte>(_memory + address, ChunkSize));
        ((FrameDescriptor*)_rings.Tx.Entries)[producer % RingSize] = new() { Address = address, Length = (uint)frame.Length };
        Volatile.Write(ref *_rings.Tx.Producer, producer + 1);
        return NativeMethods.XskKick(Fd);
    }

    /// <summary>The next received frame; null if none comes within <paramref name="patienceMs"/>.</summary>
    public byte[]? Receive(int patienceMs = 2000)
    {
        long start = Stopwatch.GetTimestamp();
        uint consumer = *_rings.Rx.Consumer;
        while (Volatile.Read(ref *_rings.Rx.Producer) == consumer)
        {
            int left = patienceMs - (int)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            PollFd poll = new() { Fd = Fd, Events = Libc.PollIn };
            if (left <= 0 || Libc.Poll(&poll, 1, left) < 0)
            {
                return null;
            }
        }
        FrameDescriptor descriptor = ((FrameDescriptor*)_rings.Rx.Entries)[consumer % RingSize];
        byte[] frame = new Span<byte>(_memory + descriptor.Address, (int)descriptor.Length).ToArray();
        Volatile.Write(ref *_rings.Rx.Consumer, consumer + 1);
        uint producer = *_rings.Fill.Producer;
        ((ulong*)_rings.Fill.Entries)[producer % RingSize] = descriptor.Address;
        Volatile.Write(ref *_rings.Fill.Producer, producer + 1);
        return frame;
    }

    public void Dispose()
    {
        if (!_socket.IsClosed)
        {
            _socket.Dispose();
            _ = Libc.Munmap(_memory, (nuint)MemorySize);
        }
    }

    private static void Assert0(bool condition)
    {
        if (!condition)
        {
            throw new Win32Exception();
        }
    }
}
