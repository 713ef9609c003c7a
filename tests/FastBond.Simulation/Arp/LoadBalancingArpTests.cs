using FastBond.Core.Bonds;

namespace FastBond.Simulation.Arp;

/// <summary>The ARP monitor in balance-rr, balance-xor and broadcast: link-monitoring.md section 7, row by row.</summary>
public class LoadBalancingArpTests
{
    public static readonly TheoryData<BondMode> Modes = [BondMode.BalanceRr, BondMode.BalanceXor, BondMode.Broadcast];

    private static ArpNetwork Settled(BondMode mode, int slaves = 3, string validate = "none")
    {
        ArpNetwork network = new(mode, slaves, validate: validate);
        network.RunIntervals(20.5);
        Assert.All(network.Bond.Slaves, static slave => Assert.Equal((LinkState.Up, true, 0u), (slave.Link, slave.IsActive, slave.LinkFailureCount)));
        return network;
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Every_slave_asks_for_itself(BondMode mode)
    {
        ArpNetwork network = Settled(mode);
        int frames = network.Simulation.World.Frames.Count;
        int lines = network.Simulation.World.Logs.Count;
        network.RunIntervals(10);
        Assert.All(network.Simulation.World.Frames.Skip(frames).GroupBy(static frame => frame.Slave), static one => Assert.Equal(10, one.Count()));
        Assert.Equal(30, network.Simulation.World.Frames.Count - frames);
        Assert.Equal(lines, network.Simulation.World.Logs.Count);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Silent_slave_goes_after_missed_max_intervals_and_a_half_and_carries_nothing(BondMode mode)
    {
        ArpNetwork network = Settled(mode);
        network.Paths.Remove("s1");
        Assert.InRange(network.RunWhile(() => network["s1"] == LinkState.Up), 249, 251);
        Slave s1 = network.Simulation.Slave("s1");
        Assert.Equal((LinkState.Down, false, 1u), (s1.Link, s1.IsActive, s1.LinkFailureCount));
        Assert.DoesNotContain(s1.Slot, network.Bond.Table.Usable);
        Assert.Contains("bond0: (slave s1): interface is now down", network.Simulation.Lines);
        network.RunIntervals(20);
        Assert.Equal(1u, s1.LinkFailureCount);

        network.Paths.Add("s1");
        Assert.InRange(network.RunWhile(() => network["s1"] == LinkState.Down), 100, 201);
        Assert.True(s1.IsActive);
        Assert.Contains("bond0: (slave s1): interface is now up", network.Simulation.Lines);
    }

    [Fact]
    public void Delays_of_the_other_monitor_do_not_apply()
    {
        ArpNetwork network = Settled(BondMode.BalanceRr);
        network.Simulation.SetMiimon(100, 50, 50);
        network.Simulation.Set("arp_interval", 100);
        network.RunIntervals(10.5);
        Assert.Equal(LinkState.Up, network["s1"]);
        network.Paths.Remove("s1");
        Assert.InRange(network.RunWhile(() => network["s1"] == LinkState.Up), 249, 251);
    }

    [Fact]
    public void Current_slave_is_selected_anew_when_it_fails_and_the_carrier_follows_the_last()
    {
        ArpNetwork network = Settled(BondMode.BalanceRr, slaves: 2);
        Assert.Equal("s0", network.Active);
        network.Paths.Remove("s0");
        network.RunIntervals(4);
        Assert.Equal("s1", network.Active);
        Assert.True(network.Bond.Carrier);
        network.Paths.Remove("s1");
        network.RunIntervals(4);
        Assert.Null(network.Active);
        Assert.False(network.Bond.Carrier);
        Assert.Contains("bond0: now running without any active interface!", network.Simulation.Lines);

        network.Paths.Add("s1");
        network.RunIntervals(3);
        Assert.Equal("s1", network.Active);
        Assert.True(network.Bond.Carrier);
        Assert.Contains("bond0: (slave s1): link status definitely up", network.Simulation.Lines);
        Assert.Contains("bond0: active interface up!", network.Simulation.Lines);
    }

    [Fact]
    public void Slave_without_carrier_is_not_asked_and_so_goes()
    {
        ArpNetwork network = Settled(BondMode.BalanceXor);
        network.Simulation.SetPeers(false, "s2");
        int frames = network.Simulation.World.Frames.Count;
        network.RunIntervals(4);
        Assert.Equal(LinkState.Down, network["s2"]);
        Assert.DoesNotContain(network.Simulation.World.Frames.Skip(frames), static frame => frame.Slave == "s2");
        network.Simulation.SetPeers(true, "s2");
        network.RunIntervals(3);
        Assert.Equal(LinkState.Up, network["s2"]);
    }

    /// <summary>
    /// S15: to a switch that sends all answers to one port the other slave looks dead. While down it is judged as a backup: it hears the others'
    /// questions, comes up and goes again.
    /// </summary>
    [Fact]
    public void Switch_that_answers_on_one_link_only_makes_the_other_flap_but_not_the_bond()
    {
        ArpNetwork network = Settled(BondMode.BalanceXor, slaves: 2, validate: "all");
        network.AnswersTo = "s0";
        network.RunIntervals(50);
        Assert.Equal((LinkState.Up, 0u), (network["s0"], network.Simulation.Slave("s0").LinkFailureCount));
        Assert.InRange(network.Simulation.Slave("s1").LinkFailureCount, 5u, 20u);
        Assert.True(network.Bond.Carrier);
        Assert.Contains(network.Simulation.Slave("s0").Slot, network.Bond.Table.Usable);
    }

    [Fact]
    public void Hung_transmit_ring_is_a_failed_link_until_it_moves_again()
    {
        ArpNetwork network = Settled(BondMode.BalanceRr);
        Slave s1 = network.Simulation.Slave("s1");
        network.Bond.TransmitStalled(network.Simulation.NowNs, s1, true);
        network.RunFor(0);
        Assert.Equal((LinkState.Down, 1u), (s1.Link, s1.LinkFailureCount));
        network.RunIntervals(20);
        Assert.Equal((LinkState.Down, 1u), (s1.Link, s1.LinkFailureCount));
        network.Bond.TransmitStalled(network.Simulation.NowNs, s1, false);
        network.RunIntervals(3);
        Assert.Equal(LinkState.Up, s1.Link);
    }
}
