using FastBond.Core.Bonds;

namespace FastBond.Simulation;

/// <summary>The table of link-monitoring.md section 1, row by row; miimon is 100.</summary>
public class MiiMonitorTests
{
    private const int Miimon = 100;

    private static BondSimulation ActiveBackup(int updelay, int downdelay, Hearing hearing = Hearing.Polled, int slaves = 3)
    {
        BondSimulation simulation = new(hearing, slaves);
        simulation.SetMode(BondMode.ActiveBackup);
        simulation.SetMiimon(Miimon);
        for (int i = 0; i < slaves; i++)
        {
            simulation.Enslave([$"s{i}"]);
        }

        simulation.SetUp(true);
        simulation.SetMiimon(Miimon, updelay, downdelay);

        // Between two passes, so that one pass more or less shows.
        simulation.RunFor(Miimon / 2);
        return simulation;
    }

    [Fact]
    public void Up_with_carrier_stays()
    {
        BondSimulation simulation = ActiveBackup(3, 3);
        ForwardingTable table = simulation.Bond.Table;
        int lines = simulation.World.Logs.Count;

        simulation.RunFor(10 * Miimon);

        Assert.Same(table, simulation.Bond.Table);
        Assert.Equal(lines, simulation.World.Logs.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Lost_link_is_down_exactly_downdelay_passes_after_the_one_that_saw_it(int downdelay)
    {
        BondSimulation simulation = ActiveBackup(0, downdelay);
        Slave s0 = simulation.Slave("s0");
        simulation.SetPeers(false, "s0");
        Assert.Equal(LinkState.Up, s0.Link);

        for (int pass = 0; pass < downdelay; pass++)
        {
            simulation.RunFor(Miimon);
            Assert.Equal(LinkState.Fail, s0.Link);
            Assert.Same(s0, simulation.Bond.ActiveSlave);
            Assert.Equal(0u, s0.LinkFailureCount);
            Assert.Equal(downdelay - 1 - pass, s0.Delay);
        }

        simulation.RunFor(Miimon);
        Assert.Equal(LinkState.Down, s0.Link);
        Assert.Equal(1u, s0.LinkFailureCount);
        Assert.Equal("s1", simulation.Bond.ActiveSlave?.Name);
        string[] expected = downdelay == 0
            ? ["bond0: (slave s0): link status definitely down, disabling slave", "bond0: (slave s1): making interface the new active one"]
            :
            [
                $"bond0: (slave s0): link status down for active interface, disabling it in {downdelay * Miimon} ms",
                "bond0: (slave s0): link status definitely down, disabling slave",
                "bond0: (slave s1): making interface the new active one",
            ];
        Assert.Equal(expected, simulation.Lines.TakeLast(expected.Length));

        simulation.RunFor(10 * Miimon);
        Assert.Equal(LinkState.Down, s0.Link);
        Assert.Equal(1u, s0.LinkFailureCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Failing_link_that_returns_is_up_at_once_and_not_counted(int passesDown)
    {
        BondSimulation simulation = ActiveBackup(5, 3);
        Slave s0 = simulation.Slave("s0");
        simulation.SetPeers(false, "s0");
        simulation.RunFor(passesDown * Miimon);
        Assert.Equal(LinkState.Fail, s0.Link);
        simulation.SetPeers(true, "s0");
        long before = s0.LastLinkUpNs;

        simulation.RunFor(Miimon);

        Assert.Equal(LinkState.Up, s0.Link);
        Assert.Equal(0u, s0.LinkFailureCount);
        Assert.True(s0.LastLinkUpNs > before);
        Assert.Same(s0, simulation.Bond.ActiveSlave);
        Assert.Equal(
            [
                $"bond0: (slave s0): link status up again after {passesDown * Miimon} ms",
                "bond0: (slave s0): link status definitely up, 10000 Mbps full duplex",
            ],
            simulation.Lines.TakeLast(2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Returning_link_is_up_exactly_updelay_passes_after_the_one_that_saw_it(int updelay)
    {
        BondSimulation simulation = ActiveBackup(updelay, 0);
        Slave s0 = simulation.Slave("s0");
        simulation.SetPeers(false, "s0");
        simulation.RunFor(Miimon);
        simulation.SetPeers(true, "s0");

        for (int pass = 0; pass < updelay; pass++)
        {
            simulation.RunFor(Miimon);
            Assert.Equal(LinkState.Back, s0.Link);
            Assert.Equal(updelay - 1 - pass, s0.Delay);
        }

        simulation.RunFor(Miimon);
        Assert.Equal(LinkState.Up, s0.Link);
        Assert.Equal("s1", simulation.Bond.ActiveSlave?.Name);
        Assert.Equal(updelay > 0, simulation.Lines.Contains($"bond0: (slave s0): link status up, enabling it in {updelay * Miimon} ms"));
    }

    [Fact]
    public void Link_lost_again_during_updelay_is_down_at_once_and_the_delay_begins_anew()
    {
        BondSimulation simulation = ActiveBackup(3, 3);
        Slave s2 = simulation.Slave("s2");
        simulation.SetPeers(false, "s2");
        simulation.RunFor(4 * Miimon);
        Assert.Equal(1u, s2.LinkFailureCount);
        Assert.Contains("bond0: (slave s2): link status down for backup interface, disabling it in 300 ms", simulation.Lines);
        simulation.SetPeers(true, "s2");
        simulation.RunFor(2 * Miimon);
        Assert.Equal(LinkState.Back, s2.Link);
        simulation.SetPeers(false, "s2");
        simulation.RunFor(Miimon);

        Assert.Equal(LinkState.Down, s2.Link);
        Assert.Equal(2u, s2.LinkFailureCount);
        Assert.Equal(
            ["bond0: (slave s2): link status down again after 200 ms", "bond0: (slave s2): link status definitely down, disabling slave"],
            simulation.Lines.TakeLast(2));

        simulation.SetPeers(true, "s2");
        simulation.RunFor(3 * Miimon);
        Assert.Equal(LinkState.Back, s2.Link);
        simulation.RunFor(Miimon);
        Assert.Equal(LinkState.Up, s2.Link);
    }

    [Fact]
    public void Slave_enslaved_with_link_and_updelay_is_up_after_updelay_and_one_pass()
    {
        BondSimulation simulation = ActiveBackup(2, 0, slaves: 1);
        simulation.World.Add("late", "02:5a:00:00:00:0f");
        simulation.Enslave(["late"]);
        Slave late = simulation.Slave("late");
        Assert.Equal((LinkState.Back, 2), (late.Link, late.Delay));

        simulation.RunFor(2 * Miimon);
        Assert.Equal(LinkState.Back, late.Link);
        simulation.RunFor(Miimon);
        Assert.Equal(LinkState.Up, late.Link);
    }

    [Fact]
    public void First_pass_comes_with_the_bond()
    {
        BondSimulation simulation = new(slaves: 1);
        simulation.SetMode(BondMode.ActiveBackup);
        simulation.SetMiimon(Miimon);
        simulation.Enslave(["s0"]);
        simulation.SetPeers(false, "s0");
        simulation.RunFor(1000);
        Assert.Equal(LinkState.Up, simulation.Slave("s0").Link);

        simulation.SetUp(true);
        Assert.Equal(LinkState.Down, simulation.Slave("s0").Link);
    }

    [Fact]
    public void Without_a_monitor_links_stay_up_and_only_carrier_keeps_frames_off()
    {
        BondSimulation simulation = new(Hearing.Hinted, slaves: 2);
        simulation.Enslave("s0", "s1");
        simulation.SetUp(true);
        simulation.SetPeers(false, "s0");
        simulation.RunFor(10_000);

        Assert.Equal(LinkState.Up, simulation.Slave("s0").Link);
        Assert.Equal([simulation.Slave("s1").Slot], simulation.Bond.Table.Usable);
        Assert.Equal(long.MaxValue, simulation.Bond.NextDueNs);
    }

    [Theory]
    [InlineData(BondMode.ActiveBackup, true)]
    [InlineData(BondMode.BalanceXor, true)]
    [InlineData(BondMode.BalanceRr, false)]
    [InlineData(BondMode.Broadcast, false)]
    public void First_link_back_skips_updelay_only_where_the_mode_knows_that_nothing_else_works(BondMode mode, bool skips)
    {
        BondSimulation simulation = new(slaves: 2);
        simulation.SetMode(mode);
        simulation.SetMiimon(Miimon, updelay: 5);
        simulation.Enslave("s0", "s1");
        simulation.SetUp(true);
        simulation.RunFor(10 * Miimon);
        simulation.SetPeers(false, "s0", "s1");
        simulation.RunFor(2 * Miimon);
        Assert.False(simulation.Bond.Carrier);
        simulation.SetPeers(true, "s0", "s1");

        simulation.RunFor(Miimon);

        // One of them only: when the second is looked at, the first is there.
        Assert.Equal(skips ? LinkState.Up : LinkState.Back, simulation.Slave("s0").Link);
        Assert.Equal(LinkState.Back, simulation.Slave("s1").Link);
        Assert.Contains($"bond0: (slave s0): link status up, enabling it in {(skips ? 0 : 500)} ms", simulation.Lines);
        simulation.RunFor(5 * Miimon);
        Assert.All(simulation.Bond.Slaves, static slave => Assert.Equal(LinkState.Up, slave.Link));
    }

    [Fact]
    public void Failing_link_does_not_count_for_carrier_but_stays_active()
    {
        BondSimulation simulation = ActiveBackup(0, 3, slaves: 1);
        simulation.SetPeers(false, "s0");
        simulation.RunFor(Miimon);

        Assert.Equal(LinkState.Fail, simulation.Slave("s0").Link);
        Assert.False(simulation.Bond.Carrier);
        Assert.Equal(simulation.Slave("s0").Slot, simulation.Bond.Table.ActiveSlot);
        simulation.RunFor(3 * Miimon);
        Assert.Null(simulation.Bond.ActiveSlave);
        Assert.DoesNotContain("bond0: now running without any active interface!", simulation.Lines);
    }

    [Fact]
    public void Slave_taken_down_by_hand_has_lost_its_link()
    {
        BondSimulation simulation = ActiveBackup(0, 0);
        simulation.SetAdmin("s0", false);
        simulation.RunFor(Miimon);
        Assert.Equal("s1", simulation.Bond.ActiveSlave?.Name);
        simulation.SetAdmin("s0", true);
        simulation.RunFor(Miimon);
        Assert.Equal(LinkState.Up, simulation.Slave("s0").Link);
        Assert.Equal("s1", simulation.Bond.ActiveSlave?.Name);
    }

    [Fact]
    public void Hint_fails_over_at_once()
    {
        BondSimulation simulation = ActiveBackup(0, 0, Hearing.Hinted);
        long before = simulation.NowNs;
        simulation.SetPeers(false, "s0");

        Assert.Equal("s1", simulation.Bond.ActiveSlave?.Name);
        Assert.Equal(before, simulation.NowNs);
    }

    [Fact]
    public void Links_lost_together_cost_one_fail_over()
    {
        BondSimulation simulation = ActiveBackup(0, 0, Hearing.Hinted);
        simulation.SetPeers(false, "s0", "s1");

        Assert.Equal("s2", simulation.Bond.ActiveSlave?.Name);
        Assert.DoesNotContain("bond0: (slave s1): making interface the new active one", simulation.Lines);
        Assert.Single(simulation.Lines, "bond0: (slave s2): making interface the new active one");
    }

    [Fact]
    public void Hint_is_for_its_slave_only()
    {
        BondSimulation simulation = ActiveBackup(0, 0);
        simulation.World.Devices["s1"].PeerIsUp = false;
        simulation.World.Devices["s2"].PeerIsUp = false;
        simulation.Slave("s2").Carrier = false;
        simulation.Bond.CarrierChanged(simulation.NowNs, simulation.Slave("s1"), false);
        Assert.Equal(simulation.NowNs, simulation.Bond.NextDueNs);
        simulation.Bond.Tick(simulation.NowNs);

        Assert.Equal(LinkState.Down, simulation.Slave("s1").Link);
        Assert.Equal(LinkState.Up, simulation.Slave("s2").Link);
    }

    [Fact]
    public void Hints_end_no_delay()
    {
        BondSimulation simulation = ActiveBackup(2, 2, Hearing.Hinted);
        Slave s0 = simulation.Slave("s0");
        simulation.SetPeers(false, "s0");
        Assert.Equal((LinkState.Fail, 2), (s0.Link, s0.Delay));
        simulation.RunFor(2 * Miimon);
        Assert.Equal((LinkState.Fail, 0), (s0.Link, s0.Delay));

        // News that is no good news: the link was lost already.
        simulation.SetAdmin("s0", false);
        Assert.Equal(LinkState.Fail, s0.Link);
        simulation.RunFor(Miimon);
        Assert.Equal(LinkState.Down, s0.Link);
    }

    /// <summary>Hints at any moment: a delay lasts from n times miimon to one pass more, and hearing early never makes it late.</summary>
    [Fact]
    public void Delays_last_at_least_as_long_as_asked()
    {
        const int Delay = 4;
        BondSimulation simulation = ActiveBackup(Delay, Delay, Hearing.Hinted);
        Slave s2 = simulation.Slave("s2");
        Random random = new(20);
        double lostAt = double.NaN;
        double cameAt = double.NaN;
        int measured = 0;
        simulation.AfterStep = () =>
        {
            if (s2.Link == LinkState.Down && !double.IsNaN(lostAt))
            {
                Assert.InRange(simulation.NowMs - lostAt, Delay * Miimon, (Delay + 1) * Miimon);
                lostAt = double.NaN;
                measured++;
            }
            else if (s2.Link == LinkState.Up && !double.IsNaN(cameAt))
            {
                Assert.InRange(simulation.NowMs - cameAt, Delay * Miimon, (Delay + 1) * Miimon);
                cameAt = double.NaN;
                measured++;
            }
        };
        for (int i = 0; i < 2000; i++)
        {
            bool up = random.Next(2) == 0;
            if (up != simulation.World.Devices["s2"].PeerIsUp)
            {
                lostAt = !up && s2.Link == LinkState.Up ? simulation.NowMs : double.NaN;
                cameAt = up && s2.Link == LinkState.Down ? simulation.NowMs : double.NaN;
            }

            simulation.SetPeers(up, "s2");
            simulation.RunFor(random.NextDouble() * 3 * Delay * Miimon);
        }

        Assert.InRange(measured, 100, 2000);
    }
}
