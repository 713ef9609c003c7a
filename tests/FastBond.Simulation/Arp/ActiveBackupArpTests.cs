using FastBond.Core.Bonds;

namespace FastBond.Simulation.Arp;

/// <summary>The ARP monitor in active-backup: link-monitoring.md section 8, row by row.</summary>
public class ActiveBackupArpTests
{
    private static readonly byte[] Noise = ArpFrames.Request("02:5c:00:00:00:01", "192.0.2.7", "192.0.2.8");

    /// <summary>A bond that has settled, half an interval from the next pass.</summary>
    private static ArpNetwork Settled(string validate = "none", int slaves = 3, int interval = 100, string targets = "10.9.0.2", Action<BondSimulation>? configure = null)
    {
        ArpNetwork network = new(BondMode.ActiveBackup, slaves, interval, validate, targets, configure);
        network.RunIntervals(20.5);
        Assert.Equal("s0", network.Active);
        Assert.All(network.Bond.Slaves, static slave => Assert.Equal((LinkState.Up, 0u), (slave.Link, slave.LinkFailureCount)));
        return network;
    }

    private static string[] ProbedFrom(ArpNetwork network, int since) =>
        [.. network.Simulation.World.Frames.Skip(since).Where(static frame => FrameText.Of(frame.Bytes).Contains("tpa=10.9.0.2", StringComparison.Ordinal)).Select(static frame => frame.Slave)];

    [Theory]
    [InlineData("none")]
    [InlineData("active")]
    [InlineData("backup")]
    [InlineData("all")]
    [InlineData("filter")]
    [InlineData("filter_active")]
    [InlineData("filter_backup")]
    public void Answered_bond_is_quiet_and_asks_by_the_current_slave_only(string validate)
    {
        ArpNetwork network = Settled(validate);
        int lines = network.Simulation.World.Logs.Count;
        int frames = network.Simulation.World.Frames.Count;
        ForwardingTable table = network.Bond.Table;
        network.RunIntervals(50);

        Assert.Equal(lines, network.Simulation.World.Logs.Count);
        Assert.Same(table, network.Bond.Table);
        string[] probes = ProbedFrom(network, frames);
        Assert.Equal(50, probes.Length);
        Assert.All(probes, static slave => Assert.Equal("s0", slave));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Silent_current_slave_goes_after_missed_max_intervals_and_a_half_and_a_backup_one_later(int missedMax)
    {
        ArpNetwork network = Settled("all", interval: 1000, configure: simulation => simulation.Set("arp_missed_max", missedMax));
        double lastHeardMs = network.Simulation.NowMs - 500;
        network.Paths.Remove("s2");
        double backupMs = lastHeardMs;
        network.RunWhile(() => network["s2"] == LinkState.Up);
        Assert.Equal((missedMax + 2) * 1000, network.Simulation.NowMs - backupMs, 1.0);
        Assert.Equal("s0", network.Active);

        network.RunIntervals(1);
        double heardMs = Math.Floor(network.Simulation.NowMs / 1000) * 1000;
        network.Paths.Remove("s0");
        network.RunWhile(() => network.Active == "s0");
        Assert.Equal("s1", network.Active);
        Assert.Equal((missedMax + 1) * 1000, network.Simulation.NowMs - heardMs, 1.0);
        Assert.Equal(LinkState.Down, network["s0"]);
        Assert.Equal(1u, network.Simulation.Slave("s0").LinkFailureCount);
    }

    [Fact]
    public void New_current_slave_is_not_judged_for_two_intervals_and_a_half()
    {
        ArpNetwork network = Settled();
        network.Paths.Clear();
        network.RunWhile(() => network.Active == "s0");
        Assert.Equal("s1", network.Active);
        double tookMs = network.RunWhile(() => network.Active == "s1");

        // Heard nothing for long, yet it had its time: three passes.
        Assert.Equal(300, tookMs, 1.0);
    }

    [Fact]
    public void Returning_backup_is_up_and_does_not_take_over()
    {
        ArpNetwork network = Settled("all");
        network.Paths.Remove("s0");
        network.RunIntervals(5);
        Assert.Equal(("s1", LinkState.Down), (network.Active, network["s0"]));
        network.Paths.Add("s0");
        network.RunIntervals(2);
        Assert.Equal(("s1", LinkState.Up), (network.Active, network["s0"]));
        Assert.False(network.Simulation.Slave("s0").IsActive);
    }

    [Theory]
    [InlineData("primary")]
    [InlineData("prio")]
    public void Returning_slave_that_is_preferred_takes_over(string preferred)
    {
        ArpNetwork network = Settled("all");
        if (preferred == "primary")
        {
            network.Simulation.Set("primary", "s0");
        }
        else
        {
            network.Simulation.SetPrio("s0", 1);
        }

        network.Paths.Remove("s0");
        network.RunIntervals(5);
        Assert.Equal("s1", network.Active);
        network.Paths.Add("s0");
        network.RunIntervals(2);
        Assert.Equal("s0", network.Active);
    }

    [Fact]
    public void Without_any_answer_each_is_asked_for_an_interval_in_turn_beginning_after_the_first()
    {
        ArpNetwork network = Settled("all");
        network.Paths.Clear();
        network.RunWhile(() => network.Active is not null);
        Assert.False(network.Bond.Carrier);
        int frames = network.Simulation.World.Frames.Count - 1;
        network.RunIntervals(8.5);

        Assert.Equal(["s1", "s2", "s0", "s1", "s2", "s0", "s1", "s2", "s0"], ProbedFrom(network, frames));
        Assert.Equal((LinkState.Back, LinkState.Down), (network["s0"], network["s1"] == LinkState.Fail ? LinkState.Down : network["s1"]));
        Assert.Equal(LinkState.Fail, network["s2"]);
        Assert.Same(network.Simulation.Slave("s0"), Assert.Single(network.Bond.Slaves, static slave => slave.IsActive));
        Assert.Contains("bond0: now running without any active interface!", network.Simulation.Lines);
    }

    [Fact]
    public void First_that_is_answered_becomes_current_within_an_interval_of_the_answer()
    {
        ArpNetwork network = Settled("all");
        network.Paths.Clear();
        network.RunIntervals(20);
        Assert.Null(network.Active);
        network.Paths.Add("s2");
        double askedMs = network.RunWhile(() => network["s2"] != LinkState.Back);
        Assert.InRange(askedMs, 0, 300);
        Assert.InRange(network.RunWhile(() => network.Active is null), 99, 101);
        Assert.Equal("s2", network.Active);
        Assert.True(network.Bond.Carrier);
        Assert.Contains("bond0: active interface up!", network.Simulation.Lines);
    }

    [Fact]
    public void Slaves_without_carrier_are_not_asked()
    {
        ArpNetwork network = Settled("all");
        network.Simulation.SetPeers(false, "s0", "s2");
        network.Paths.Clear();
        network.RunIntervals(30);
        Assert.Null(network.Active);
        int frames = network.Simulation.World.Frames.Count;
        network.RunIntervals(3);
        Assert.Equal(["s1", "s1", "s1"], ProbedFrom(network, frames));
        Assert.Equal((LinkState.Down, LinkState.Down), (network["s0"], network["s2"]));
        network.Simulation.SetPeers(false, "s1");
        network.RunIntervals(3);
        Assert.Equal(frames + 3, network.Simulation.World.Frames.Count);
    }

    [Fact]
    public void Any_frame_keeps_a_slave_up_that_is_not_validated()
    {
        ArpNetwork network = Settled();
        network.Hosts.Clear();
        network.Paths.Clear();
        for (int i = 0; i < 100; i++)
        {
            network.Deliver("s0", Noise);
            network.RunIntervals(0.5);
        }

        Assert.Equal("s0", network.Active);
        Assert.Equal(0u, network.Simulation.Slave("s0").LinkFailureCount);
    }

    [Fact]
    public void Strangers_broadcasts_do_not_hide_a_dead_path_that_is_validated()
    {
        ArpNetwork network = Settled("all");
        network.Paths.Remove("s0");
        for (int i = 0; i < 10; i++)
        {
            network.Deliver("s0", Noise);
            network.RunIntervals(0.5);
        }

        Assert.Equal(("s1", LinkState.Down), (network.Active, network["s0"]));
    }

    [Theory]
    [InlineData("any", "s0")]
    [InlineData("all", null)]
    public void One_target_of_two_that_answers_is_enough_unless_all_must(string allTargets, string? active)
    {
        ArpNetwork network = new(
            BondMode.ActiveBackup, validate: "all", targets: "10.9.0.2,10.9.0.3", configure: simulation => simulation.Set("arp_all_targets", allTargets));
        network.Hosts.Add("10.9.0.3");
        network.RunIntervals(20.5);
        Assert.Equal("s0", network.Active);
        network.Hosts.Remove("10.9.0.3");
        network.RunIntervals(3);
        Assert.Equal(active is null, network.Simulation.Slave("s0").LinkFailureCount > 0);
        network.RunIntervals(20);
        Assert.Equal(active, network.Active);
    }

    [Fact]
    public void Target_added_to_the_list_has_until_the_next_passes_to_answer()
    {
        ArpNetwork network = Settled("all", configure: static simulation => simulation.Set("arp_all_targets", "all"));
        network.Simulation.Set("arp_ip_target", "+10.9.0.3");
        network.RunIntervals(2);
        Assert.Equal("s0", network.Active);
        network.RunIntervals(2);
        Assert.Equal(1u, network.Simulation.Slave("s0").LinkFailureCount);

        // Without it what was heard of the other counts again.
        network.Simulation.Set("arp_ip_target", "-10.9.0.3");
        network.RunIntervals(10);
        Assert.NotNull(network.Active);
        Assert.All(network.Bond.Slaves, static slave => Assert.Equal(LinkState.Up, slave.Link));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Announcements_are_an_interval_apart_whatever_delay_was_written_for_the_other_monitor(int count)
    {
        ArpNetwork network = Settled("all", configure: simulation =>
        {
            simulation.Set("miimon", 100);
            simulation.Set("peer_notif_delay", 500);
            simulation.Set("num_grat_arp", count);
            simulation.Set("arp_interval", 100);
            simulation.Set("arp_validate", "all");
        });
        network.Paths.Remove("s0");
        network.RunIntervals(20);
        double[] times = [.. network.Simulation.World.Frames.Where(static frame => FrameText.Of(frame.Bytes).Contains("tpa=10.9.0.1", StringComparison.Ordinal)).Select(static frame => frame.TimeNs / 1e6)];
        Assert.Equal(count, times.Length);
        Assert.All(times.Skip(1).Zip(times), static pair => Assert.Equal(100, pair.First - pair.Second, 3));
    }

    [Fact]
    public void Bond_that_had_no_carrier_announces_at_the_next_pass_after_the_probe()
    {
        ArpNetwork network = Settled("all");
        network.Paths.Clear();
        network.RunIntervals(20);
        network.Paths.Add("s1");
        int frames = network.Simulation.World.Frames.Count;
        network.RunWhile(() => network.Active is null);
        network.RunIntervals(1.5);
        string[] last = [.. network.Simulation.World.Frames.Skip(frames).TakeLast(3).Select(static frame => FrameText.Of(frame.Bytes)[12..])];
        Assert.Contains("tpa=10.9.0.2", last[0], StringComparison.Ordinal);
        Assert.Contains("tpa=10.9.0.2", last[1], StringComparison.Ordinal);
        Assert.Contains("spa=10.9.0.1", last[2], StringComparison.Ordinal);
        Assert.Contains("tpa=10.9.0.1", last[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Probing_slave_that_is_released_is_forgotten()
    {
        ArpNetwork network = Settled("all");
        network.Paths.Clear();
        network.RunIntervals(20);
        Slave probing = Assert.Single(network.Bond.Slaves, static slave => slave.Link == LinkState.Back);
        Assert.Equal(Outcome.Ok, network.Simulation.Release(probing.Name));
        network.RunIntervals(5);
        Assert.Equal(2, network.Bond.Slaves.Count);
        Assert.Null(network.Active);
    }

    [Fact]
    public void Slave_enslaved_while_another_is_probed_becomes_current()
    {
        ArpNetwork network = Settled("all");
        network.Simulation.Release("s2");
        network.Paths.Clear();
        network.RunIntervals(20);
        Assert.Null(network.Active);
        network.Paths.Add("s2");
        Assert.Equal(Outcome.Ok, network.Simulation.Enslave("s2"));
        Assert.Equal("s2", network.Active);
        network.RunIntervals(5);
        Assert.Equal("s2", network.Active);
        Assert.Same(network.Bond.ActiveSlave, Assert.Single(network.Bond.Slaves, static slave => slave.IsActive));
    }

    [Theory]
    [InlineData(LinkState.Up)]
    [InlineData(LinkState.Fail)]
    [InlineData(LinkState.Down)]
    [InlineData(LinkState.Back)]
    public void Either_monitor_goes_on_from_what_the_other_left(LinkState left)
    {
        ArpNetwork network = Settled("all");
        BondSimulation simulation = network.Simulation;
        simulation.SetMiimon(100, 5, 5);
        network.RunFor(2000);
        if (left != LinkState.Up)
        {
            simulation.SetPeers(false, "s0");
            network.RunFor(250);
        }

        if (left is LinkState.Down or LinkState.Back)
        {
            network.RunFor(1000);
        }

        if (left == LinkState.Back)
        {
            simulation.SetPeers(true, "s0");
            network.RunFor(250);
        }

        Assert.Equal(left, network["s0"]);
        simulation.Set("arp_interval", 100);
        simulation.Set("arp_validate", "all");
        network.RunFor(2000);
        Assert.Equal(left is LinkState.Up or LinkState.Back ? LinkState.Up : LinkState.Down, network["s0"]);
        Assert.NotNull(network.Active);
        Assert.Equal(LinkState.Up, network[network.Active]);

        simulation.SetPeers(true, "s0");
        network.Paths.Clear();
        network.RunFor(2050);
        Assert.Null(network.Active);
        simulation.SetMiimon(100);
        network.RunFor(300);
        Assert.All(network.Bond.Slaves, static slave => Assert.Equal(LinkState.Up, slave.Link));
        Assert.Same(network.Bond.ActiveSlave, Assert.Single(network.Bond.Slaves, static slave => slave.IsActive));
    }

    [Fact]
    public void Hung_transmit_ring_is_a_failed_link_at_once_and_until_it_moves_again()
    {
        ArpNetwork network = Settled("all");
        Slave s0 = network.Simulation.Slave("s0");
        network.Bond.TransmitStalled(network.Simulation.NowNs, s0, true);
        network.RunFor(0);
        Assert.Equal(("s1", LinkState.Down, 1u), (network.Active, s0.Link, s0.LinkFailureCount));
        network.RunIntervals(20);
        Assert.Equal(LinkState.Down, s0.Link);
        network.Bond.TransmitStalled(network.Simulation.NowNs, s0, false);
        network.RunIntervals(2);
        Assert.Equal(LinkState.Up, s0.Link);
    }
}
