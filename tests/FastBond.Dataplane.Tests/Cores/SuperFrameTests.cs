using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>balance-rr deals the host's packets: a super-frame is one, however many segments it was cut into.</summary>
public sealed class SuperFrameTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    [InlineData(7, 2)]
    public void A_super_frame_is_one_packet_of_the_rotation(int packetsPerSlave, int slaves)
    {
        using LaneRig rig = new(slaves);
        using SuperFramePort host = new(rig);
        rig.Use(rig.Table(BondMode.BalanceRr, packetsPerSlave: packetsPerSlave));

        // Frames of their own are negative: so many of them. Three of the super-frames take more than one burst.
        int[] packets = [-5, 40, -1, 150, 1, 64, -64, 65, 2, 2, -3, 45, 45, 45, 200, -9];
        int number = 0;
        int packet = 0;
        foreach (int size in packets)
        {
            int count = Math.Abs(size);
            List<int>[] got = host.Send(number, count, isSuperFrame: size > 0);
            List<int>[] expected = [.. got.Select(_ => new List<int>())];
            for (int i = 0; i < count; i++)
            {
                packet += size < 0 || i == 0 ? 1 : 0;
                expected[packet / packetsPerSlave % slaves].Add(number + i);
            }

            Assert.Equal(expected, got);
            number += count;
        }
    }

    [Fact]
    public void With_0_packets_per_slave_each_goes_somewhere_at_random_and_whole()
    {
        const int SuperFrames = 400, Segments = 100;
        using LaneRig rig = new(3);
        using SuperFramePort host = new(rig);
        rig.Use(rig.Table(BondMode.BalanceRr, packetsPerSlave: 0));
        int[] counts = new int[3];
        for (int i = 0; i < SuperFrames; i++)
        {
            List<int>[] got = host.Send(i * Segments, Segments, isSuperFrame: true);
            List<int> all = Assert.Single(got, numbers => numbers.Count > 0);
            Assert.Equal(Enumerable.Range(i * Segments, Segments), all);
            counts[Array.IndexOf(got, all)]++;
        }

        // Five standard deviations of 133.
        Assert.All(counts, count => Assert.InRange(count, 86, 180));
    }

    [Fact]
    public void What_is_left_of_one_follows_a_new_table()
    {
        using LaneRig rig = new(2);
        using SuperFramePort host = new(rig);
        rig.Use(rig.Table(BondMode.BalanceRr, packetsPerSlave: 4));
        host.Queue(0, 130, isSuperFrame: true);
        rig.Lane.Turn();
        Assert.Equal(64, LaneRig.Received(rig.Slaves[0]).Count);
        rig.Lane.Publish(rig.Table(BondMode.BalanceRr, usable: [1], packetsPerSlave: 4));
        rig.Lane.Turn();
        rig.Lane.Turn();
        Assert.Empty(LaneRig.Received(rig.Slaves[0]));
        Assert.Equal(Enumerable.Range(64, 66), LaneRig.Received(rig.Slaves[1]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Without_a_usable_slave_its_segments_are_dropped_and_counted(int packetsPerSlave)
    {
        using LaneRig rig = new(2);
        using SuperFramePort host = new(rig);
        rig.Use(rig.Table(BondMode.BalanceRr, [], packetsPerSlave: packetsPerSlave));
        Assert.All(host.Send(0, 100, isSuperFrame: true), Assert.Empty);
        Assert.Equal(100UL, rig.HostDrops(DropReason.NoSlave));
    }

    [Fact]
    public void Only_balance_rr_has_them_separated()
    {
        using LaneRig rig = new(2);
        using SuperFramePort host = new(rig);
        foreach (BondMode mode in (BondMode[])[BondMode.BalanceRr, BondMode.ActiveBackup, BondMode.BalanceRr, BondMode.BalanceXor])
        {
            rig.Use(rig.Table(mode));
            Assert.Equal(mode == BondMode.BalanceRr, host.SeparatesSuperFrames);
        }

        // A port that comes later is told as well.
        rig.Use(rig.Table(BondMode.BalanceRr));
        host.SeparatesSuperFrames = false;
        rig.Lane.SetHost(host);
        rig.Lane.Turn();
        Assert.True(host.SeparatesSuperFrames);
    }

    /// <summary>The rig's host port, whose frames are in part the segments of super-frames.</summary>
    private sealed unsafe class SuperFramePort : Port, IDisposable
    {
        private readonly LaneRig _rig;
        private ulong _superFrames;
        private bool _isSuperFrame;
        private int _left;

        public SuperFramePort(LaneRig rig)
        {
            _rig = rig;
            rig.Lane.SetHost(this);
            rig.Lane.Turn();
        }

        public override int InFlight => _rig.Host.InFlight;

        public override int SocketCount => 1;

        public void Queue(int number, int count, bool isSuperFrame)
        {
            for (int i = 0; i < count; i++)
            {
                Assert.True(_rig.Host.Peer.Transmit(TestFrame.Udp(flow: number + i, number + i)));
            }

            _superFrames += isSuperFrame ? 1UL : 0;
            _isSuperFrame = isSuperFrame;
            _left = count;
        }

        /// <summary>Lets the host send it, turn by turn; returns what each slave got.</summary>
        public List<int>[] Send(int number, int count, bool isSuperFrame)
        {
            Queue(number, count, isSuperFrame);
            List<int>[] got = [.. _rig.Slaves.Select(_ => new List<int>())];
            while (_left > 0)
            {
                _rig.Lane.Turn();
                for (int slot = 0; slot < got.Length; slot++)
                {
                    got[slot].AddRange(LaneRig.Received(_rig.Slaves[slot]));
                }
            }

            return got;
        }

        public override int Receive(FrameDescriptor* burst, int max)
        {
            int count = _rig.Host.Receive(burst, Math.Min(max, _left));
            SuperFrame = _isSuperFrame && SeparatesSuperFrames ? _superFrames : 0;
            _left -= count;
            return count;
        }

        public override int Transmit(FrameDescriptor* burst, int count) => _rig.Host.Transmit(burst, count);

        public override void Reclaim() => _rig.Host.Reclaim();

        public override int Kick() => _rig.Host.Kick();

        public void Dispose()
        {
            _rig.Lane.SetHost(_rig.Host);
            _rig.Lane.Turn();
        }
    }
}
