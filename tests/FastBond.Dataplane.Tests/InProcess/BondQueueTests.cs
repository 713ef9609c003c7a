using System.Diagnostics;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.InProcess;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.InProcess;

/// <summary>The bond on its user's own thread.</summary>
public sealed class BondQueueTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Fact]
    public void A_burst_leaves_on_the_slaves_that_the_mode_chooses_before_the_call_returns()
    {
        using QueueRig rig = new();
        Assert.Equal(10, rig.Send(0, 10));
        List<int>[] sent = [.. rig.Slaves.Select(LaneRig.Received)];
        Assert.Equal(Enumerable.Range(0, 10), sent.SelectMany(numbers => numbers).Order());
        Assert.All(sent, numbers => Assert.Equal(5, numbers.Count));
        Assert.All(sent, numbers => Assert.Equal(numbers.Order(), numbers));
    }

    [Fact]
    public void A_burst_longer_than_the_bonds_own_is_sent_whole_and_in_order()
    {
        using QueueRig rig = new(slaves: 1, BondMode.ActiveBackup);
        Assert.Equal(200, rig.Send(0, 200));
        Assert.Equal(Enumerable.Range(0, 200), LaneRig.Received(rig.Slaves[0]));
    }

    [Fact]
    public void What_slaves_receive_arrives_whole_whatever_room_the_caller_has()
    {
        using QueueRig rig = new();
        for (int i = 0; i < 60; i++)
        {
            Assert.True(rig.Slaves[i % 2].Peer.Transmit(TestFrame.Raw(i)));
        }

        List<int> received = [];
        foreach (int room in (int[])[7, 1, 64, 64, 64])
        {
            received.AddRange(rig.Receive(room));
        }

        Assert.Equal(Enumerable.Range(0, 60), received.Order());
        Assert.Equal(received.Where(number => number % 2 == 0).Order(), received.Where(number => number % 2 == 0));
    }

    [Fact]
    public void Forwarding_between_two_bonds_over_one_pool_moves_descriptors_only()
    {
        using QueueRig rig = new(slaves: 1, BondMode.ActiveBackup);
        using EventWait wait = new();
        using CounterBlock counters = CounterBlock.Allocate("bond1", 1);
        using MemoryPort other = new(rig.Pool, 256);
        using Lane lane = new(rig.Pool, counters.Core(0)) { FrameLimit = 1024 };
        using BondQueue second = new(lane, wait);
        lane.Attach(0, other);
        lane.Publish(new ForwardingTable { Generation = 1, Up = true, Mode = BondMode.ActiveBackup, ActiveSlot = 0, AcceptMask = 1, SlaveMask = 1 });
        Assert.True(rig.Slaves[0].Peer.Transmit(TestFrame.Raw(7)));
        FrameDescriptor[] burst = new FrameDescriptor[4];
        Assert.Equal(1, rig.Queue.Receive(burst));
        ulong address = burst[0].Address;
        Assert.Equal(1, second.Transmit(burst.AsSpan(0, 1)));
        Assert.Equal(7, Assert.Single(LaneRig.Received(other)));
        second.Receive([]);
        Assert.Equal(0, rig.Pool.OwnerOf(address));
        Assert.Equal(0, other.InFlight);
    }

    [Fact]
    public void What_no_slave_takes_is_freed_and_counted()
    {
        using QueueRig rig = new(slaves: 1, BondMode.ActiveBackup);
        Assert.Equal(256, rig.Send(0, 300));
        Assert.Equal(44UL, rig.Drops(0, DropReason.RingFull));
        rig.Use(BondMode.ActiveBackup, usable: 0);
        Assert.Equal(0, rig.Send(300, 5));
        Assert.Equal(5UL, rig.Drops(CounterLayout.HostRow, DropReason.NoSlave));
        LaneRig.Received(rig.Slaves[0]);
    }

    [Fact]
    public void A_table_published_between_two_calls_holds_for_the_second()
    {
        using QueueRig rig = new();
        rig.Use(BondMode.BalanceRr, usable: 1);
        Assert.Equal(10, rig.Send(0, 10));
        Assert.Equal(10, LaneRig.Received(rig.Slaves[0]).Count);
    }

    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.ActiveBackup)]
    [InlineData(BondMode.BalanceXor)]
    [InlineData(BondMode.Broadcast)]
    public void A_million_bursts_allocate_nothing(BondMode mode)
    {
        const int bursts = 1_000_000;
        using QueueRig rig = new(mode: mode);
        Exchange(rig, 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int moved = Exchange(rig, bursts);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
        Assert.InRange(moved, bursts, int.MaxValue);
    }

    [Fact]
    public void A_sleeper_is_woken_by_a_frame_a_table_and_its_end()
    {
        using QueueRig rig = new();
        int received = 0;
        Thread thread = new(() =>
        {
            FrameDescriptor[] burst = new FrameDescriptor[8];
            while (rig.Queue.IsOpen)
            {
                rig.Queue.Wait(timeoutMs: 60_000);
                int count = rig.Queue.Receive(burst);
                rig.Queue.Free(burst.AsSpan(0, count));
                Interlocked.Add(ref received, count);
            }
        });
        thread.Start();
        Assert.True(rig.Slaves[1].Peer.Transmit(TestFrame.Raw(1)));
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref received) == 1, Soon));
        long next = rig.Lane.Generation + 1;
        rig.Use(BondMode.ActiveBackup, usable: 1);
        Assert.True(rig.Lane.WaitForGeneration(next, Soon));
        Assert.True(rig.Lane.Wait(rig.Lane.Detach(1), Soon));
        Assert.True(rig.Queue.Close(Soon));
        Assert.True(thread.Join(Soon));
    }

    [Fact]
    public void A_queue_whose_thread_does_not_call_is_not_closed_behind_its_back()
    {
        using QueueRig rig = new();
        Assert.True(rig.Slaves[0].Peer.Transmit(TestFrame.Raw(1)));
        Assert.True(rig.Slaves[0].Peer.Transmit(TestFrame.Raw(2)));
        Assert.Single(rig.Receive(room: 1));
        long start = Stopwatch.GetTimestamp();
        Assert.False(rig.Queue.Close(TimeSpan.FromMilliseconds(20)));
        Assert.True(Stopwatch.GetElapsedTime(start) < Soon);
        Assert.False(rig.Queue.IsOpen);
        Assert.Empty(rig.Receive(room: 8));
        Assert.Equal(0, rig.Queue.Allocate(new FrameDescriptor[1]));
        Assert.True(rig.Queue.Close(TimeSpan.Zero));
    }

    /// <summary>Receives, sends back what came, and plays the slaves' devices; returns how many frames were received.</summary>
    private static unsafe int Exchange(QueueRig rig, int turns)
    {
        const int length = 4;
        Span<FrameDescriptor> burst = stackalloc FrameDescriptor[64];
        FrameDescriptor* device = stackalloc FrameDescriptor[64];
        int moved = 0;
        for (int i = 0; i < turns; i++)
        {
            foreach (MemoryPort slave in rig.Slaves)
            {
                int posted = slave.Peer.TakePosted(device, length);
                for (int j = 0; j < posted; j++)
                {
                    device[j].Length = TestFrame.Length;
                }

                slave.Peer.Deliver(device, posted);
                slave.Peer.Complete(device, slave.Peer.Receive(device, 64));
            }

            int count = rig.Queue.Receive(burst);
            moved += count;
            rig.Queue.Transmit(burst[..count]);
        }

        return moved;
    }
}
