using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Simulation.Infiniband;

/// <summary>Bonds of IPoIB slaves (ipoib.md section 6, scenarios I2 to I10).</summary>
public class InfinibandTests
{
    private const string Address0 = "00:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:a0";
    private const string Address1 = "00:00:00:49:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:a1";
    private const string Broadcast = "00ffffffff12401bffff000000000000ffffffff";

    private static BondSimulation Bond(BondMode mode = BondMode.ActiveBackup, Hearing hearing = Hearing.Polled)
    {
        BondSimulation simulation = new(hearing);
        simulation.SetMode(mode);
        simulation.SetMiimon(100);
        simulation.World.Add("ib0", Address0, SlaveDevice.Infiniband);
        simulation.World.Add("ib1", Address1, SlaveDevice.Infiniband);
        return simulation;
    }

    private static BondSimulation Running(Hearing hearing = Hearing.Polled, params ReadOnlySpan<string> addresses)
    {
        BondSimulation simulation = Bond(hearing: hearing);
        simulation.Enslave("ib0", "ib1");
        simulation.Bond.SetHostAddresses(0, [.. addresses.ToArray().Select(static ip => new HostAddress(IPAddress.Parse(ip), [], default))]);
        simulation.SetUp(true);
        simulation.RunFor(1000);
        return simulation;
    }

    [Fact]
    public void The_bond_takes_type_and_address_of_the_active_slave()
    {
        BondSimulation simulation = Bond();
        Assert.Equal(SlaveDevice.Ethernet, simulation.Bond.LinkType);
        simulation.Enslave("ib0", "ib1");
        Assert.Equal(SlaveDevice.Infiniband, simulation.Bond.LinkType);
        Assert.Equal(HardwareAddress.Parse(Address0), simulation.Bond.Address);
        Assert.Equal([Address0, Address1], simulation.Bond.Slaves.Select(static slave => slave.PermanentAddress.ToString()));
        simulation.SetUp(true);
        simulation.SetPeers(false, "ib0");
        simulation.RunFor(200);
        Assert.Equal((HardwareAddress.Parse(Address1), "ib1"), (simulation.World.BondAddress, simulation.Bond.ActiveSlave?.Name));
        simulation.SetPeers(true, "ib0");
        simulation.SetPeers(false, "ib1");
        simulation.RunFor(200);
        Assert.Equal(HardwareAddress.Parse(Address0), simulation.World.BondAddress);
    }

    [Theory]
    [InlineData(BondMode.BalanceRr, Errno.EOPNOTSUPP)]
    [InlineData(BondMode.BalanceXor, Errno.EOPNOTSUPP)]
    [InlineData(BondMode.Broadcast, Errno.EOPNOTSUPP)]
    [InlineData(BondMode.BalanceTlb, Errno.EOPNOTSUPP)]
    [InlineData(BondMode.BalanceAlb, Errno.EOPNOTSUPP)]
    [InlineData(BondMode.Ieee8023ad, Errno.EINVAL)]
    public void Other_modes_are_refused(BondMode mode, Errno errno)
    {
        BondSimulation simulation = Bond();
        simulation.Options.Mode = mode;
        Assert.Equal(errno, simulation.Bond.Enslave(0, "ib0").Error);
        Assert.Empty(simulation.Bond.Slaves);
        Assert.Equal(0, simulation.Options.FailOverMac);
        Assert.Equal(6, simulation.Bond.Address.Length);
    }

    [Fact]
    public void Types_are_not_mixed_and_a_refusal_changes_nothing()
    {
        BondSimulation simulation = Bond();
        simulation.Enslave("ib0");
        Assert.Equal(Errno.EINVAL, simulation.Enslave("s0").Error);
        Assert.Equal(1500, simulation.World.Devices["s0"].Mtu);
        Assert.False(simulation.World.Devices["s0"].IsUp);

        BondSimulation ethernet = Bond();
        ethernet.Enslave("s0");
        HardwareAddress address = ethernet.Bond.Address;
        Assert.Equal(Errno.EINVAL, ethernet.Enslave("ib0").Error);
        Assert.Equal((address, 0), (ethernet.Bond.Address, ethernet.Options.FailOverMac));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Fail_over_mac_becomes_active_with_the_first_slave(int before)
    {
        BondSimulation simulation = Bond();
        simulation.Options.FailOverMac = before;
        simulation.Enslave("ib0", "ib1");
        Assert.Equal(1, simulation.Options.FailOverMac);
        Assert.Equal(before != 1, simulation.Lines.Contains("bond0: (slave ib0): Setting fail_over_mac to active for active-backup mode"));
        Assert.DoesNotContain(simulation.Lines, static line => line.Contains("ib1): Setting fail_over_mac", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("02:11:22:33:44:55")]
    [InlineData("00:00:00:00:00:00")]
    [InlineData("ff:ff:ff:ff:ff:ff")]
    [InlineData(Address1)]
    public void Setting_the_bonds_address_is_accepted_and_ignored(string address)
    {
        BondSimulation simulation = Running();
        Assert.Equal(Outcome.Ok, simulation.SetAddress(address));
        Assert.Equal(HardwareAddress.Parse(Address0), simulation.World.BondAddress);
    }

    [Fact]
    public void A_mac_given_before_does_not_outlive_the_change_of_type()
    {
        BondSimulation simulation = Bond();
        simulation.SetAddress("02:11:22:33:44:55");
        simulation.Enslave("ib0");
        Assert.Equal(HardwareAddress.Parse(Address0), simulation.Bond.Address);
    }

    [Fact]
    public void Without_slaves_the_bond_is_ethernet_again()
    {
        BondSimulation simulation = Running();
        simulation.Release("ib0");
        Assert.Equal(HardwareAddress.Parse(Address1), simulation.Bond.Address);
        simulation.Release("ib1");
        Assert.Equal((SlaveDevice.Ethernet, 6), (simulation.Bond.LinkType, simulation.Bond.Address.Length));
        simulation.Enslave("s0");
        Assert.Equal(simulation.World.Devices["s0"].Address, simulation.Bond.Address);
    }

    [Fact]
    public void An_interface_without_an_address_is_refused()
    {
        BondSimulation simulation = Bond();
        simulation.World.Add("ib2", "02:5a:00:00:00:0a", SlaveDevice.Infiniband);
        Outcome outcome = simulation.Enslave("ib2");
        Assert.Equal(Errno.EINVAL, outcome.Error);
        Assert.Contains("lladdr", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fail_over_and_fail_back_are_announced_by_arp_of_type_32()
    {
        foreach (Hearing hearing in (Hearing[])[Hearing.Polled, Hearing.Hinted])
        {
            BondSimulation simulation = Running(hearing, "192.0.2.1", "fd00::1");
            Assert.Empty(simulation.World.Frames);
            double cut = simulation.NowMs;
            simulation.SetPeers(false, "ib0");
            simulation.RunFor(500);
            AssertAnnounced(simulation, "ib1", Address1, cut);
            simulation.SetPeers(true, "ib0");
            simulation.RunFor(500);
            simulation.World.Frames.Clear();
            cut = simulation.NowMs;
            simulation.SetPeers(false, "ib1");
            simulation.RunFor(500);
            AssertAnnounced(simulation, "ib0", Address0, cut);
        }
    }

    [Fact]
    public void Announcements_go_to_the_new_slaves_own_broadcast_group()
    {
        BondSimulation simulation = Bond();
        simulation.World.Add("ib2", Address1, SlaveDevice.Infiniband, "00:ff:ff:ff:ff:15:40:1b:00:01:00:00:00:00:00:00:ff:ff:ff:ff");
        simulation.Enslave("ib0", "ib2");
        simulation.Bond.SetHostAddresses(0, [new HostAddress(IPAddress.Parse("192.0.2.1"), [], default), new HostAddress(IPAddress.Parse("ff::1"), [], default)]);
        simulation.SetUp(true);
        simulation.SetActive("ib2");
        Assert.Equal(
            ["00FFFFFFFF15401B8001000000000000FFFFFFFF", "00FFFFFFFF15601B800100000000000000000001"],
            simulation.World.Frames.Select(static frame => Convert.ToHexString(frame.Bytes.AsSpan(0, 20))));
    }

    [Fact]
    public void What_needs_a_vlan_tag_is_not_announced()
    {
        BondSimulation simulation = Running();
        simulation.Bond.SetHostAddresses(0, [new HostAddress(IPAddress.Parse("192.0.2.1"), [0x81000005], default)]);
        simulation.SetActive("ib1");
        Assert.Empty(simulation.World.Frames);
    }

    [Fact]
    public void Enslaving_works_before_and_after_the_bond_is_up()
    {
        BondSimulation before = Bond();
        before.Enslave("ib0");
        before.SetUp(true);
        BondSimulation after = Bond();
        after.SetUp(true);
        after.Enslave("ib0");
        foreach (BondSimulation simulation in (BondSimulation[])[before, after])
        {
            Assert.Equal(("ib0", true), (simulation.Bond.ActiveSlave?.Name, simulation.Bond.Carrier));
            Assert.Equal(HardwareAddress.Parse(Address0), simulation.Bond.Address);
        }
    }

    [Fact]
    public void Groups_are_reported_again_and_the_filter_follows_the_active_slave()
    {
        BondSimulation simulation = Running();
        simulation.World.ReportTimesNs.Clear();
        simulation.SetPeers(false, "ib0");
        simulation.RunFor(1000);
        Assert.Single(simulation.World.ReportTimesNs);
        Assert.Equal((false, true), (simulation.World.Devices["ib0"].CarriesReceiveFilter, simulation.World.Devices["ib1"].CarriesReceiveFilter));
    }

    [Fact]
    public void A_device_that_goes_leaves_the_bond_to_the_other()
    {
        BondSimulation simulation = Running();
        simulation.Delete("ib0");
        Assert.Equal(("ib1", HardwareAddress.Parse(Address1)), (simulation.Bond.ActiveSlave?.Name, simulation.World.BondAddress));
        simulation.Delete("ib1");
        Assert.Equal(6, simulation.World.BondAddress.Length);
    }

    private static void AssertAnnounced(BondSimulation simulation, string slave, string address, double cutMs)
    {
        Assert.Equal([slave, slave], simulation.World.Frames.Select(static frame => frame.Slave));
        Assert.All(simulation.World.Frames, frame => Assert.InRange((frame.TimeNs / 1e6) - cutMs, 0, 100));
        string own = address.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant();
        const string Ip = "C0000201";
        string arp = Broadcast.ToUpperInvariant() + "08060000" + "0020080014040001" + own + Ip + new string('0', 40) + Ip;
        Assert.Equal(arp, Convert.ToHexString(simulation.World.Frames[0].Bytes));
        byte[] advertisement = simulation.World.Frames[1].Bytes;
        Assert.Equal("00FFFFFFFF12601BFFFF00000000000000000001" + "86DD0000", Convert.ToHexString(advertisement.AsSpan(0, 24)));
        Assert.Equal("02030000" + own, Convert.ToHexString(advertisement.AsSpan(advertisement.Length - 24)));
    }
}
