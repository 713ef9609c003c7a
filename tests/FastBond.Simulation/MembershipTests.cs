using System.Text;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Simulation;

/// <summary>Enslave and release: refusals, roll-back, MACs and MTUs (modes.md sections 8 and 9).</summary>
public class MembershipTests
{
    private static BondSimulation Bond(BondMode mode = BondMode.BalanceRr)
    {
        BondSimulation simulation = new();
        simulation.SetMode(mode);
        simulation.SetMiimon(100);
        return simulation;
    }

    [Fact]
    public void Refusals()
    {
        BondSimulation simulation = Bond();
        simulation.World.Add("lo", "00:00:00:00:00:00", linkType: 772);
        simulation.World.Add("ib0", "02:5a:00:00:00:0a", linkType: 32);
        simulation.World.Add("tun0", "02:5a:00:00:00:0b", linkType: 65534);
        simulation.World.Add("busy", "02:5a:00:00:00:0c").Master = "br0";
        simulation.World.Add("up", "02:5a:00:00:00:0d").IsUp = true;
        simulation.World.Add("bond0", "02:5a:00:00:00:0e");

        Refused("nosuch", Errno.ENODEV, "nosuch: there is no such interface");
        Refused("bond0", Errno.EPERM, "bond0 cannot be a slave of itself");
        Refused("lo", Errno.EINVAL, "lo is a loopback interface, which leads nowhere; an Ethernet interface would do");
        Refused("busy", Errno.EBUSY, "busy belongs to br0; release it there first");
        Refused("up", Errno.EPERM, "up is up; take it down first (ip link set up down)");
        Refused("ib0", Errno.EOPNOTSUPP, "ib0 is an InfiniBand interface, which supports only active-backup; bond0 is in balance-rr");
        Refused("tun0", Errno.EINVAL, "tun0 is of link type 65534; Ethernet (type 1) or InfiniBand (32) would do");
        simulation.Enslave(["s0"]);
        Refused("s0", Errno.EBUSY, "s0 is a slave of bond0 already");
        Refused("ib0", Errno.EINVAL, "ib0 is of link type 32, but the slaves of bond0 are of type 1; types cannot be mixed");

        Assert.Equal(new Outcome(Errno.ENODEV, "nosuch: there is no such interface"), simulation.Release("nosuch"));
        Assert.Equal(new Outcome(Errno.EINVAL, "s1 is not a slave of bond0"), simulation.Release("s1"));

        void Refused(string device, Errno error, string message)
        {
            string before = Snapshot(simulation);
            Assert.Equal(new Outcome(error, message), simulation.Enslave(device));
            Assert.Equal(before, Snapshot(simulation));
        }
    }

    [Fact]
    public void No_more_slaves_than_slots()
    {
        BondSimulation simulation = Bond();
        for (int i = 0; i < ForwardingTable.MaxSlaves; i++)
        {
            simulation.World.Add($"e{i}", $"02:5a:00:00:01:{i:x2}");
            simulation.Enslave([$"e{i}"]);
        }

        Assert.Equal(Errno.ENOMEM, simulation.Enslave("s0").Error);
        simulation.Release("e17");
        simulation.Enslave(["s0"]);
        Assert.Equal(17, simulation.Slave("s0").Slot);
    }

    public static readonly TheoryData<BondMode, int, bool, string> Failures = AllFailures();

    private static TheoryData<BondMode, int, bool, string> AllFailures()
    {
        TheoryData<BondMode, int, bool, string> data = [];
        foreach (string call in (string[])["SetSlaveMtu", "SetSlaveAddress", "OpenSlave", "FindDevice"])
        {
            foreach (bool first in (bool[])[true, false])
            {
                data.Add(BondMode.BalanceRr, 0, first, call);
                data.Add(BondMode.ActiveBackup, 0, first, call);
                data.Add(BondMode.ActiveBackup, 2, first, call);
                if (call != nameof(IEffects.SetSlaveAddress))
                {
                    data.Add(BondMode.ActiveBackup, 1, first, call);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void Failure_at_any_step_leaves_everything_as_it_was(BondMode mode, int failOverMac, bool first, string call)
    {
        BondSimulation simulation = Bond(mode);
        simulation.Set("fail_over_mac", failOverMac);
        Assert.Equal(Outcome.Ok, simulation.Bond.SetMtu(0, 9000));
        if (!first)
        {
            simulation.Enslave(["s0"]);
            simulation.SetUp(true);
        }

        string before = Snapshot(simulation);
        int seen = 0;
        simulation.World.Fail = (called, device) =>
        {
            // The device is there when it is first looked for, and gone after it was opened.
            seen += called == call && device.Name == "s1" ? 1 : 0;
            return called == call && seen == (call == nameof(IEffects.FindDevice) ? 2 : 1) ? new Outcome(Errno.EIO, "s1: it broke") : null;
        };
        if (call == nameof(IEffects.FindDevice))
        {
            FailAsGone(simulation);
        }
        else
        {
            Assert.Equal(new Outcome(Errno.EIO, "s1 cannot become a slave of bond0: s1: it broke"), simulation.Enslave("s1"));
        }

        Assert.True(seen > 0);
        Assert.Equal(before, Snapshot(simulation));

        simulation.World.Fail = static (_, _) => null;
        simulation.Enslave(["s1"]);
        Assert.NotEqual(before, Snapshot(simulation));
    }

    /// <summary>The device disappears after it was opened: it is created anew before worlds are compared.</summary>
    private static void FailAsGone(BondSimulation simulation)
    {
        Func<string, SimulatedDevice, Outcome?> fail = simulation.World.Fail;
        simulation.World.Fail = (called, device) =>
        {
            Outcome? outcome = fail(called, device);
            if (outcome is not null)
            {
                simulation.World.Delete("s1");
            }

            return outcome;
        };
        Assert.Equal(new Outcome(Errno.ENODEV, "s1 cannot become a slave of bond0: the interface is gone"), simulation.Enslave("s1"));
        simulation.World.Add("s1", "02:5a:00:00:00:01");
    }

    [Fact]
    public void First_slave_gives_the_bond_its_mac_and_the_last_one_takes_it_along()
    {
        BondSimulation simulation = Bond();
        simulation.Enslave("s0", "s1");
        Assert.Equal("02:5a:00:00:00:00", simulation.Bond.Address.ToString());
        Assert.Equal("02:5a:00:00:00:00", simulation.World.Devices["s1"].Address.ToString());

        simulation.Release("s0");
        Assert.Equal("02:5a:00:00:00:00", simulation.Bond.Address.ToString());
        Assert.Contains(
            "bond0: (slave s0): the permanent HWaddr of slave - 02:5a:00:00:00:00 - is still in use by bond - " +
            "set the HWaddr of slave to a different address to avoid conflicts",
            simulation.Lines);
        simulation.Release("s1");
        Assert.StartsWith("06:", simulation.Bond.Address.ToString(), StringComparison.Ordinal);
        Assert.False(simulation.Bond.Carrier);
        simulation.Enslave(["s1"]);
        Assert.Equal("02:5a:00:00:00:01", simulation.Bond.Address.ToString());
    }

    [Fact]
    public void Mac_given_by_the_user_is_not_replaced_by_the_first_slaves()
    {
        BondSimulation simulation = Bond();
        Assert.Equal(Outcome.Ok, simulation.SetAddress("02:b0:00:00:00:01"));
        simulation.Enslave(["s0"]);
        Assert.Equal("02:b0:00:00:00:01", simulation.World.Devices["s0"].Address.ToString());
    }

    [Fact]
    public void Mac_put_back_at_release_is_the_one_the_interface_came_with()
    {
        BondSimulation simulation = Bond();
        simulation.ChecksAddresses = false;
        simulation.World.Devices["s1"].Address = HardwareAddress.Parse("02:99:00:00:00:01");
        simulation.Enslave("s0", "s1");
        Assert.Equal("02:99:00:00:00:01", simulation.Slave("s1").PermanentAddress.ToString());
        simulation.Release("s1");
        Assert.Equal("02:99:00:00:00:01", simulation.World.Devices["s1"].Address.ToString());
    }

    /// <summary>The kernel marks a MAC as set by the user whatever came of the setting: the first slave brings its own only to a random one.</summary>
    [Theory]
    [InlineData("none")]
    [InlineData("active")]
    [InlineData("follow")]
    public void Mac_once_given_is_not_the_first_slaves_even_if_it_was_there_before(string failOverMac)
    {
        BondSimulation simulation = Bond(BondMode.ActiveBackup);
        simulation.Set("fail_over_mac", failOverMac);
        HardwareAddress present = simulation.Bond.Address;
        Assert.Equal(Outcome.Ok, simulation.SetAddress(present.ToString()));
        simulation.Enslave("s0", "s1");
        simulation.SetUp(true);
        bool follows = failOverMac == "active";
        Assert.Equal(follows ? "02:5a:00:00:00:00" : present.ToString(), simulation.Bond.Address.ToString());
        Assert.Equal(simulation.Bond.Address, simulation.World.Devices["s0"].Address);

        simulation.Release("s0");
        simulation.Release("s1");
        simulation.Enslave(["s1"]);
        Assert.Equal("02:5a:00:00:00:01", simulation.Bond.Address.ToString());
    }

    [Theory]
    [InlineData("00:00:00:00:00:00")]
    [InlineData("01:00:5e:00:00:01")]
    [InlineData("02:b0:00:00:00")]
    public void Mac_that_no_interface_can_have_is_refused(string address)
    {
        BondSimulation simulation = Bond();
        simulation.Enslave(["s0"]);
        Assert.Equal(Errno.EADDRNOTAVAIL, simulation.SetAddress(address).Error);
        Assert.Equal("02:5a:00:00:00:00", simulation.World.BondAddress.ToString());
    }

    [Fact]
    public void Mac_and_mtu_go_to_all_slaves_or_none()
    {
        BondSimulation simulation = Bond();
        simulation.Enslave("s0", "s1", "s2");
        string before = Snapshot(simulation);
        simulation.World.Fail = static (call, device) =>
            device.Name == "s2" ? new Outcome(Errno.EBUSY, "s2: it will not") : null;
        Assert.Equal(
            new Outcome(Errno.EBUSY, "bond0 keeps its address 02:5a:00:00:00:00: s2: it will not"),
            simulation.SetAddress("02:b0:00:00:00:01"));
        Assert.Equal(before, Snapshot(simulation));
        Assert.Equal(new Outcome(Errno.EBUSY, "bond0 keeps its MTU 1500: s2: it will not"), simulation.Bond.SetMtu(simulation.NowNs, 9000));
        Assert.Equal(before, Snapshot(simulation));

        simulation.World.Fail = static (_, _) => null;
        Assert.Equal(Outcome.Ok, simulation.SetAddress("02:b0:00:00:00:01"));
        Assert.Equal(Outcome.Ok, simulation.Bond.SetMtu(simulation.NowNs, 9000));
        Assert.All(
            simulation.World.Devices.Values,
            static device => Assert.Equal(("02:b0:00:00:00:01", 9000), (device.Address.ToString(), device.Mtu)));
        simulation.Release("s0");
        Assert.Equal(("02:5a:00:00:00:00", 1500), (simulation.World.Devices["s0"].Address.ToString(), simulation.World.Devices["s0"].Mtu));
    }

    [Fact]
    public void First_slave_that_cannot_change_its_mac_makes_the_bond_follow_it()
    {
        BondSimulation simulation = Bond(BondMode.ActiveBackup);
        simulation.SetAddress("02:b0:00:00:00:01");
        simulation.World.Fail = CannotChange("s0");
        simulation.Enslave("s0", "s1");

        Assert.Equal(1, simulation.Options.FailOverMac);
        Assert.Equal("02:5a:00:00:00:00", simulation.Bond.Address.ToString());
        Assert.Equal("02:5a:00:00:00:01", simulation.World.Devices["s1"].Address.ToString());
        Assert.Contains("bond0: (slave s0): Setting fail_over_mac to active for active-backup mode", simulation.Lines);
    }

    [Fact]
    public void Later_slave_that_cannot_change_its_mac_is_refused()
    {
        BondSimulation simulation = Bond(BondMode.ActiveBackup);
        simulation.Enslave(["s0"]);
        simulation.World.Fail = CannotChange("s1");
        string before = Snapshot(simulation);
        Assert.Equal(
            new Outcome(Errno.EOPNOTSUPP, "s1 cannot become a slave of bond0: it cannot change its MAC, and fail_over_mac is not active"),
            simulation.Enslave("s1"));
        Assert.Equal(before, Snapshot(simulation));
        Assert.Equal(Errno.EOPNOTSUPP, Enslave(BondMode.BalanceXor).Error);

        static Outcome Enslave(BondMode mode)
        {
            BondSimulation other = Bond(mode);
            other.World.Fail = CannotChange("s0");
            return other.Enslave("s0");
        }
    }

    [Fact]
    public void Follow_gives_a_newcomer_with_a_mac_in_use_another()
    {
        BondSimulation simulation = Bond(BondMode.ActiveBackup);
        simulation.Set("fail_over_mac", 2);
        simulation.Enslave("s0", "s1");
        simulation.SetUp(true);
        simulation.SetActive("s1");
        Assert.Equal(("02:5a:00:00:00:01", "02:5a:00:00:00:00"), (Mac("s0"), Mac("s1")));
        simulation.Release("s0");
        Assert.Equal("02:5a:00:00:00:00", Mac("s0"));

        simulation.Enslave(["s0"]);
        Assert.StartsWith("06:", Mac("s0"), StringComparison.Ordinal);
        simulation.Release("s0");
        Assert.Equal("02:5a:00:00:00:00", Mac("s0"));

        string Mac(string name) => simulation.World.Devices[name].Address.ToString();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mac_given_by_the_user_changes_nothing_where_it_follows_the_active_slave(int failOverMac)
    {
        BondSimulation simulation = Bond(BondMode.ActiveBackup);
        simulation.Set("fail_over_mac", failOverMac);
        simulation.Enslave("s0", "s1");
        Assert.Equal(Outcome.Ok, simulation.SetAddress("02:77:00:00:00:77"));
        Assert.Equal("02:5a:00:00:00:00", simulation.Bond.Address.ToString());
    }

    [Fact]
    public void Follow_that_fails_says_so_and_goes_on()
    {
        BondSimulation simulation = Bond(BondMode.ActiveBackup);
        simulation.Set("fail_over_mac", 2);
        simulation.Enslave("s0", "s1");
        simulation.SetUp(true);
        simulation.ChecksAddresses = false;
        simulation.World.Fail = CannotChange("s1");
        simulation.SetPeers(false, "s0");
        simulation.RunFor(100);
        Assert.Equal("s1", simulation.Bond.ActiveSlave?.Name);
        Assert.Contains("bond0: (slave s1): Error -95 setting MAC of new active slave", simulation.Lines);
        Assert.Equal("02:5a:00:00:00:00", simulation.World.Devices["s0"].Address.ToString());
    }

    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.ActiveBackup)]
    public void Device_that_disappears_leaves_a_bond_that_goes_on_and_is_taken_back(BondMode mode)
    {
        BondSimulation simulation = Bond(mode);
        simulation.Enslave("s0", "s1");
        simulation.SetUp(true);
        Slave old = simulation.Slave("s0");
        simulation.Delete("s0");
        Assert.Equal(["s1"], simulation.Bond.Slaves.Select(static slave => slave.Name));
        Assert.Equal("s1", simulation.Bond.ActiveSlave?.Name);
        Assert.True(simulation.Bond.Carrier);
        Assert.Contains("bond0: (slave s0): interface is gone", simulation.Lines);

        // News that was on its way when it went.
        simulation.Bond.CarrierChanged(simulation.NowNs, old, !old.Carrier);
        simulation.Bond.DeviceGone(simulation.NowNs, old);
        simulation.World.Add("s0", "02:5a:00:00:00:0e");
        simulation.Enslave(["s0"]);
        simulation.RunFor(200);
        Assert.Equal("02:5a:00:00:00:0e", simulation.Slave("s0").PermanentAddress.ToString());
        Assert.NotSame(old, simulation.Slave("s0"));

        simulation.Delete("s0");
        simulation.Delete("s1");
        Assert.False(simulation.Bond.Carrier);
        Assert.Null(simulation.Bond.ActiveSlave);
    }

    [Fact]
    public void Slave_without_carrier_is_enslaved_down()
    {
        BondSimulation simulation = Bond(BondMode.ActiveBackup);
        simulation.SetPeers(false, "s0");
        simulation.Enslave("s0", "s1");
        Assert.Contains("bond0: (slave s0): Enslaving as a backup interface with a down link", simulation.Lines);
        Assert.Equal("s1", simulation.Bond.ActiveSlave?.Name);
        Assert.Equal(0u, simulation.Slave("s0").LinkFailureCount);
    }

    private static Func<string, SimulatedDevice, Outcome?> CannotChange(string name) => (call, device) =>
        call == nameof(IEffects.SetSlaveAddress) && device.Name == name ? new Outcome(Errno.EOPNOTSUPP, $"{name}: no") : null;

    /// <summary>All that can be seen of a bond and its world.</summary>
    private static string Snapshot(BondSimulation simulation)
    {
        Bond bond = simulation.Bond;
        StringBuilder text = new();
        text.AppendLine($"{bond.Address} {simulation.World.BondAddress} {bond.Mtu} {bond.IsUp} {bond.Carrier}");
        text.AppendLine($"{bond.ActiveSlave?.Name} {bond.Options.FailOverMac}");
        text.AppendLine($"generation {bond.Table.Generation}, log {simulation.World.Logs.Count}, due {bond.NextDueNs}");
        text.AppendJoin('\n', bond.Slaves.Select(static slave => $"{slave.Slot} {slave.Name} {slave.Address} {slave.Link}"));
        text.AppendJoin('\n', simulation.World.Devices.Values.OrderBy(static device => device.Name, StringComparer.Ordinal));
        return text.ToString();
    }
}
