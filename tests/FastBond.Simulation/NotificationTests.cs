using System.Net;
using FastBond.Core.Bonds;

namespace FastBond.Simulation;

/// <summary>What is sent after a change of the active slave (link-monitoring.md section 6), and when.</summary>
public class NotificationTests
{
    private static BondSimulation ActiveBackup(int count, int delay, Hearing hearing = Hearing.Polled)
    {
        BondSimulation simulation = new(hearing, slaves: 2);
        simulation.SetMode(BondMode.ActiveBackup);
        simulation.SetMiimon(100);
        simulation.Set("num_grat_arp", count);
        simulation.Set("peer_notif_delay", (delay) * 100);
        simulation.Bond.SetHostAddresses(0, [new HostAddress(IPAddress.Parse("192.0.2.1"), [], default)]);
        simulation.Enslave("s0", "s1");
        simulation.SetUp(true);
        simulation.RunFor(1000);
        return simulation;
    }

    private static double[] TimesMs(BondSimulation simulation) => [.. simulation.World.Frames.Select(static frame => frame.TimeNs / 1e6)];

    [Fact]
    public void Nothing_is_sent_when_the_bond_comes_up() => Assert.Empty(ActiveBackup(5, 0).World.Frames);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 1)]
    [InlineData(255, 0)]
    public void Fail_over_between_live_links_sends_as_many_as_asked_one_pass_apart(int count, int delay)
    {
        foreach (Hearing hearing in (Hearing[])[Hearing.Polled, Hearing.Hinted])
        {
            BondSimulation simulation = ActiveBackup(count, delay, hearing);
            simulation.SetPeers(false, "s0");
            simulation.RunFor(60_000);
            double[] times = TimesMs(simulation);
            Assert.Equal(count, times.Length);
            Assert.All(times.Skip(1).Zip(times), static pair => Assert.Equal(100, pair.First - pair.Second, 6));
            Assert.All(simulation.World.Frames, static frame => Assert.Equal("s1", frame.Slave));
        }
    }

    [Fact]
    public void Peer_notif_delay_spaces_them_and_the_second_comes_one_pass_early()
    {
        BondSimulation simulation = ActiveBackup(4, 3);
        simulation.SetPeers(false, "s0");
        simulation.RunFor(5000);
        double[] times = TimesMs(simulation);
        Assert.Equal([200.0, 300, 300], times.Skip(1).Zip(times, static (later, sooner) => Math.Round(later - sooner)));
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(3, 0, 2)]
    [InlineData(3, 3, 2)]
    public void Bond_without_carrier_loses_the_first(int count, int delay, int sent)
    {
        foreach (Hearing hearing in (Hearing[])[Hearing.Polled, Hearing.Hinted])
        {
            BondSimulation simulation = ActiveBackup(count, delay, hearing);
            simulation.SetPeers(false, "s0", "s1");
            simulation.RunFor(1000);
            simulation.World.Frames.Clear();
            simulation.SetPeers(true, "s1");
            simulation.RunFor(5000);
            Assert.Equal(sent, simulation.World.Frames.Count);
        }
    }

    [Fact]
    public void Change_by_hand_sends_at_once()
    {
        BondSimulation simulation = ActiveBackup(2, 0);
        simulation.RunFor(50);
        double now = simulation.NowMs;
        simulation.SetActive("s1");
        Assert.Equal([now], TimesMs(simulation));
        simulation.RunFor(1000);
        Assert.Equal([now, now + 50], TimesMs(simulation));
    }

    [Fact]
    public void Bond_that_goes_down_sends_no_more()
    {
        BondSimulation simulation = ActiveBackup(10, 0);
        simulation.Set("resend_igmp", 10);
        simulation.SetActive("s1");
        simulation.RunFor(250);
        int frames = simulation.World.Frames.Count;
        int reports = simulation.World.ReportTimesNs.Count;
        Assert.Equal((3, 2), (frames, reports));
        simulation.SetUp(false);
        simulation.RunFor(1000);
        simulation.SetUp(true);
        simulation.RunFor(5000);
        Assert.Equal((frames, reports), (simulation.World.Frames.Count, simulation.World.ReportTimesNs.Count));
    }

    [Fact]
    public void New_series_takes_the_place_of_the_old()
    {
        BondSimulation simulation = ActiveBackup(3, 0);
        simulation.SetActive("s1");
        simulation.RunFor(50);
        simulation.SetActive("s0");
        simulation.RunFor(5000);
        Assert.Equal(["s1", "s0", "s0", "s0"], simulation.World.Frames.Select(static frame => frame.Slave));
    }

    [Fact]
    public void Series_that_was_due_in_the_pass_of_a_new_change_ends_there()
    {
        BondSimulation simulation = ActiveBackup(2, 3);
        simulation.SetActive("s1");
        simulation.RunFor(250);
        simulation.SetPeers(false, "s1");
        simulation.RunFor(5000);

        // Due for the second time in the pass at 300 ms, which finds s1 lost.
        Assert.Equal(["s1", "s0", "s0"], simulation.World.Frames.Select(static frame => frame.Slave));
        Assert.Equal([0.0, 300, 500], TimesMs(simulation).Select(static time => time - 1000));
    }

    [Fact]
    public void Slave_just_opened_announces_in_the_next_pass()
    {
        BondSimulation simulation = ActiveBackup(1, 0);
        simulation.Release("s0");
        simulation.Release("s1");
        simulation.RunFor(50);
        simulation.World.Frames.Clear();
        simulation.Enslave(["s0"]);
        Assert.Empty(simulation.World.Frames);
        simulation.RunFor(1000);
        Assert.Equal([1100.0], TimesMs(simulation));
    }

    [Fact]
    public void Without_a_monitor_the_first_is_sent_all_the_same()
    {
        BondSimulation simulation = ActiveBackup(3, 0);
        simulation.SetMiimon(0);
        simulation.Release("s0");
        simulation.Release("s1");
        simulation.World.Frames.Clear();
        simulation.Enslave(["s0"]);
        Assert.Equal(["s0"], simulation.World.Frames.Select(static frame => frame.Slave));
    }

    [Fact]
    public void Reports_are_not_asked_for_if_resend_igmp_is_0_or_the_mode_does_not_need_it()
    {
        BondSimulation simulation = ActiveBackup(1, 0);
        simulation.Set("resend_igmp", 0);
        simulation.SetActive("s1");
        simulation.RunFor(1000);
        Assert.Empty(simulation.World.ReportTimesNs);

        BondSimulation xor = new(slaves: 2);
        xor.SetMode(BondMode.BalanceXor);
        xor.SetMiimon(100);
        xor.Enslave("s0", "s1");
        xor.SetUp(true);
        xor.SetPeers(false, "s0");
        xor.RunFor(1000);
        Assert.Equal("s1", xor.Bond.ActiveSlave?.Name);
        Assert.Empty(xor.World.ReportTimesNs);
    }
}
