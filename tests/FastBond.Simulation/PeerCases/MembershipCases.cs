using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Simulation.PeerCases;

/// <summary>
/// Cases 3 to 17 (DPDK, test_link_bonding.c) and 53, 55, 57, 58, 104, 142, 153, 173, as far as they concern modes 0 to 3. Numbers:
/// peer-cases.md.
/// </summary>
public class MembershipCases
{
    [Fact]
    public void Case_3_slave_added_is_used_once_the_bond_is_up()
    {
        using PeerBench bench = new(1, BondMode.BalanceRr);
        bench.EnslaveAll();
        Assert.Single(bench.Bond.Slaves);
        bench.SendDatagrams(3);
        Assert.Equal([0], bench.Counts());
        PeerBench.Ok(bench.Host.SetUp(true));
        bench.SendDatagrams(3);
        Assert.Equal([3], bench.Counts());
    }

    [Fact]
    public void Cases_4_6_8_who_cannot_be_added_or_removed()
    {
        using PeerBench bench = new(3, BondMode.BalanceRr);
        bench.Device(2).Master = "bond1";
        PeerBench.Ok(bench.Host.Enslave("e0"));
        Assert.Equal(Errno.ENODEV, bench.Host.Enslave("nosuch").Error);
        Assert.Equal(Errno.EBUSY, bench.Host.Enslave("e2").Error);
        Assert.Equal(Errno.EBUSY, bench.Host.Enslave("e0").Error);
        Assert.Equal(Errno.EINVAL, bench.Host.Release("e1").Error);
        Assert.Equal(Errno.ENODEV, bench.Host.Release("nosuch").Error);
        Assert.Equal(["e0"], bench.Bond.Slaves.Select(static slave => slave.Name));
    }

    [Fact]
    public void Case_5_slave_removed_gets_its_own_mac_back()
    {
        using PeerBench bench = new PeerBench(2, BondMode.BalanceXor).Started();
        HardwareAddress own = bench.Device(1).PermanentAddress;
        Assert.Equal(bench.Mac, bench.Device(1).Address);
        Assert.NotEqual(own, bench.Mac);
        PeerBench.Ok(bench.Host.Release("e1"));
        Assert.Equal(own, bench.Device(1).Address);
        Assert.Single(bench.Bond.Slaves);
    }

    [Fact]
    public void Cases_7_9_55_lists_are_exact_and_in_order_each_time()
    {
        using PeerBench bench = new(4, BondMode.BalanceXor);
        for (int round = 0; round < 2; round++)
        {
            bench.EnslaveAll();
            Assert.Equal(["e0", "e1", "e2", "e3"], bench.Bond.Slaves.Select(static slave => slave.Name));
            PeerBench.Ok(bench.Host.Release("e1"));
            PeerBench.Ok(bench.Host.Enslave("e1"));
            Assert.Equal(["e0", "e2", "e3", "e1"], bench.Bond.Slaves.Select(static slave => slave.Name));
            foreach (string name in (string[])["e2", "e0", "e1", "e3"])
            {
                PeerBench.Ok(bench.Host.Release(name));
            }

            Assert.Empty(bench.Bond.Slaves);
        }
    }

    [Fact]
    public void Cases_10_11_started_with_six_slaves_those_with_a_link_are_used_and_stopped_none()
    {
        using PeerBench bench = new(6, BondMode.BalanceRr);
        foreach (int nic in (int[])[1, 4])
        {
            bench.Recorders[nic].Light(false);
        }

        bench.Started();
        Assert.True(bench.Bond.Carrier);
        bench.SendDatagrams(60);
        Assert.Equal([10, 0, 20, 10, 0, 20], bench.Counts());

        PeerBench.Ok(bench.Host.SetUp(false));
        bench.Forget();
        bench.SendDatagrams(6);
        bench.Arrive(0, 6);
        Assert.Equal(0, bench.Counts().Sum() + bench.Heard.Count);
        Assert.Equal(6, bench.Bond.Slaves.Count);
        Assert.All(bench.Bond.Slaves, static slave => Assert.True(slave.IsUp));
    }

    [Fact]
    public void Case_12_modes_read_back_and_what_is_none_is_refused()
    {
        using PeerBench bench = new(1, BondMode.BalanceRr);
        (string, string)[] modes = [("1", "active-backup 1"), ("xor", "balance-xor 2"), ("broadcast", "broadcast 3"), ("balance-rr", "balance-rr 0")];
        foreach ((string mode, string shown) in modes)
        {
            PeerBench.Ok(bench.Host.Set("mode", mode));
            Assert.Equal(shown, bench.Bond.GetOption("mode"));
        }

        Assert.Equal(Errno.EINVAL, bench.Host.Set("mode", "7").Error);
        Assert.Equal("balance-rr 0", bench.Bond.GetOption("mode"));
    }

    /// <summary>
    /// Where DPDK refuses a primary that is no member, the kernel keeps the name for later; nor does the bond's MAC follow it.
    /// </summary>
    [Fact]
    public void Case_13_primary_is_active_whenever_it_can_be_also_when_it_comes_later()
    {
        using PeerBench bench = new(3, BondMode.ActiveBackup, ("primary", "e2"));
        PeerBench.Ok(bench.Host.SetUp(true));
        PeerBench.Ok(bench.Host.Enslave("e0"));
        PeerBench.Ok(bench.Host.Enslave("e1"));
        Assert.Equal("e0", bench.Bond.ActiveSlave?.Name);
        PeerBench.Ok(bench.Host.Enslave("e2"));
        Assert.Equal("e2", bench.Bond.ActiveSlave?.Name);
        PeerBench.Ok(bench.Host.Set("primary", "e1"));
        Assert.Equal("e1", bench.Bond.ActiveSlave?.Name);
        Assert.Equal(bench.Device(0).PermanentAddress, bench.Mac);
    }

    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.ActiveBackup)]
    [InlineData(BondMode.BalanceXor)]
    [InlineData(BondMode.Broadcast)]
    public void Cases_14_22_34_41_mac_given_goes_to_every_slave(BondMode mode)
    {
        using PeerBench bench = new PeerBench(3, mode).Started();
        HardwareAddress given = HardwareAddress.Parse("02:77:00:00:00:01");
        PeerBench.Ok(bench.Host.SetAddress(given));
        Assert.All(Enumerable.Range(0, 3), nic => Assert.Equal(given, bench.Device(nic).Address));
        bench.Arrive(0, 1);
        Assert.Single(bench.Heard);
    }

    [Fact]
    public void Case_15_with_fail_over_mac_follow_only_the_active_slave_has_the_bonds_mac()
    {
        using PeerBench bench = new PeerBench(3, BondMode.ActiveBackup, ("fail_over_mac", "follow")).Started();
        HardwareAddress bond = bench.Mac;
        Assert.Equal([true, false, false], Enumerable.Range(0, 3).Select(nic => bench.Device(nic).Address == bond));
        bench.SetLinks(false, 0);
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(nic => bench.Device(nic).Address == bond));
        foreach (int nic in (int[])[1, 0, 2])
        {
            PeerBench.Ok(bench.Host.Release($"e{nic}"));
            Assert.Equal(bench.Device(nic).PermanentAddress, bench.Device(nic).Address);
        }
    }

    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.ActiveBackup)]
    [InlineData(BondMode.BalanceXor)]
    [InlineData(BondMode.Broadcast)]
    public void Case_16_carrier_changes_only_with_the_last_link_lost_and_the_first_regained(BondMode mode)
    {
        using PeerBench bench = new PeerBench(4, mode).Started();
        bench.Host.World.CarrierChanges.Clear();
        bench.SetLinks(false, 0, 1, 2);
        bench.SetLinks(false, 2);
        Assert.Empty(bench.Host.World.CarrierChanges);
        bench.SetLinks(false, 3);
        Assert.Equal([false], bench.Host.World.CarrierChanges);
        bench.SetLinks(true, 1);
        Assert.Equal([false, true], bench.Host.World.CarrierChanges);
        bench.SetLinks(true, 0, 1, 2, 3);
        Assert.Equal([false, true], bench.Host.World.CarrierChanges);
    }

    [Fact]
    public void Case_17_slave_added_to_a_running_bond_is_used_when_it_is_up()
    {
        using PeerBench bench = new(2, BondMode.BalanceRr);
        PeerBench.Ok(bench.Host.SetUp(true));
        PeerBench.Ok(bench.Host.Enslave("e0"));
        bench.SendDatagrams(4);
        PeerBench.Ok(bench.Host.Enslave("e1"));
        bench.SendDatagrams(10);
        Assert.Equal([9, 5], bench.Counts());
    }

    [Fact]
    public void Case_57_bond_has_carrier_if_and_only_if_a_slave_has()
    {
        using PeerBench bench = new(2, BondMode.BalanceXor);
        PeerBench.Ok(bench.Host.SetUp(true));
        Assert.False(bench.Bond.Carrier);
        bench.EnslaveAll();
        Assert.True(bench.Bond.Carrier);
        bench.SetLinks(false, 0, 1);
        Assert.False(bench.Bond.Carrier);
        bench.SetLinks(true, 1);
        Assert.True(bench.Bond.Carrier);
        PeerBench.Ok(bench.Host.Release("e1"));
        Assert.False(bench.Bond.Carrier);
        PeerBench.Ok(bench.Host.Release("e0"));
        Assert.False(bench.Bond.Carrier);
    }

    [Fact]
    public void Case_58_bond_that_is_down_carries_nothing_whatever_its_slaves_do()
    {
        using PeerBench bench = new(2, BondMode.BalanceRr);
        bench.EnslaveAll();
        for (int round = 0; round < 3; round++)
        {
            bench.SetLinks(round % 2 == 0, 0, 1);
            bench.SendDatagrams(4);
            bench.Arrive(0, 4);
        }

        Assert.Equal(0, bench.Counts().Sum() + bench.Heard.Count);
    }

    [Fact]
    public void Case_142_counters_never_fall_while_a_link_flaps()
    {
        // The bench compares every counter with what it must be at every turn; here there is something to count.
        using PeerBench bench = new PeerBench(2, BondMode.BalanceRr).Started();
        for (int round = 0; round < 20; round++)
        {
            bench.Recorders[0].Light(round % 2 == 1);
            bench.SendDatagrams(10);
            bench.Arrive(1, 10);
        }

        Assert.Equal(200, bench.Heard.Count);
        Assert.InRange(bench.Counts().Sum(), 190, 200);
    }

    [Fact]
    public void Cases_104_173_bond_is_refused_as_a_slave_with_the_reason()
    {
        using PeerBench bench = new(1, BondMode.ActiveBackup);
        bench.Host.World.Add("bond1", "02:88:00:00:00:01").IsBond = true;
        Outcome outcome = bench.Host.Enslave("bond1");
        Assert.Equal(Errno.EPERM, outcome.Error);
        Assert.Contains("bond1 is a bond", outcome.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Bond.Slaves);
    }

    [Theory]
    [InlineData(65534, Errno.EINVAL)]
    [InlineData(772, Errno.EINVAL)]
    public void Case_153_interface_that_is_not_ethernet_is_refused_with_the_reason(int linkType, Errno expected)
    {
        using PeerBench bench = new(1, BondMode.BalanceRr);
        bench.Host.World.Add("other", "02:88:00:00:00:01", linkType);
        Outcome outcome = bench.Host.Enslave("other");
        Assert.Equal(expected, outcome.Error);
        Assert.Contains("Ethernet", outcome.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Bond.Slaves);
    }
}
