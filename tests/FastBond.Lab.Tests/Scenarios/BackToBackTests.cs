using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>scenarios.md, S1: two hosts joined by two links.</summary>
public sealed class BackToBackTests : ScenarioTest
{
    private const int Rate = 2000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void S1_frames_alternate_a_cut_link_is_left_and_taken_back(bool sameIndex)
    {
        BackToBack hosts = BackToBack.Build(Lab, "mode=balance-rr miimon=100", sameIndex: sameIndex);
        IReadOnlyList<FrameObserver> onLink = hosts.ObserveSentByA(Lab);
        FrameObserver atB = Lab.Observe(hosts.B.Place, "bond0");
        byte[] toB = hosts.B.Mac;

        AssertStrictAlternation(hosts.A, toB, onLink, atB);
        AssertOneMac(hosts.A, "02:aa:00:00:00:00");
        AssertOneMac(hosts.B, "02:bb:00:00:00:00");
        AssertCutLinkIsLeft(hosts, toB, atB);
        AssertMendedLinkIsUsed(hosts, toB, onLink[1]);
        AssertCarrierFollowsTheLastLink(hosts, atB, toB);
        AssertEveryFrameAccountedFor(hosts.A);
    }

    [Theory]
    [InlineData("mode=balance-rr")]
    [InlineData("mode=active-backup primary=eth0")]
    [InlineData("mode=balance-xor xmit_hash_policy=layer3+4")]
    public void Streams_go_on_whichever_link_is_cut(string mode)
    {
        BackToBack hosts = BackToBack.Build(Lab, mode);
        Assert.Equal(0, Ping.Run(hosts.A.Place, hosts.B.Address).Lost);
        using Iperf3 server = new(hosts.B.Place, hosts.B.Address);
        using CounterReader atB = new(hosts.B.Place);
        using ChildProcess client = server.Start(hosts.A.Place, seconds: 5);
        Wait.Until(() => atB.Read("bond0").RxBytes > 1_000_000, Soon, "the stream runs");
        foreach (Cable cable in hosts.Cables)
        {
            cable.Cut();
            // TCP's own retransmission timer, 200 ms and doubling, comes on top of the fail-over.
            Wait.For(FailOverLimit + TimeSpan.FromMilliseconds(600));
            long before = atB.Read("bond0").RxBytes;
            Wait.Until(() => atB.Read("bond0").RxBytes > before + 1_000_000, TimeSpan.FromSeconds(1), "the stream goes on without " + cable.A.Name);
            cable.Mend();
            hosts.WaitUntilUp();
        }
        Assert.True(Iperf3.Finish(client, TimeSpan.FromSeconds(10)).Bytes > 10_000_000);
        Iperf3Result udp = server.Run(hosts.A.Place, 1, udp: true, reverse: true, bitsPerSecond: 20_000_000);
        Assert.InRange(udp.LostDatagrams, 0, udp.Datagrams / 100);
        Assert.Equal(new PingResult(5, 5, 0), Ping.Run(hosts.B.Place, hosts.A.Address, count: 5));
    }

    private static void AssertStrictAlternation(Host a, byte[] toB, IReadOnlyList<FrameObserver> onLink, FrameObserver atB)
    {
        const int count = 2000;
        using FrameStream stream = a.Stream(toB, framesPerSecond: 10_000, count, receiver: atB);
        Assert.Equal(count, stream.Finish());
        atB.WaitForTestFrames(count, Soon);
        FrameObserver.WaitForTestFrames(onLink, count, Soon);
        Assert.Equal(Enumerable.Range(0, count), atB.TestFrames().Select(frame => (int)frame.Sequence).Order());
        foreach (FrameObserver link in onLink)
        {
            uint[] sent = [.. link.TestFrames().Select(frame => frame.Sequence)];
            Assert.InRange(sent.Length, (count / 2) - 1, (count / 2) + 1);
            Assert.All(sent.Zip(sent.Skip(1)), pair => Assert.Equal(2u, pair.Second - pair.First));
        }
    }

    private static void AssertOneMac(Host host, string mac)
    {
        Assert.Equal(mac, host.Place.Link("bond0").Address);
        Assert.All(host.Status.Slaves, slave => Assert.Equal(mac, slave.Address));
        Assert.All(host.Status.Slaves, slave => Assert.Equal(mac, host.Place.Link(slave.Name).Address));
    }

    private static void AssertCutLinkIsLeft(BackToBack hosts, byte[] toB, FrameObserver atB)
    {
        const uint flow = 2;
        using CounterReader counters = new(hosts.A.Place);
        using FrameStream stream = hosts.A.Stream(toB, Rate, flow: flow);
        atB.WaitFor(frames => frames.Any(frame => frame.Test is { Flow: flow, Sequence: >= 200 }), Soon, "the stream runs");
        hosts.Cables[1].Cut();
        Wait.For(FailOverLimit);
        DeviceCounters left = counters.Read("eth1");
        int seen = atB.TestFrames(flow).Count;
        Wait.For(TimeSpan.FromMilliseconds(300));
        DeviceCounters later = counters.Read("eth1");
        Assert.Equal(left.TxFrames + left.TxDropped, later.TxFrames + later.TxDropped);
        Assert.True(atB.TestFrames(flow).Count - seen > Rate / 10, "the stream goes on");

        uint last = (uint)(stream.Stop() + stream.Refused - 1);
        atB.WaitFor(frames => frames.Any(frame => frame.Test == new TestFrame(flow, last)), Soon, "the last frame");
        // Every second frame of the time it took to notice.
        Assert.InRange(stream.Sent - atB.TestFrames(flow).Count, 0, (int)(Rate * FailOverLimit.TotalSeconds / 2));
        BondStatus status = hosts.A.Status;
        Assert.Equal(("DOWN", 1L), (status.Slave("eth1").MiiStatus, status.Slave("eth1").LinkFailureCount));
        Assert.Equal(("UP", 0L), (status.Slave("eth0").MiiStatus, status.Slave("eth0").LinkFailureCount));
        Assert.True(hosts.A.Place.Link("bond0").HasCarrier);
        hosts.A.Daemon.WaitForLog("(slave eth1): link status definitely down, disabling slave", Soon);
    }

    private static void AssertMendedLinkIsUsed(BackToBack hosts, byte[] toB, FrameObserver onLink1)
    {
        using FrameStream stream = hosts.A.Stream(toB, Rate, flow: 3);
        long mended = ObservedFrame.NowNs;
        hosts.Cables[1].Mend();
        onLink1.WaitFor(frames => frames.Any(frame => frame.Test?.Flow == 3), FailOverLimit, "frames on the link that is back");
        ObservedFrame first = onLink1.Frames.First(frame => frame.Test?.Flow == 3);
        Assert.InRange(first.TimeNs - mended, 0, FailOverLimit.TotalNanoseconds);
        stream.Stop();
        hosts.WaitUntilUp();
    }

    private static void AssertCarrierFollowsTheLastLink(BackToBack hosts, FrameObserver atB, byte[] toB)
    {
        using FrameStream stream = hosts.A.Stream(toB, Rate, flow: 4);
        hosts.Cables[0].Cut();
        hosts.Cables[1].Cut();
        Wait.Until(() => !hosts.A.Place.Link("bond0").HasCarrier, FailOverLimit, "no carrier on the bond without a link");
        Assert.False(hosts.A.Status.HasCarrier);
        Wait.For(Miimon);
        int seen = atB.TestFrames(4).Count;
        Wait.For(Miimon);
        Assert.Equal(seen, atB.TestFrames(4).Count);
        hosts.Cables[0].Mend();
        Wait.Until(() => hosts.A.Place.Link("bond0").HasCarrier, FailOverLimit, "carrier with one link");
        atB.WaitFor(frames => frames.Count(frame => frame.Test?.Flow == 4) > seen, Soon, "frames again");
        stream.Stop();
        hosts.Cables[1].Mend();
        hosts.WaitUntilUp();
    }

    // Every frame that the host gave the bond has left on a slave or is counted as dropped with its reason.
    private static void AssertEveryFrameAccountedFor(Host host) =>
        host.Daemon.WaitFor(
            status => status.UnaccountedFromHost == 0,
            TimeSpan.FromSeconds(2),
            "frames from the host = frames sent on slaves + frames dropped");
}
