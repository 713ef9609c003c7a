using FastBond.Core.Bonds;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>What the control thread asks of a lane, and what it is told.</summary>
public sealed class LaneCommandTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Fact]
    public void A_table_is_acknowledged_by_its_generation()
    {
        using LaneRig rig = new(1);
        ForwardingTable table = rig.Table(BondMode.BalanceRr);
        rig.Lane.Publish(table);
        Assert.Equal(0, rig.Lane.Generation);
        rig.Lane.Turn();
        Assert.Equal(table.Generation, rig.Lane.Generation);
        Assert.True(rig.Lane.WaitForGeneration(table.Generation, Soon));
        Assert.False(rig.Lane.WaitForGeneration(table.Generation + 1, TimeSpan.Zero));
    }

    [Fact]
    public void A_released_slaves_frames_come_back_and_what_it_never_completed_is_counted()
    {
        using LaneRig rig = new(2);
        rig.Use(rig.Table(BondMode.BalanceRr));
        MemoryPort closed = rig.Slaves[1];
        for (int i = 0; i < 10; i++)
        {
            rig.Host.Peer.Transmit(TestFrame.Raw(i));
        }

        rig.Lane.Turn();
        Assert.Equal(5, closed.InFlight);

        rig.Lane.Publish(rig.Table(BondMode.BalanceRr, [0]));
        Assert.True(rig.Lane.Wait(rig.Lane.Detach(1), Soon));
        rig.Retire(closed);
        Assert.True(rig.Lane.Wait(rig.Lane.ReclaimSocket(closed.Socket, 1), Soon));
        Assert.Equal(5UL, rig.SlaveDrops(1, DropReason.Abandoned));
        int[] census = rig.Pool.Census();
        Assert.Equal(0, census[FrameOwner.Receiving(closed.Socket)]);
        Assert.Equal(0, census[FrameOwner.Transmitting(closed.Socket)]);
        Dictionary<int, List<int>> sent = rig.SendFromHost([TestFrame.Raw(100), TestFrame.Raw(101)]);
        Assert.Equal([0], sent[100]);
        Assert.Equal([0], sent[101]);
    }

    [Fact]
    public void A_new_slave_in_a_slot_begins_at_zero_and_the_bonds_sums_go_on()
    {
        using LaneRig rig = new(1);
        rig.Use(rig.Table(BondMode.BalanceRr));
        rig.SendFromHost([TestFrame.Raw(1), TestFrame.Raw(2)]);
        rig.Lane.Detach(0);
        rig.Lane.Attach(0, rig.Slaves[0], newSlave: false);
        rig.Lane.Turn();
        Assert.Equal(2UL, rig.Counters.Sum(0, Counter.TxFrames));
        rig.Lane.Detach(0);
        rig.Lane.Attach(0, rig.Slaves[0]);
        rig.Lane.Turn();
        Assert.Equal(0UL, rig.Counters.Sum(0, Counter.TxFrames));
        Assert.Equal(2UL, rig.Counters.Sum(CounterLayout.BondRow, Counter.TxFrames));
    }

    [Fact]
    public void Sockets_share_the_frames()
    {
        using LaneRig rig = new(7, frames: 2048, ringSize: 1024);
        rig.Lane.Turn();

        // 8 sockets, each its share on two sides, and four bursts of 64 left for the hand.
        Assert.All(rig.Slaves, slave => Assert.Equal((2048 - 256) / 16, slave.Rings.Posted));
        for (byte slot = 1; slot < 7; slot++)
        {
            rig.Lane.Detach(slot);
        }

        rig.Lane.Turn();
        rig.Lane.Turn();
        Assert.Equal((2048 - 256) / 8, rig.Slaves[0].Rings.Posted);
    }

    /// <summary>What a quiet socket has been given doesn't come back: the first must leave enough for those to come.</summary>
    [Fact]
    public void Slaves_that_come_one_by_one_all_get_frames_and_some_are_left_to_transmit()
    {
        using LaneRig rig = new(slaves: 0, frames: 2048, ringSize: 1024);
        for (byte slot = 0; slot < 8; slot++)
        {
            MemoryPort slave = new(rig.Pool, 1024);
            rig.Retire(slave);
            rig.Lane.Attach(slot, slave);
            rig.Lane.Turn();
            rig.Lane.Turn();
            Assert.InRange(slave.Rings.Posted, (2048 - 256) / 18, (2048 - 256) / 8);
            Assert.InRange(rig.Pool.FreeCount, 256, 2048);
        }
    }

    [Fact]
    public void However_many_slaves_come_unforeseen_some_frames_are_left_to_transmit()
    {
        using LaneRig rig = new(slaves: 0, frames: 2048, ringSize: 1024);
        for (byte slot = 0; slot < 40; slot++)
        {
            MemoryPort slave = new(rig.Pool, 1024);
            rig.Retire(slave);
            rig.Lane.Attach(slot, slave);
            rig.Lane.Turn();
            rig.Lane.Turn();
        }

        Assert.Equal(256, rig.Pool.FreeCount);
    }

    [Fact]
    public void A_host_port_that_asks_is_kicked_and_its_failure_told()
    {
        using LaneRig rig = new(1);
        rig.Host.Peer.AskForKick(true);
        rig.Host.Peer.OnKick = () => 5;
        rig.Use(rig.Table(BondMode.BalanceRr));
        rig.Slaves[0].Peer.Transmit(TestFrame.Raw(1));
        rig.Lane.Turn();
        Assert.Equal(1, rig.Host.Peer.Kicks);
        Assert.True(rig.Lane.TryTakeEvent(out LaneEvent failed));
        Assert.Equal(new LaneEvent(LaneEventKind.KickFailed, ForwardingTable.NoSlot, 5), failed);
        LaneRig.Received(rig.Host);
        rig.Lane.Turn();
        rig.Lane.Turn();
        Assert.False(rig.Lane.HasFramesInFlight);
    }

    [Fact]
    public void A_control_frame_leaves_on_its_slave_past_the_table_after_earlier_commands()
    {
        using LaneRig rig = new(2) { Balanced = false };
        rig.Lane.Detach(1);
        rig.Lane.Turn();
        byte[] frame = TestFrame.Raw(42);
        rig.Lane.Attach(1, rig.Slaves[1]);
        Assert.True(rig.Lane.Send(1, frame));
        rig.Lane.Detach(1);
        rig.Lane.Attach(1, rig.Slaves[1], newSlave: false);
        rig.Lane.Turn();
        Span<byte> got = stackalloc byte[2048];
        Assert.Equal(frame.Length, rig.Slaves[1].Peer.Receive(got));
        Assert.Equal(frame, got[..frame.Length]);
        Assert.Equal(0, rig.Slaves[0].Peer.Waiting);
        Assert.Equal(1UL, rig.Counters.Sum(1, Counter.TxFrames));
    }

    [Fact]
    public void Control_frames_that_are_too_long_or_too_many_are_refused()
    {
        using LaneRig rig = new(1) { Balanced = false };
        int longest = rig.Pool.Memory.FrameCapacity;
        Assert.False(rig.Lane.Send(0, new byte[longest + 1]));
        Assert.True(rig.Lane.Send(0, new byte[longest]));
        int accepted = 1;
        while (rig.Lane.Send(0, TestFrame.Raw(1)))
        {
            accepted++;
        }

        Assert.InRange(accepted, 16, Lane.CommandCapacity);
        rig.Lane.Turn();
        Assert.Equal(accepted, rig.Slaves[0].Peer.Waiting);
        Assert.True(rig.Lane.Send(0, TestFrame.Raw(1)));
        rig.Lane.Turn();
    }

    [Fact]
    public void More_commands_than_the_queue_holds_are_carried_out_by_the_caller_if_no_core_does()
    {
        using LaneRig rig = new(1);
        long last = 0;
        for (int i = 0; i < 1000; i++)
        {
            last = rig.Lane.SetHost(rig.Host);
        }

        Assert.True(rig.Lane.Wait(last, Soon));
    }

    [Fact]
    public void A_kick_that_begins_to_fail_is_told_once_and_so_is_its_end()
    {
        using LaneRig rig = new(2);
        int errno = 100;
        int told = 0;
        rig.Lane.EventQueued = () => told++;
        rig.Slaves[1].Peer.AskForKick(true);
        rig.Slaves[1].Peer.OnKick = () => errno;
        rig.Use(rig.Table(BondMode.ActiveBackup, active: 1));
        for (int i = 0; i < 10; i++)
        {
            rig.Host.Peer.Transmit(TestFrame.Raw(i));
            rig.Lane.Turn();
        }

        Assert.Equal(10, rig.Slaves[1].Peer.Kicks);
        Assert.Equal(1, told);
        Assert.True(rig.Lane.TryTakeEvent(out LaneEvent failed));
        Assert.Equal(new LaneEvent(LaneEventKind.KickFailed, 1, 100), failed);
        errno = 0;
        rig.Lane.Turn();
        Assert.True(rig.Lane.TryTakeEvent(out LaneEvent recovered));
        Assert.Equal(new LaneEvent(LaneEventKind.KickRecovered, 1, 0), recovered);
        Assert.False(rig.Lane.TryTakeEvent(out _));
    }

    [Fact]
    public void A_port_is_kicked_until_all_it_was_given_is_completed()
    {
        using LaneRig rig = new(1);
        rig.Slaves[0].Peer.AskForKick(true);
        rig.Use(rig.Table(BondMode.BalanceRr));
        rig.Host.Peer.Transmit(TestFrame.Raw(1));
        rig.Lane.Turn();
        rig.Lane.Turn();
        Assert.Equal(2, rig.Slaves[0].Peer.Kicks);
        LaneRig.Received(rig.Slaves[0]);
        rig.Lane.Turn();
        rig.Lane.Turn();
        Assert.Equal(2, rig.Slaves[0].Peer.Kicks);
        Assert.False(rig.Lane.HasFramesInFlight);
    }

    [Fact]
    public void Work_is_what_was_moved_or_carried_out()
    {
        using LaneRig rig = new(1);
        rig.Use(rig.Table(BondMode.BalanceRr));
        Assert.Equal(0, rig.Lane.Turn());
        rig.Host.Peer.Transmit(TestFrame.Raw(1));
        rig.Slaves[0].Peer.Transmit(TestFrame.Raw(1));
        Assert.Equal(2, rig.Lane.Turn());
        rig.Lane.SetHost(rig.Host);
        Assert.Equal(1, rig.Lane.Turn());
        Assert.Equal(0, rig.Lane.Turn());
    }
}
