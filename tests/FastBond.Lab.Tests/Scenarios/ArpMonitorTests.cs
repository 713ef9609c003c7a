using System.Net;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>scenarios.md, S13 to S17: the ARP and NS monitor with real hosts that answer, and paths that die while their carrier stays.</summary>
public sealed class ArpMonitorTests : ScenarioTest
{
    private const int IntervalMs = 200;
    private const string Target6 = "fd00::3", Stranger = "02:dd:00:00:00:07", Everybody = "ff:ff:ff:ff:ff:ff";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(IntervalMs);
    private static readonly string Asking = $"arp_interval={IntervalMs} arp_ip_target={Switched.AddressOfC}";

    /// <summary>The pass that finds 2.5 intervals without an answer is at most 3.5 after the last one, and the scenario allows one more.</summary>
    private static readonly TimeSpan GiveUpLimit = (4.5 * Interval) + Scheduling;

    [Theory]
    [InlineData("none")]
    [InlineData("all")]
    [InlineData("filter")]
    public void S13_a_switch_that_does_not_forward_is_left(string validate)
    {
        Switched network = Switched.Build(Lab, $"mode=active-backup {Asking} arp_validate={validate}");
        FastBondProcess daemon = network.A.Daemon;
        (long failures0, long failures1) = Settle(network);
        network.Cables[0].Block();
        TimeSpan took = Wait.Until(() => network.A.Status.ActiveSlave == "eth1", GiveUpLimit, "eth1 is the active slave");

        // The last answer may have come one interval before.
        Assert.InRange(took, 1.5 * Interval, GiveUpLimit);
        Assert.Equal(0, Ping.Run(network.A.Place, Switched.AddressOfC).Lost);
        daemon.WaitForLog("bond0: (slave eth0): link status definitely down, disabling slave", Soon);
        Assert.Contains(
            $"Not used: the ARP monitor hears {validate switch { "all" => "no target", "filter" => "neither ARP nor IPv6", _ => "nothing" }} on it",
            daemon.Do("show bond0 --why").Output,
            StringComparison.Ordinal);
        Assert.Equal(("DOWN", failures0 + 1), State(network, "eth0"));

        network.Cables[0].Unblock();
        daemon.WaitFor(status => status.Slave("eth0").MiiStatus == "UP", 3 * Interval, "eth0 hears the questions again");
        Wait.For(3 * Interval);
        Assert.Equal("eth1", network.A.Status.ActiveSlave);
        Assert.Equal(("UP", failures1), State(network, "eth1"));
    }

    [Theory]
    [InlineData("all", true)]
    [InlineData("active", true)]
    [InlineData("none", false)]
    public void S13_third_party_broadcasts_hide_a_dead_path_unless_answers_are_validated(string validate, bool isLeft)
    {
        Switched network = Switched.Build(Lab, $"mode=active-backup {Asking} arp_validate={validate}");
        (long failures, _) = Settle(network);
        network.Cables[0].Block();
        byte[] broadcast = Arp(Stranger, "192.0.2.77", "192.0.2.78");
        using FrameStream strangers = new(network.Cables[0].Panel, Cable.EndA, _ => broadcast, framesPerSecond: 100);
        if (isLeft)
        {
            network.A.Daemon.WaitFor(status => status.ActiveSlave == "eth1", GiveUpLimit, "eth1 is the active slave");
            Assert.Equal(0, Ping.Run(network.A.Place, Switched.AddressOfC).Lost);
        }
        else
        {
            Wait.For(8 * Interval);
            Assert.Equal("eth0", network.A.Status.ActiveSlave);
            Assert.Equal(("UP", failures), State(network, "eth0"));
        }
    }

    [Fact]
    public void S14_with_all_paths_dead_slaves_are_probed_in_turn_and_the_first_that_is_answered_becomes_active()
    {
        Switched network = Switched.Build(Lab, $"mode=active-backup {Asking} arp_validate=all");
        Settle(network);
        foreach (Cable cable in network.Cables)
        {
            cable.Block();
        }

        // The one, then the other that had been taken for good.
        network.A.Daemon.WaitFor(status => status.ActiveSlave is null && !status.HasCarrier, 3 * GiveUpLimit, "no active slave, no carrier");
        FrameObserver[] onLinks = [.. network.Cables.Select(cable => Lab.Observe(cable.Panel, Cable.EndA))];
        Wait.For(10 * Interval);
        (long TimeNs, int Link)[] asked = [.. onLinks.SelectMany((seen, link) => seen.Frames.Where(IsQuestion).Select(frame => (frame.TimeNs, link))).Order()];
        Assert.InRange(asked.Length, 7, 11);
        Assert.All(asked.Zip(asked.Skip(1)), pair =>
        {
            Assert.NotEqual(pair.First.Link, pair.Second.Link);
            Assert.InRange(TimeSpan.FromMicroseconds((pair.Second.TimeNs - pair.First.TimeNs) / 1000), Interval - Scheduling, Interval + (2 * Scheduling));
        });

        FrameObserver answers = Lab.Observe(network.Cables[1].Panel, Cable.EndB);
        network.Cables[1].Unblock();
        answers.WaitFor(frames => frames.Any(IsAnswer), 3 * Interval, "an answer on the path that is whole again");
        network.A.Daemon.WaitFor(status => status.ActiveSlave == "eth1" && status.HasCarrier, Interval + (2 * Scheduling), "eth1 is active");
        Assert.Equal(0, Ping.Run(network.A.Place, Switched.AddressOfC).Lost);
    }

    [Fact]
    public void S15_in_load_balancing_a_link_on_which_nobody_answers_goes_down_and_traffic_goes_on()
    {
        Switched network = Switched.Build(Lab, $"mode=balance-rr {Asking}");
        (long failures0, long failures1) = Settle(network);

        // What the switch sends comes by one link only; the other can send, and nobody hears of it.
        network.Cables[0].Panel.Run($"tc filter del dev {Cable.EndB} ingress");
        network.A.Daemon.WaitFor(status => status.Slave("eth0").MiiStatus == "DOWN", GiveUpLimit, "eth0 down");
        Assert.Equal(0, Ping.Run(network.A.Place, Switched.AddressOfC, count: 50).Lost);
        Wait.For(5 * Interval);
        Assert.Equal(("DOWN", failures0 + 1), State(network, "eth0"));
        Assert.Equal(("UP", failures1), State(network, "eth1"));
        network.Cables[0].Unblock();
        network.A.Daemon.WaitFor(status => status.HasAllUp(2), Soon, "both up");
    }

    [Fact]
    public void S16_any_target_will_do_unless_all_are_asked_for()
    {
        const string second = "192.0.2.4";
        Switched network = Switched.Build(Lab, "mode=active-backup miimon=100");
        FastBondProcess daemon = network.A.Daemon;
        network.C.Ip($"address add {second}/24 dev eth0");
        daemon.Do($"set bond0 {Asking},{second} arp_validate=all");
        (long, long) failures = Settle(network);
        network.C.Ip($"address del {second}/24 dev eth0");
        Wait.For(8 * Interval);
        Assert.True(network.A.Status.HasAllUp(2));
        Assert.Equal(failures, Failures(network));

        daemon.Do("set bond0 arp_all_targets=all");
        daemon.WaitFor(status => status.ActiveSlave is null && !status.HasCarrier, 3 * GiveUpLimit, "no slave hears all targets");
        network.C.Ip($"address add {second}/24 dev eth0");
        daemon.WaitFor(status => status.ActiveSlave is not null && status.HasCarrier, 6 * Interval, "a slave hears all targets");
        daemon.WaitFor(status => status.HasAllUp(2), 6 * Interval, "both do");
        Assert.Equal(0, Ping.Run(network.A.Place, Switched.AddressOfC).Lost);
    }

    [Fact]
    public void S17_without_validation_any_frame_is_a_sign_of_life()
    {
        // Nobody has that address.
        Switched network = Switched.Build(Lab, $"mode=active-backup arp_interval={IntervalMs} arp_ip_target=192.0.2.99");
        byte[] to = network.A.Mac, from = TestFrame.Mac(network.C.Link("eth0").Address);
        using FrameStream load = new(network.C, "eth0", n => new TestFrame(1, n).Build(to, from), framesPerSecond: 1000);
        (long failures, _) = Settle(network);
        Wait.For(5 * Interval);
        Assert.Equal("eth0", network.A.Status.ActiveSlave);
        Assert.Equal(("UP", failures), State(network, "eth0"));

        network.A.Daemon.Do("set bond0 arp_validate=active");
        network.A.Daemon.WaitFor(status => status.Slave("eth0").LinkFailureCount > failures, GiveUpLimit, "load is no answer");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("all")]
    public void Ipv6_targets_are_watched_as_well(string validate)
    {
        Switched network = Switched.Build(Lab, "mode=active-backup miimon=100", ipv6: true);
        network.C.Ip($"address add {Target6}/64 dev eth0 nodad");
        network.A.Place.Ip("address add fd00::1/64 dev bond0 nodad");
        network.A.Daemon.Do($"set bond0 arp_interval={IntervalMs} ns_ip6_target={Target6} arp_validate={validate}");
        Settle(network);
        Assert.Equal(validate == "all", network.A.Place.Ip("maddress show dev eth1").Output.Contains("33:33:ff:00:00:03", StringComparison.Ordinal));

        network.Cables[0].Block();
        network.A.Daemon.WaitFor(status => status.ActiveSlave == "eth1", GiveUpLimit, "eth1 is the active slave");
        Assert.Equal(0, Ping.Run(network.A.Place, Target6).Lost);
        network.Cables[0].Unblock();
        network.A.Daemon.WaitFor(status => status.HasAllUp(2), 3 * Interval, "eth0 hears the questions again");
    }

    [Fact]
    public void Either_monitor_switches_the_other_off_and_both_at_once_are_refused()
    {
        Switched network = Switched.Build(Lab, "mode=active-backup miimon=100 updelay=200");
        FastBondProcess daemon = network.A.Daemon;
        daemon.Do($"set bond0 {Asking} arp_validate=backup");
        Assert.Equal((0, 0, IntervalMs, "backup"), Monitors(daemon));
        CommandResult both = daemon.Try($"set bond0 miimon=100 arp_interval={IntervalMs}");
        Assert.Equal(1, both.ExitCode);
        Assert.Contains("EINVAL", both.Error, StringComparison.Ordinal);
        Assert.Equal((0, 0, IntervalMs, "backup"), Monitors(daemon));
        daemon.Do("set bond0 miimon=50");
        Assert.Equal((50, 100, 0, "none"), Monitors(daemon));
        daemon.WaitFor(status => status.HasAllUp(2), Soon, "every slave up");
    }

    /// <summary>
    /// Waits until all links are up to stay, and eth0 is the active slave. As with a kernel bond, slaves that have waited for the bond to come up, or
    /// for the monitor to be switched on, are given up before they were asked anything. Returns how often each has failed.
    /// </summary>
    private static (long Eth0, long Eth1) Settle(Switched network)
    {
        FastBondProcess daemon = network.A.Daemon;
        Wait.For(2 * Interval);
        BondStatus status = daemon.WaitFor(status => status.HasAllUp(2) && status.HasCarrier, Soon, "every slave up");
        if (status.ActiveSlave == "eth1")
        {
            daemon.Do("active bond0 eth0");
        }

        Wait.For(3 * Interval);
        (long, long) failures = Failures(network);
        Wait.For(4 * Interval);
        Assert.True(network.A.Status.HasAllUp(2), network.A.Status.ToString());
        Assert.Equal(failures, Failures(network));
        return failures;
    }

    private static (long Eth0, long Eth1) Failures(Switched network) => (State(network, "eth0").Failures, State(network, "eth1").Failures);

    private static (int Miimon, int Updelay, int Interval, string Validate) Monitors(FastBondProcess daemon)
    {
        BondStatus status = daemon.Status();
        return ((int)status.Option("miimon")!, (int)status.Option("updelay")!, (int)status.Option("arp_interval")!, (string?)status.Option("arp_validate") ?? "none");
    }

    private static (string MiiStatus, long Failures) State(Switched network, string slave)
    {
        SlaveStatus status = network.A.Status.Slave(slave);
        return (status.MiiStatus, status.LinkFailureCount);
    }

    /// <summary>A log line without its priority.</summary>
    private static bool IsQuestion(ObservedFrame frame) => IsArp(frame, operation: 1, "192.0.2.1", Switched.AddressOfC);

    private static bool IsAnswer(ObservedFrame frame) => IsArp(frame, operation: 2, Switched.AddressOfC, "192.0.2.1");

    private static bool IsArp(ObservedFrame frame, int operation, string sender, string target) =>
        frame.EtherType == 0x0806
        && frame.Bytes[21] == operation
        && frame.Bytes.AsSpan(28, 4).SequenceEqual(IPAddress.Parse(sender).GetAddressBytes())
        && frame.Bytes.AsSpan(38, 4).SequenceEqual(IPAddress.Parse(target).GetAddressBytes());

    private static byte[] Arp(string mac, string sender, string target) =>
    [
        .. TestFrame.Mac(Everybody), .. TestFrame.Mac(mac), 8, 6, 0, 1, 8, 0, 6, 4, 0, 1,
        .. TestFrame.Mac(mac), .. IPAddress.Parse(sender).GetAddressBytes(), .. new byte[6], .. IPAddress.Parse(target).GetAddressBytes(), .. new byte[18],
    ];
}
