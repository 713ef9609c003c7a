using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>scenarios.md, section 5: FAQ 1, 2 and 5.</summary>
public sealed class FaqTests : ScenarioTest
{
    [Fact]
    public void FAQ1_order_within_a_flow_and_link_survives_a_hundred_flaps()
    {
        const int flows = 4, flaps = 100;
        BackToBack hosts = BackToBack.Build(Lab, "mode=balance-xor xmit_hash_policy=layer3+4 miimon=10");
        IReadOnlyList<FrameObserver> onLink = hosts.ObserveSentByA(Lab);
        FrameObserver atB = Lab.Observe(hosts.B.Place, "bond0");
        byte[] toB = hosts.B.Mac;
        FrameStream[] streams = [.. Enumerable.Range(0, flows).Select(flow => Lab.Keep(hosts.A.Stream(toB, 2000, flow: (uint)flow)))];
        for (int n = 0; n < flaps; n++)
        {
            Cable cable = hosts.Cables[n % 2];
            cable.Cut();
            hosts.A.Daemon.WaitFor(status => status.Slave(cable.A.Name).MiiStatus == "DOWN", Soon, "down");
            cable.Mend();
            hosts.A.Daemon.WaitFor(status => status.Slave(cable.A.Name).MiiStatus == "UP", Soon, "up");
        }
        hosts.WaitUntilUp();
        int seen = atB.TestFrames().Count;
        atB.WaitForTestFrames(seen + 100, Soon);
        Assert.All(streams, stream => stream.Stop());
        Assert.All(hosts.A.Status.Slaves, slave => Assert.Equal(flaps / 2, slave.LinkFailureCount));
        for (uint flow = 0; flow < flows; flow++)
        {
            Assert.All(onLink, link => AssertRising(link.TestFrames(flow)));
            IReadOnlyList<TestFrame> received = atB.TestFrames(flow);
            Assert.Equal(received.Count, received.Distinct().Count());
        }
    }

    [Fact]
    public void FAQ2_slaves_of_different_drivers_and_speeds_share_a_bond()
    {
        NetworkNamespace place = Lab.Namespace(), peer = Lab.Namespace();
        VethPair.Create(new VethEnd(place, "eth0") { Address = "02:aa:00:00:00:00" }, new VethEnd(peer, "eth0"));
        VethPair.MakePlainPeer(peer, "eth0");
        peer.Ip("link set eth0 up");
        using TapDevice tap = new(place, "tap0");
        FastBondProcess daemon = Lab.Daemon(place, "bond0 mode=balance-rr slaves=eth0,tap0");
        Host host = new Host(place, daemon, "192.0.2.1").BringUp();
        daemon.WaitFor(status => status.HasAllUp(2), Soon, "both up");
        Wait.Until(() => place.Link("bond0").IsOperational, Soon, "carrier");

        FrameObserver atPeer = Lab.Observe(peer, "eth0"), atHost = Lab.Observe(place, "bond0");
        byte[] mac = host.Mac, other = TestFrame.Mac("02:dd:00:00:00:01");
        using FrameStream stream = host.Stream(other, 1000, 100);
        stream.Finish();
        atPeer.WaitForTestFrames(50, Soon);
        Wait.Until(() => FromTap().Count >= 50, Soon, "the other half by the TAP");
        Assert.Equal(Enumerable.Range(0, 100), atPeer.TestFrames().Concat(FromTap()).Select(frame => (int)frame.Sequence).Order());

        using PacketSocket toVeth = new(peer, "eth0", receive: false);
        for (uint n = 0; n < 20; n++)
        {
            tap.Send(new TestFrame(2, n).Build(mac, other));
            Assert.True(toVeth.Send(new TestFrame(3, n).Build(mac, other)));
        }
        atHost.WaitForTestFrames(40, Soon);
        Assert.Equal(20, atHost.TestFrames(2).Count);
        Assert.Equal(20, atHost.TestFrames(3).Count);

        List<TestFrame> FromTap() => [.. tap.Transmitted.Select(frame => TestFrame.Parse(frame)).OfType<TestFrame>()];
    }

    [Fact]
    public void FAQ5_without_a_monitor_half_of_the_frames_are_lost_on_a_dead_path()
    {
        const int count = 1000;
        BackToBack hosts = BackToBack.Build(Lab, "mode=balance-rr miimon=0 arp_interval=0");
        FrameObserver atB = Lab.Observe(hosts.B.Place, "bond0");
        hosts.Cables[1].Block();
        using FrameStream stream = hosts.A.Stream(hosts.B.Mac, 2000, count);
        stream.Finish();
        atB.WaitForTestFrames((count / 2) - 1, Soon);
        Wait.For(Miimon);
        Assert.InRange(atB.TestFrames().Count, (count / 2) - 1, (count / 2) + 1);
        Assert.All(hosts.A.Status.Slaves, slave => Assert.Equal("UP", slave.MiiStatus));
        Assert.Equal(0, (int)hosts.A.Status.Option("miimon")!);
    }

    private static void AssertRising(IReadOnlyList<TestFrame> frames) =>
        Assert.All(frames.Zip(frames.Skip(1)), pair => Assert.True(pair.Second.Sequence > pair.First.Sequence, $"{pair.First} before {pair.Second}"));
}
