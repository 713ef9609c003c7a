using FastBond.Core.Bonds;
using FastBond.Dataplane.Counters;
using FastBond.Simulation.Network;

namespace FastBond.Simulation.PeerCases;

/// <summary>
/// balance-rr, balance-xor and broadcast: cases 18 to 24, 28 to 34, 39 to 41 (DPDK), 54 (VPP), 99 to 102 (BPF), 144, 150, 165, 175. Numbers:
/// peer-cases.md.
/// </summary>
public class SpreadingCases
{
    [Fact]
    public void Case_18_round_robin_gives_equal_shares_and_nothing_when_all_are_down()
    {
        using PeerBench bench = new PeerBench(4, BondMode.BalanceRr).Started();
        bench.SendDatagrams(20 * 4);
        Assert.Equal([20, 20, 20, 20], bench.Counts());
        bench.Forget();
        bench.SetLinks(false, 0, 1, 2, 3);
        ulong before = bench.Host.Counters.Sum(CounterLayout.HostRow, DropReason.NoSlave);
        bench.SendDatagrams(20);
        Assert.Equal([0, 0, 0, 0], bench.Counts());
        Assert.Equal(before + 20, bench.Host.Counters.Sum(CounterLayout.HostRow, DropReason.NoSlave));
    }

    /// <summary>
    /// Where DPDK gives refused frames back to its caller, a bond frees and counts them: a queue would only build latency.
    /// </summary>
    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.Broadcast)]
    public void Cases_19_40_slave_that_refuses_frames_loses_only_its_own_and_they_are_counted(BondMode mode)
    {
        using PeerBench bench = new PeerBench(2, mode).Started();
        bench.Host.Nics[1].IsHung = true;
        bench.SendDatagrams(200);
        int share = mode == BondMode.Broadcast ? 200 : 100;
        Assert.Equal([share, 0], bench.Counts());
        ulong refused = bench.Host.Counters.Sum(bench.Slave(1).Slot, DropReason.RingFull);
        ulong accepted = bench.Host.Counters.Sum(bench.Slave(1).Slot, Counter.TxFrames);
        Assert.Equal((ulong)share, refused + accepted);
        Assert.InRange(refused, 1UL, (ulong)share - 1);

        bench.Host.Nics[1].IsHung = false;
        bench.Network.RunFor(1);
        Assert.Equal((int)accepted, bench.Counts()[1]);
        Assert.Equal(bench.Recorders[1].Frames.OrderBy(static frame => frame.Number), bench.Recorders[1].Frames);
    }

    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.BalanceXor)]
    [InlineData(BondMode.Broadcast)]
    public void Cases_20_34_41_150_all_that_arrives_is_delivered_from_one_slave_or_several(BondMode mode)
    {
        using PeerBench bench = new PeerBench(3, mode).Started();
        bench.Arrive(1, 25);
        Assert.Equal(25, bench.Heard.Count);
        for (int nic = 0; nic < 3; nic++)
        {
            bench.Arrive(nic, 10);
        }

        Assert.Equal(55, bench.Heard.Count);
        Assert.Equal(55UL, bench.Host.Counters.Sum(CounterLayout.BondRow, Counter.RxFrames));
        Assert.Equal([10UL, 35UL, 10UL], Enumerable.Range(0, 3).Select(nic => bench.Host.Counters.Sum(bench.Slave(nic).Slot, Counter.RxFrames)));
    }

    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.BalanceXor)]
    [InlineData(BondMode.Broadcast)]
    public void Cases_21_34_41_every_slave_carries_the_bonds_receive_filter(BondMode mode)
    {
        using PeerBench bench = new PeerBench(3, mode).Started();
        Assert.All(Enumerable.Range(0, 3), nic => Assert.True(bench.Device(nic).CarriesReceiveFilter));
        PeerBench.Ok(bench.Host.Release("e1"));
        Assert.False(bench.Device(1).CarriesReceiveFilter);
    }

    [Fact]
    public void Case_23_with_two_of_four_links_down_the_others_share()
    {
        using PeerBench bench = new PeerBench(4, BondMode.BalanceRr).Started();
        bench.SetLinks(false, 1, 3);
        bench.SendDatagrams(20);
        Assert.Equal([10, 0, 10, 0], bench.Counts());
        for (int nic = 0; nic < 4; nic++)
        {
            bench.Arrive(nic, 5);
        }

        Assert.Equal(10, bench.Heard.Count);
    }

    [Fact]
    public void Case_24_without_any_news_the_poll_notices_within_its_period_and_tells_once()
    {
        using PeerBench bench = new(2, BondMode.BalanceRr, ("miimon", "20"));
        bench.Network.Disorder.LosesEveryHint = true;
        bench.Started();
        bench.Network.RunFor(101);
        bench.Recorders[0].Light(false);

        // The poll asks every 20 ms, and the pass that judges is one more away at most.
        bench.Network.RunFor(20);
        bench.Network.RunFor(20);
        Assert.Equal(LinkState.Down, bench.Slave(0).Link);
        bench.Network.RunFor(1000);
        Assert.Equal(1u, bench.Slave(0).LinkFailureCount);
        Assert.Single(bench.Host.World.Logs, static line => line.Text.Contains("definitely down", StringComparison.Ordinal));
    }

    [Fact]
    public void Case_28_policies_read_back_and_what_is_none_is_refused()
    {
        using PeerBench bench = new(1, BondMode.BalanceXor);
        foreach ((string policy, int number) in ((string, int)[])[("layer2", 0), ("layer2+3", 2), ("layer3+4", 1)])
        {
            PeerBench.Ok(bench.Host.Set("xmit_hash_policy", policy));
            Assert.Equal($"{policy} {number}", bench.Bond.GetOption("xmit_hash_policy"));
        }

        Assert.Equal(Errno.EINVAL, bench.Host.Set("xmit_hash_policy", "layer5").Error);
        Assert.Equal("layer3+4 1", bench.Bond.GetOption("xmit_hash_policy"));
    }

    [Theory]
    [InlineData(29, "layer2", "mac", false, false)]
    [InlineData(30, "layer2+3", "ip", false, false)]
    [InlineData(30, "layer2+3", "ip", false, true)]
    [InlineData(30, "layer2+3", "ip", true, false)]
    [InlineData(30, "layer2+3", "ip", true, true)]
    [InlineData(31, "layer2+3", "mac", false, false)]
    [InlineData(32, "layer3+4", "ip", false, false)]
    [InlineData(32, "layer3+4", "ip", false, true)]
    [InlineData(32, "layer3+4", "ip", true, false)]
    [InlineData(32, "layer3+4", "port", false, false)]
    public void Cases_29_to_32_what_the_policy_looks_at_splits_the_frames(int number, string policy, string varied, bool ipv6, bool vlan)
    {
        Assert.InRange(number, 29, 32);
        using PeerBench bench = new PeerBench(2, BondMode.BalanceXor, ("xmit_hash_policy", policy)).Started();

        // layer3+4 drops the lowest bit: addresses that differ by two. (The bench's ports do anyway.)
        int step = policy == "layer3+4" && varied == "ip" ? 2 : 1;
        bench.Send(Enumerable.Range(0, 25).Select(i => Varied(bench, varied, i < 10 ? 0 : step, ipv6, vlan)));
        Assert.Equal([10, 15], bench.Counts().Order());
    }

    [Theory]
    [InlineData("layer2", "ip")]
    [InlineData("layer2", "port")]
    [InlineData("layer2+3", "port")]
    [InlineData("layer3+4", "mac")]
    public void Cases_29_to_32_what_the_policy_does_not_look_at_changes_nothing(string policy, string varied)
    {
        using PeerBench bench = new PeerBench(2, BondMode.BalanceXor, ("xmit_hash_policy", policy)).Started();
        bench.Send(Enumerable.Range(0, 25).Select(i => Varied(bench, varied, i, ipv6: false, vlan: false)));
        Assert.Equal([0, 25], bench.Counts().Order());
    }

    [Fact]
    public void Case_33_slave_of_a_balanced_bond_that_refuses_frames_does_not_touch_the_others()
    {
        using PeerBench bench = new PeerBench(2, BondMode.BalanceXor).Started();
        bench.Send(bench.Datagram(mac: 0));
        int busy = bench.Counts()[0] == 1 ? 0 : 1;
        bench.Forget();
        bench.Host.Nics[busy].IsHung = true;
        bench.Send(Enumerable.Range(0, 200).Select(i => bench.Datagram(mac: i % 2)));
        Assert.Equal(100, bench.Counts()[1 - busy]);
        Assert.Equal(100UL, bench.Host.Counters.Sum(bench.Slave(1 - busy).Slot, Counter.TxFrames));
        Assert.Equal(0UL, bench.Host.Counters.Sum(bench.Slave(1 - busy).Slot, DropReason.RingFull));
        bench.Host.Nics[busy].IsHung = false;
        bench.Network.RunFor(1);
        Assert.Equal(bench.Recorders[busy].Frames.OrderBy(static frame => frame.Number), bench.Recorders[busy].Frames);
    }

    [Fact]
    public void Cases_34_41_links_that_are_down_are_left_out()
    {
        using PeerBench xor = new PeerBench(3, BondMode.BalanceXor, ("xmit_hash_policy", "layer3+4")).Started();
        xor.SetLinks(false, 1);
        xor.Send(Enumerable.Range(0, 60).Select(i => xor.Datagram(ip: i)));
        Assert.Equal(0, xor.Counts()[1]);
        Assert.Equal(60, xor.Counts().Sum());
        Assert.DoesNotContain(0, (int[])[xor.Counts()[0], xor.Counts()[2]]);

        using PeerBench broadcast = new PeerBench(3, BondMode.Broadcast).Started();
        broadcast.SetLinks(false, 1);
        broadcast.SendDatagrams(10);
        Assert.Equal([10, 0, 10], broadcast.Counts());
    }

    [Fact]
    public void Case_39_broadcast_sends_every_frame_on_every_slave()
    {
        using PeerBench bench = new PeerBench(4, BondMode.Broadcast).Started();
        bench.SendDatagrams(50);
        Assert.All(bench.Recorders, recorder => Assert.Equal(bench.Recorders[0].Frames, recorder.Frames));
        Assert.Equal([50, 50, 50, 50], bench.Counts());
    }

    [Fact]
    public void Case_54_two_flows_leave_on_two_slaves_and_every_byte_is_counted()
    {
        using PeerBench bench = new PeerBench(2, BondMode.BalanceXor, ("xmit_hash_policy", "layer3+4")).Started();
        byte[][] flows = [bench.Datagram(port: 0), bench.Datagram(port: 1)];
        bench.Send(flows);
        Assert.Equal([1, 1], bench.Counts());
        Assert.Equal((ulong)flows.Sum(static frame => frame.Length), bench.Host.Counters.Sum(CounterLayout.BondRow, Counter.TxBytes));
        Assert.All([0, 1], nic => Assert.Equal((ulong)flows[0].Length, bench.Host.Counters.Sum(bench.Slave(nic).Slot, Counter.TxBytes)));
    }

    [Theory]
    [InlineData("layer2", "ip", 100)]
    [InlineData("layer2+3", "ip", 50)]
    [InlineData("layer3+4", "port", 50)]
    public void Cases_99_100_a_hundred_datagrams_by_policy(string policy, string varied, int difference)
    {
        using PeerBench bench = new PeerBench(2, BondMode.BalanceXor, ("xmit_hash_policy", policy)).Started();
        bench.Send(Enumerable.Range(0, 100).Select(i => Varied(bench, varied, i, ipv6: false, vlan: false)));
        int found = Math.Abs(bench.Counts()[0] - bench.Counts()[1]);
        Assert.True(policy == "layer2" ? found == difference : found < difference, $"difference {found}");
        Assert.Equal(100, bench.Counts().Sum());
    }

    [Theory]
    [InlineData(BondMode.BalanceRr, 50)]
    [InlineData(BondMode.ActiveBackup, 100)]
    public void Case_101_a_hundred_datagrams_by_mode(BondMode mode, int first)
    {
        using PeerBench bench = new PeerBench(2, mode).Started();
        bench.SendDatagrams(100);
        Assert.Equal([first, 100 - first], bench.Counts());
    }

    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.BalanceXor)]
    [InlineData(BondMode.Broadcast)]
    public void Case_102_what_arrives_on_one_slave_leaves_on_none(BondMode mode)
    {
        using PeerBench bench = new PeerBench(3, mode).Started();
        bench.Arrive(0, 20);
        Assert.Equal(20, bench.Heard.Count);
        Assert.Equal([0, 0, 0], bench.Counts());
    }

    [Fact]
    public void Case_144_completions_that_stop_bound_what_is_held_and_the_rest_goes_on()
    {
        using PeerBench bench = new PeerBench(3, BondMode.BalanceRr).Started();
        bench.Host.Nics[2].IsHung = true;
        bench.SendDatagrams(3000);
        ulong held = bench.Host.Counters.Sum(bench.Slave(2).Slot, Counter.TxFrames);
        Assert.InRange(held, 1UL, 64UL);
        Assert.Equal(1000 - held, bench.Host.Counters.Sum(bench.Slave(2).Slot, DropReason.RingFull));
        Assert.Equal([1000, 1000, 0], bench.Counts());
        PeerBench.Ok(bench.Host.Release("e2"));
        Assert.Equal(held, bench.Host.Counters.Sum(CounterLayout.BondRow, DropReason.Abandoned));
        bench.Host.Nics[2].IsHung = false;
    }

    [Fact]
    public void Case_165_policy_and_shares_changed_a_thousand_times_under_load()
    {
        // Each turn is compared with the rule in force at its beginning: a torn table would show.
        using PeerBench bench = new PeerBench(3, BondMode.BalanceXor).Started();
        string[] policies = ["layer2", "layer2+3", "layer3+4", "encap3+4", "vlan+srcmac", "xor24"];
        for (int i = 0; i < 1000; i++)
        {
            bench.Send(bench.Datagram(mac: i, ip: i / 2, port: i / 3), bench.Datagram(mac: i + 1), bench.Datagram(ipv6: true, port: i));
            PeerBench.Ok(bench.Host.Set("xmit_hash_policy", policies[i % policies.Length]));
        }

        Assert.True(bench.Bond.Table.Generation > 1000);
        Assert.Equal(3000, bench.Counts().Sum());
    }

    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.ActiveBackup)]
    [InlineData(BondMode.BalanceXor)]
    public void Case_175_frame_for_all_leaves_on_exactly_one_slave(BondMode mode)
    {
        using PeerBench bench = new PeerBench(3, mode).Started();
        for (int i = 1; i <= 12; i++)
        {
            bench.Send(FrameWriter.Odd(i, bench.Mac, 60));
            Assert.Equal(i, bench.Counts().Sum());
        }
    }

    private static byte[] Varied(PeerBench bench, string what, int by, bool ipv6, bool vlan) => what switch
    {
        "mac" => bench.Datagram(mac: by, ipv6: ipv6, vlan: vlan),
        "ip" => bench.Datagram(ip: by, ipv6: ipv6, vlan: vlan),
        _ => bench.Datagram(port: by, ipv6: ipv6, vlan: vlan),
    };
}
