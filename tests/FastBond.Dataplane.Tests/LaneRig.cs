using FastBond.Core.Bonds;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests;

/// <summary>
/// A lane with a host port and slaves, all in memory. Its disposal is the last assertion of every test: each frame has exactly one owner,
/// and every frame that came in went out or was dropped with a reason.
/// </summary>
internal sealed unsafe class LaneRig : IDisposable
{
    private readonly FrameMemory _memory;
    private readonly List<MemoryPort> _retired = [];
    private long _generation;

    public LaneRig(int slaves, int frames = 4096, int ringSize = 256, int burstSize = 64)
    {
        _memory = FrameMemory.Allocate(frames);
        Pool = new FramePool(_memory);
        Counters = CounterBlock.Allocate("bond0", 1);
        Lane = new Lane(Pool, Counters.Core(0), burstSize, clock: () => NowNs);
        Host = new MemoryPort(Pool, ringSize);
        Lane.SetHost(Host);
        Slaves = new MemoryPort[slaves];
        for (byte slot = 0; slot < slaves; slot++)
        {
            Slaves[slot] = new MemoryPort(Pool, ringSize);
            Lane.Attach(slot, Slaves[slot]);
        }

        Lane.Turn();
    }

    public Lane Lane { get; }

    public FramePool Pool { get; }

    public CounterBlock Counters { get; }

    public MemoryPort Host { get; }

    public MemoryPort[] Slaves { get; }

    /// <summary>What the lane's clock shows.</summary>
    public long NowNs { get; set; } = 1_000_000_000;

    /// <summary>What the next tables say beside their mode: only its watching and its queues are looked at.</summary>
    public ForwardingTable Extras { get; set; } = ForwardingTable.Empty;

    /// <summary>Whether every frame from the host leaves on one slave at most, so that the counters must balance.</summary>
    public bool Balanced { get; set; } = true;

    /// <summary>A table in which the named slaves of all can transmit, in enslave order, and all accept.</summary>
    public ForwardingTable Table(BondMode mode, byte[]? usable = null, TransmitHashPolicy policy = TransmitHashPolicy.Layer2, int packetsPerSlave = 1, int? active = null)
    {
        byte[] all = [.. Enumerable.Range(0, Slaves.Length).Select(slot => (byte)slot)];
        usable ??= all;
        byte current = active is { } slot ? (byte)slot : usable.Length > 0 ? usable[0] : ForwardingTable.NoSlot;
        return new ForwardingTable
        {
            Generation = ++_generation,
            Up = true,
            Mode = mode,
            FirstUsableFrom = [.. all.Select(from => FirstFrom(all, usable, from))],
            Usable = usable,
            ActiveSlot = current,
            IgmpSlot = current,
            PacketsPerSlave = packetsPerSlave,
            Policy = policy,
            OwnAddressLastByte = 0x5a,
            AcceptMask = mode == BondMode.ActiveBackup ? 1UL << current : (1UL << all.Length) - 1,
            SlaveMask = (1UL << all.Length) - 1,
            QueueSlots = Extras.QueueSlots,
            IsInfiniband = Extras.IsInfiniband,
            StampMask = Extras.StampMask,
            StampsOnlyArpAndIpv6 = Extras.StampsOnlyArpAndIpv6,
            WatchMask = Extras.WatchMask,
            WatchedWords = Extras.WatchedWords,
            WatchesHost = Extras.WatchesHost,
        };
    }

    /// <summary>Publishes a table and makes the turn that takes it over.</summary>
    public void Use(ForwardingTable table)
    {
        Lane.Publish(table);
        Lane.Turn();
    }

    /// <summary>Lets the host send frames, turn by turn, and completes what the slaves got. Returns the slot each frame left on, by number.</summary>
    public Dictionary<int, List<int>> SendFromHost(IEnumerable<byte[]> frames)
    {
        Dictionary<int, List<int>> slots = [];
        foreach (byte[][] chunk in frames.Chunk(32))
        {
            foreach (byte[] frame in chunk)
            {
                Assert.True(Host.Peer.Transmit(frame));
            }

            Lane.Turn();
            for (int slot = 0; slot < Slaves.Length; slot++)
            {
                foreach (int number in Received(Slaves[slot]))
                {
                    slots.TryAdd(number, []);
                    slots[number].Add(slot);
                }
            }

            Lane.Turn();
        }

        return slots;
    }

    /// <summary>The numbers of the frames a port's device has got, in order; they are completed.</summary>
    public static List<int> Received(MemoryPort port)
    {
        List<int> numbers = [];
        Span<byte> frame = stackalloc byte[2048];
        for (int length = port.Peer.Receive(frame); length > 0; length = port.Peer.Receive(frame))
        {
            numbers.Add(TestFrame.NumberOf(frame));
        }

        return numbers;
    }

    /// <summary>Keeps a port whose socket a test has closed until the rig goes.</summary>
    public void Retire(MemoryPort port) => _retired.Add(port);

    public ulong SlaveDrops(int slot, DropReason reason) => Counters.Sum(slot, reason);

    public ulong HostDrops(DropReason reason) => Counters.Sum(CounterLayout.HostRow, reason);

    public void AssertConserved()
    {
        int[] census = Pool.Census();
        Assert.Equal(0, Pool.Violations);
        Assert.Equal(_memory.FrameCount, census.Sum());
        Assert.Equal(Pool.FreeCount, census[FrameOwner.Pool]);
        Assert.Equal(0, census[FrameOwner.Hand]);
        foreach (MemoryPort port in Slaves.Append(Host).Except(_retired))
        {
            Assert.Equal(port.Rings.Posted, census[FrameOwner.Receiving(port.Socket)]);
            Assert.Equal(port.Rings.InFlight, census[FrameOwner.Transmitting(port.Socket)]);
        }

        if (Balanced)
        {
            ulong Bond(DropReason reason) => Counters.Sum(CounterLayout.BondRow, reason);
            ulong sent = Counters.Sum(CounterLayout.BondRow, Counter.TxFrames);
            ulong received = Counters.Sum(CounterLayout.BondRow, Counter.RxFrames);
            Assert.Equal(
                Counters.Sum(CounterLayout.HostRow, Counter.RxFrames),
                sent + Bond(DropReason.RingFull) + Bond(DropReason.NoPort) + Counters.SumDrops(CounterLayout.HostRow) - HostDrops(DropReason.RingFull));
            Assert.Equal(
                received,
                Counters.Sum(CounterLayout.HostRow, Counter.TxFrames) + HostDrops(DropReason.RingFull)
                + Bond(DropReason.Suppressed) + Bond(DropReason.NoHost) + Bond(DropReason.BondDown));
        }
    }

    public void Dispose()
    {
        AssertConserved();
        foreach (MemoryPort port in Slaves.Append(Host).Union(_retired))
        {
            port.Dispose();
        }

        Lane.Dispose();
        Counters.Dispose();
        Pool.Dispose();
        _memory.Dispose();
    }

    private static byte FirstFrom(byte[] all, byte[] usable, int from)
    {
        for (int i = 0; i < all.Length; i++)
        {
            byte slot = all[(from + i) % all.Length];
            if (usable.Contains(slot))
            {
                return slot;
            }
        }

        return ForwardingTable.NoSlot;
    }
}
