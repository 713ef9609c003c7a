using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Traffic;

/// <summary>What hosts put on a bond: IPv6, VLAN tags, macvlans, bridges, other MTUs; and what must never get past the bond.</summary>
public sealed class HostStackTests : ScenarioTest
{
    // The bond's promiscuity rises without a message, so it is polled.
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(3);
    private static readonly string[] Slaves = ["eth0", "eth1"];

    [Theory]
    [InlineData("balance-rr")]
    [InlineData("active-backup")]
    [InlineData("balance-xor")]
    public void Ping6_macvlan_and_bridge_on_the_bond(string mode)
    {
        BackToBack hosts = BackToBack.Build(Lab, $"mode={mode}", ipv6: true);
        (NetworkNamespace a, NetworkNamespace b) = (hosts.A.Place, hosts.B.Place);
        a.Ip("address add fd00::1/64 dev bond0 nodad");
        b.Ip("address add fd00::2/64 dev bond0 nodad");
        Assert.Equal(new PingResult(5, 5, 0), Ping.Run(a, "fd00::2", count: 5));
        string[] carrying = mode == "active-backup" ? ["eth0"] : Slaves;
        Assert.All(carrying, slave => Assert.True(a.Link(slave).AllMulti > 0, slave + " lets all groups in"));
        Assert.All(Slaves, slave => Assert.DoesNotContain("PROMISC", a.Link(slave).Flags));

        a.Ip("link add link bond0 name mv0 type macvlan mode bridge");
        a.Ip("address add 192.0.2.11/24 dev mv0");
        a.Ip("link set mv0 up");
        Assert.Equal(new PingResult(3, 3, 0), Ping.Run(b, "192.0.2.11"));
        a.Ip("link delete mv0");

        NetworkNamespace guest = Lab.Namespace();
        a.Ip("link add br0 type bridge");
        VethPair.Create(new VethEnd(a, "tap0"), new VethEnd(guest, "eth0"));
        VethPair.MakePlainPeer(a, "tap0");
        VethPair.MakePlainPeer(guest, "eth0");
        guest.Ip("address add 192.0.2.21/24 dev eth0");
        guest.Ip("link set eth0 up");
        foreach (string command in new[] { "link set tap0 up", "link set br0 up", "link set tap0 master br0", "link set bond0 master br0" })
        {
            a.Ip(command);
        }
        Wait.Until(() => carrying.All(slave => a.Link(slave).Promiscuity > 0), Poll, "the slaves are promiscuous while the bond is a bridge's port");
        Assert.Equal(new PingResult(3, 3, 0), Ping.Run(guest, hosts.B.Address));
        a.Ip("link set bond0 nomaster");
        a.Ip("link delete br0");
        Wait.Until(() => Slaves.All(slave => a.Link(slave).Promiscuity == 0), Poll, "no slave is promiscuous any more");
    }

    [Fact]
    public void Tagged_frames_pass_through_a_bridge_and_a_bond_with_their_tags()
    {
        const int vlan = 100;
        Switched network = Switched.Build(Lab, "mode=active-backup");
        NetworkNamespace guest = Lab.Namespace();
        network.A.Place.Ip("link add br0 type bridge");
        VethPair.Create(new VethEnd(network.A.Place, "tap0"), new VethEnd(guest, "eth0"));
        VethPair.MakePlainPeer(network.A.Place, "tap0");
        VethPair.MakePlainPeer(guest, "eth0");
        guest.Ip("link set eth0 up");
        foreach (string command in new[] { "link set tap0 up", "link set br0 up", "link set tap0 master br0", "link set bond0 master br0" })
        {
            network.A.Place.Ip(command);
        }
        byte[] macC = TestFrame.Mac(network.C.Link("eth0").Address), macGuest = TestFrame.Mac(guest.Link("eth0").Address);
        AssertTagged(network.C, guest, new TestFrame(1, 0).Build(macGuest, macC, 300, vlan));
        AssertTagged(guest, network.C, new TestFrame(2, 0).Build(macC, macGuest, 300, vlan));
        AssertTagged(network.C, network.A.Place, new TestFrame(3, 0).Build(network.A.Mac, macC, 1514, vlan), "bond0");

        void AssertTagged(NetworkNamespace from, NetworkNamespace to, byte[] frame, string device = "eth0")
        {
            FrameObserver observer = Lab.Observe(to, device);
            using PacketSocket socket = new(from, "eth0", receive: false);
            Assert.True(socket.Send(frame));
            observer.WaitForTestFrames(1, Soon);
            Assert.Equal(frame, observer.Frames.Single(seen => seen.Test is not null).Bytes);
        }
    }

    [Fact]
    public void A_larger_mtu_works_or_is_refused_with_the_one_that_does()
    {
        const int usual = 1500, large = 3000;
        NetworkNamespace a = Lab.Namespace(), b = Lab.Namespace();
        VethPair.Create(new VethEnd(a, "eth0"), new VethEnd(b, "eth0"), mtu: large);
        VethPair.MakePlainPeer(b, "eth0");
        b.Ip("address add 192.0.2.2/24 dev eth0");
        b.Ip("link set eth0 up");
        Host host = new Host(a, Lab.Daemon(a, "bond0 mode=active-backup slaves=eth0"), "192.0.2.1").BringUp();
        Wait.Until(() => a.Link("bond0").IsOperational, Soon, "carrier");
        Assert.Equal(usual, a.Link("eth0").Mtu);

        a.Ip($"link set bond0 mtu {large}");
        if (!AllHave(large))
        {
            string refusal = host.Daemon.WaitForLog($"MTU {large} refused", Soon);
            Wait.Until(() => AllHave(usual), Soon, "the MTU from before");
            int works = refusal.Split(' ').Select(word => int.TryParse(word, out int n) && n != large ? n : 0).Max();
            Assert.InRange(works, usual, large);
            a.Ip($"link set bond0 mtu {works}");
            Wait.Until(() => AllHave(works), Soon, "the MTU that was said to work");
        }
        int length = a.Link("bond0").Mtu - 28;
        Assert.Equal(new PingResult(3, 3, 0), Ping.Run(a, "192.0.2.2", size: length));
        Assert.Equal(3, Ping.Run(a, "192.0.2.2", size: length + 1).Lost);

        bool AllHave(int mtu) => a.Links().Values.Where(link => link.Name != "lo").All(link => link.Mtu == mtu) && host.Status.Mtu == mtu;
    }

    [Fact]
    public void The_hosts_own_stack_never_answers_through_a_slave()
    {
        NetworkNamespace a = Lab.Namespace(ipv6: true), b = Lab.Namespace();
        VethPair.Create(new VethEnd(a, "eth0"), new VethEnd(b, "eth0"), queues: 4);
        a.Run("ethtool -L eth0 rx 2 tx 2");
        b.Run("ethtool -L eth0 rx 2 tx 2");
        VethPair.MakePlainPeer(b, "eth0");
        b.Ip("link set eth0 up");
        FrameObserver onSlave = Lab.Observe(a, "eth0"), answers = Lab.Observe(b, "eth0");
        Host host = new Host(a, Lab.Daemon(a, "bond0 mode=active-backup slaves=eth0"), "198.19.0.1").BringUp();
        Wait.Until(() => a.Link("bond0").IsOperational, Soon, "carrier");
        // More queues than were bound when the slave was taken: no message tells of them, and until they are found (once a second) they
        // have neither program nor socket.
        a.Run("ethtool -L eth0 rx 4 tx 4");
        b.Run("ethtool -L eth0 rx 4 tx 4");
        host.Daemon.WaitForLog("AF_XDP native, 4 queue(s)", Soon);
        Wait.Until(() => a.Link("bond0").IsOperational, Soon, "carrier");
        byte[] mac = host.Mac, from = TestFrame.Mac(b.Link("eth0").Address);
        int before = onSlave.Frames.Count;
        for (uint flow = 0; flow < 64; flow++)
        {
            // To 198.19.0.flow: flow 1 is the bond's own address, port 9 is closed, and many flows reach every queue.
            using FrameStream stream = new(b, "eth0", n => new TestFrame(flow, n).Build(mac, from), framesPerSecond: 10_000, count: 4);
            stream.Finish();
        }
        using (PacketSocket socket = new(b, "eth0", receive: false))
        {
            for (int n = 0; n < 16; n++)
            {
                Assert.True(socket.Send(ArpRequest(from, host.Address)));
            }
        }
        Wait.For(2 * Miimon);
        Assert.Equal(before, onSlave.Frames.Count);
        Assert.All(answers.Frames.Where(frame => frame.EtherType == 0x0806), frame => Assert.Equal(mac, frame.Source.ToArray()));
    }

    private static byte[] ArpRequest(byte[] from, string target)
    {
        byte[] frame = new byte[TestFrame.MinLength];
        frame.AsSpan(0, 6).Fill(0xff);
        from.CopyTo(frame, 6);
        new byte[] { 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1 }.CopyTo(frame, 12);
        from.CopyTo(frame, 22);
        new byte[] { 198, 19, 0, 200 }.CopyTo(frame, 28);
        System.Net.IPAddress.Parse(target).GetAddressBytes().CopyTo(frame, 38);
        return frame;
    }
}
