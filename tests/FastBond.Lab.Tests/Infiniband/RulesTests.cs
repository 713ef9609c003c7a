using System.Net;
using FastBond.Lab.Frames;
using FastBond.Lab.Ipoib;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Infiniband;

/// <summary>scenarios.md, I2 to I10: what a bond of InfiniBand slaves is, refuses, and tells its neighbours.</summary>
public sealed class RulesTests : InfinibandTest
{
    private static readonly string[] Reasons = ["protocol", "vlan_tag", "arp_malformed", "no_neighbor"];

    [Fact]
    public void I2_type_and_address_are_the_active_slaves_and_the_status_shows_20_bytes()
    {
        IpoibHosts network = Build();
        Host a = network.A;
        AssertBond("ib0", AddressA0);
        string mac = a.Place.Link("bond0").Address;
        FailOver(a, network.PortsOfA);
        AssertBond("ib1", AddressA1);
        Assert.Equal(mac, a.Place.Link("bond0").Address);
        Assert.Equal(mac, a.Status.FaceAddress);
        Assert.All(a.Status.Slaves, slave => Assert.Equal("generic", slave.XdpMode));
        string why = a.Daemon.Do("show bond0 --why").Output;
        Assert.Equal(2, why.Split("AF_XDP: generic XDP, frames copied").Length - 1);

        // What merges frames comes before generic XDP.
        foreach (string slave in new[] { "ib0", "ib1" })
        {
            string features = a.Place.Run($"ethtool -k {slave}").Output;
            Assert.Contains("generic-receive-offload: off", features, StringComparison.Ordinal);
            Assert.Contains("large-receive-offload: off", features, StringComparison.Ordinal);
        }

        void AssertBond(string active, string address)
        {
            string text = a.Daemon.Show();
            Assert.Contains($"Currently Active Slave: {active}\n", text, StringComparison.Ordinal);
            Assert.Contains($"Permanent HW addr: {AddressA0}\n", text, StringComparison.Ordinal);
            Assert.Contains($"Permanent HW addr: {AddressA1}\n", text, StringComparison.Ordinal);
            Assert.Contains("(fail_over_mac active)\n", text, StringComparison.Ordinal);
            BondStatus status = a.Status;
            Assert.Equal(address, status.Address);
            Assert.Contains("\"link_type\":\"infiniband\"", status.ToString(), StringComparison.Ordinal);
            Assert.Equal([AddressA0, AddressA1], status.Slaves.Select(slave => slave.PermanentAddress));
        }
    }

    [Fact]
    public void I3_an_ethernet_slave_is_refused_and_nothing_changes()
    {
        IpoibHosts network = Build();
        (NetworkNamespace place, FastBondProcess daemon) = (network.A.Place, network.A.Daemon);
        VethPair.Create(new VethEnd(place, "eth0"), new VethEnd(Lab.Namespace(), "eth0"));
        string before = DeviceState.Read(place, "eth0") + daemon.Show();
        CommandResult refused = daemon.Try("enslave bond0 eth0");
        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith("fastbond: EINVAL", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, DeviceState.Read(place, "eth0") + daemon.Show());
    }

    [Fact]
    public void I3_an_infiniband_slave_is_refused_by_an_ethernet_bond_and_nothing_changes()
    {
        IpoibSwitch fabric = Fabric();
        NetworkNamespace place = Lab.Namespace();
        IpoibPort[] ports = IpoibHosts.Ports(fabric, place, 0xa0);
        VethPair.Create(new VethEnd(place, "eth0"), new VethEnd(Lab.Namespace(), "eth0"));
        FastBondProcess daemon = Lab.Daemon(place);
        daemon.Do("add bond0 mode=active-backup slaves=eth0");
        daemon.Do($"set bond0 ib0 lladdr={ports[0].AddressText}");
        string before = DeviceState.Read(place, "ib0") + daemon.Show();
        CommandResult refused = daemon.Try("enslave bond0 ib0");
        Assert.StartsWith("fastbond: EINVAL", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, DeviceState.Read(place, "ib0") + daemon.Show());
    }

    [Fact]
    public void I4_the_bonds_address_is_accepted_and_ignored()
    {
        IpoibHosts network = Build();
        (NetworkNamespace place, FastBondProcess daemon) = (network.A.Place, network.A.Daemon);
        Assert.Equal("active", (string?)network.A.Status.Option("fail_over_mac"));
        string mac = place.Link("bond0").Address;
        place.Ip("link set bond0 address 02:11:22:33:44:55");
        Wait.Until(() => place.Link("bond0").Address == mac, Soon, "the interface has its MAC again");
        Assert.Equal(AddressA0, network.A.Status.Address);
        Assert.DoesNotContain(daemon.Log, line => line.Contains("refused", StringComparison.Ordinal));
        Assert.Equal(0, Ping.Run(place, network.B.Address).Lost);
    }

    [Fact]
    public void I5_fail_over_is_announced_and_neighbours_follow()
    {
        IpoibHosts network = Build();
        Assert.True(network.Peer.Ping(network.A.Address, Soon));
        Assert.True(network.Peer.Ping("fd00::1", Soon));
        string old = Convert.ToHexString(network.PortsOfA[0].Address), next = Convert.ToHexString(network.PortsOfA[1].Address);
        Assert.Equal((old, old), (network.Peer.NeighborOf(network.A.Address), network.Peer.NeighborOf("fd00::1")));
        Assert.Equal(0, Ping.Run(network.B.Place, network.A.Address).Lost);
        string macOfA = Neighbor(network.B, network.A.Address);

        long cut = ObservedFrame.NowNs;
        network.PortsOfA[0].Cut();
        FabricFrame arp = network.Fabric.WaitFor(frame => frame.TimeNs > cut && frame.IsGratuitousArp(network.A.Address), FailOverLimit, "gratuitous ARP");
        FabricFrame advertisement = network.Fabric.WaitFor(frame => frame.TimeNs > cut && frame.Icmpv6Type == 136, FailOverLimit, "an advertisement");
        Assert.Equal(("a1", "a1"), (arp.Port, advertisement.Port));
        Assert.Equal(56, arp.Packet.Length);
        Assert.Equal(next, Convert.ToHexString(arp.Packet[8..28]));
        Assert.Equal(Convert.ToHexString(IpoibPeer.Broadcast), arp.Destination);
        Wait.Until(() => (network.Peer.NeighborOf(network.A.Address), network.Peer.NeighborOf("fd00::1")) == (next, next), Soon, "the peer knows");
        Assert.True(network.Peer.Ping(network.A.Address, Soon));

        // The same on the way back.
        Mend(network.A, network.PortsOfA);
        long back = ObservedFrame.NowNs;
        network.PortsOfA[1].Cut();
        FabricFrame again = network.Fabric.WaitFor(frame => frame.TimeNs > back && frame.IsGratuitousArp(network.A.Address), FailOverLimit, "gratuitous ARP");
        Assert.Equal(("a0", 56, old), (again.Port, again.Packet.Length, Convert.ToHexString(again.Packet[8..28])));
        network.Fabric.WaitFor(frame => frame.TimeNs > back && frame is { Port: "a0", Icmpv6Type: 136 }, FailOverLimit, "an advertisement");
        Wait.Until(() => (network.Peer.NeighborOf(network.A.Address), network.Peer.NeighborOf("fd00::1")) == (old, old), Soon, "the peer knows");

        // B's host has noticed nothing.
        Assert.Equal(0, Ping.Run(network.B.Place, network.A.Address).Lost);
        Assert.Equal(macOfA, Neighbor(network.B, network.A.Address));
        TestContext.Current.TestOutputHelper?.WriteLine($"announced {(arp.TimeNs - cut) / 1e6:0.00} and {(again.TimeNs - back) / 1e6:0.00} ms after the cut");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void I6_I7_groups_have_their_infiniband_addresses_whenever_the_slaves_come(bool upBefore)
    {
        IpoibSwitch fabric = Fabric();
        NetworkNamespace place = Lab.Namespace(ipv6: true);
        IpoibPort[] ports = IpoibHosts.Ports(fabric, place, 0xa0);
        FastBondProcess daemon = Lab.Daemon(place);
        string[] commands = [.. IpoibHosts.Commands(ports, "")];
        daemon.Do(commands[0]);
        if (upBefore)
        {
            place.Ip("address add 192.0.2.1/24 dev bond0");
            place.Ip("link set bond0 up");
        }
        foreach (string command in commands.Skip(1))
        {
            daemon.Do(command);
        }
        if (!upBefore)
        {
            place.Ip("address add 192.0.2.1/24 dev bond0");
            place.Ip("link set bond0 up");
        }
        fabric.WaitFor(frame => frame.Type == 0x86dd && frame.Destination.StartsWith("00FFFFFFFF12601B", StringComparison.Ordinal), Soon, "a report of MLD");
        daemon.WaitFor(status => status.FaceGroups.Contains("224.0.0.1"), Soon, "224.0.0.1 is joined");
        Ping.Run(place, "224.0.0.1", count: 1, onDevice: "bond0");
        Assert.DoesNotContain(fabric.Frames, frame => frame.Fate is Fate.Protocol or Fate.Length);
        IpoibPeer peer = new(fabric, "peer", IpoibHosts.Address(0xc0), "192.0.2.3", "fd00::3");
        Assert.True(peer.Ping("192.0.2.1", Soon));
    }

    [Theory]
    [InlineData("balance-rr", "EOPNOTSUPP")]
    [InlineData("balance-xor", "EOPNOTSUPP")]
    [InlineData("broadcast", "EOPNOTSUPP")]
    public void I8_other_modes_are_refused(string mode, string errno)
    {
        IpoibSwitch fabric = Fabric();
        NetworkNamespace place = Lab.Namespace();
        IpoibPort[] ports = IpoibHosts.Ports(fabric, place, 0xa0);
        FastBondProcess daemon = Lab.Daemon(place);
        daemon.Do($"add bond0 mode={mode}");
        daemon.Do($"set bond0 ib0 lladdr={ports[0].AddressText}");
        string before = DeviceState.Read(place, "ib0");
        CommandResult refused = daemon.Try("enslave bond0 ib0");
        Assert.StartsWith($"fastbond: {errno}", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, DeviceState.Read(place, "ib0"));
        Assert.Empty(daemon.Status().Slaves);
    }

    [Fact]
    public void I9_after_fail_over_a_new_resolution_finds_the_active_slave()
    {
        IpoibHosts network = Build();
        foreach (string ip in new[] { network.A.Address, "fd00::1" })
        {
            Assert.Equal(Convert.ToHexString(network.PortsOfA[0].Address), network.Peer.Resolve(ip, Soon));
        }
        FailOver(network.A, network.PortsOfA);
        foreach (string ip in new[] { network.A.Address, "fd00::1" })
        {
            Assert.Equal(Convert.ToHexString(network.PortsOfA[1].Address), network.Peer.Resolve(ip, Soon));
        }
    }

    [Fact]
    public void I10_slaves_are_given_back_as_they_were_found_and_the_bond_can_be_ethernet_again()
    {
        IpoibSwitch fabric = Fabric();
        NetworkNamespace place = Lab.Namespace();
        IpoibPort[] ports = IpoibHosts.Ports(fabric, place, 0xa0);
        string[] found = [DeviceState.Read(place, "ib0"), DeviceState.Read(place, "ib1")];
        FastBondProcess daemon = Lab.Daemon(place);
        foreach (string command in IpoibHosts.Commands(ports, ""))
        {
            daemon.Do(command);
        }
        place.Ip("link set bond0 up");
        daemon.WaitFor(status => status.ActiveSlave == "ib0", Soon, "ib0 is active");
        daemon.Do("release bond0 ib0 ib1");
        Assert.Equal(found, (string[])[DeviceState.Read(place, "ib0"), DeviceState.Read(place, "ib1")]);
        VethPair.Create(new VethEnd(place, "eth0") { Address = "02:aa:00:00:00:00" }, new VethEnd(Lab.Namespace(), "eth0"));
        daemon.Do("enslave bond0 eth0");
        Assert.Equal("02:aa:00:00:00:00", daemon.Status().Address);
        Wait.Until(() => place.Link("bond0").Address == "02:aa:00:00:00:00", Soon, "the interface has the slave's MAC");
    }

    [Fact]
    public void I10_a_configuration_names_the_addresses_that_the_system_does_not()
    {
        IpoibSwitch fabric = Fabric();
        NetworkNamespace place = Lab.Namespace();
        IpoibPort[] ports = IpoibHosts.Ports(fabric, place, 0xa0);
        string directory = Lab.StateDirectory(), file = Path.Combine(directory, "bonds.yaml");
        File.WriteAllText(file, $"""
            network:
              version: 2
              bonds:
                bond0:
                  interfaces: [ib0, ib1]
                  addresses: [192.0.2.1/24]
                  parameters:
                    mode: active-backup
                    mii-monitor-interval: 100
                    primary: ib1
            fastbond:
              bonds:
                bond0:
                  slaves:
                    ib0: {"{"} lladdr: "{ports[0].AddressText}" {"}"}
                    ib1: {"{"} lladdr: "{ports[1].AddressText}", lladdr_broadcast: "00:ff:ff:ff:ff:12:40:1b:ff:ff:00:00:00:00:00:00:ff:ff:ff:ff" {"}"}
            """);
        FastBondProcess daemon = Lab.Daemon(place, $"--config {file}");
        daemon.WaitFor(status => status.ActiveSlave == "ib1" && status.HasAllUp(2), Soon, "both are slaves, the primary active");
        IpoibPeer peer = new(fabric, "peer", IpoibHosts.Address(0xc0), "192.0.2.3", "fd00::3");
        Assert.True(peer.Ping("192.0.2.1", Soon));
        Assert.Equal(Convert.ToHexString(ports[1].Address), peer.NeighborOf("192.0.2.1"));
        daemon.Do("reload");
        Assert.True(peer.Ping("192.0.2.1", Soon));
        Assert.Equal(0, daemon.Status().Slaves.Sum(slave => slave.LinkFailureCount));
        daemon.Stop();
        File.Delete(file);
    }

    [Fact]
    public void A_bond_with_a_vlan_above_it_takes_no_infiniband_slave()
    {
        IpoibSwitch fabric = Fabric();
        NetworkNamespace place = Lab.Namespace();
        IpoibPort[] ports = IpoibHosts.Ports(fabric, place, 0xa0);
        FastBondProcess daemon = Lab.Daemon(place);
        string[] commands = [.. IpoibHosts.Commands(ports, "")];
        foreach (string command in commands[..^1])
        {
            daemon.Do(command);
        }
        CommandResult made = place.Try(Command.Words("ip link add link bond0 name bond0.5 type vlan id 5"));
        Assert.SkipUnless(made.Success, "this kernel has no VLAN devices: " + made.Error.Trim());
        CommandResult refused = daemon.Try(commands[^1]);
        Assert.StartsWith("fastbond: EPERM", refused.Error, StringComparison.Ordinal);
        place.Ip("link delete bond0.5");
        daemon.Do(commands[^1]);
    }

    [Fact]
    public void A_killed_daemon_is_followed_by_one_with_the_same_face()
    {
        IpoibHosts network = Build();
        (NetworkNamespace place, string state) = (network.A.Place, network.A.Daemon.StateDirectory);
        Assert.Equal(0, Ping.Run(place, network.B.Address).Lost);
        string mac = place.Link("bond0").Address;
        network.A.Daemon.Kill();
        FastBondProcess next = Lab.Daemon(place, stateDirectory: state);
        foreach (string command in IpoibHosts.Commands([.. network.PortsOfA], ""))
        {
            next.Do(command);
        }
        next.WaitFor(status => status.ActiveSlave == "ib0", Soon, "ib0 is active");
        Assert.Equal(mac, place.Link("bond0").Address);

        // The host's neighbours are what they were; the face finds them anew by their MACs.
        Wait.Until(() => Ping.Run(place, network.B.Address, count: 1).Lost == 0, Soon, "ping again");
        Assert.Equal(0, Ping.Run(place, network.B.Address).Lost);
    }

    [Fact]
    public void What_infiniband_does_not_carry_is_dropped_and_counted()
    {
        IpoibHosts network = Build();
        byte[] mac = network.A.Mac, everybody = TestFrame.Mac("ff:ff:ff:ff:ff:ff");
        using PacketSocket socket = new(network.A.Place, "bond0", receive: false);
        Assert.True(socket.Send(Typed(0x88cc)));
        Assert.True(socket.Send(new TestFrame(1, 1).Build(everybody, mac, vlan: 5)));
        Assert.True(socket.Send(Typed(0x0806)));
        Assert.True(socket.Send(new TestFrame(1, 3).Build(TestFrame.Mac("02:12:34:56:78:9a"), mac)));
        AssertCounted(network.A, Reasons);
        Assert.DoesNotContain(network.Fabric.Frames, frame => frame.Fate == Fate.Protocol);

        byte[] Typed(int type)
        {
            byte[] frame = new TestFrame(1, 0).Build(everybody, mac);
            (frame[12], frame[13]) = ((byte)(type >> 8), (byte)type);
            return frame;
        }
    }

    [Fact]
    public void What_is_malformed_on_the_fabric_is_dropped_and_counted()
    {
        IpoibHosts network = Build();
        byte[] to = network.PortsOfA[0].Address;
        byte[] ipv6 = [0x60, 0, 0, 0, 0, 24, 58, 255, .. new byte[32]];
        byte[] dhcp = new DhcpMessage { Operation = 2, Hardware = (32, 0), Xid = 1, Options = new() { [DhcpMessage.MessageType] = [DhcpMessage.Offer] } }.ToBytes();
        byte[] dhcpToNobody = network.Peer.Udp(67, IPAddress.Broadcast, 68, dhcp);
        byte[] dhcpChecksum = [.. dhcpToNobody];
        dhcpChecksum[26] ^= 1;
        Send(0x0800, [0x45, 0, 0]);
        Send(0x88ca, new byte[40]);
        Send(0x0806, [0, 32, 8, 0, 20, 4, 0, 1, .. new byte[40]]);
        Send(0x86dd, [.. ipv6, 135, 0, 0, 0, .. new byte[10]]);
        Send(0x86dd, [.. ipv6, 135, 0, 1, 2, .. new byte[20]]);
        Send(0x0800, network.Peer.Udp(67, IPAddress.Broadcast, 68, new byte[20]));
        Send(0x0800, dhcpChecksum);
        Send(0x0800, dhcpToNobody);
        Send(0x0806, [0, 32, 8, 0, 20, 4, 0, 1, .. to, 192, 0, 2, 1, .. new byte[20], 192, 0, 2, 1]);
        AssertCounted(network.A, "truncated", "protocol", "arp_malformed", "neighbor_discovery_malformed", "neighbor_discovery_checksum", "dhcp_malformed", "dhcp_checksum", "dhcp_unknown_client", "own_echo");
        Assert.True(network.Peer.Ping(network.A.Address, Soon));

        // A device hands these up, however they came about: they need not be what a right sender sends.
        void Send(int type, byte[] packet) => network.PortsOfA[0].Deliver([.. new byte[20], (byte)(type >> 8), (byte)type, 0, 0, .. packet]);
    }

    /// <summary>Each reason once, in the JSON and in the metrics.</summary>
    private static void AssertCounted(Host host, params string[] reasons)
    {
        host.Daemon.WaitFor(status => reasons.All(reason => status.FaceFrames[reason] == 1), Soon, "each is counted under its reason");
        string metrics = host.Daemon.Metrics();
        Assert.All(reasons, reason => Assert.Contains($"fastbond_face_frames_total{{master=\"bond0\",outcome=\"{reason}\"}} 1\n", metrics, StringComparison.Ordinal));
    }

    private static string Neighbor(Host host, string ip) => (string)host.Place.IpJson($"neighbor show {ip} dev bond0")[0]!["lladdr"]!;
}
