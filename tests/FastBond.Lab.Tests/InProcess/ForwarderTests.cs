using System.Globalization;
using System.Text.RegularExpressions;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.InProcess;

/// <summary>
/// The sample that has a bond in its own process, between a host with a bond and one without:
/// <code>
///   A bond0 ─ eth0 ═══════ eth0 ┐ bond ─ Forwarder ─ port  eth2 ═══════ eth0 C
///           └ eth1 ═══════ eth1 ┘
/// </code>
/// </summary>
public sealed partial class ForwarderTests : ScenarioTest
{
    private const int Count = 5000, Rate = 5000;

    [Theory]
    [InlineData("active-backup")]
    [InlineData("balance-rr")]
    [InlineData("balance-xor")]
    public void Frames_go_through_both_ways_counted_and_conserved(string mode)
    {
        NetworkNamespace a = Lab.Namespace(), middle = Lab.Namespace(), c = Lab.Namespace();
        Cable[] cables = [.. Enumerable.Range(0, 2).Select(n => Lab.Cable(new VethEnd(a, $"eth{n}"), new VethEnd(middle, $"eth{n}")))];
        VethPair.Create(new VethEnd(middle, "eth2"), new VethEnd(c, "eth0"));
        VethPair.MakePlainPeer(c, "eth0");
        c.Ip("address add 192.0.2.3/24 dev eth0");
        c.Ip("link set eth0 up");
        ChildProcess forwarder = Lab.Keep(middle.Start([Program, "eth0,eth1", "eth2", $"mode={mode}", "miimon=100", $"state-dir={Lab.StateDirectory()}"]));
        forwarder.WaitForLine(line => line == "ready", Soon, "'ready'");
        Host host = new Host(a, Lab.Daemon(a, $"bond0 mode={mode} slaves=eth0,eth1"), "192.0.2.1").BringUp();
        host.Daemon.WaitFor(status => status.HasAllUp(2), Soon, "every slave up");
        Array.ForEach(cables, cable => cable.WaitUntilUp());
        Wait.Until(() => a.Link("bond0").IsOperational && c.Link("eth0").IsOperational, Soon, "carrier at both hosts");

        Assert.Equal(new PingResult(5, 5, 0), Ping.Run(a, "192.0.2.3", count: 5));
        byte[] macOfC = TestFrame.Mac(c.Link("eth0").Address);
        FrameObserver atC = Lab.Observe(c, "eth0", testFramesOnly: true), atA = Lab.Observe(a, "bond0", testFramesOnly: true);
        using FrameStream there = host.Stream(macOfC, Rate, Count, receiver: atC);
        byte[] macOfA = host.Mac;
        using FrameStream back = new(c, "eth0", n => new TestFrame(2, n).Build(macOfA, macOfC), Rate, Count, atA);
        int sentThere = there.Finish(), sentBack = back.Finish();
        atC.WaitForTestFrames(sentThere, Soon);
        atA.WaitForTestFrames(sentBack, Soon);
        Assert.Equal(sentThere, atC.TestFrames(1).Distinct().Count());
        Assert.Equal(sentBack, atA.TestFrames(2).Distinct().Count());

        cables[0].Cut();
        host.Daemon.WaitFor(status => status.Slaves.Single(slave => slave.Name == "eth0").MiiStatus != "UP", Soon, "eth0 down");
        Wait.Until(() => Ping.Run(a, "192.0.2.3", count: 3).Lost == 0, Soon, "the other link carries it all");

        forwarder.Signal(Syscalls.SIGTERM);
        Assert.True(forwarder.WaitForExit(Soon));
        Assert.True(forwarder.ExitCode == 0, forwarder.Error);
        long[] counts = [.. Numbers().Matches(forwarder.Output.Split('\n')[1]).Select(number => long.Parse(number.Value, CultureInfo.InvariantCulture))];
        Assert.InRange(counts[0], sentThere + 5, sentThere + 1000);
        Assert.InRange(counts[1], sentBack + 5, sentBack + 1000);
        Assert.Equal([0, 0], counts[2..]);
    }

    /// <summary>Where the build has put it; it has the same native library beside it as the tests.</summary>
    private static string Program => Path.Combine(AppContext.BaseDirectory, "Forwarder");

    [GeneratedRegex("[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Numbers();
}
