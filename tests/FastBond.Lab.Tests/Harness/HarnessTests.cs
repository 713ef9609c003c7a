using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
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
            new VethEnd(a, "eth0") { Index = 50, Address = "02:00:00:00:00:0a" }, new VethEnd(b, "eth0") { Index = sameIndex ? 50 : 51 }, queues: 4, mtu: 1400);
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
        Wait.Until(() => a.Link("eth0").HasCarrier && b.Link("eth0").HasCarrier, Soon, "carrier");

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
        Wait.Until(() => a.Link("eth0").HasCarrier && b.Link("eth0").HasCarrier, Soon, "carrier again");

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
        Wait.Until(() => a.Link("eth0").HasCarrier, Soon, "carrier");
        Assert.True(socket.Send(tagged));
        atB.WaitForTestFrames(1, Soon);
        ObservedFrame seen = Assert.Single(atB.Frames);
        Assert.Equal(tagged, seen.Bytes);
        Assert.Equal(100, seen.Vlan);
        Assert.InRange(ObservedFrame.NowNs - seen.TimeNs, 0, 5_000_000_000);
    }

    [Fact]
    public void Device_counters_count_frames_and_drops_without_carrier()
    {
        using NetworkNamespace a = NetworkNamespace.Create(), b = NetworkNamespace.Create();
        using Cable cable = new(new VethEnd(a, "eth0"), new VethEnd(b, "eth0"));
        a.Ip("link set eth0 up");
        b.Ip("link set eth0 up");
        Wait.Until(() => a.Link("eth0").HasCarrier, Soon, "carrier");
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
        Iperf3Result udp = server.Run(a, 1, udpBitsPerSecond: 10_000_000, reverse: true);
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
}
