using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>scenarios.md, S5, S22, K1, K9, K13 and K15: what the modes transmit on, select and show.</summary>
public sealed class ModeTests : ScenarioTest
{
    private const string Up = "UP", Down = "DOWN";

    [Fact]
    public void K1_S22_broadcast_sends_on_every_slave_that_is_up_and_counts_add_up()
    {
        const int count = 200;
        BackToBack hosts = BackToBack.Build(Lab, "mode=broadcast miimon=100");
        IReadOnlyList<FrameObserver> onLink = hosts.ObserveSentByA(Lab);
        FrameObserver atB = Lab.Observe(hosts.B.Place, "bond0");
        Send(hosts, flow: 1, count);
        atB.WaitForTestFrames(2 * count, Soon);
        Assert.All(onLink, link => link.WaitForTestFrames(count, Soon));
        Assert.All(atB.TestFrames().CountBy(frame => frame.Sequence), copies => Assert.Equal(2, copies.Value));

        hosts.Cables[1].Cut();
        hosts.A.Daemon.WaitFor(status => status.Slave("eth1").MiiStatus == Down, FailOverLimit, "eth1 down");
        Send(hosts, flow: 2, count);
        atB.WaitFor(frames => frames.Count(frame => frame.Test?.Flow == 2) == count, Soon, "one copy of each");
        Assert.Equal((count, 0), (onLink[0].TestFrames(2).Count, onLink[1].TestFrames(2).Count));
        AssertSums(hosts.A);
        AssertSums(hosts.B);
    }

    [Fact]
    public void K9_round_robin_sends_runs_of_packets_per_slave_and_igmp_on_one_slave()
    {
        const int count = 600, run = 3;
        BackToBack hosts = BackToBack.Build(Lab, $"mode=balance-rr miimon=100 packets_per_slave={run}");
        IReadOnlyList<FrameObserver> onLink = hosts.ObserveSentByA(Lab);
        FrameObserver atB = Lab.Observe(hosts.B.Place, "bond0");
        using (FrameStream stream = hosts.A.Stream(hosts.B.Mac, 5000, count, receiver: atB))
        {
            Assert.Equal(count, stream.Finish());
        }
        FrameObserver.WaitForTestFrames(onLink, count, Soon);

        // Whole runs, but for the first and the last.
        foreach (FrameObserver link in onLink)
        {
            uint[] sent = [.. link.TestFrames().Select(frame => frame.Sequence)];
            int first = 1 + Enumerable.Range(0, run).First(i => sent[i + 1] != sent[i] + 1);
            Assert.InRange(first, 1, run);
            foreach (uint[] whole in sent[first..].Chunk(run).Where(chunk => chunk.Length == run))
            {
                Assert.Equal(whole[0] + 1, whole[1]);
                Assert.Equal(whole[0] + 2, whole[2]);
            }
            Assert.InRange(sent.Length, (count / 2) - run, (count / 2) + run);
        }

        using PacketSocket socket = new(hosts.A.Place, "bond0", receive: false);
        for (int n = 0; n < 20; n++)
        {
            Assert.True(socket.Send(IgmpReport(hosts.A.Mac)));
        }
        onLink[0].WaitFor(frames => frames.Count(IsIgmp) == 20, Soon, "every IGMP frame on the first slave");
        Assert.DoesNotContain(onLink[1].Frames, IsIgmp);
    }

    [Fact]
    public void K13_S5_primary_takes_over_as_primary_reselect_says_and_the_status_names_the_active_slave()
    {
        BackToBack hosts = BackToBack.Build(Lab, "mode=active-backup miimon=100 primary=eth1");
        FastBondProcess a = hosts.A.Daemon;
        AssertShown(hosts.A, "eth1", "always");
        foreach ((string reselect, string afterReturn) in new[] { ("always", "eth1"), ("better", "eth0"), ("failure", "eth0") })
        {
            a.Do($"set bond0 primary_reselect={reselect}");
            a.Do("active bond0 eth1");
            hosts.Cables[1].Cut();
            a.WaitFor(status => status.ActiveSlave == "eth0", FailOverLimit, "eth0 takes over");
            hosts.Cables[1].Mend();
            a.WaitFor(status => status.Slave("eth1").MiiStatus == Up && status.ActiveSlave == afterReturn, FailOverLimit, reselect);
            Wait.For(2 * Miimon);
            AssertShown(hosts.A, afterReturn, reselect);
        }

        // "failure" lets the primary take over when the active slave fails.
        hosts.Cables[0].Cut();
        a.WaitFor(status => status.ActiveSlave == "eth1", FailOverLimit, "the primary takes over");
        hosts.Cables[0].Mend();
    }

    [Fact]
    public void K15_with_fail_over_mac_follow_the_slaves_swap_macs()
    {
        const string mac0 = "02:aa:00:00:00:00", mac1 = "02:aa:00:00:00:01";
        BackToBack hosts = BackToBack.Build(Lab, "mode=active-backup miimon=100 fail_over_mac=follow", optionsB: "mode=active-backup miimon=100");
        Assert.Equal((mac0, mac0, mac1), Macs(hosts.A.Place));
        Assert.Equal(0, Ping.Run(hosts.A.Place, hosts.B.Address).Lost);
        hosts.Cables[0].Cut();
        foreach (Host host in new[] { hosts.A, hosts.B })
        {
            host.Daemon.WaitFor(status => status.ActiveSlave == "eth1", FailOverLimit, "eth1 is active");
        }
        Assert.Equal((mac0, mac1, mac0), Macs(hosts.A.Place));
        Assert.Equal(0, Ping.Run(hosts.A.Place, hosts.B.Address).Lost);
    }

    // The flags by which a bond and its slaves are told, one MAC, and counts that are the sums of the slaves'.
    private static void AssertSums(Host host)
    {
        BondStatus status = host.Status;
        Assert.Contains("MASTER", status.Flags);
        Assert.All(status.Slaves, slave => Assert.Contains("SLAVE", slave.Flags));
        Assert.All(status.Slaves, slave => Assert.Equal(status.Address, slave.Address));
        Assert.True(status.Frames.RxFrames + status.Frames.TxFrames > 0);
        FrameCounts[] slaves = [.. status.Slaves.Select(slave => slave.Frames)];
        Assert.Equal(status.Frames, new FrameCounts(
            slaves.Sum(one => one.RxFrames), slaves.Sum(one => one.RxBytes), slaves.Sum(one => one.TxFrames), slaves.Sum(one => one.TxBytes)));
        Assert.All(status.Drops, drop => Assert.Equal(drop.Value, status.Slaves.Sum(slave => slave.Drops[drop.Key])));
    }

    // Linux 2.4 marked the backups NOARP; now all slaves are silent alike, and the status says which is active.
    private static void AssertShown(Host host, string active, string reselect)
    {
        string text = host.Daemon.Text();
        Assert.Contains($"Currently Active Slave: {active}\n", text, StringComparison.Ordinal);
        Assert.Contains($"Primary Slave: eth1 (primary_reselect {reselect})\n", text, StringComparison.Ordinal);
        Assert.All(host.Status.Slaves, slave => Assert.Equal(slave.Name == active, slave.IsActive));
        Assert.All(host.Status.Slaves, slave => Assert.DoesNotContain("NOARP", slave.Flags));
        Assert.Single(host.Status.Slaves.Select(slave => host.Place.Link(slave.Name).Flags.Contains("NOARP")).Distinct());
    }

    private static void Send(BackToBack hosts, uint flow, uint count)
    {
        using FrameStream stream = hosts.A.Stream(hosts.B.Mac, 2000, count, flow);
        Assert.Equal((int)count, stream.Finish());
    }

    private static (string Bond, string Eth0, string Eth1) Macs(NetworkNamespace place)
    {
        IReadOnlyDictionary<string, LinkInfo> links = place.Links();
        return (links["bond0"].Address, links["eth0"].Address, links["eth1"].Address);
    }

    // IGMPv2 report of 224.0.0.251; nobody looks at more than ethertype and protocol.
    private static byte[] IgmpReport(byte[] source)
    {
        byte[] frame = new TestFrame(0, 0).Build(TestFrame.Mac("01:00:5e:00:00:fb"), source);
        frame[23] = 2;
        frame.AsSpan(34).Clear();
        return frame;
    }

    private static bool IsIgmp(ObservedFrame frame) => frame.EtherType == 0x0800 && frame.Bytes[23] == 2;
}
