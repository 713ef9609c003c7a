using System.Net;
using FastBond.Core.Bonds;

namespace FastBond.Simulation.Arp;

/// <summary>What the ARP monitor asks, as whom, and with which tags (link-monitoring.md section 4); addresses learnt from the host's frames.</summary>
public class ProbeTests
{
    private const uint Vlan10 = 0x8100000a, Vlan20 = 0x81000014;
    private const string Guest = "02:77:00:00:00:05";

    private static BondSimulation Asking(string arpTargets, string nsTargets = "", string validate = "none", params HostAddress[] addresses)
    {
        BondSimulation simulation = new(Hearing.Hinted, slaves: 1);
        simulation.SetMode(BondMode.ActiveBackup);
        simulation.Set("arp_interval", 100);
        simulation.Set("arp_ip_target", arpTargets);
        simulation.Set("ns_ip6_target", nsTargets);
        simulation.Set("arp_validate", validate);
        simulation.SetAddress(ArpFrames.Bond);
        simulation.Bond.SetHostAddresses(0, addresses);
        simulation.Enslave(["s0"]);
        simulation.SetUp(true);
        return simulation;
    }

    private static string[] Asked(BondSimulation simulation)
    {
        int frames = simulation.World.Frames.Count;
        simulation.RunFor(100);
        return [.. simulation.World.Frames.Skip(frames).Select(static frame => FrameText.Of(frame.Bytes))];
    }

    private static HostAddress Address(string address, int prefix, params uint[] tags) => new(IPAddress.Parse(address), tags, default) { PrefixLength = prefix };

    private static string Request(string sender, string target, string tags = "") =>
        $"{tags}arp request sha={ArpFrames.Bond} spa={sender} tha=00:00:00:00:00:00 tpa={target} {ArpFrames.Broadcast} {ArpFrames.Bond}";

    [Fact]
    public void Source_is_the_address_of_the_longest_prefix_with_the_tags_of_its_path() => Assert.Equal(
        [Request("10.9.0.1", "10.9.0.2"), Request("10.9.10.1", "10.9.10.2", "vlan 10 "), Request("10.9.20.1", "10.9.20.2", "vlan 10 vlan 20 ")],
        Asked(Asking(
            "10.9.0.2,10.9.10.2,10.9.20.2",
            addresses: [Address("10.9.0.1", 16), Address("10.9.10.1", 24, Vlan10), Address("10.9.20.1", 24, Vlan10, Vlan20)])));

    [Fact]
    public void Without_a_route_it_asks_as_nobody_untagged() =>
        Assert.Equal([Request("0.0.0.0", "10.8.0.2")], Asked(Asking("10.8.0.2", addresses: Address("10.9.0.1", 24, Vlan10))));

    [Theory]
    [InlineData("none", 0)]
    [InlineData("all", 1)]
    [InlineData("filter", 1)]
    public void Missing_route_is_told_once_if_answers_are_validated(string validate, int times)
    {
        BondSimulation simulation = Asking("10.8.0.2", validate: validate);
        simulation.RunFor(1000);
        Assert.Equal(times, simulation.Lines.Count(static line => line == "bond0: no route to arp_ip_target 10.8.0.2 and arp_validate is set"));
    }

    [Fact]
    public void Target_that_is_reached_through_another_interface_is_not_asked()
    {
        BondSimulation simulation = Asking(
            "10.9.0.2,10.9.7.2", addresses: [Address("10.9.0.1", 16), Address("10.9.7.1", 24) with { IsElsewhere = true }]);
        Assert.Equal([Request("10.9.0.1", "10.9.0.2")], Asked(simulation));

        // Nothing asked, nothing transmitted: the slave is given up for that too.
        simulation.Set("arp_ip_target", "10.9.7.2");
        for (int i = 0; i < 5; i++)
        {
            Assert.DoesNotContain(Asked(simulation), static text => text.Contains("tpa=10.9.7.2", StringComparison.Ordinal));
            simulation.Bond.Heard(simulation.NowNs, simulation.Bond.Slaves[0], simulation.NowNs);
        }

        Assert.Equal(1u, simulation.Bond.Slaves[0].LinkFailureCount);
    }

    [Fact]
    public void Ipv6_targets_are_solicited_at_their_group() => Assert.Equal(
        [
            $"NS src=fd09::1 dst=ff02::1:ff00:2 target=fd09::2 flags=00 33:33:ff:00:00:02 {ArpFrames.Bond}",
            $"NS src=fe80::1 dst=ff02::1:ffab:cdef target=fe80::12:34ab:cdef flags=00 33:33:ff:ab:cd:ef {ArpFrames.Bond}",
            $"vlan 10 NS src=fd0a::1 dst=ff02::1:ff00:2 target=fd0a::2 flags=00 33:33:ff:00:00:02 {ArpFrames.Bond}",
            $"NS src=:: dst=ff02::1:ff00:2 target=fd0b::2 flags=00 33:33:ff:00:00:02 {ArpFrames.Bond}",
        ],
        Asked(Asking(
            "", "fd09::2,fe80::12:34ab:cdef,fd0a::2,fd0b::2", addresses: [Address("fe80::1", 64), Address("fd09::1", 64), Address("fd0a::1", 64, Vlan10)])));

    [Fact]
    public void All_sixteen_of_each_kind_are_asked()
    {
        string arp = string.Join(',', Enumerable.Range(1, 16).Select(static i => $"10.9.0.{i + 1}"));
        string ns = string.Join(',', Enumerable.Range(1, 16).Select(static i => $"fd09::{i + 1:x}"));
        string[] asked = Asked(Asking(arp, ns, addresses: [Address("10.9.0.1", 24), Address("fd09::1", 64)]));
        Assert.Equal(32, asked.Distinct().Count());
    }

    [Fact]
    public void Address_that_the_host_was_seen_to_use_stands_in_for_one_that_netlink_does_not_show()
    {
        BondSimulation simulation = Asking("10.9.0.2");
        simulation.Bond.FrameFromHost(simulation.NowNs, ArpFrames.Request(ArpFrames.Bond, "10.9.0.1", "10.9.0.77", Vlan10 | 0xe000));
        simulation.Bond.FrameFromHost(simulation.NowNs, ArpFrames.Request(ArpFrames.Bond, "192.0.2.1", "192.0.2.2"));

        // Not a guest's: it would be taken for the guest's new MAC.
        simulation.Bond.FrameFromHost(simulation.NowNs, ArpFrames.Request(Guest, "10.9.0.3", "10.9.0.77"));
        Assert.Equal([Request("10.9.0.1", "10.9.0.2", "vlan 10 ")], Asked(simulation));
        simulation.Bond.SetHostAddresses(simulation.NowNs, [Address("10.9.0.5", 24)]);
        Assert.Equal([Request("10.9.0.5", "10.9.0.2")], Asked(simulation));
    }

    [Fact]
    public void Addresses_learnt_are_announced_with_their_own_macs_and_forgotten_in_time()
    {
        BondSimulation simulation = Announcing();
        Learn(simulation, ArpFrames.Request(Guest, "10.9.0.5", "10.9.0.2"));
        Learn(simulation, ArpFrames.Reply(ArpFrames.Peer, ArpFrames.Bond, "10.9.0.6", "10.9.0.2", Vlan10));
        Learn(simulation, ArpFrames.Solicitation(Guest, "fd09::5", "fd09::2"));
        Learn(simulation, ArpFrames.Solicitation(Guest, "::", "fd09::6"));
        Learn(simulation, ArpFrames.Advertisement(ArpFrames.Peer, Guest, "fd09::7", "fd09::2"));
        Learn(simulation, ArpFrames.Request(Guest, "0.0.0.0", "10.9.0.8"));
        Learn(simulation, ArpFrames.Request(ArpFrames.Bond, "10.9.0.1", "10.9.0.2"));
        Assert.Equal(
            [
                Request("10.9.0.1", "10.9.0.1"),
                $"arp request sha={Guest} spa=10.9.0.5 tha=00:00:00:00:00:00 tpa=10.9.0.5 {ArpFrames.Broadcast} {Guest}",
                Request("10.9.0.6", "10.9.0.6", "vlan 10 "),
                $"NA src=fd09::5 dst=ff02::1 target=fd09::5 flags=20 33:33:00:00:00:01 {Guest}",
                $"NA src=fd09::7 dst=ff02::1 target=fd09::7 flags=20 33:33:00:00:00:01 {Guest}",
            ],
            Announced(simulation));

        // Who is heard again stays.
        simulation.RunFor(200_000);
        Learn(simulation, ArpFrames.Request(Guest, "10.9.0.5", "10.9.0.2"));
        simulation.RunFor(200_000);
        Assert.Equal([Request("10.9.0.1", "10.9.0.1"), $"arp request sha={Guest} spa=10.9.0.5 tha=00:00:00:00:00:00 tpa=10.9.0.5 {ArpFrames.Broadcast} {Guest}"], Announced(simulation));
    }

    [Fact]
    public void Where_nobody_else_can_be_nothing_is_looked_at()
    {
        BondSimulation simulation = Announcing();
        Assert.True(simulation.Bond.Table.WatchesHost);
        simulation.Bond.SetHostAddresses(simulation.NowNs, [Address("10.9.0.1", 24)], areAll: true);
        Assert.False(simulation.Bond.Table.WatchesHost);
        simulation.Bond.SetHostAddresses(simulation.NowNs, [Address("10.9.0.1", 24)]);
        Assert.True(simulation.Bond.Table.WatchesHost);
    }

    [Fact]
    public void Guest_that_moved_is_known_by_where_it_was_last_seen()
    {
        BondSimulation simulation = Announcing();
        Learn(simulation, ArpFrames.Request(Guest, "10.9.0.5", "10.9.0.2"));
        Learn(simulation, ArpFrames.Request("02:77:00:00:00:06", "10.9.0.5", "10.9.0.2", Vlan10));
        Assert.Equal(
            [Request("10.9.0.1", "10.9.0.1"), $"vlan 10 arp request sha=02:77:00:00:00:06 spa=10.9.0.5 tha=00:00:00:00:00:00 tpa=10.9.0.5 {ArpFrames.Broadcast} 02:77:00:00:00:06"],
            Announced(simulation));
    }

    [Fact]
    public void No_more_than_256_are_kept_and_the_one_not_seen_for_longest_goes()
    {
        BondSimulation simulation = Announcing();
        for (int i = 0; i < 300; i++)
        {
            Learn(simulation, ArpFrames.Request(Guest, $"10.8.{i / 256}.{i % 256}", "10.9.0.2"));
            simulation.RunFor(1);
        }

        string[] announced = Announced(simulation);
        Assert.Equal(257, announced.Length);
        Assert.Contains("spa=10.8.0.44 ", announced[1], StringComparison.Ordinal);
        Assert.Contains("spa=10.8.1.43 ", announced[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Own_address_learnt_is_announced_with_the_mac_the_bond_has_now()
    {
        BondSimulation simulation = Announcing(failOverMac: "active");
        Learn(simulation, ArpFrames.Request(simulation.Bond.Address.ToString(), "10.9.0.6", "10.9.0.2"));
        Assert.Contains("arp request sha=02:5a:00:00:00:01 spa=10.9.0.6 ", Announced(simulation)[1], StringComparison.Ordinal);
    }

    private static BondSimulation Announcing(string failOverMac = "none")
    {
        BondSimulation simulation = new(Hearing.Hinted, slaves: 2);
        simulation.SetMode(BondMode.ActiveBackup);
        simulation.SetMiimon(100);
        simulation.Set("fail_over_mac", failOverMac);
        if (failOverMac == "none")
        {
            simulation.SetAddress(ArpFrames.Bond);
        }

        simulation.Bond.SetHostAddresses(0, [Address("10.9.0.1", 24)]);
        simulation.Enslave("s0", "s1");
        simulation.SetUp(true);
        simulation.RunFor(1000);
        return simulation;
    }

    private static void Learn(BondSimulation simulation, byte[] frame)
    {
        Assert.True(simulation.Bond.Table.WatchesHost);
        simulation.Bond.FrameFromHost(simulation.NowNs, frame);
    }

    private static string[] Announced(BondSimulation simulation)
    {
        int frames = simulation.World.Frames.Count;
        Assert.Equal(Outcome.Ok, simulation.SetActive(simulation.Bond.ActiveSlave?.Name == "s0" ? "s1" : "s0"));
        return [.. simulation.World.Frames.Skip(frames).Select(static frame => FrameText.Of(frame.Bytes))];
    }
}
