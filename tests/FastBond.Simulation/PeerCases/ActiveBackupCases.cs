using FastBond.Core.Bonds;
using FastBond.Dataplane.Counters;
using FastBond.Simulation.Network;

namespace FastBond.Simulation.PeerCases;

/// <summary>active-backup: cases 25 to 27 (DPDK), 167, 170. Numbers: peer-cases.md.</summary>
public class ActiveBackupCases
{
    [Fact]
    public void Case_25_only_the_active_slave_sends_and_is_heard()
    {
        using PeerBench bench = new PeerBench(3, BondMode.ActiveBackup).Started();
        bench.SendDatagrams(30);
        Assert.Equal([30, 0, 0], bench.Counts());
        for (int nic = 0; nic < 3; nic++)
        {
            bench.Arrive(nic, 7);
        }

        Assert.Equal(7, bench.Heard.Count);
        Assert.Equal(14UL, bench.Host.Counters.Sum(CounterLayout.BondRow, DropReason.Suppressed));
    }

    [Fact]
    public void Case_26_only_the_active_slave_carries_the_receive_filter()
    {
        using PeerBench bench = new PeerBench(3, BondMode.ActiveBackup).Started();
        Assert.Equal([true, false, false], Enumerable.Range(0, 3).Select(nic => bench.Device(nic).CarriesReceiveFilter));
        PeerBench.Ok(bench.Host.Set("active_slave", "e2"));
        Assert.Equal([false, false, true], Enumerable.Range(0, 3).Select(nic => bench.Device(nic).CarriesReceiveFilter));
    }

    [Fact]
    public void Case_27_next_slave_takes_over_at_once_and_is_announced_and_heard()
    {
        using PeerBench bench = new PeerBench(3, BondMode.ActiveBackup).Started();
        bench.Recorders[0].Light(false);
        bench.Network.RunFor(1);
        Assert.Equal("e1", bench.Bond.ActiveSlave?.Name);
        Assert.Equal([FrameKind.Control], bench.Recorders[1].Frames.Select(static frame => frame.Kind));
        bench.Forget();
        bench.SendDatagrams(10);
        bench.Arrive(1, 10);
        Assert.Equal([0, 10, 0], bench.Counts());
        Assert.Equal(10, bench.Heard.Count);
    }

    /// <summary>One frame every 0.1 ms over a link that dies: lost is what was sent until the news came, and no more.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1001)]
    public void Case_167_what_a_fail_over_costs_is_what_was_sent_until_the_loss_was_known(bool losesNews, int mostLost)
    {
        using PeerBench bench = new PeerBench(2, BondMode.ActiveBackup).Started();
        bench.Network.Disorder.LosesEveryHint = losesNews;
        const int Frames = 4000;
        for (int i = 0; i < Frames; i++)
        {
            if (i == 1000)
            {
                bench.Recorders[0].Light(false);
            }

            bench.Host.Stack.Send(new NetworkFrame(bench.Network.NextNumber(), FrameKind.Odd, bench.Host, bench.Datagram()));
            bench.Network.RunFor(0.1);
        }

        int arrived = bench.Recorders.Sum(static recorder => recorder.Frames.Count(static frame => frame.Kind == FrameKind.Odd));
        Assert.InRange(Frames - arrived, 0, mostLost);
        Assert.Equal("e1", bench.Bond.ActiveSlave?.Name);
    }

    /// <summary>The switch shows carrier three seconds before it forwards.</summary>
    [Theory]
    [InlineData("3000", true)]
    [InlineData("0", false)]
    public void Case_170_with_updelay_a_port_that_does_not_forward_yet_costs_nothing(string updelay, bool lossless)
    {
        using SimulatedNetwork network = new();
        Topology.Build(network, Wiring.Trunks, hosts: 2, nics: 2, static () => 1);
        foreach (SimulatedHost host in network.Hosts)
        {
            PeerBench.Ok(host.Set("mode", "0"));
            PeerBench.Ok(host.Set("miimon", "100"));
            PeerBench.Ok(host.Set("updelay", host.Index == 0 ? updelay : "0"));
            PeerBench.Ok(host.SetUp(true));
            foreach (Nic nic in host.Nics)
            {
                PeerBench.Ok(host.Enslave(nic.DeviceName));
            }
        }

        SimulatedHost sender = network.Hosts[0];
        SwitchPort port = network.Switches[0].Ports[0];
        network.RunFor(5000);
        port.End.Cable.Cut(true);
        network.RunFor(1000);
        sender.Stack.Ping(network.Hosts[1], 0);
        network.RunFor(100);
        int before = network.Hosts[1].Stack.Datagrams;
        port.IsBlocked = true;
        port.End.Cable.Cut(false);
        for (int i = 0; i < 400; i++)
        {
            port.IsBlocked = i < 290;
            sender.Stack.SendDatagrams(network.Hosts[1], 1, 1);
            network.RunFor(10);
        }

        Assert.Equal(lossless, network.Hosts[1].Stack.Datagrams - before == 400);
        Assert.Equal(LinkState.Up, sender.Bond.Slaves[0].Link);
    }
}
