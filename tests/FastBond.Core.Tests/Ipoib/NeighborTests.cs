using FastBond.Core.Ipoib;
using Xunit;

namespace FastBond.Core.Tests.Ipoib;

/// <summary>Finding neighbours out, keeping them, losing them; through the face, in virtual time.</summary>
public class NeighborTests
{
    private static readonly string NoAddress = new('0', 40);

    private static byte[] Ping(string to = "192.0.2.2", string mac = FaceRig.MacOfP, byte mark = 0) =>
        Wire.Ethernet(mac, FaceRig.FaceMac, 0x0800, Wire.Ipv4(1, "192.0.2.1", to, [8, 0, 0, 0, 0, 0, 0, mark]));

    private static byte[] Reply(string ip = "192.0.2.2", string address = FaceRig.P) =>
        Wire.Received(0x0806, Wire.Arp(32, 2, address, ip, FaceRig.Own, "192.0.2.1"));

    private static byte[] Question(string to, string ip = "192.0.2.2") =>
        Wire.Ipoib(to, 0x0806, Wire.Arp(32, 1, FaceRig.Own, "192.0.2.1", NoAddress, ip));

    [Fact]
    public void Frames_wait_for_the_answer_and_leave_in_order()
    {
        FaceRig rig = new();
        Assert.Equal(FaceOutcome.Punted, rig.CoreToFabric(Ping()).Outcome);
        for (byte mark = 1; mark <= 5; mark++)
        {
            rig.Face.FromHost(rig.NowNs, Ping(mark: mark));
        }

        Assert.Equal([Question(Wire.Broadcast20)], rig.Fabric);
        Assert.Equal((NeighborState.Incomplete, 2UL), (rig.Neighbor("192.0.2.2")!.State, rig.Face.Counters[FaceOutcome.NeighborQueueFull]));
        rig.Fabric.Clear();
        rig.FromFabric(Reply());
        Assert.Equal([3, 4, 5], rig.Fabric.Select(static frame => (int)frame[^1]));
        Assert.All(rig.Fabric, static frame => Assert.Equal(Wire.Hex(FaceRig.P), frame[..20]));
        Assert.Equal(FaceOutcome.Passed, rig.CoreToFabric(Ping()).Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_packet_that_came_without_its_end_is_lost_but_its_neighbour_is_found(bool ipv4)
    {
        FaceRig rig = new();
        byte[] whole = ipv4
            ? Wire.Ethernet(FaceRig.MacOfP, FaceRig.FaceMac, 0x0800, Wire.Ipv4(6, "192.0.2.1", "192.0.2.2", new byte[5000]))
            : Wire.Ethernet(Mac.ToAddress(Mac.OfNeighbor(FaceRig.Key("fd00::2"), attempt: 0)).ToString(), FaceRig.FaceMac, 0x86dd, Wire.Ipv6(6, "fd00::1", "fd00::2", new byte[5000]));
        rig.Face.FromHost(rig.NowNs, whole.AsSpan(0, 3840));
        Assert.Equal(1UL, rig.Face.Counters[FaceOutcome.TooLong]);
        Assert.Equal(NeighborState.Incomplete, rig.Neighbor(ipv4 ? "192.0.2.2" : "fd00::2")!.State);
        byte[] question = Assert.Single(rig.Fabric);
        if (ipv4)
        {
            Assert.Equal(Question(Wire.Broadcast20), question);
            rig.FromFabric(Reply());
            Assert.Single(rig.Fabric);
            Assert.Equal(FaceOutcome.Passed, rig.CoreToFabric(whole).Outcome);
        }
    }

    [Fact]
    public void Without_an_answer_there_are_three_questions_a_second_apart_and_the_frames_are_dropped()
    {
        FaceRig rig = new();
        rig.Face.FromHost(rig.NowNs, Ping());
        rig.RunFor(2.5);
        Assert.Equal(3, rig.Fabric.Count);
        Assert.Equal(0UL, rig.Face.Counters[FaceOutcome.NoNeighbor]);
        rig.RunFor(1);
        Assert.Equal((3, 1UL), (rig.Fabric.Count, rig.Face.Counters[FaceOutcome.NoNeighbor]));
        Assert.Equal(NeighborState.Failed, rig.Neighbor("192.0.2.2")!.State);

        rig.Face.FromHost(rig.NowNs, Ping());
        Assert.Equal(4, rig.Fabric.Count);
        rig.FromFabric(Reply());
        Assert.Equal((5, NeighborState.Reachable), (rig.Fabric.Count, rig.Neighbor("192.0.2.2")!.State));
    }

    [Fact]
    public void A_neighbour_in_use_is_asked_itself_and_stays()
    {
        FaceRig rig = new();
        rig.FromFabric(Reply());
        rig.Fabric.Clear();
        for (int second = 0; second < 100; second++)
        {
            rig.CoreToFabric(Ping());
            rig.RunFor(1);
            if (rig.Fabric.Count > 0)
            {
                Assert.Equal([Question(FaceRig.P)], rig.Fabric);
                rig.Fabric.Clear();
                rig.Face.FromFabric(rig.NowNs, Reply());
                rig.Face.Settle();
                Assert.Equal(NeighborState.Reachable, rig.Neighbor("192.0.2.2")!.State);
                second += 1000;
            }
        }

        Assert.Equal(FaceOutcome.Passed, rig.CoreToFabric(Ping()).Outcome);
    }

    [Fact]
    public void The_states_and_their_times()
    {
        FaceRig rig = new();
        List<(double, string)> history = [];
        long start = rig.NowNs;
        rig.FromFabric(Reply());
        string state = "";
        for (int tenth = 0; tenth < 700; tenth++)
        {
            if (tenth is 350 or 370)
            {
                rig.CoreToFabric(Ping());
            }

            rig.RunFor(0.1);
            string now = $"{rig.Neighbor("192.0.2.2")!.State}";
            if (now != state)
            {
                history.Add((Math.Round((rig.NowNs - start) / 1e9, 1), now));
                state = now;
            }
        }

        Assert.Equal([(0.1, "Reachable"), (30.0, "Stale"), (36.0, "Delay"), (41.0, "Probe"), (47.0, "Failed")], history);
        byte[][] toIt = [.. rig.Fabric.Where(static frame => frame[4] != 0xff)];
        byte[][] toEverybody = [.. rig.Fabric.Where(static frame => frame[4] == 0xff)];
        Assert.Equal((3, 3), (toIt.Length, toEverybody.Length));
        Assert.All(toIt, frame => Assert.Equal(Question(FaceRig.P), frame));
        Assert.Equal(FaceOutcome.Punted, rig.CoreToFabric(Ping()).Outcome);
    }

    [Fact]
    public void A_neighbour_with_a_new_queue_pair_is_found_again()
    {
        FaceRig rig = new();
        rig.FromFabric(Reply());
        rig.CoreToFabric(Ping());
        rig.RunFor(35 + 3.5);
        Assert.Equal(Wire.Hex(Wire.Broadcast20), rig.Fabric[^1][..20]);
        Assert.Equal(FaceOutcome.Passed, rig.CoreToFabric(Ping()).Outcome);
        rig.FromFabric(Reply(address: FaceRig.Q));
        Assert.Equal(Wire.Hex(FaceRig.Q), rig.CoreToFabric(Ping()).Frame[..20]);
    }

    [Fact]
    public void An_unused_neighbour_is_forgotten_and_found_again_by_its_mac()
    {
        FaceRig rig = new();
        rig.FromFabric(Reply());
        rig.Fabric.Clear();
        rig.RunFor(30 + 600 + 2);
        Assert.Empty(rig.Face.Neighbors);
        Assert.Empty(rig.Fabric);
        Assert.Equal(FaceOutcome.Punted, rig.CoreToFabric(Ping()).Outcome);

        // A packet to beyond the link, through it: only the MAC tells whom it is for.
        rig.Face.FromHost(rig.NowNs, Ping("198.18.0.9"));
        Assert.Equal([Question(Wire.Broadcast20)], rig.Fabric);
        rig.Fabric.Clear();
        rig.FromFabric(Reply());
        Assert.Equal(Wire.Hex(FaceRig.P), Assert.Single(rig.Fabric)[..20]);
    }

    [Fact]
    public void An_ipv6_neighbour_is_asked_from_the_address_that_wants_it()
    {
        FaceRig rig = new();
        ulong mac = Mac.OfNeighbor(FaceRig.Key("fd00::2"), 0);
        byte[] packet = Wire.Ipv6(59, "fd00::1", "fd00::2", []);
        rig.Face.FromHost(rig.NowNs, Wire.Ethernet(Convert.ToHexString(Mac.ToAddress(mac).AsSpan()), FaceRig.FaceMac, 0x86dd, packet));
        byte[] question = Wire.Icmpv6(135, "fd00::1", "ff02::1:ff00:2", "00000000" + Wire.Ip6("fd00::2") + "01030000" + FaceRig.Own);
        Assert.Equal(Wire.Ipoib("00ffffffff12601bffff000000000001ff000002", 0x86dd, question), Assert.Single(rig.Fabric));
        rig.Fabric.Clear();
        rig.FromFabric(Wire.Received(0x86dd, Wire.Icmpv6(136, "fd00::2", "fd00::1", "60000000" + Wire.Ip6("fd00::2") + "02030000" + FaceRig.P)));
        Assert.Equal(Wire.Ipoib(FaceRig.P, 0x86dd, packet), Assert.Single(rig.Fabric));

        rig.CoreToFabric(Wire.Ethernet(Convert.ToHexString(Mac.ToAddress(mac).AsSpan()), FaceRig.FaceMac, 0x86dd, packet));
        rig.Fabric.Clear();
        rig.RunFor(35.5);
        byte[] unicast = Wire.Icmpv6(135, "fd00::1", "fd00::2", "00000000" + Wire.Ip6("fd00::2") + "01030000" + FaceRig.Own);
        Assert.Equal(Wire.Ipoib(FaceRig.P, 0x86dd, unicast), Assert.Single(rig.Fabric));
    }

    [Fact]
    public void A_mac_that_stands_for_nobody_leads_nowhere()
    {
        FaceRig rig = new();
        rig.Dropped(FaceOutcome.NoNeighbor, Ping(mac: "525400000099"), fromHost: true);
        rig.Dropped(FaceOutcome.NoNeighbor, Ping(mac: "024b00000000"), fromHost: true);
    }

    [Fact]
    public void A_full_table_forgets_who_was_not_used_for_longest_and_keeps_who_is_in_use()
    {
        FaceRig rig = new();
        for (int i = 0; i < NeighborTable.Capacity; i++)
        {
            rig.NowNs += 1000;
            rig.Face.FromFabric(rig.NowNs, Wire.Received(0x0806, Wire.Arp(32, 1, FaceRig.P, $"198.18.{i >> 8}.{i & 255}", NoAddress, "192.0.2.1")));
        }

        rig.Face.Settle();
        Assert.Equal(NeighborTable.Capacity, rig.Face.Neighbors.Count);
        rig.CoreToFabric(Ping("198.18.0.0", "024bc6120000"));
        rig.Face.FromHost(rig.NowNs, Ping());
        Assert.Equal(NeighborTable.Capacity, rig.Face.Neighbors.Count);
        Assert.NotNull(rig.Neighbor("198.18.0.0"));
        Assert.Null(rig.Neighbor("198.18.0.1"));
        Assert.NotNull(rig.Neighbor("192.0.2.2"));
        rig.Face.Settle();
        for (int i = 0; i < NeighborTable.Capacity; i++)
        {
            rig.CoreToFabric(Ping($"198.18.{i >> 8}.{i & 255}", $"024bc612{i:x4}"));
        }

        rig.Dropped(FaceOutcome.NeighborTableFull, Ping("192.0.2.3", "024bc0000203"), fromHost: true);
    }

    [Fact]
    public void No_more_than_so_many_frames_wait_in_all()
    {
        FaceRig rig = new();
        for (int i = 0; i < 200; i++)
        {
            rig.Face.FromHost(rig.NowNs, Ping($"192.0.2.{i + 2}", $"024bc00002{i + 2:x2}"));
        }

        Assert.Equal(200UL - 128, rig.Face.Counters[FaceOutcome.NeighborQueueFull]);
        rig.RunFor(5);
        Assert.Equal(128UL, rig.Face.Counters[FaceOutcome.NoNeighbor]);
        rig.Face.FromHost(rig.NowNs, Ping());
        Assert.Equal(200UL - 128, rig.Face.Counters[FaceOutcome.NeighborQueueFull]);
    }

    [Fact]
    public void Ipv6_neighbours_whose_macs_would_be_one_get_two()
    {
        NeighborTable table = new(new Nowhere(), 100, capacity: 4);
        IpKey first = new(1, 0);
        IpKey second = Colliding(first);
        Assert.Equal(Mac.OfNeighbor(first, 0), Mac.OfNeighbor(second, 0));
        ulong one = table.Learn(0, first, Wire.Hex(FaceRig.P), create: true, solicited: false, overrides: true)!.Mac;
        ulong two = table.Learn(0, second, Wire.Hex(FaceRig.Q), create: true, solicited: false, overrides: true)!.Mac;
        Assert.NotEqual(one, two);
        Assert.Equal((first, second), (table.FindByMac(one)!.Ip, table.FindByMac(two)!.Ip));
    }

    [Fact]
    public void A_quiet_table_allocates_nothing()
    {
        NeighborTable table = new(new Nowhere(), 100);
        IpKey ip = FaceRig.Key("192.0.2.2");
        byte[] address = Wire.Hex(FaceRig.P);
        byte[] ping = Ping();
        table.Learn(0, ip, address, create: true, solicited: true, overrides: true);
        long now = 0;
        Play(3000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Play(3000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Play(int tenths)
        {
            for (; tenths > 0; tenths--, now += FaceRig.Second / 10)
            {
                table.Use(now, ip, default, ping, out _);
                table.Tick(now);
                if (table.Find(ip)!.State == NeighborState.Probe)
                {
                    table.Learn(now, ip, address, create: false, solicited: true, overrides: true);
                }
            }
        }
    }

    /// <summary>Another address with the same hash: the multiplication can be undone.</summary>
    private static IpKey Colliding(IpKey ip)
    {
        for (ulong high = 2; ; high++)
        {
            // (high·k ^ low) must be what the first one's is.
            const ulong Odd = 0x9e37_79b9_7f4a_7c15;
            IpKey other = new(high, (ip.High * Odd) ^ ip.Low ^ (high * Odd));
            if (!other.IsMulticast)
            {
                return other;
            }
        }
    }

    private sealed class Nowhere : INeighborWorld
    {
        public void Solicit(Neighbor neighbor, bool everybody)
        {
        }

        public void SendWaiting(Neighbor neighbor, Span<byte> frame)
        {
        }

        public void Dropped(FaceOutcome outcome)
        {
        }
    }
}
