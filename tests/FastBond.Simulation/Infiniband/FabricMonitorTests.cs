using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;

namespace FastBond.Simulation.Infiniband;

/// <summary>The ARP monitor on InfiniBand slaves: questions of hardware type 32, and answers of that type validated, which the kernel cannot.</summary>
public class FabricMonitorTests
{
    private const long Millisecond = 1_000_000;
    private const int IntervalMs = 100, StepMs = 1;
    private const string Peer = "00:00:00:55:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:bb";

    public static TheoryData<string> Validations => [.. (string[])["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"]];

    [Theory]
    [MemberData(nameof(Validations))]
    public void A_path_that_goes_silent_is_left_and_taken_back(string validate)
    {
        (Fabric fabric, FabricHost a, FabricHost b) = Hosts($"arp_interval={IntervalMs} arp_ip_target=192.0.2.2 arp_validate={validate}");
        Play(fabric, 3000);
        Assert.All(a.Bond.Slaves, static slave => Assert.Equal((LinkState.Up, 0u), (slave.Link, slave.LinkFailureCount)));
        Assert.Equal("ib0", a.Bond.ActiveSlave?.Name);

        HardwareAddress first = a.Devices["ib0"].Address;
        fabric.Silent.Add(first);

        // 2.5 intervals after the last answer, which came up to one before.
        Play(fabric, 15 * IntervalMs / 10);
        Assert.Equal("ib0", a.Bond.ActiveSlave?.Name);
        Play(fabric, 2 * IntervalMs);
        Assert.Equal("ib1", a.Bond.ActiveSlave?.Name);
        Assert.Equal((LinkState.Down, 1u), (a.Bond.Slaves[0].Link, a.Bond.Slaves[0].LinkFailureCount));
        int answers = a.Answers;
        Play(fabric, 500, () => a.Ping(b));
        Assert.True(a.Answers > answers);

        fabric.Silent.Clear();
        Play(fabric, 3 * IntervalMs);
        Assert.All(a.Bond.Slaves, static slave => Assert.Equal(LinkState.Up, slave.Link));
        Assert.Equal("ib1", a.Bond.ActiveSlave?.Name);
    }

    [Fact]
    public void A_target_that_is_gone_takes_all_slaves_down_until_one_hears_it_again()
    {
        (Fabric fabric, FabricHost a, FabricHost b) = Hosts($"arp_interval={IntervalMs} arp_ip_target=192.0.2.2 arp_validate=all");
        Play(fabric, 1000);
        fabric.Silent.UnionWith(b.Devices.Values.Select(static device => device.Address));
        Play(fabric, 2000);
        Assert.Null(a.Bond.ActiveSlave);
        Assert.False(a.BondCarrier);
        fabric.Silent.Clear();
        Play(fabric, 3 * IntervalMs);
        Assert.NotNull(a.Bond.ActiveSlave);
        Assert.True(a.BondCarrier);
    }

    [Theory]
    [InlineData("192.0.2.2", "192.0.2.1", true)]
    [InlineData("192.0.2.9", "192.0.2.1", false)]
    [InlineData("192.0.2.2", "192.0.2.7", false)]
    public void Only_a_targets_answer_to_us_counts(string sender, string target, bool counts)
    {
        BondSimulation simulation = Validating();
        byte[] reply = new byte[IpoibFrame.ArpLength];
        IpoibFrame.WriteArpRequest(reply, HardwareAddress.Parse(Peer), IpoibAddress.DefaultBroadcast, IPAddress.Parse(sender), IPAddress.Parse(target));
        reply.AsSpan(0, IpoibAddress.Length).Clear();
        reply[IpoibFrame.HeaderLength + 7] = 2;
        Assert.Equal(counts, Hears(simulation, reply));

        // Ethernet's ARP behind the same header is none here, and what is cut short none anywhere.
        Assert.False(Hears(simulation, reply[..^1]));
        Assert.False(Hears(simulation, reply[..IpoibFrame.HeaderLength]));
        Assert.False(Hears(simulation, reply[..(IpoibFrame.HeaderLength - 1)]));
        reply[IpoibFrame.HeaderLength + 1] = 1;
        Assert.False(Hears(simulation, reply));
    }

    [Fact]
    public void Ipv6_targets_are_asked_at_their_groups_which_backups_join()
    {
        BondSimulation simulation = Validating();
        simulation.RunFor(IntervalMs);
        byte[] solicitation = new byte[IpoibFrame.MaxControlLength];
        Slave active = simulation.Bond.ActiveSlave!;
        int length = IpoibFrame.WriteSolicitation(solicitation, active.Address, active.Broadcast, IPAddress.Parse("fd09::1"), IPAddress.Parse("fd09::2"));
        Assert.Contains(simulation.World.Frames, frame => frame.Slave == active.Name && frame.Bytes.AsSpan().SequenceEqual(solicitation.AsSpan(0, length)));

        Assert.Empty(simulation.World.Devices[active.Name].Groups);
        HardwareAddress group = Assert.Single(simulation.World.Devices["ib1"].Groups);
        Assert.Equal(new HardwareAddress(solicitation.AsSpan(0, IpoibAddress.Length)), group);

        byte[] advertisement = new byte[IpoibFrame.MaxControlLength];
        length = IpoibFrame.WriteUnsolicitedAdvertisement(advertisement, HardwareAddress.Parse(Peer), IpoibAddress.DefaultBroadcast, IPAddress.Parse("fd09::2"));
        Assert.True(Hears(simulation, advertisement[..length]));
        Assert.False(Hears(simulation, advertisement[..(length - 25)]));
    }

    [Fact]
    public void A_target_behind_a_vlan_is_not_asked()
    {
        BondSimulation simulation = Validating();
        simulation.Bond.SetHostAddresses(simulation.NowNs, [new(IPAddress.Parse("192.0.2.1"), [0x8100000a], default) { PrefixLength = 24 }]);
        int frames = simulation.World.Frames.Count;
        simulation.Set("ns_ip6_target", "");
        simulation.RunFor(IntervalMs);
        Assert.Equal(frames, simulation.World.Frames.Count);
    }

    [Fact]
    public void What_the_hosts_side_uses_is_the_bonds_own_address_whatever_mac_it_has()
    {
        BondSimulation simulation = Validating();
        simulation.Bond.SetHostAddresses(simulation.NowNs, []);
        Assert.True(simulation.Bond.Table.WatchesHost);
        byte[] question = new byte[ArpFrame.RequestLength];
        ArpFrame.WriteRequest(question, HardwareAddress.Parse("02:fa:ce:00:00:01"), IPAddress.Parse("192.0.2.7"), IPAddress.Parse("192.0.2.8"), []);
        simulation.Bond.FrameFromHost(simulation.NowNs, question);
        int frames = simulation.World.Frames.Count;
        simulation.RunFor(IntervalMs);
        byte[] asked = new byte[IpoibFrame.ArpLength];
        Slave active = simulation.Bond.ActiveSlave!;
        IpoibFrame.WriteArpRequest(asked, active.Address, active.Broadcast, IPAddress.Parse("192.0.2.7"), IPAddress.Parse("192.0.2.2"));
        Assert.Equal(asked, simulation.World.Frames.Skip(frames).First().Bytes);
    }

    private static (Fabric Fabric, FabricHost A, FabricHost B) Hosts(string monitor)
    {
        Fabric fabric = new(new Random(1));
        (FabricHost a, FabricHost b) = (new FabricHost(fabric, 0, monitor), new FabricHost(fabric, 1));
        fabric.Hosts.AddRange([a, b]);
        return (fabric, a, b);
    }

    private static void Play(Fabric fabric, int milliseconds, Action? each = null)
    {
        for (int i = 0; i < milliseconds / StepMs; i++)
        {
            fabric.NowNs += StepMs * Millisecond;
            fabric.Deliver();
            fabric.Hosts.ForEach(static host => host.Step());
            each?.Invoke();
        }
    }

    /// <summary>A bond of two whose active slave has just been told that it hears.</summary>
    private static BondSimulation Validating()
    {
        BondSimulation simulation = new(Hearing.Hinted);
        simulation.SetMode(BondMode.ActiveBackup);
        simulation.Set("arp_interval", IntervalMs);
        simulation.Set("arp_ip_target", "192.0.2.2");
        simulation.Set("ns_ip6_target", "fd09::2");
        simulation.Set("arp_validate", "all");
        for (int i = 0; i < 2; i++)
        {
            simulation.World.Add($"ib{i}", $"00:00:00:4{i}:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:a{i}", SlaveDevice.Infiniband);
            simulation.Enslave($"ib{i}");
        }

        simulation.Bond.SetHostAddresses(
            0,
            [
                new(IPAddress.Parse("192.0.2.1"), [], default) { PrefixLength = 24 },
                new(IPAddress.Parse("fd09::1"), [], default) { PrefixLength = 64 },
            ]);
        simulation.SetUp(true);
        simulation.RunFor(1);
        return simulation;
    }

    private static bool Hears(BondSimulation simulation, byte[] frame)
    {
        simulation.RunFor(1);
        Slave active = simulation.Bond.ActiveSlave!;
        long beforeNs = active.LastRxNs;
        simulation.Bond.FrameReceived(simulation.NowNs, active, frame);
        return active.LastRxNs > beforeNs;
    }
}
