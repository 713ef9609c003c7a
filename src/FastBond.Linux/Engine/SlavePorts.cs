using FastBond.Core.Bonds;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FastBond.Dataplane.Rings;
using FastBond.Linux.Native;
using FastBond.Linux.Ports;
using XdpChoice = FastBond.Core.Options.XdpMode;

namespace FastBond.Linux;

/// <summary>
/// A slave's data path: the XDP program and an AF_XDP socket for every receive queue, shared out over the bond's lanes (queue q belongs
/// to lane q mod lanes). Sockets come and go with the slave's administrative state; the program stays until release.
/// </summary>
internal sealed unsafe class SlavePorts
{
    /// <summary>How long a core may take to carry out a command before it counts as dead.</summary>
    public static readonly TimeSpan CoreAnswer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Drain = TimeSpan.FromMilliseconds(100);

    private readonly Slave _slave;
    private readonly IReadOnlyList<Lane> _lanes;
    private readonly int _queues;
    private readonly int _ringSize;
    private readonly XdpHandle _program;
    private readonly List<Opened> _sockets = [];
    private XskPort[] _ports = [];

    private SlavePorts(Slave slave, IReadOnlyList<Lane> lanes, int queues, int ringSize, XdpHandle program)
    {
        _slave = slave;
        _lanes = lanes;
        _queues = queues;
        _ringSize = ringSize;
        _program = program;
    }

    /// <summary>The mode obtained, read back from the kernel.</summary>
    public XdpMode Mode { get; private set; }

    /// <summary>Receive queues covered.</summary>
    public int Queues => _queues;

    /// <summary>Whether the sockets are open.</summary>
    public bool IsOpen => _ports.Length > 0;

    /// <summary>System calls made for transmission, over all lanes.</summary>
    public ulong Kicks => _ports.Aggregate(0UL, (sum, port) => sum + port.Kicks);

    /// <summary>Frames received that were longer than the frame memory's chunks, and dropped; over all lanes.</summary>
    public ulong Oversized => _ports.Aggregate(0UL, static (sum, port) => sum + port.Oversized);

    /// <summary>Frames the XDP program dropped as no socket was bound to their queue.</summary>
    public ulong UnboundDrops => NativeMethods.XdpUnboundDrops(_program, out ulong drops) == 0 ? drops : 0;

    /// <summary>
    /// Attaches the program and binds every queue in the first of the allowed modes that the driver grants; each refusal is told with its
    /// cause. The interface must be up.
    /// </summary>
    public static Outcome Open(
        Slave slave, IReadOnlyList<Lane> lanes, int queues, int ringSize, XdpChoice choice, Action<LogPriority, string> log, out SlavePorts? ports)
    {
        ports = null;
        XdpHandle? program = null;
        XdpMode attached = default;
        Outcome refusal = Outcome.Ok;
        foreach (XdpMode mode in Candidates(choice))
        {
            // Zero-copy and native share the driver hook: the program stays when only the binding was refused.
            if (program is null || Hook(mode) != Hook(attached))
            {
                program?.Dispose();
                int result = NativeMethods.XdpAttach(slave.IfIndex, (uint)queues, mode, SeveralBuffers(lanes) ? 1 : 0, out program);
                if (result < 0)
                {
                    program.Dispose();
                    program = null;
                    refusal = Refusal(mode, "attaching the XDP program", result);
                    log(LogPriority.Notice, refusal.Message);
                    continue;
                }

                attached = mode;
            }

            SlavePorts candidate = new(slave, lanes, queues, ringSize, program) { Mode = mode };
            refusal = candidate.Bind();
            if (refusal.Success)
            {
                ports = candidate;
                return Outcome.Ok;
            }

            log(LogPriority.Notice, refusal.Message);
        }

        program?.Dispose();
        return refusal;
    }

    /// <summary>Hands each lane its port under the slave's slot.</summary>
    public void Attach(bool newSlave)
    {
        for (int i = 0; i < _lanes.Count; i++)
        {
            _lanes[i].Attach(_slave.Slot, _ports[i], newSlave);
        }
    }

    /// <summary>Opens the sockets anew after <see cref="CloseSockets"/>, and hands them to the lanes.</summary>
    public Outcome Reopen()
    {
        Outcome outcome = IsOpen ? Outcome.Ok : Bind();
        if (outcome.Success)
        {
            Attach(newSlave: false);
        }

        return outcome;
    }

    /// <summary>
    /// Takes the ports from the lanes and closes the sockets. What stands in a transmit ring gets a moment to leave if
    /// <paramref name="drain"/>; the rest is counted as abandoned. If a core does not answer in time its sockets stay mapped, since it may still
    /// touch them, and the answer is false.
    /// </summary>
    public bool CloseSockets(bool drain)
    {
        bool answered = true;
        for (int i = 0; i < _ports.Length; i++)
        {
            Lane lane = _lanes[i];
            XskPort port = _ports[i];
            if (drain)
            {
                SpinWait.SpinUntil(() => port.InFlight == 0, Drain);
            }

            answered &= lane.Wait(lane.Detach(_slave.Slot), CoreAnswer);
        }

        if (!answered)
        {
            return false;
        }

        _ports = [];
        return CloseAll();
    }

    /// <summary>Tells the program whether the slave's inactive flag is set.</summary>
    public void SetInactive(bool inactive) => _ = NativeMethods.XdpSetInactive(_program, inactive ? 1 : 0);

    /// <summary>The kernel's own counters, over all sockets.</summary>
    public XskStatistics Statistics()
    {
        XskStatistics sum = default;
        foreach (Opened socket in _sockets)
        {
            if (NativeMethods.XskGetStatistics(socket.Descriptor, out XskStatistics one) == 0)
            {
                sum.RxDropped += one.RxDropped;
                sum.RxInvalidDescriptors += one.RxInvalidDescriptors;
                sum.TxInvalidDescriptors += one.TxInvalidDescriptors;
                sum.RxRingFull += one.RxRingFull;
                sum.RxFillRingEmpty += one.RxFillRingEmpty;
                sum.TxRingEmpty += one.TxRingEmpty;
            }
        }

        return sum;
    }

    /// <summary>Takes the program off. After <see cref="CloseSockets"/>.</summary>
    public void Close() => _program.Dispose();

    private static XdpMode[] Candidates(XdpChoice choice) => choice switch
    {
        XdpChoice.ZeroCopy => [XdpMode.ZeroCopy],
        XdpChoice.Native => [XdpMode.Native],
        XdpChoice.Generic => [XdpMode.Generic],
        _ => [XdpMode.ZeroCopy, XdpMode.Native, XdpMode.Generic],
    };

    private static bool SeveralBuffers(IReadOnlyList<Lane> lanes) => lanes[0].Pool.Memory.ChunkSize > NativeMethods.BufferSize;

    private static bool Hook(XdpMode mode) => mode == XdpMode.Generic;

    private static Outcome Refusal(XdpMode mode, string what, int result) =>
        new((Errno)(-result), $"{what} in {Name(mode)} mode was refused ({(Errno)(-result)})");

    /// <summary>The mode's name as option <c>xdp_mode</c> has it.</summary>
    public static string Name(XdpMode mode) => mode switch
    {
        XdpMode.ZeroCopy => "zerocopy",
        XdpMode.Native => "native",
        _ => "generic",
    };

    /// <summary>What the mode means.</summary>
    public static string Words(XdpMode mode) => mode switch
    {
        XdpMode.ZeroCopy => "native XDP, zero-copy",
        XdpMode.Native => "native XDP, frames copied",
        _ => "generic XDP, frames copied",
    };

    private Outcome Bind()
    {
        XskPort[] ports = new XskPort[_lanes.Count];
        for (int lane = 0; lane < _lanes.Count; lane++)
        {
            List<SocketRings> rings = [];
            List<int> descriptors = [];
            for (int queue = lane; queue < _queues; queue += _lanes.Count)
            {
                int result = BindQueue(_lanes[lane], queue, rings, descriptors);
                if (result < 0)
                {
                    CloseAll();
                    return Refusal(Mode, $"binding queue {queue}", result);
                }
            }

            ports[lane] = new XskPort([.. rings], [.. descriptors]);
        }

        _ports = ports;
        return Outcome.Ok;
    }

    private int BindQueue(Lane lane, int queue, List<SocketRings> rings, List<int> descriptors)
    {
        FrameMemory memory = lane.Pool.Memory;
        XskConfig config = new()
        {
            StructSize = (uint)sizeof(XskConfig),
            IfIndex = _slave.IfIndex,
            Queue = (uint)queue,
            Mode = Mode,
            RingSize = (uint)_ringSize,
            ChunkSize = (uint)memory.ChunkSize,
            Memory = memory.Pointer,
            MemorySize = (ulong)memory.Size,
        };
        XskRings mapped = new() { StructSize = (uint)sizeof(XskRings) };
        int result = NativeMethods.XskOpen(_program, in config, out XskHandle handle, ref mapped);
        if (result < 0)
        {
            handle.Dispose();
            return result;
        }

        int socket = lane.Pool.OpenSocket();
        rings.Add(new SocketRings(lane.Pool, socket, Area(mapped.Fill), Area(mapped.Rx), Area(mapped.Tx), Area(mapped.Completion), NativeMethods.BufferSize));
        descriptors.Add(mapped.Fd);
        _sockets.Add(new Opened(lane, socket, mapped.Fd, handle));
        return 0;
    }

    private bool CloseAll()
    {
        bool answered = true;
        foreach (Opened socket in _sockets)
        {
            socket.Handle.Dispose();
            answered &= socket.Lane.Wait(socket.Lane.ReclaimSocket(socket.Number, _slave.Slot), CoreAnswer);
        }

        _sockets.Clear();
        return answered;
    }

    private static RingArea Area(NativeRing ring) => new(ring.Producer, ring.Consumer, ring.Flags, ring.Entries, ring.Size);

    private sealed record Opened(Lane Lane, int Number, int Descriptor, XskHandle Handle);
}
