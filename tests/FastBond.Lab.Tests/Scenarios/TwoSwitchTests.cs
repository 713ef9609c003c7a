using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>scenarios.md, S3 and with it FAQ 6: active-backup on two joined switches, without a single point of failure.</summary>
public sealed class TwoSwitchTests : ScenarioTest
{
    private const int A = 0, B = 1, Rate = 1000;
    private static readonly string AtJoint = TwoSwitches.Joint;

    private TwoSwitches _network = null!;
    private string[] _macs = [];

    [Fact]
    public void S3_FAQ6_a_cable_a_slave_or_a_switch_may_fail()
    {
        _network = TwoSwitches.Build(Lab, "mode=active-backup miimon=100");
        _macs = [.. _network.Hosts.Select(host => host.Place.Link("bond0").Address)];
        OneSlavePerHostTransmits();
        FailOverMovesTheMacAndCrossesTheJoint();
        LinkThatIsBackIsLeftAlone();
        SwitchMayLosePower();
        BackupThatFailsIsNoticed();
        HalfOfTheHostsOnEachSwitch();
    }

    // Step 1.
    private void OneSlavePerHostTransmits()
    {
        FrameObserver[] onBackups = [.. _network.Cables.Select(cables => Lab.Observe(cables[B].Panel, Cable.EndA))];
        AssertReaches(_network.Hosts[0].Place, "192.0.2.2", "192.0.2.4");
        AssertReaches(_network.Hosts[1].Place, "192.0.2.1", "192.0.2.4");
        for (int host = 0; host < 2; host++)
        {
            Assert.Equal("eth0", _network.Hosts[host].Status.ActiveSlave);
            Assert.Equal((TwoSwitches.PortOf(host), AtJoint), (_network.LearntAt(A, _macs[host]), _network.LearntAt(B, _macs[host])));
            Assert.Empty(onBackups[host].Frames);
        }
    }

    // Step 2. Only the host loses its carrier: switch A goes on believing in its port until it is told better.
    private void FailOverMovesTheMacAndCrossesTheJoint()
    {
        Host host1 = _network.Hosts[0];
        FrameObserver atHost1 = Lab.Observe(host1.Place, "bond0"), onJoint = Lab.Observe(_network.Switches[B], AtJoint, testFramesOnly: true);
        using FrameStream stream = _network.Hosts[1].Stream(host1.Mac, Rate);
        atHost1.WaitForTestFrames(100, Soon);
        Assert.Equal(0, onJoint.TestFrameCount);
        _network.Cables[0][A].Cut(b: false);
        host1.Daemon.WaitFor(status => status.ActiveSlave == "eth1", FailOverLimit, "host1 moves to eth1");
        onJoint.WaitForTestFrames(100, Soon);
        int seen = atHost1.TestFrameCount;
        atHost1.WaitForTestFrames(seen + 100, Soon);
        Assert.InRange(GreatestGap(atHost1.TestFrames()), 0, (int)(Rate * FailOverLimit.TotalSeconds));
        Assert.Equal((AtJoint, TwoSwitches.PortOf(0)), (_network.LearntAt(A, _macs[0]), _network.LearntAt(B, _macs[0])));
    }

    // Step 3.
    private void LinkThatIsBackIsLeftAlone()
    {
        Host host1 = _network.Hosts[0];
        _network.Cables[0][A].Mend();
        host1.Daemon.WaitFor(status => status.Slave("eth0").MiiStatus == "UP", FailOverLimit, "eth0 is up again");
        Wait.For(2 * Miimon);
        Assert.Equal("eth1", host1.Status.ActiveSlave);
        Assert.Equal((AtJoint, TwoSwitches.PortOf(0)), (_network.LearntAt(A, _macs[0]), _network.LearntAt(B, _macs[0])));
    }

    // Step 4. host1 is on switch B already, host2 on A.
    private void SwitchMayLosePower()
    {
        FrameObserver atHost2 = Lab.Observe(_network.Hosts[1].Place, "bond0");
        using (FrameStream stream = _network.Hosts[0].Stream(_network.Hosts[1].Mac, Rate, flow: 2))
        {
            atHost2.WaitForTestFrames(100, Soon);
            _network.Power(A, on: false);
            _network.Hosts[1].Daemon.WaitFor(status => status.ActiveSlave == "eth1", FailOverLimit, "host2 moves to eth1");
            int seen = atHost2.TestFrameCount;
            atHost2.WaitForTestFrames(seen + 100, Soon);
        }
        Assert.InRange(GreatestGap(atHost2.TestFrames(2)), 0, (int)(Rate * FailOverLimit.TotalSeconds));
        AssertReaches(_network.Hosts[1].Place, "192.0.2.1", "192.0.2.4");
        _network.Power(A, on: true);
        _network.WaitUntilUp();
        Assert.All(_network.Hosts, host => Assert.Equal("eth1", host.Status.ActiveSlave));
    }

    // Step 5.
    private void BackupThatFailsIsNoticed()
    {
        Host host2 = _network.Hosts[1];
        host2.Daemon.Do("active bond0 eth0");
        FrameObserver atHost2 = Lab.Observe(host2.Place, "bond0");
        using FrameStream stream = _network.Hosts[0].Stream(host2.Mac, Rate, flow: 3);
        atHost2.WaitForTestFrames(100, Soon);
        _network.Cables[1][B].Cut();
        BondStatus status = host2.Daemon.WaitFor(status => status.Slave("eth1").MiiStatus == "DOWN", FailOverLimit, "eth1 is down");
        Assert.Equal(("eth0", 1L), (status.ActiveSlave, status.Slave("eth1").LinkFailureCount));
        int seen = atHost2.TestFrameCount;
        atHost2.WaitForTestFrames(seen + 100, Soon);
        Assert.Equal(0, GreatestGap(atHost2.TestFrames(3)));
        _network.Cables[1][B].Mend();
        _network.WaitUntilUp();
    }

    // Step 6. host1 prefers A, host2 B; whichever switch fails, whoever is on the other reaches both.
    private void HalfOfTheHostsOnEachSwitch()
    {
        foreach (int failing in new[] { A, B })
        {
            _network.Hosts[0].Daemon.Do("active bond0 eth0");
            _network.Hosts[1].Daemon.Do("active bond0 eth1");
            Wait.Until(() => IsLearnt(0, A) && IsLearnt(1, B), Soon, "each switch has its host");
            AssertReaches(_network.Hosts[0].Place, "192.0.2.2");
            _network.Power(failing, on: false);
            Host moving = _network.Hosts[failing];
            moving.Daemon.WaitFor(status => status.ActiveSlave == $"eth{1 - failing}", FailOverLimit, "the host of the dead switch moves");
            AssertReaches(_network.Outside[1 - failing], "192.0.2.1", "192.0.2.2");
            _network.Power(failing, on: true);
            _network.WaitUntilUp();
        }

        bool IsLearnt(int host, int which) => _network.LearntAt(which, _macs[host]) == TwoSwitches.PortOf(host);
    }

    private static void AssertReaches(NetworkNamespace from, params string[] targets) =>
        Assert.All(targets, target => Assert.Equal(0, Ping.Run(from, target).Lost));

    private static int GreatestGap(IReadOnlyList<TestFrame> frames) =>
        frames.Zip(frames.Skip(1)).Max(pair => (int)(pair.Second.Sequence - pair.First.Sequence - 1));
}
