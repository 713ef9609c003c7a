using System.Net;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>scenarios.md, S4, S11, S12, K12 and K14, FAQ 6 and 7: active-backup on a switch that knows nothing of bonds.</summary>
public sealed class SwitchTests : ScenarioTest
{
    private const int Rate = 1000;

    [Fact]
    public void S4_FAQ7_the_backup_takes_over_and_tells_the_switch()
    {
        Switched network = Switched.Build(Lab, "mode=active-backup miimon=100 primary_reselect=failure");
        (Host a, Cable cable0, Cable cable1) = (network.A, network.Cables[0], network.Cables[1]);
        Assert.Equal("eth0", a.Status.ActiveSlave);
        Assert.Equal(0, Ping.Run(network.C, a.Address).Lost);
        FrameObserver onLink1 = Lab.Observe(cable1.Panel, Cable.EndA), atA = Lab.Observe(a.Place, "bond0");
        using FrameStream toA = StreamFromC(network, flow: 1);
        atA.WaitForTestFrames(100, Soon);
        Assert.Empty(onLink1.TestFrames());

        // Only the host loses its carrier: the switch's port stays up, as behind a media converter, and so does its address table.
        long cut = ObservedFrame.NowNs;
        cable0.Cut(b: false);
        onLink1.WaitFor(frames => frames.Any(frame => IsAnnouncementOf(a, frame)), FailOverLimit, "a gratuitous ARP on the new slave");
        Assert.InRange(onLink1.Frames.First(frame => IsAnnouncementOf(a, frame)).TimeNs - cut, 0, FailOverLimit.TotalNanoseconds);
        a.Daemon.WaitFor(status => status.ActiveSlave == "eth1", FailOverLimit, "eth1 is the active slave");
        int seen = atA.TestFrames(1).Count;
        atA.WaitFor(frames => frames.Count(frame => frame.Test?.Flow == 1) > seen + 100, Soon, "traffic to the host by the new port");
        int lost = GreatestGap(atA.TestFrames(1));
        Assert.InRange(lost, 0, (int)(Rate * FailOverLimit.TotalSeconds));
        Assert.Equal(0, Ping.Run(network.C, a.Address).Lost);

        cable0.Mend();
        a.Daemon.WaitFor(status => status.Slave("eth0").MiiStatus == "UP", FailOverLimit, "eth0 is up again");
        Wait.For(2 * Miimon);
        Assert.Equal("eth1", a.Status.ActiveSlave);
        Assert.Contains("Currently Active Slave: eth1", a.Daemon.Show(), StringComparison.Ordinal);
    }

    [Fact]
    public void S4_without_an_announcement_the_switch_sends_into_the_void()
    {
        Switched network = Switched.Build(Lab, "mode=active-backup miimon=100 num_grat_arp=0");
        Host a = network.A;
        Assert.Equal(0, Ping.Run(network.C, a.Address).Lost);
        FrameObserver onLink1 = Lab.Observe(network.Cables[1].Panel, Cable.EndA), atA = Lab.Observe(a.Place, "bond0");
        using FrameStream toA = StreamFromC(network, flow: 1);
        atA.WaitForTestFrames(100, Soon);
        network.Cables[0].Cut(b: false);
        a.Daemon.WaitFor(status => status.ActiveSlave == "eth1", FailOverLimit, "eth1 is the active slave");
        Wait.For(Miimon);
        int seen = atA.TestFrames(1).Count;
        Wait.For(TimeSpan.FromMilliseconds(500));
        Assert.Equal(seen, atA.TestFrames(1).Count);
        Assert.DoesNotContain(onLink1.Frames, frame => IsAnnouncementOf(a, frame));
        // One frame from the host teaches the switch.
        Assert.Equal(0, Ping.Run(a.Place, Switched.AddressOfC).Lost);
        atA.WaitFor(frames => frames.Count(frame => frame.Test?.Flow == 1) > seen, Soon, "traffic to the host again");
    }

    [Fact]
    public void S12_a_switch_that_does_not_forward_is_not_seen_by_the_mii_monitor()
    {
        Switched network = Switched.Build(Lab, "mode=active-backup miimon=100");
        Assert.Equal(0, Ping.Run(network.A.Place, Switched.AddressOfC).Lost);
        network.Cables[0].Block();
        Assert.Equal(5, Ping.Run(network.A.Place, Switched.AddressOfC, count: 5, intervalMs: 100).Lost);
        BondStatus status = network.A.Status;
        Assert.Equal("eth0", status.ActiveSlave);
        Assert.All(status.Slaves, slave => Assert.Equal(("UP", 0L), (slave.MiiStatus, slave.LinkFailureCount)));
    }

    [Fact]
    public void K12_a_broadcast_that_arrives_on_both_slaves_is_delivered_once_and_lldp_on_the_backup_reaches_its_own_stack()
    {
        Switched network = Switched.Build(Lab, "mode=active-backup miimon=100");
        NetworkNamespace a = network.A.Place;
        FrameObserver atA = Lab.Observe(a, "bond0"), active = Lab.Observe(a, "eth0"), backup = Lab.Observe(a, "eth1");
        byte[] mac = TestFrame.Mac(network.C.Link("eth0").Address);
        using PacketSocket c = new(network.C, "eth0", receive: false);
        for (uint n = 0; n < 10; n++)
        {
            Assert.True(c.Send(new TestFrame(1, n).Build(TestFrame.Mac("ff:ff:ff:ff:ff:ff"), mac)));
        }
        atA.WaitForTestFrames(10, Soon);

        using PacketSocket port1 = new(network.Bridge, "port1", receive: false);
        byte[] lldp = new TestFrame(2, 0).Build(TestFrame.Mac("01:80:c2:00:00:0e"), mac);
        (lldp[12], lldp[13]) = (0x88, 0xcc);
        Assert.True(port1.Send(lldp));
        backup.WaitFor(frames => frames.Any(frame => frame.EtherType == 0x88cc), Soon, "LLDP on the backup");
        Wait.For(Miimon);
        Assert.Equal(Enumerable.Range(0, 10), atA.TestFrames(1).Select(frame => (int)frame.Sequence));
        Assert.Empty(active.Frames);
        Assert.All(backup.Frames, frame => Assert.Equal(0x88cc, frame.EtherType));

        network.A.Daemon.Do("set bond0 all_slaves_active=1");
        for (uint n = 0; n < 10; n++)
        {
            Assert.True(c.Send(new TestFrame(3, n).Build(TestFrame.Mac("ff:ff:ff:ff:ff:ff"), mac)));
        }
        atA.WaitFor(frames => frames.Count(frame => frame.Test?.Flow == 3) == 20, Soon, "each broadcast twice");
        Assert.All(atA.TestFrames(3).CountBy(frame => frame.Sequence), copies => Assert.Equal(2, copies.Value));
    }

    [Fact]
    public void S11_updelay_bridges_the_time_until_a_switch_that_comes_back_forwards()
    {
        Switched network = Switched.Build(Lab, "mode=active-backup miimon=100 primary=eth0");
        FrameObserver atC = Lab.Observe(network.C, "eth0", testFramesOnly: true);
        byte[] toC = TestFrame.Mac(network.C.Link("eth0").Address);

        Assert.InRange(LostOnReturn(flow: 1, TimeSpan.FromMilliseconds(500)), 100, 1000);

        network.A.Daemon.Do("set bond0 updelay=3000");
        Assert.Equal(0, LostOnReturn(flow: 2, TimeSpan.FromSeconds(3) - Miimon));

        // The port has carrier at once, but passes nothing until so much time has gone by.
        int LostOnReturn(uint flow, TimeSpan blocked)
        {
            network.Cables[0].Cut(b: false);
            network.A.Daemon.WaitFor(status => status.ActiveSlave == "eth1", FailOverLimit, "eth1 is the active slave");
            Bridges.Block(network.Bridge, "port0", blocked: true);
            using FrameStream stream = network.A.Stream(toC, Rate, flow: flow);
            atC.WaitFor(frames => frames.Count(frame => frame.Test?.Flow == flow) > 100, Soon, "the stream runs");
            network.Cables[0].Mend();
            Wait.For(blocked);
            Bridges.Block(network.Bridge, "port0", blocked: false);
            network.A.Daemon.WaitFor(status => status.ActiveSlave == "eth0", Soon, "the primary is the active slave again");
            int sent = stream.Sent;
            atC.WaitFor(frames => frames.Any(frame => frame.Test?.Flow == flow && frame.Test?.Sequence > sent + 100), Soon, "the stream goes on");
            return atC.TestFrames(flow).Zip(atC.TestFrames(flow).Skip(1)).Sum(pair => (int)(pair.Second.Sequence - pair.First.Sequence - 1));
        }
    }

    [Fact]
    public void K14_the_new_address_is_announced_as_often_and_as_seldom_as_asked()
    {
        Switched network = Switched.Build(Lab, "mode=active-backup miimon=100 num_grat_arp=3 peer_notif_delay=500");
        FrameObserver onLink1 = Lab.Observe(network.Cables[1].Panel, Cable.EndA);
        network.Cables[0].Cut(b: false);
        onLink1.WaitFor(frames => frames.Count(frame => IsAnnouncementOf(network.A, frame)) == 3, FailOverLimit + TimeSpan.FromSeconds(1), "three announcements");
        Wait.For(TimeSpan.FromMilliseconds(500) + Miimon);
        long[] timesMs = [.. onLink1.Frames.Where(frame => IsAnnouncementOf(network.A, frame)).Select(frame => frame.TimeNs / 1_000_000)];
        Assert.Equal(3, timesMs.Length);

        // As with the kernel the first span is a pass shorter than the others, less by what the loss was heard of before its pass.
        Assert.InRange(timesMs[1] - timesMs[0], 400 - Miimon.TotalMilliseconds, 500 + Miimon.TotalMilliseconds);
        Assert.InRange(timesMs[2] - timesMs[1], 500 - Miimon.TotalMilliseconds, 500 + Miimon.TotalMilliseconds);
    }

    private static FrameStream StreamFromC(Switched network, uint flow)
    {
        byte[] to = network.A.Mac, from = TestFrame.Mac(network.C.Link("eth0").Address);
        return new FrameStream(network.C, "eth0", n => new TestFrame(flow, n).Build(to, from), Rate);
    }

    // ARP request, broadcast, sender = target = the host's address.
    private static bool IsAnnouncementOf(Host host, ObservedFrame frame) =>
        frame.EtherType == 0x0806
        && frame.Destination.IndexOfAnyExcept((byte)0xff) < 0
        && frame.Bytes.AsSpan(28, 4).SequenceEqual(IPAddress.Parse(host.Address).GetAddressBytes())
        && frame.Bytes.AsSpan(38, 4).SequenceEqual(frame.Bytes.AsSpan(28, 4));

    private static int GreatestGap(IReadOnlyList<TestFrame> frames) =>
        frames.Zip(frames.Skip(1)).Max(pair => (int)(pair.Second.Sequence - pair.First.Sequence - 1));
}
