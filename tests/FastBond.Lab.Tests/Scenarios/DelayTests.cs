using System.Diagnostics;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Product;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>scenarios.md, S6 to S10 and K17: updelay and downdelay.</summary>
public sealed class DelayTests : ScenarioTest
{
    private static readonly TimeSpan Downdelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Updelay = TimeSpan.FromSeconds(5);

    [Fact]
    public void S6_S7_delays_of_active_backup()
    {
        BackToBack hosts = BackToBack.Build(Lab, "mode=active-backup miimon=100");
        FastBondProcess a = hosts.A.Daemon;
        a.Do("set bond0 downdelay=2000 updelay=5000");
        Assert.Equal("eth0", a.Status().ActiveSlave);

        // S6: a cut of 1 s is bridged.
        hosts.Cables[0].Cut();
        a.WaitFor(status => status.Slave("eth0").MiiStatus == "GOING_DOWN", FailOverLimit, "going down");
        Wait.For(TimeSpan.FromSeconds(1));
        Assert.Equal("eth0", a.Status().ActiveSlave);
        hosts.Cables[0].Mend();
        BondStatus again = a.WaitFor(status => status.Slave("eth0").MiiStatus == "UP", FailOverLimit, "up again");
        Assert.Equal(("eth0", 0L), (again.ActiveSlave, again.Slave("eth0").LinkFailureCount));
        a.WaitForLog("(slave eth0): link status up again after", Soon);

        // S6: a longer one is not.
        hosts.Cables[0].Cut();
        long cut = Stopwatch.GetTimestamp();
        a.WaitFor(status => status.ActiveSlave == "eth1", Downdelay + FailOverLimit, "fail-over");
        AssertAfter(Stopwatch.GetElapsedTime(cut), Downdelay);
        Assert.Equal(("DOWN", 1L), (a.Status().Slave("eth0").MiiStatus, a.Status().Slave("eth0").LinkFailureCount));

        // S7: a flap within updelay starts it anew, and the link that is back does not take over.
        hosts.Cables[0].Mend();
        a.WaitFor(status => status.Slave("eth0").MiiStatus == "GOING_BACK", FailOverLimit, "going back");
        Wait.For(TimeSpan.FromSeconds(1));
        hosts.Cables[0].Cut();
        a.WaitFor(status => status.Slave("eth0").MiiStatus == "DOWN", FailOverLimit, "down again");
        hosts.Cables[0].Mend();
        long mended = Stopwatch.GetTimestamp();
        BondStatus back = a.WaitFor(status => status.Slave("eth0").MiiStatus == "UP", Updelay + FailOverLimit, "up after updelay");
        AssertAfter(Stopwatch.GetElapsedTime(mended), Updelay);
        Assert.Equal("eth1", back.ActiveSlave);
    }

    [Fact]
    public void S8_S9_updelay_of_round_robin_has_no_shortcut_and_loss_acts_at_once()
    {
        BackToBack hosts = BackToBack.Build(Lab, "mode=balance-rr miimon=100");
        FastBondProcess a = hosts.A.Daemon;
        a.Do("set bond0 downdelay=0 updelay=5000");
        IReadOnlyList<FrameObserver> onLink = hosts.ObserveSentByA(Lab);
        using FrameStream stream = hosts.A.Stream(hosts.B.Mac, 1000);
        onLink[1].WaitForTestFrames(50, Soon);
        hosts.Cables[1].Cut();
        a.WaitFor(status => status.Slave("eth1").MiiStatus == "DOWN", FailOverLimit, "the loss is acted upon at once");
        hosts.Cables[0].Cut();
        a.WaitFor(status => !status.HasCarrier, FailOverLimit, "no carrier");
        int before = onLink[1].TestFrames().Count;

        hosts.Cables[1].Mend();
        long mended = ObservedFrame.NowNs;
        onLink[1].WaitFor(frames => frames.Count(frame => frame.Test is not null) > before, Updelay + FailOverLimit, "frames after updelay");
        ObservedFrame first = onLink[1].Frames.Where(frame => frame.Test is not null).ElementAt(before);
        AssertAfter(TimeSpan.FromMicroseconds((first.TimeNs - mended) / 1000), Updelay);
    }

    [Fact]
    public void S9_the_last_resort_of_active_backup_skips_updelay()
    {
        BackToBack hosts = BackToBack.Build(Lab, "mode=active-backup miimon=100");
        FastBondProcess a = hosts.A.Daemon;
        a.Do("set bond0 updelay=5000");

        // eth0 waits out its updelay when the active slave dies: it is used at once.
        hosts.Cables[0].Cut();
        a.WaitFor(status => status.ActiveSlave == "eth1", FailOverLimit, "eth1 is active");
        hosts.Cables[0].Mend();
        a.WaitFor(status => status.Slave("eth0").MiiStatus == "GOING_BACK", FailOverLimit, "eth0 waits");
        hosts.Cables[1].Cut();
        BondStatus rescued = a.WaitFor(status => status.ActiveSlave == "eth0", FailOverLimit, "the slave that waits is used at once");
        Assert.Equal("UP", rescued.Slave("eth0").MiiStatus);

        // All are down: the first to return is used at once.
        hosts.Cables[0].Cut();
        a.WaitFor(status => status.ActiveSlave is null && !status.HasCarrier, FailOverLimit, "no active slave");
        hosts.Cables[1].Mend();
        BondStatus last = a.WaitFor(status => status.ActiveSlave == "eth1", FailOverLimit, "the first link that is back is used at once");
        Assert.True(last.HasCarrier);
    }

    [Fact]
    public void S10_K17_delays_are_whole_periods_rounded_down_with_a_warning_and_follow_miimon()
    {
        BackToBack hosts = BackToBack.Build(Lab, "mode=active-backup miimon=100");
        hosts.A.Daemon.Do("set bond0 updelay=250");
        Assert.Equal(200, (int)hosts.A.Status.Option("updelay")!);
        Assert.Contains("Up Delay (ms): 200", hosts.A.Daemon.Show(), StringComparison.Ordinal);
        hosts.A.Daemon.WaitForLog("up delay (250) is not a multiple of miimon (100), value rounded to 200 ms", Soon);

        // Two passes stay two passes, however long one is.
        hosts.A.Daemon.Do("set bond0 miimon=70");
        Assert.Equal(140, (int)hosts.A.Status.Option("updelay")!);
        hosts.A.Daemon.Do("set bond0 miimon=0");
        Assert.Equal(0, (int)hosts.A.Status.Option("updelay")!);
    }

    // Not before the delay, less the pass that may just have begun, and not later than it by more than the usual slack.
    private static void AssertAfter(TimeSpan elapsed, TimeSpan delay) =>
        Assert.InRange(elapsed.TotalMilliseconds, (delay - Scheduling).TotalMilliseconds, (delay + FailOverLimit).TotalMilliseconds);
}
