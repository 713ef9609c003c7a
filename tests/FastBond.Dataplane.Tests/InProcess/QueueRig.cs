using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.InProcess;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.InProcess;

/// <summary>A bond as an in-process queue, its slaves in memory. At the end every frame is where the ledger says.</summary>
internal sealed class QueueRig : IDisposable
{
    private readonly FrameMemory _memory = FrameMemory.Allocate(4096);
    private readonly CounterBlock _counters = CounterBlock.Allocate("bond0", 1);
    private readonly EventWait _wait = new();
    private readonly Lane _lane;

    public QueueRig(int slaves = 2, BondMode mode = BondMode.BalanceRr)
    {
        Pool = new FramePool(_memory);
        _lane = new Lane(Pool, _counters.Core(0));
        Queue = new BondQueue(_lane, _wait);
        Slaves = [.. Enumerable.Range(0, slaves).Select(_ => new MemoryPort(Pool, 256))];
        for (byte slot = 0; slot < slaves; slot++)
        {
            _lane.Attach(slot, Slaves[slot]);
            Slaves[slot].Peer.Bell = Queue.Wake;
        }

        Use(mode, slaves);
        Queue.Receive([]);
    }

    public FramePool Pool { get; }

    public BondQueue Queue { get; }

    public MemoryPort[] Slaves { get; }

    public Lane Lane => _lane;

    public ulong Drops(int row, DropReason reason) => _counters.Sum(row, reason);

    public void Use(BondMode mode, int usable)
    {
        byte[] slots = [.. Enumerable.Range(0, usable).Select(slot => (byte)slot)];
        _lane.Publish(new ForwardingTable
        {
            Generation = _lane.Generation + 1,
            Up = true,
            Mode = mode,
            FirstUsableFrom = slots,
            Usable = slots,
            ActiveSlot = usable > 0 ? (byte)0 : ForwardingTable.NoSlot,
            AcceptMask = (1UL << usable) - 1,
            SlaveMask = (1UL << Slaves.Length) - 1,
        });
    }

    /// <summary>Allocates and sends numbered frames.</summary>
    public int Send(int first, int count)
    {
        FrameDescriptor[] burst = new FrameDescriptor[count];
        Assert.Equal(count, Queue.Allocate(burst));
        for (int i = 0; i < count; i++)
        {
            burst[i].Length = TestFrame.Length;
            TestFrame.Raw(first + i).CopyTo(Queue.Bytes(burst[i]));
        }

        return Queue.Transmit(burst);
    }

    /// <summary>Receives once and frees; the frames' numbers.</summary>
    public List<int> Receive(int room)
    {
        FrameDescriptor[] burst = new FrameDescriptor[room];
        int count = Queue.Receive(burst);
        List<int> numbers = [.. burst.Take(count).Select(frame => TestFrame.NumberOf(Queue.Bytes(frame)))];
        Queue.Free(burst.AsSpan(0, count));
        return numbers;
    }

    public void Dispose()
    {
        Queue.Dispose();
        int[] census = Pool.Census();
        Assert.Equal(0, Pool.Violations);
        Assert.Equal(0, census[FrameOwner.Hand]);
        Assert.Equal(_memory.FrameCount, census.Sum());
        Array.ForEach(Slaves, slave => slave.Dispose());
        _lane.Dispose();
        _wait.Dispose();
        _counters.Dispose();
        Pool.Dispose();
        _memory.Dispose();
    }
}
