using FastBond.Core.Bonds;

namespace FastBond.Simulation;

/// <summary>Which slave is active (link-monitoring.md section 3).</summary>
public class SelectionTests
{
    private const int Always = 0;
    private const int Better = 1;
    private const int Failure = 2;

    private static BondSimulation ActiveBackup(int updelay = 0, string? primary = null)
    {
        BondSimulation simulation = new();
        simulation.SetMode(BondMode.ActiveBackup);
        simulation.SetMiimon(100, updelay);
        simulation.Set("primary", primary ?? "");
        simulation.Enslave("s0", "s1", "s2");
        simulation.SetUp(true);
        simulation.RunFor(50 + (updelay * 200));
        return simulation;
    }

    private static void Flap(BondSimulation simulation, string slave)
    {
        simulation.SetPeers(false, slave);
        simulation.RunFor(100);
        simulation.SetPeers(true, slave);
        simulation.RunFor(100);
    }

    private static string? Active(BondSimulation simulation) => simulation.Bond.ActiveSlave?.Name;

    [Fact]
    public void Ordinary_slave_that_returns_does_not_take_over()
    {
        BondSimulation simulation = ActiveBackup();
        Flap(simulation, "s0");
        Assert.Equal("s1", Active(simulation));
    }

    [Fact]
    public void Any_other_cause_moves_to_the_first_that_is_up()
    {
        BondSimulation simulation = ActiveBackup();
        Flap(simulation, "s0");
        simulation.Set("primary_reselect", Always);
        Assert.Equal("s0", Active(simulation));
    }

    [Theory]
    [InlineData(Always, "s1")]
    [InlineData(Better, "s0")]
    [InlineData(Failure, "s0")]
    public void Primary_that_returns_is_taken_as_primary_reselect_says(int reselect, string expected)
    {
        BondSimulation simulation = ActiveBackup(primary: "s1");
        Assert.Equal("s1", Active(simulation));
        simulation.Set("primary_reselect", reselect);
        Flap(simulation, "s1");
        Assert.Equal(expected, Active(simulation));
    }

    [Theory]
    [InlineData(25000, Duplex.Full, "s1")]
    [InlineData(25000, Duplex.Half, "s1")]
    [InlineData(10000, Duplex.Full, "s1")]
    [InlineData(10000, Duplex.Half, "s0")]
    [InlineData(1000, Duplex.Full, "s0")]
    public void Better_is_faster_or_as_fast_and_full_against_half(int speed, Duplex duplex, string expected)
    {
        BondSimulation simulation = ActiveBackup(primary: "s1");
        simulation.Set("primary_reselect", Better);
        simulation.Bond.SpeedChanged(simulation.NowNs, simulation.Slave("s0"), 10000, Duplex.Half);
        simulation.Bond.SpeedChanged(simulation.NowNs, simulation.Slave("s1"), speed, duplex);
        Flap(simulation, "s1");
        Assert.Equal(expected, Active(simulation));
    }

    [Fact]
    public void Primary_just_written_is_forced_once()
    {
        BondSimulation simulation = ActiveBackup();
        simulation.Set("primary_reselect", Failure);
        simulation.Set("primary", "s2");
        Assert.Equal("s2", Active(simulation));
        Flap(simulation, "s2");
        Assert.Equal("s0", Active(simulation));
    }

    [Fact]
    public void Primary_that_is_enslaved_is_forced_once()
    {
        BondSimulation simulation = ActiveBackup(primary: "late");
        simulation.Set("primary_reselect", Failure);
        Assert.Null(simulation.Bond.PrimarySlave);
        simulation.World.Add("late", "02:5a:00:00:00:0f");
        simulation.Enslave(["late"]);
        Assert.Equal("late", Active(simulation));
        simulation.Release("late");
        Assert.Null(simulation.Bond.PrimarySlave);
        Assert.Equal("late", simulation.Options.Primary);
        Assert.Equal("s0", Active(simulation));
    }

    [Fact]
    public void Primary_known_by_name_only_changes_nothing()
    {
        BondSimulation simulation = ActiveBackup();
        Flap(simulation, "s0");
        simulation.Set("primary", "nosuch");
        Assert.Equal("s1", Active(simulation));
    }

    [Fact]
    public void Higher_prio_takes_over_when_it_comes_up_or_is_written()
    {
        BondSimulation simulation = ActiveBackup();
        simulation.SetPrio("s1", 5);
        Assert.Equal("s1", Active(simulation));
        simulation.SetPrio("s2", 10);
        Assert.Equal("s2", Active(simulation));
        Flap(simulation, "s2");
        Assert.Equal("s2", Active(simulation));
        simulation.SetPeers(false, "s2");
        simulation.RunFor(100);
        Assert.Equal("s1", Active(simulation));
    }

    [Fact]
    public void Prio_beside_a_primary_is_only_stored()
    {
        BondSimulation simulation = ActiveBackup(primary: "s1");
        simulation.SetPrio("s2", 10);
        Assert.Equal("s1", Active(simulation));
        Assert.EndsWith("primary slave have been set", simulation.Lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void With_nothing_up_the_returning_slave_with_least_delay_left_is_used_at_once()
    {
        BondSimulation simulation = ActiveBackup(updelay: 5);
        simulation.SetPeers(false, "s1", "s2");
        simulation.RunFor(100);
        simulation.SetPeers(true, "s2");
        simulation.RunFor(200);
        simulation.SetPeers(true, "s1");
        simulation.RunFor(100);
        Assert.Equal([LinkState.Up, LinkState.Back, LinkState.Back], simulation.Bond.Slaves.Select(static slave => slave.Link));
        simulation.SetPeers(false, "s0");
        simulation.RunFor(100);

        // Passes since s2 came back: four, so 5 - 4 of its 5 are left.
        Assert.Equal("s2", Active(simulation));
        Assert.Equal((LinkState.Up, 0), (simulation.Slave("s2").Link, simulation.Slave("s2").Delay));
        Assert.Contains("bond0: (slave s2): making interface the new active one 400 ms earlier", simulation.Lines);
        Assert.True(simulation.Bond.Carrier);
    }

    [Fact]
    public void Active_slave_written()
    {
        BondSimulation simulation = ActiveBackup();
        simulation.World.Add("other", "02:5a:00:00:00:0f");

        Assert.Equal(Outcome.Ok, simulation.SetActive("s2"));
        Assert.Equal("s2", Active(simulation));
        int lines = simulation.World.Logs.Count;
        Assert.Equal(Outcome.Ok, simulation.SetActive("s2"));
        Assert.Equal(lines, simulation.World.Logs.Count);
        Assert.Equal(Errno.ENODEV, simulation.SetActive("nosuch").Error);
        Assert.Equal(Errno.EINVAL, simulation.SetActive("other").Error);
        simulation.SetPeers(false, "s1");
        simulation.RunFor(100);
        Assert.Equal(Errno.EINVAL, simulation.SetActive("s1").Error);
        Assert.Equal("s2", Active(simulation));

        // Cleared: the best is chosen as if there were none.
        Assert.Equal(Outcome.Ok, simulation.SetActive(""));
        Assert.Equal("s0", Active(simulation));
        Assert.Equal(Outcome.Ok, simulation.SetActive(""));
        Assert.Equal("s0", Active(simulation));

        simulation.SetPeers(false, "s0", "s2");
        simulation.RunFor(100);
        Assert.Null(simulation.Bond.ActiveSlave);
        Assert.Equal(Errno.EINVAL, simulation.SetActive("s0").Error);
    }

    [Fact]
    public void Slave_renamed_to_or_from_the_primarys_name()
    {
        BondSimulation simulation = ActiveBackup(primary: "chosen");
        Slave s2 = simulation.Slave("s2");
        simulation.Rename(s2, "chosen");
        Assert.Same(s2, simulation.Bond.PrimarySlave);
        Assert.Same(s2, simulation.Bond.ActiveSlave);
        simulation.Rename(s2, "s2");
        Assert.Null(simulation.Bond.PrimarySlave);
        Assert.Equal("s0", Active(simulation));
        Assert.Contains("bond0: Primary slave changed to none, reselecting active slave", simulation.Lines);
    }

    [Fact]
    public void All_slaves_active_opens_the_backups_to_what_they_receive()
    {
        BondSimulation simulation = ActiveBackup();
        Assert.Equal(0b001UL, simulation.Bond.Table.AcceptMask);
        simulation.Set("all_slaves_active", 1);
        Assert.Equal(0b111UL, simulation.Bond.Table.AcceptMask);
        Flap(simulation, "s0");
        Assert.Equal(0b111UL, simulation.Bond.Table.AcceptMask);
        simulation.Set("all_slaves_active", 0);
        Assert.Equal(0b010UL, simulation.Bond.Table.AcceptMask);
    }
}
