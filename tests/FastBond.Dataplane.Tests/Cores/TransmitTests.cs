using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>Host to slaves: what each mode chooses, and what becomes of what cannot be sent.</summary>
public sealed class TransmitTests
{
    public static TheoryData<TransmitHashPolicy> Policies => [.. Enum.GetValues<TransmitHashPolicy>()];

    [Fact]
    public void Active_backup_sends_all_on_the_active_slave()
    {
        using LaneRig rig = new(3);
        rig.Use(rig.Table(BondMode.ActiveBackup, active: 2));
        Dictionary<int, List<int>> sent = rig.SendFromHost(Flows(100));
        Assert.All(sent.Values, slots => Assert.Equal([2], slots));
        Assert.Equal(100UL, rig.Counters.Sum(2, Counter.TxFrames));
        Assert.Equal(100UL * TestFrame.Length, rig.Counters.Sum(2, Counter.TxBytes));
        Assert.Equal(100UL * TestFrame.Length, rig.Counters.Sum(CounterLayout.HostRow, Counter.RxBytes));
    }

    [Fact]
    public void Active_backup_without_an_active_slave_drops()
    {
        using LaneRig rig = new(2);
        rig.Use(rig.Table(BondMode.ActiveBackup, usable: []));
        Assert.Empty(rig.SendFromHost(Flows(10)));
        Assert.Equal(10UL, rig.HostDrops(DropReason.NoSlave));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Balance_xor_sends_by_the_hash(TransmitHashPolicy policy)
    {
        using LaneRig rig = new(5);
        byte[] usable = [0, 2, 3];
        ForwardingTable table = rig.Table(BondMode.BalanceXor, usable, policy);
        rig.Use(table);
        byte[][] frames = [.. Flows(500)];
        Dictionary<int, List<int>> sent = rig.SendFromHost(frames);
        int[] used = new int[5];
        for (int i = 0; i < frames.Length; i++)
        {
            uint hash = TransmitHash.Compute(policy, HashVlan.Offload, frames[i], table.OwnAddressLastByte);
            byte expected = policy == TransmitHashPolicy.Xor24 ? table.FirstUsableFrom[(int)(hash % 5)] : usable[(int)(hash % 3)];
            Assert.Equal([expected], sent[i]);
            used[expected]++;
        }

        Assert.All(usable, slot => Assert.True(used[slot] > 20, $"slot {slot} got {used[slot]} of 500"));
    }

    [Fact]
    public void Balance_xor_without_a_usable_slave_drops()
    {
        using LaneRig rig = new(2);
        foreach (TransmitHashPolicy policy in Enum.GetValues<TransmitHashPolicy>())
        {
            rig.Use(rig.Table(BondMode.BalanceXor, [], policy));
            Assert.Empty(rig.SendFromHost(Flows(10)));
        }

        Assert.Equal(70UL, rig.HostDrops(DropReason.NoSlave));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    public void The_order_of_each_flow_is_kept(int slaves)
    {
        using LaneRig rig = new(slaves);
        rig.Use(rig.Table(BondMode.BalanceXor, policy: TransmitHashPolicy.Layer34));
        List<int>[] perSlave = [.. Enumerable.Range(0, slaves).Select(_ => new List<int>())];
        for (int burst = 0; burst < 50; burst++)
        {
            for (int i = 0; i < 60; i++)
            {
                int number = (burst * 60) + i;
                Assert.True(rig.Host.Peer.Transmit(TestFrame.Udp(flow: number * 31 % 17, number)));
            }

            rig.Lane.Turn();
            for (int slot = 0; slot < slaves; slot++)
            {
                perSlave[slot].AddRange(LaneRig.Received(rig.Slaves[slot]));
            }
        }

        Assert.Equal(3000, perSlave.Sum(numbers => numbers.Count));
        foreach (List<int> numbers in perSlave)
        {
            Assert.Equal(numbers.Order(), numbers);
        }

        // And one flow never uses two slaves.
        for (int flow = 0; flow < 17; flow++)
        {
            Assert.Single(perSlave, numbers => numbers.Exists(number => number * 31 % 17 == flow));
        }
    }

    [Fact]
    public void Broadcast_sends_a_copy_on_every_usable_slave()
    {
        using LaneRig rig = new(4) { Balanced = false };
        rig.Use(rig.Table(BondMode.Broadcast, [0, 1, 3]));
        Dictionary<int, List<int>> sent = rig.SendFromHost(Flows(100));
        Assert.Equal(100, sent.Count);
        Assert.All(sent.Values, slots => Assert.Equal([0, 1, 3], slots));
        Assert.Equal(0UL, rig.Counters.Sum(2, Counter.TxFrames));
    }

    [Fact]
    public void Broadcast_copies_are_independent_of_each_other()
    {
        using LaneRig rig = new(3) { Balanced = false };
        rig.Use(rig.Table(BondMode.Broadcast));
        byte[] frame = TestFrame.Udp(5, 77);
        rig.Host.Peer.Transmit(frame);
        rig.Lane.Turn();
        Span<byte> got = stackalloc byte[2048];
        foreach (MemoryPort slave in rig.Slaves)
        {
            int length = slave.Peer.Receive(got);
            Assert.Equal(frame, got[..length]);
            got.Clear();
        }
    }

    [Fact]
    public void Broadcast_without_free_frames_still_sends_on_the_last_slave()
    {
        const int Frames = 300;
        using LaneRig rig = new(2, frames: Frames, ringSize: 64, burstSize: 8) { Balanced = false };
        rig.Use(rig.Table(BondMode.Broadcast));
        List<FrameDescriptor> held = TakeAll(rig);
        rig.Host.Peer.Transmit(TestFrame.Raw(1));
        rig.Lane.Turn();
        Assert.Equal(0, rig.Slaves[0].Peer.Waiting);
        Assert.Equal(1, rig.Slaves[1].Peer.Waiting);
        Assert.Equal(1UL, rig.SlaveDrops(0, DropReason.NoFrame));
        FreeAll(rig, held);
    }

    [Fact]
    public void A_full_ring_drops_the_rest_and_counts_it_on_the_slave()
    {
        using LaneRig rig = new(2, ringSize: 16);
        rig.Use(rig.Table(BondMode.ActiveBackup, active: 1));
        for (int turn = 0; turn < 3; turn++)
        {
            for (int i = 0; i < 10; i++)
            {
                Assert.True(rig.Host.Peer.Transmit(TestFrame.Raw(i)));
            }

            rig.Lane.Turn();
            rig.Lane.Turn();
        }

        Assert.Equal(16UL, rig.Counters.Sum(1, Counter.TxFrames));
        Assert.Equal(16UL * TestFrame.Length, rig.Counters.Sum(1, Counter.TxBytes));
        Assert.Equal(14UL, rig.SlaveDrops(1, DropReason.RingFull));
        Assert.Equal(16, LaneRig.Received(rig.Slaves[1]).Count);
    }

    [Fact]
    public void Bad_lengths_never_reach_a_ring()
    {
        using LaneRig rig = new(1);
        rig.Lane.MaxFrameLength = 100;
        rig.Use(rig.Table(BondMode.BalanceRr));
        int[] lengths = [14, 13, 100, 101, 0, 1600, 60];
        foreach (int length in lengths)
        {
            rig.Host.Peer.Transmit(new byte[length]);
        }

        rig.Lane.Turn();
        Assert.Equal(2UL, rig.HostDrops(DropReason.TooShort));
        Assert.Equal(2UL, rig.HostDrops(DropReason.TooLong));
        Assert.Equal(174UL, rig.Counters.Sum(0, Counter.TxBytes));
    }

    [Fact]
    public void A_bond_that_is_down_transmits_nothing()
    {
        using LaneRig rig = new(1);
        rig.Use(new ForwardingTable { Mode = BondMode.BalanceRr, FirstUsableFrom = [0], Usable = [0], SlaveMask = 1 });
        Assert.Empty(rig.SendFromHost(Flows(5)));
        Assert.Equal(5UL, rig.HostDrops(DropReason.BondDown));
    }

    [Fact]
    public void A_slave_without_a_port_on_this_core_drops()
    {
        using LaneRig rig = new(2);
        rig.Use(rig.Table(BondMode.BalanceRr));
        rig.Lane.Detach(1);
        Dictionary<int, List<int>> sent = rig.SendFromHost(Enumerable.Range(0, 10).Select(i => TestFrame.Raw(i)));
        Assert.Equal(5, sent.Count);
        Assert.Equal(5UL, rig.SlaveDrops(1, DropReason.NoPort));
        rig.Lane.Attach(1, rig.Slaves[1], newSlave: false);
        rig.Lane.Turn();
    }

    /// <summary>A table published while a turn is under way is for the next turn: one burst sees one table.</summary>
    [Fact]
    public unsafe void A_burst_sees_one_table()
    {
        using LaneRig rig = new(2);
        PublishingPort host = new(rig.Host, rig.Lane, [rig.Table(BondMode.ActiveBackup, active: 0), rig.Table(BondMode.ActiveBackup, active: 1)]);
        rig.Lane.SetHost(host);
        rig.Lane.Turn();
        int sent = 0;
        for (int turn = 0; turn < 100; turn++)
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.True(rig.Host.Peer.Transmit(TestFrame.Raw(sent + i)));
            }

            rig.Lane.Turn();
            List<int>[] got = [LaneRig.Received(rig.Slaves[0]), LaneRig.Received(rig.Slaves[1])];
            Assert.Equal([20, 0], got.Select(numbers => numbers.Count).OrderDescending());
            Assert.Equal(20, got[turn % 2].Count);
            sent += 20;
        }

        rig.Lane.SetHost(rig.Host);
        rig.Lane.Turn();
    }

    private static IEnumerable<byte[]> Flows(int count) => Enumerable.Range(0, count).Select(i => TestFrame.Udp(i * 37, i));

    private static unsafe List<FrameDescriptor> TakeAll(LaneRig rig)
    {
        List<FrameDescriptor> taken = [];
        FrameDescriptor frame;
        while (rig.Pool.Take(&frame, 1) == 1)
        {
            taken.Add(frame);
        }

        return taken;
    }

    private static unsafe void FreeAll(LaneRig rig, List<FrameDescriptor> frames)
    {
        foreach (FrameDescriptor frame in frames)
        {
            FrameDescriptor copy = frame;
            rig.Pool.Free(&copy, 1);
        }
    }

    /// <summary>A host port that publishes the other table as soon as the burst is in hand.</summary>
    private sealed unsafe class PublishingPort(MemoryPort port, Lane lane, ForwardingTable[] tables) : Port
    {
        private int _received;

        public override int InFlight => port.InFlight;

        public override int SocketCount => 1;

        public override int Receive(FrameDescriptor* burst, int max)
        {
            int count = port.Receive(burst, max);
            lane.Publish(tables[_received++ % 2]);
            return count;
        }

        public override int Transmit(FrameDescriptor* burst, int count) => port.Transmit(burst, count);

        public override void Reclaim() => port.Reclaim();

        public override int Kick() => port.Kick();
    }
}
