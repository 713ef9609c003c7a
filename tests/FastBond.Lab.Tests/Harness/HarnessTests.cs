using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using Xunit;

namespace FastBond.Lab.Tests.Harness;

/// <summary>The lab's own tools, without FastBond: a test that uses them must be able to trust them.</summary>
public sealed class HarnessTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    public HarnessTests() => Assert.SkipUnless(LabFacts.SkipReason.Length == 0, LabFacts.SkipReason);

    [Fact]
    public void Namespace_is_gone_with_its_processes_after_disposal()
    {
        ChildProcess inside;
        string name;
        using (NetworkNamespace place = NetworkNamespace.Create())
        {
            name = place.Name;
            inside = place.Start(["sleep", "60"]);
            Wait.Until(() => Command.Run("ip", ["netns", "pids", name]).Output.Contains($"{inside.Id}", StringComparison.Ordinal), Soon, "sleep is inside");
        }
        using (inside)
        {
            Assert.True(inside.WaitForExit(Soon));
            Assert.False(File.Exists("/run/netns/" + name));
            Assert.Empty(Leftovers.Ours());
        }
    }

    [Fact]
    public void Sweep_removes_what_a_dead_process_left_and_nothing_else()
    {
        ChildProcess dead = ChildProcess.Start("true", []);
        Assert.True(dead.WaitForExit(Soon));
        string left = $"fbt-{dead.Id}-1", folder = Path.Combine(LabFacts.MemoryRoot, left);
        dead.Dispose();
        using NetworkNamespace living = NetworkNamespace.Create();
        Command.Run("ip", ["netns", "add", left]).EnsureSuccess();
        Directory.CreateDirectory(folder);
        Leftovers.Sweep();
        Assert.False(File.Exists("/run/netns/" + left));
        Assert.False(Directory.Exists(folder));
        Assert.True(File.Exists(living.Path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Veth_pair_has_the_indexes_queues_and_addresses_asked_for(bool sameIndex)
    {
        using NetworkNamespace a = NetworkNamespace.Create(), b = NetworkNamespace.Create();
        VethPair.Create(
            new VethEnd(a, "eth0") { Index = 50, Address = "02:00:00:00:00:0a" },
            new VethEnd(b, "eth0") { Index = sameIndex ? 50 : 51 },
            queues: 4,
            mtu: 1400);
        Assert.Equal(50, a.Link("eth0").Index);
        Assert.Equal("02:00:00:00:00:0a", a.Link("eth0").Address);
        Assert.Equal(1400, a.Link("eth0").Mtu);
        Assert.Equal(sameIndex ? 50 : 51, b.Link("eth0").Index);
        Assert.Contains("RX:\t\t4", a.Run("ethtool -l eth0").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cable_carries_every_frame_and_cut_block_and_mend_do_what_they_say(bool sameIndex)
    {
        using NetworkNamespace a = NetworkNamespace.Create(), b = NetworkNamespace.Create();
        using Cable cable = new(new VethEnd(a, "eth0"), new VethEnd(b, "eth0"), sameIndex: sameIndex);
        a.Ip("link set eth0 up");
        b.Ip("link set eth0 up");
        cable.WaitUntilUp();

        using FrameObserver atB = new(b, "eth0"), inside = new(cable.Panel, Cable.EndA);
        byte[] to = TestFrame.Mac(b.Link("eth0").Address), from = TestFrame.Mac(a.Link("eth0").Address);
        using FrameStream stream = new(a, "eth0", n => new TestFrame(1, n).Build(to, from, 200), 20_000, 5000);
        Assert.Equal(5000, stream.Finish());
        atB.WaitForTestFrames(5000, Soon);
        atB.Stop();
        inside.Stop();
        Assert.Equal(Enumerable.Range(0, 5000), atB.TestFrames(1).Select(frame => (int)frame.Sequence));
        Assert.Equal(Enumerable.Range(0, 5000), inside.TestFrames(1).Select(frame => (int)frame.Sequence));
        Assert.True(atB.Frames.Zip(atB.Frames.Skip(1)).All(pair => pair.First.TimeNs <= pair.Second.TimeNs));

        cable.Cut();
        Wait.Until(() => !a.Link("eth0").HasCarrier && !b.Link("eth0").HasCarrier, Soon, "no carrier at either end");
        Assert.True(a.Link("eth0").IsUp && b.Link("eth0").IsUp);
        cable.Mend();
        cable.WaitUntilUp();

        a.Ip("address add 192.0.2.1/24 dev eth0");
        b.Ip("address add 192.0.2.2/24 dev eth0");
        Assert.Equal(0, Ping.Run(a, "192.0.2.2").Lost);
        cable.Block();
        Assert.Equal(2, Ping.Run(a, "192.0.2.2", count: 2).Lost);
        Assert.True(a.Link("eth0").HasCarrier);
        cable.Unblock();
        Assert.Equal(0, Ping.Run(a, "192.0.2.2").Lost);
    }

    [Fact]
    public void Observer_shows_a_tag_in_its_place_and_link_local_frames_pass_a_cable()
    {
        using NetworkNamespace a = NetworkNamespace.Create(), b = NetworkNamespace.Create();
        using Cable cable = new(new VethEnd(a, "eth0"), new VethEnd(b, "eth0"));
        a.Ip("link set eth0 up");
        b.Ip("link set eth0 up");
        using FrameObserver atB = new(b, "eth0");
        byte[] lldp = TestFrame.Mac("01:80:c2:00:00:0e"), from = TestFrame.Mac(a.Link("eth0").Address);
        using PacketSocket socket = new(a, "eth0", receive: false);
        byte[] tagged = new TestFrame(2, 0).Build(lldp, from, vlan: 100);
        cable.WaitUntilUp();
        Assert.True(socket.Send(tagged));
        atB.WaitForTestFrames(1, Soon);
        ObservedFrame seen = Assert.Single(atB.Frames);
        Assert.Equal(tagged, seen.Bytes);
        Assert.Equal(100, seen.Vlan);
        Assert.InRange(ObservedFrame.NowNs - seen.TimeNs, 0, 5_000_000_000);
    }

    [Fact]
    public void Observer_of_test_frames_sees_nothing_else()
    {
        using NetworkNamespace place = NetworkNamespace.Create();
        VethPair.Create(new VethEnd(place, "eth0"), new VethEnd(place, "eth1"));
        place.Ip("link set eth0 up");
        place.Ip("link set eth1 up");
        Wait.Until(() => place.Links().Values.All(link => link.IsOperational), Soon, "carrier");
        using FrameObserver ours = new(place, "eth1", testFramesOnly: true), all = new(place, "eth1");
        using PacketSocket socket = new(place, "eth0", receive: false);
        byte[] mac = TestFrame.Mac("02:00:00:00:00:01"), other = new TestFrame(1, 0).Build(mac, mac);
        other[30] = 10;
        Assert.True(socket.Send(other));
        Assert.True(socket.Send(new TestFrame(1, 1).Build(mac, mac, 1000)));
        all.WaitForTestFrames(2, Soon);
        ours.WaitForTestFrames(1, Soon);
        Assert.Equal(new TestFrame(1, 1), Assert.Single(ours.Frames).Test);
    }

    [Fact]
    public void Device_counters_count_frames()
    {
        using NetworkNamespace a = NetworkNamespace.Create(), b = NetworkNamespace.Create();
        using Cable cable = new(new VethEnd(a, "eth0"), new VethEnd(b, "eth0"));
        a.Ip("link set eth0 up");
        b.Ip("link set eth0 up");
        cable.WaitUntilUp();
        using CounterReader counters = new(a);
        DeviceCounters before = counters.Read("eth0");
        byte[] mac = TestFrame.Mac("02:00:00:00:00:01");
        using FrameStream stream = new(a, "eth0", n => new TestFrame(1, n).Build(mac, mac), 1000, 10);
        stream.Finish();
        DeviceCounters after = counters.Read("eth0");
        Assert.Equal(10, after.TxFrames - before.TxFrames);
        Assert.Equal(600, after.TxBytes - before.TxBytes);
        Assert.Throws<LabException>(() => counters.Read("eth9"));
    }

    [Fact]
    public void Iperf3_measures_tcp_and_udp_both_ways()
    {
        using NetworkNamespace a = NetworkNamespace.Create(), b = NetworkNamespace.Create();
        VethPair.Create(new VethEnd(a, "eth0"), new VethEnd(b, "eth0"));
        foreach ((NetworkNamespace place, int host) in new[] { (a, 1), (b, 2) })
        {
            place.Ip($"address add 192.0.2.{host}/24 dev eth0");
            place.Ip("link set eth0 up");
        }
        using Iperf3 server = new(b, "192.0.2.2");
        Iperf3Result tcp = server.Run(a, 1);
        Assert.True(tcp.Bytes > 1_000_000);
        Iperf3Result udp = server.Run(a, 1, udp: true, reverse: true, bitsPerSecond: 10_000_000);
        Assert.InRange(udp.BitsPerSecond, 8e6, 12e6);
        Assert.InRange(udp.Datagrams, 500, 1500);
        Assert.Equal(0, udp.LostDatagrams);
    }

    [Fact]
    public void Ping_counts_what_is_lost()
    {
        using NetworkNamespace a = NetworkNamespace.Create();
        Assert.Equal(new PingResult(3, 3, 0), Ping.Run(a, "127.0.0.1"));
        a.Ip("address add 192.0.2.1/24 dev lo");
        Assert.Equal(0, Ping.Run(a, "192.0.2.1", count: 2).Lost);
    }

    [Fact]
    public void A_command_that_fails_or_hangs_says_so()
    {
        LabException failed = Assert.Throws<LabException>(() => Command.Run("ip", ["link", "show", "nosuchdevice"]).EnsureSuccess());
        Assert.Contains("nosuchdevice", failed.Message, StringComparison.Ordinal);
        Assert.Throws<LabException>(() => Command.Run("sleep", ["20"], TimeSpan.FromMilliseconds(100)));
        Assert.Throws<TimeoutException>(() => Wait.Until(() => false, TimeSpan.FromMilliseconds(30), "never"));
    }

    [Fact]
    public void Tap_device_moves_frames_both_ways_and_can_be_infiniband()
    {
        using NetworkNamespace place = NetworkNamespace.Create();
        using TapDevice tap = new(place, "tap0"), ib = new(place, "ib0", TapDevice.InfiniBand);
        Assert.Equal("infiniband", (string)place.IpJson("link show dev ib0")[0]!["link_type"]!);
        place.Ip("link set tap0 up");
        using FrameObserver observer = new(place, "tap0");
        byte[] mac = TestFrame.Mac("02:00:00:00:00:01"), frame = new TestFrame(1, 7).Build(mac, mac);
        tap.Send(frame);
        observer.WaitForTestFrames(1, Soon);
        using PacketSocket socket = new(place, "tap0", receive: false);
        Assert.True(socket.Send(frame));
        Wait.Until(() => tap.Transmitted.Any(seen => seen.AsSpan().SequenceEqual(frame)), Soon, "the frame at the other end");
        tap.Carrier(on: false);
        Wait.Until(() => !place.Link("tap0").HasCarrier, Soon, "no carrier");
    }

    [Fact]
    public void Device_state_tells_every_setting_that_a_bond_changes()
    {
        using NetworkNamespace place = NetworkNamespace.Create(ipv6: true);
        VethPair.Create(new VethEnd(place, "eth0"), new VethEnd(place, "eth1"));
        string found = DeviceState.Read(place, "eth0");
        Assert.Equal(found, DeviceState.Read(place, "eth0"));
        AssertSeen("ip link set eth0 mtu 1400", "ip link set eth0 mtu 1500");
        AssertSeen("ip link set eth0 up", "ip link set eth0 down");
        AssertSeen("ip link set eth0 promisc on", "ip link set eth0 promisc off");
        AssertSeen("ip address add 192.0.2.1/24 dev eth0", "ip address delete 192.0.2.1/24 dev eth0");
        AssertSeen("sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1", "sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0");
        AssertSeen("ethtool -K eth0 tso off", "ethtool -K eth0 tso on");

        void AssertSeen(string change, string undo)
        {
            place.Run(change);
            Assert.NotEqual(found, DeviceState.Read(place, "eth0"));
            place.Run(undo);
            Assert.Equal(found, DeviceState.Read(place, "eth0"));
        }
    }

    [Fact]
    public void A_bonds_status_is_read_from_the_json_of_interfaces_md()
    {
        const string text = """
            [{"ifname":"eth0","master":"bond0","address":"02:b0:00:00:00:01","flags":["UP","LOWER_UP"],"mtu":1500,
            "linkinfo":{"info_slave_kind":"bond","info_slave_data":{"state":"BACKUP","mii_status":"GOING_BACK","link_failure_count":3,"perm_hwaddr":"02:5a:00:00:00:00","queue_id":0,"prio":0}},
            "fastbond":{"xdp_mode":"native","counters":{"rx_frames":1,"rx_bytes":2,"tx_frames":3,"tx_bytes":4},"drops":{"ring_full":5}}},
            {"ifname":"bond0","address":"02:b0:00:00:00:01","flags":["MASTER","UP","LOWER_UP"],"mtu":1500,
            "linkinfo":{"info_kind":"bond","info_data":{"mode":"active-backup","miimon":100}},
            "fastbond":{"counters":{"tx_frames":3},"drops":{"ring_full":5},"host":{"counters":{"rx_frames":11},"drops":{"no_slave":2}},
            "cores":[{"frames":{"total":10,"pool":7,"hand":0,"receiving":3,"transmitting":0,"quarantined":0,"violations":0}}]}}]
            """;
        BondStatus status = BondStatus.Parse(text);
        SlaveStatus slave = Assert.Single(status.Slaves);
        Assert.Equal(("eth0", "GOING_BACK", 3L, false, "native"), (slave.Name, slave.MiiStatus, slave.LinkFailureCount, slave.IsActive, slave.XdpMode));
        Assert.Equal(new FrameCounts(1, 2, 3, 4), slave.Frames);
        Assert.Equal((1L, 11L, true), (status.UnaccountedFromHost, status.HostFrames.RxFrames, status.HasCarrier));
        Assert.Equal(100, (int)status.Option("miimon")!);
        Assert.Null(status.ActiveSlave);
        Assert.NotNull(status.LedgerFault());
        string sound = text.Replace("\"rx_frames\":11", "\"rx_frames\":10", StringComparison.Ordinal);
        Assert.Null(BondStatus.Parse(sound).LedgerFault());
        Assert.NotNull(BondStatus.Parse(sound.Replace("\"pool\":7", "\"pool\":6", StringComparison.Ordinal)).LedgerFault());
        Assert.NotNull(BondStatus.Parse(sound.Replace("\"violations\":0", "\"violations\":1", StringComparison.Ordinal)).LedgerFault());
        Assert.Throws<LabException>(() => BondStatus.Parse("[]"));
    }
}
