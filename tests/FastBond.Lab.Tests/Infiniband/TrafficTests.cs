using System.Globalization;
using FastBond.Lab.Frames;
using FastBond.Lab.Ipoib;
using FastBond.Lab.Machine;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Infiniband;

/// <summary>scenarios.md, I1 and I11: what runs over a bond of InfiniBand slaves, and goes on through fail-over and fail-back.</summary>
public sealed class TrafficTests : InfinibandTest
{
    private static readonly TimeSpan FlowLimit = FailOverLimit + TimeSpan.FromMilliseconds(100);

    [Fact]
    public void I1_hosts_ping_each_other_and_a_native_peer()
    {
        IpoibHosts network = Build();
        Assert.Equal(0, Ping.Run(network.A.Place, "192.0.2.2").Lost);
        Assert.Equal(0, Ping.Run(network.A.Place, "fd00::2").Lost);
        Assert.Equal(0, Ping.Run(network.A.Place, "192.0.2.3").Lost);
        Assert.Equal(0, Ping.Run(network.A.Place, "fd00::3").Lost);
        Assert.True(network.Peer.Ping("192.0.2.1", Soon));
        Assert.True(network.Peer.Ping("fd00::2", Soon));

        // Link-local addresses come of the host's own making: duplicate address detection has crossed.
        string linkLocal = network.B.Place.IpJson("-6 address show dev bond0")[0]!["addr_info"]!.AsArray()
            .Select(address => (string)address!["local"]!).First(address => address.StartsWith("fe80", StringComparison.Ordinal));
        Wait.Until(() => Ping.Run(network.A.Place, linkLocal + "%bond0", count: 1).Lost == 0, Soon, "link-local ping");
    }

    [Fact]
    public void I1_tcp_survives_fail_over_and_fail_back_at_both_ends()
    {
        IpoibHosts network = Build();
        using Iperf3 server = new(network.B.Place, network.B.Address);
        using ChildProcess client = server.Start(network.A.Place, seconds: 6);
        Wait.For(TimeSpan.FromSeconds(1));
        FailOver(network.A, network.PortsOfA);
        Wait.For(TimeSpan.FromSeconds(1));
        Mend(network.A, network.PortsOfA);
        FailOver(network.B, network.PortsOfB);
        Wait.For(TimeSpan.FromSeconds(1));
        FailOver(network.A, network.PortsOfA);
        Mend(network.B, network.PortsOfB);
        Iperf3Result result = Iperf3.Finish(client, TimeSpan.FromSeconds(20));
        Assert.True(result.Bytes > 1_000_000, $"{result.Bytes} bytes");
        TestContext.Current.TestOutputHelper?.WriteLine($"TCP through three fail-overs: {result.BitsPerSecond / 1e6:0} Mb/s, {result.Retransmits} retransmits");
    }

    /// <summary>Everything at once, between real stacks, while the bonds of both hosts fail over and back.</summary>
    [Fact]
    public void I1_every_kind_of_traffic_goes_on_through_fail_overs_and_fail_backs_at_both_ends()
    {
        const int pingMs = 10, datagramMs = 2;
        IpoibHosts network = Build();
        (Host a, Host b) = (network.A, network.B);
        using DatagramFlow udp = new(a.Place, a.Address, b.Place, b.Address, periodMs: datagramMs);
        using DatagramFlow multicast = new(b.Place, b.Address, a.Place, a.Address, "239.1.1.1", datagramMs);
        using Iperf3 server = new(b.Place, b.Address);
        using ChildProcess tcp = server.Start(a.Place, seconds: 8, bitsPerSecond: 100_000_000);
        ChildProcess ping = Ping.Start(a.Place, b.Address, pingMs), ping6 = Ping.Start(b.Place, "fd00::1", pingMs);
        multicast.WaitForMore(100, Soon);

        // Twice each: to the other slave, and back.
        int failOvers = 0;
        foreach ((Host host, IReadOnlyList<IpoibPort> ports) in new[] { (a, network.PortsOfA), (b, network.PortsOfB), (a, network.PortsOfA), (b, network.PortsOfB) })
        {
            FailOver(host, ports);
            failOvers++;
            udp.WaitForMore(100, Soon);
            multicast.WaitForMore(100, Soon);
            Mend(host, ports);
        }

        (PingResult icmp, PingResult icmp6) = (Ping.Finish(ping, Soon), Ping.Finish(ping6, Soon));
        Iperf3Result stream = Iperf3.Finish(tcp, TimeSpan.FromSeconds(20));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{failOvers} fail-overs: ping lost {icmp.Lost} of {icmp.Sent}, ping6 {icmp6.Lost} of {icmp6.Sent} (one each {pingMs} ms); longest gap UDP " +
            $"{udp.GreatestGapMs} ms, multicast {multicast.GreatestGapMs} ms; lost {udp.Sent - udp.Received.Count} and {multicast.Sent - multicast.Received.Count} of {udp.Sent} " +
            $"datagrams; TCP {stream.BitsPerSecond / 1e6:0} Mb/s, {stream.Retransmits} retransmits");
        int limitMs = (int)FlowLimit.TotalMilliseconds;
        Assert.InRange(udp.GreatestGapMs, 0, limitMs);
        Assert.InRange(multicast.GreatestGapMs, 0, limitMs);
        Assert.InRange(icmp.Lost * pingMs, 0, failOvers * limitMs);
        Assert.InRange(icmp6.Lost * pingMs, 0, failOvers * limitMs);
        Assert.True(stream.Bytes > 10_000_000, $"{stream.Bytes} bytes");
    }

    [Fact]
    public void I1_udp_and_icmp_come_back_within_the_monitors_time()
    {
        const int rate = 1000;
        IpoibHosts network = Build();
        Assert.Equal(0, Ping.Run(network.A.Place, network.B.Address).Lost);
        FrameObserver atB = Lab.Observe(network.B.Place, "bond0", testFramesOnly: true);
        using FrameStream stream = network.A.Stream(TestFrame.Mac("02:4b:c0:00:02:02"), rate);
        atB.WaitForTestFrames(200, Soon);
        foreach (string which in new[] { "fail-over", "fail-back" })
        {
            int before = atB.TestFrameCount;
            FailOver(network.A, network.PortsOfA);
            atB.WaitForTestFrames(before + 500, Soon);
            Mend(network.A, network.PortsOfA);
            Report($"{which} of the sender", atB.TestFrames(), before);
        }

        // At the receiver the neighbour has to learn, too: the announcement tells the sender's face.
        int then = atB.TestFrameCount;
        FailOver(network.B, network.PortsOfB);
        atB.WaitForTestFrames(then + 500, Soon);
        Report("fail-over of the receiver", atB.TestFrames(), then);
        Assert.Equal(0, Ping.Run(network.A.Place, network.B.Address).Lost);
        Assert.Equal(0, Ping.Run(network.A.Place, "fd00::2").Lost);

        static void Report(string what, IReadOnlyList<TestFrame> frames, int from)
        {
            int lost = frames.Skip(from - 1).Zip(frames.Skip(from)).Max(pair => (int)(pair.Second.Sequence - pair.First.Sequence - 1));
            TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {lost} of {rate} frames a second lost");
            Assert.InRange(lost, 0, (int)(rate * FlowLimit.TotalSeconds));
        }
    }

    [Fact]
    public void I11_multicast_is_received_after_fail_over_since_the_host_reports_its_groups_on_the_new_slave()
    {
        IpoibHosts network = Build();
        using DatagramFlow flow = new(network.B.Place, network.B.Address, network.A.Place, network.A.Address, "239.1.1.1");
        flow.WaitForMore(100, Soon);
        network.A.Daemon.WaitFor(status => status.FaceGroups.Contains("239.1.1.1"), Soon, "the group is known");
        long cut = ObservedFrame.NowNs;
        FailOver(network.A, network.PortsOfA);
        flow.WaitForMore(100, Soon);
        TestContext.Current.TestOutputHelper?.WriteLine($"multicast: {flow.GreatestGapMs} ms without a datagram");
        Assert.InRange(flow.GreatestGapMs, 0, (int)FlowLimit.TotalMilliseconds);
        FabricFrame report = network.Fabric.WaitFor(
            frame => frame.TimeNs > cut && frame.Port == "a1" && frame.Type == 0x0800 && frame.Packet[9] == 2, Soon, "a report on the new slave");
        Assert.Equal(Fate.Delivered, report.Fate);
        FailOver(network.B, network.PortsOfB);
        flow.WaitForMore(100, Soon);
    }

    /// <summary>Datagram mode on links of 2 and 4 KiB, connected mode.</summary>
    [Fact]
    public void Packets_up_to_the_mtus_of_infiniband_cross_whole()
    {
        IpoibHosts network = Build();
        foreach (int mtu in new[] { 2044, 4092, 65_064, 2044 })
        {
            network.Fabric.Mtu = mtu;
            foreach (Host host in new[] { network.A, network.B })
            {
                SetMtu(host, mtu);
                Assert.Equal((mtu, mtu), (host.Place.Link("ib0").Mtu, host.Place.Link("ib1").Mtu));
                Assert.All(host.Status.Slaves, slave => Assert.Equal("generic", slave.XdpMode));
            }
            Assert.Equal(0, Ping.Run(network.A.Place, network.B.Address, size: mtu - 28).Lost);
            Assert.Equal(0, Ping.Run(network.A.Place, "fd00::2", size: mtu - 48).Lost);
            Assert.Equal(0, Ping.Run(network.A.Place, network.B.Address, count: 20, intervalMs: 5, size: (mtu / 2) - 28).Lost);
            using Iperf3 server = new(network.B.Place, network.B.Address);
            using ChildProcess client = server.Start(network.A.Place, seconds: 2);
            FailOver(network.A, network.PortsOfA);
            Iperf3Result result = Iperf3.Finish(client, TimeSpan.FromSeconds(15));
            Assert.True(result.Bytes > 1_000_000, $"{result.Bytes} bytes");
            TestContext.Current.TestOutputHelper?.WriteLine($"MTU {mtu}: {result.BitsPerSecond / 1e6:0} Mb/s through a fail-over");
            Mend(network.A, network.PortsOfA);
        }
    }

    [Fact]
    public void What_is_beyond_the_mtu_is_refused_with_the_number_that_works()
    {
        IpoibHosts network = Build();
        network.A.Place.Ip("link set bond0 mtu 65520");
        string refusal = network.A.Daemon.WaitForLog("MTU 65520 refused", Soon);
        Wait.Until(() => network.A.Place.Link("bond0").Mtu == 1500, Soon, "the MTU is back");
        Assert.Equal((1500, 1500), (network.A.Place.Link("ib0").Mtu, network.A.Place.Link("ib1").Mtu));
        Assert.Equal(0, Ping.Run(network.A.Place, network.B.Address, size: 1472).Lost);
        SetMtu(network.A, int.Parse(refusal.Split(' ')[^1], CultureInfo.InvariantCulture));
    }

    private static void SetMtu(Host host, int mtu)
    {
        host.Place.Ip($"link set bond0 mtu {mtu}");
        host.Daemon.WaitFor(status => status.Mtu == mtu, Soon, "the MTU is taken over");
    }

    [Fact]
    public void Loss_and_delay_do_not_break_a_connection()
    {
        IpoibHosts network = Build();
        network.PortsOfA[0].LosesEvery = 200;
        network.PortsOfB[0].DelayMs = 2;
        using Iperf3 server = new(network.B.Place, network.B.Address);
        using ChildProcess client = server.Start(network.A.Place, seconds: 2);
        Assert.True(Iperf3.Finish(client, TimeSpan.FromSeconds(15)).Bytes > 100_000);
    }
}
