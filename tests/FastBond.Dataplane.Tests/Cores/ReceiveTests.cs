using FastBond.Core.Bonds;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>Slaves to host.</summary>
public sealed class ReceiveTests
{
    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.BalanceXor)]
    [InlineData(BondMode.Broadcast)]
    public void Every_slave_delivers_to_the_host(BondMode mode)
    {
        using LaneRig rig = new(3);
        rig.Use(rig.Table(mode));
        Assert.Equal([0, 1, 2, 3, 4, 5], SendFromSlaves(rig));
        Assert.Equal(6UL, rig.Counters.Sum(CounterLayout.HostRow, Counter.TxFrames));
        Assert.Equal(6UL * TestFrame.Length, rig.Counters.Sum(CounterLayout.BondRow, Counter.RxBytes));
    }

    [Fact]
    public void A_backup_slaves_frames_are_suppressed_and_counted()
    {
        using LaneRig rig = new(3);
        rig.Use(rig.Table(BondMode.ActiveBackup, active: 1));
        Assert.Equal([2, 3], SendFromSlaves(rig));
        Assert.Equal(2UL, rig.SlaveDrops(0, DropReason.Suppressed));
        Assert.Equal(0UL, rig.SlaveDrops(1, DropReason.Suppressed));
        Assert.Equal(2UL, rig.SlaveDrops(2, DropReason.Suppressed));
        Assert.Equal(2UL, rig.Counters.Sum(0, Counter.RxFrames));
    }

    [Fact]
    public void A_bond_that_is_down_accepts_nothing()
    {
        using LaneRig rig = new(1);
        rig.Use(new ForwardingTable { AcceptMask = 1, SlaveMask = 1 });
        Assert.Empty(SendFromSlaves(rig));
        Assert.Equal(2UL, rig.SlaveDrops(0, DropReason.BondDown));
    }

    [Fact]
    public void Without_a_host_port_frames_are_dropped_and_counted()
    {
        using LaneRig rig = new(1);
        rig.Use(rig.Table(BondMode.BalanceRr));
        rig.Lane.SetHost(null);
        Assert.Empty(SendFromSlaves(rig));
        Assert.Equal(2UL, rig.SlaveDrops(0, DropReason.NoHost));
        rig.Lane.SetHost(rig.Host);
        rig.Lane.Turn();
    }

    [Fact]
    public void A_full_host_port_drops_the_rest()
    {
        using LaneRig rig = new(2, ringSize: 16);
        rig.Use(rig.Table(BondMode.BalanceRr));
        for (int i = 0; i < 12; i++)
        {
            Assert.True(rig.Slaves[0].Peer.Transmit(TestFrame.Raw(i)));
            Assert.True(rig.Slaves[1].Peer.Transmit(TestFrame.Raw(100 + i)));
        }

        rig.Lane.Turn();
        Assert.Equal([.. Enumerable.Range(0, 12), 100, 101, 102, 103], LaneRig.Received(rig.Host));
        Assert.Equal(8UL, rig.HostDrops(DropReason.RingFull));
    }

    [Fact]
    public void A_slaves_frames_arrive_in_order()
    {
        using LaneRig rig = new(2, burstSize: 16);
        rig.Use(rig.Table(BondMode.BalanceXor));
        List<int> got = [];
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(rig.Slaves[i % 2].Peer.Transmit(TestFrame.Raw(i)));
            if (i % 23 == 0)
            {
                rig.Lane.Turn();
                got.AddRange(LaneRig.Received(rig.Host));
            }
        }

        for (int i = 0; i < 10; i++)
        {
            rig.Lane.Turn();
            got.AddRange(LaneRig.Received(rig.Host));
        }

        Assert.Equal(1000, got.Count);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => i * 2), got.Where(number => number % 2 == 0));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (i * 2) + 1), got.Where(number => number % 2 == 1));
    }

    /// <summary>Frames go from slave to host and back without one being lost, for as long as we like.</summary>
    [Fact]
    public void Frames_circulate()
    {
        using LaneRig rig = new(2, frames: 600, ringSize: 64, burstSize: 32);
        rig.Use(rig.Table(BondMode.BalanceRr));
        for (int round = 0; round < 2000; round++)
        {
            foreach (int slot in (int[])[0, 1])
            {
                for (int i = 0; i < round % 20; i++)
                {
                    Assert.True(rig.Slaves[slot].Peer.Transmit(TestFrame.Raw(i)));
                    Assert.True(rig.Host.Peer.Transmit(TestFrame.Raw(i)));
                }

                rig.Lane.Turn();
                rig.Lane.Turn();
                LaneRig.Received(rig.Host);
                LaneRig.Received(rig.Slaves[0]);
                LaneRig.Received(rig.Slaves[1]);
            }
        }

        rig.Lane.Turn();
        rig.Lane.Turn();
        Assert.Equal(0UL, rig.Counters.SumDrops(CounterLayout.BondRow) + rig.Counters.SumDrops(CounterLayout.HostRow));
        int[] census = rig.Pool.Census();
        int posted = census[FrameOwner.Receiving(rig.Host.Socket)] + rig.Slaves.Sum(slave => census[FrameOwner.Receiving(slave.Socket)]);
        Assert.Equal(600, posted + census[FrameOwner.Pool]);
    }

    private static List<int> SendFromSlaves(LaneRig rig)
    {
        for (int slot = 0; slot < rig.Slaves.Length; slot++)
        {
            Assert.True(rig.Slaves[slot].Peer.Transmit(TestFrame.Raw(2 * slot)));
            Assert.True(rig.Slaves[slot].Peer.Transmit(TestFrame.Raw((2 * slot) + 1)));
        }

        rig.Lane.Turn();
        return LaneRig.Received(rig.Host);
    }
}
