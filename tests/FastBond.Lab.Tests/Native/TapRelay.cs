using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux.Native;
using FastBond.Linux.Ports;
using Libc = FastBond.Linux.Native.Libc;

namespace FastBond.Lab.Tests.Native;

/// <summary>
/// Two hosts, each with a TAP device <c>bond0</c> whose port hands every frame to the other's, as a bond with perfect links would:
/// <code>
///   A bond0 ─ TapPort ─ (frames) ─ TapPort ─ bond0 B
/// </code>
/// </summary>
internal sealed unsafe class TapRelay : IDisposable
{
    public const string Device = "bond0", AddressA = "192.0.2.1", AddressB = "192.0.2.2", AddressA6 = "fd00::1", AddressB6 = "fd00::2";
    private const int Burst = 64, FirstBursts = 200;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly FrameMemory _memory = FrameMemory.Allocate(1024);
    private readonly FramePool _pool;
    private readonly List<int> _queues = [];
    private Thread? _thread;
    private volatile bool _stopping;
    private uint _longest;
    private long _allocated;

    public TapRelay()
    {
        _pool = new FramePool(_memory);
        (A, PortA) = Host(AddressA, AddressA6);
        (B, PortB) = Host(AddressB, AddressB6);
    }

    public NetworkNamespace A { get; }

    public NetworkNamespace B { get; }

    public TapPort PortA { get; }

    public TapPort PortB { get; }

    public FramePool Pool => _pool;

    /// <summary>The longest frame that was handed over, in bytes.</summary>
    public uint Longest => Volatile.Read(ref _longest);

    /// <summary>Moves frames until the relay is disposed.</summary>
    public TapRelay Start()
    {
        _thread = new Thread(() =>
        {
            long before = 0;
            int bursts = 0;
            while (!_stopping)
            {
                if (Move(PortA, PortB) + Move(PortB, PortA) == 0)
                {
                    Thread.Yield();
                }
                else if (++bursts == FirstBursts)
                {
                    before = GC.GetAllocatedBytesForCurrentThread();
                }
            }
            _allocated = bursts < FirstBursts ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
        });
        _thread.Start();
        return this;
    }

    /// <summary>Stops; returns what moving frames allocated after the first bursts, which load code, in bytes.</summary>
    public long Stop()
    {
        _stopping = true;
        _thread?.Join();
        return _allocated;
    }

    /// <summary>The bytes of every frame the host of a port has sent, as they would go to the slaves; of those too long, the length.</summary>
    public List<byte[]> Read(TapPort port, int count)
    {
        List<byte[]> frames = [];
        FrameDescriptor* burst = stackalloc FrameDescriptor[Burst];
        Wait.Until(
            () =>
            {
                int received = port.Receive(burst, Burst);
                for (int i = 0; i < received; i++)
                {
                    int length = (int)burst[i].Length;
                    bool fits = length <= _memory.FrameCapacity;
                    frames.Add(fits ? new ReadOnlySpan<byte>(_memory.Pointer + burst[i].Address, length).ToArray() : new byte[length]);
                }
                _pool.Free(burst, received);
                return frames.Count >= count;
            },
            Soon,
            $"{count} frames from the host");
        return frames;
    }

    /// <summary>The next bursts that a port hands out, until those of super-frames hold so many: of which super-frame each is, and how many frames.</summary>
    public List<(ulong SuperFrame, int Frames)> Bursts(TapPort port, int count)
    {
        List<(ulong, int)> bursts = [];
        FrameDescriptor* burst = stackalloc FrameDescriptor[Burst];
        Wait.Until(
            () =>
            {
                int received = port.Receive(burst, Burst);
                _pool.Free(burst, received);
                count -= port.SuperFrame != 0 ? received : 0;
                if (received > 0)
                {
                    bursts.Add((port.SuperFrame, received));
                }
                return count <= 0;
            },
            Soon,
            "frames from the host");
        return bursts;
    }

    /// <summary>Gives the host of a port frames in one burst. Returns how many it took; all are freed.</summary>
    public int Write(TapPort port, IReadOnlyList<byte[]> frames)
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[Burst];
        int count = _pool.Take(burst, frames.Count);
        for (int i = 0; i < count; i++)
        {
            burst[i].Length = (uint)frames[i].Length;
            frames[i].CopyTo(new Span<byte>(_memory.Pointer + burst[i].Address, _memory.FrameCapacity));
        }
        int written = port.Transmit(burst, count);
        _pool.Free(burst + written, count - written);
        return written;
    }

    /// <summary>A kernel counter of a host, as <c>nstat</c> names it.</summary>
    public static long Counter(NetworkNamespace place, string name) =>
        place.Run($"nstat -asz {name}").Output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 1 && words[0] == name).Sum(words => long.Parse(words[1]));

    public void Dispose()
    {
        Stop();
        _queues.ForEach(queue => Libc.Close(queue));
        A.Dispose();
        B.Dispose();
        _pool.Dispose();
        _memory.Dispose();
    }

    private (NetworkNamespace, TapPort) Host(string address, string address6)
    {
        NetworkNamespace place = NetworkNamespace.Create(ipv6: true);
        int queue = place.Invoke(() => NativeMethods.TapOpen(Device));
        _queues.Add(queue);
        if (TapOffloads.Set(queue, on: true) != 0 || NativeMethods.TapSetCarrier(queue, 1) != 0)
        {
            throw new LabException($"no TAP with offloads: {queue}");
        }
        // No address is probed, and no router looked for: every frame is a test's own.
        place.Invoke(() => File.WriteAllText($"/proc/sys/net/ipv6/conf/{Device}/addr_gen_mode", "1"));
        place.Ip($"address add {address}/24 dev {Device}");
        place.Ip($"address add {address6}/64 dev {Device} nodad");
        place.Ip($"link set {Device} up");
        Wait.Until(() => place.Link(Device).HasCarrier, Soon, "carrier");
        return (place, new TapPort(queue, _pool, offloads: true));
    }

    private int Move(TapPort from, TapPort to)
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[Burst];
        int count = from.Receive(burst, Burst);
        for (int i = 0; i < count; i++)
        {
            Volatile.Write(ref _longest, Math.Max(_longest, burst[i].Length));
        }
        int written = count == 0 ? 0 : to.Transmit(burst, count);
        _pool.Free(burst + written, count - written);
        return count;
    }
}
