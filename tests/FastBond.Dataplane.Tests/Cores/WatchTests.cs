using FastBond.Core.Bonds;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>What a lane notes and copies for the monitors, beside moving every frame as it would without.</summary>
public sealed class WatchTests
{
    private const string Target = "10.9.0.2", Target6 = "fd09::2";

    private static readonly ForwardingTable Validating = new()
    {
        StampMask = 0b11,
        WatchMask = 0b11,
        WatchedWords = [ControlFrames.Word(Target), ControlFrames.Word(Target6)],
    };

    public static TheoryData<string, byte[]> Watched => new()
    {
        { "question", ControlFrames.Arp("10.9.0.1", Target) },
        { "reply, padded", [.. ControlFrames.Arp(Target, "10.9.0.1"), .. new byte[18]] },
        { "gratuitous", ControlFrames.Arp(Target, Target) },
        { "tagged", ControlFrames.Arp(Target, "10.9.0.1", ControlFrames.Vlan5) },
        { "tagged twice", ControlFrames.Arp(Target, "10.9.0.1", ControlFrames.Service7, ControlFrames.Vlan5) },
        { "solicitation", ControlFrames.Solicitation("fd09::1", Target6) },
        { "solicitation by the target", ControlFrames.Solicitation(Target6, "fd09::1") },
        { "advertisement", ControlFrames.Advertisement(Target6) },
        { "tagged advertisement", ControlFrames.Advertisement(Target6, ControlFrames.Vlan5) },
    };

    public static TheoryData<string, byte[]> Unwatched => new()
    {
        { "other hosts' ARP", ControlFrames.Arp("192.0.2.1", "192.0.2.2") },
        { "other hosts' discovery", ControlFrames.Solicitation("fe80::1", "fe80::77:1") },
        { "IPv6, no discovery", ControlFrames.Ipv6() },
        { "UDP", TestFrame.Udp(1, 1) },
        { "too short for ARP", ControlFrames.Arp(Target, Target)[..^1] },
        { "too short for discovery", ControlFrames.Advertisement(Target6)[..77] },
        { "nothing but tags", [.. new byte[12], 0x81, 0, 0, 5, 0x81, 0, 0, 5, 0x81, 0] },
        { "a header", new byte[14] },
    };

    [Theory]
    [MemberData(nameof(Watched))]
    public void What_names_a_target_is_copied_and_delivered(string what, byte[] frame)
    {
        using LaneRig rig = new(2) { Extras = Validating };
        rig.Use(rig.Table(BondMode.BalanceRr));
        rig.NowNs += 5;
        Assert.True(rig.Slaves[1].Peer.Transmit(frame), what);
        rig.Lane.Turn();

        Assert.True(rig.Lane.Watch.TryTake(out WatchedFrame copy), what);
        Assert.Equal((1, rig.NowNs), (copy.Slot, copy.TimeNs));
        Assert.True(frame.AsSpan(0, copy.Bytes.Length).SequenceEqual(copy.Bytes));
        Assert.Equal(Math.Min(frame.Length, WatchedFrame.Capacity), copy.Bytes.Length);
        Assert.False(rig.Lane.Watch.TryTake(out _));
        Assert.Equal(1, rig.Host.Peer.Waiting);
        Assert.Equal(rig.NowNs, rig.Lane.Watch.LastReceivedNs(1));
        Assert.Equal(0, rig.Lane.Watch.LastReceivedNs(0));
    }

    [Theory]
    [MemberData(nameof(Unwatched))]
    public void Nothing_else_is_copied_but_all_is_noted(string what, byte[] frame)
    {
        using LaneRig rig = new(2) { Extras = Validating };
        rig.Use(rig.Table(BondMode.BalanceRr));
        Assert.True(rig.Slaves[0].Peer.Transmit(frame), what);
        rig.Lane.Turn();
        Assert.False(rig.Lane.Watch.TryTake(out _), what);
        Assert.Equal(rig.NowNs, rig.Lane.Watch.LastReceivedNs(0));
        Assert.Equal(1, rig.Host.Peer.Waiting);
    }

    [Theory]
    [InlineData("question", true)]
    [InlineData("gratuitous", true)]
    [InlineData("advertisement", true)]
    [InlineData("of others", false)]
    [InlineData("too short", false)]
    [InlineData("IPv4", false)]
    [InlineData("a header", false)]
    public void On_infiniband_they_are_found_behind_ipoibs_header(string what, bool watched)
    {
        byte[] question = ControlFrames.IpoibArp("10.9.0.1", Target);
        byte[] frame = what switch
        {
            "question" => question,
            "gratuitous" => ControlFrames.IpoibArp(Target, Target),
            "advertisement" => ControlFrames.IpoibAdvertisement(Target6),
            "of others" => ControlFrames.IpoibArp("192.0.2.1", "192.0.2.2"),
            "too short" => question[..^1],
            "IPv4" => [.. question[..20], 8, 0, .. question[22..]],
            _ => question[..24],
        };
        using LaneRig rig = new(2)
        {
            Extras = new ForwardingTable
            {
                IsInfiniband = true,
                StampMask = 3,
                StampsOnlyArpAndIpv6 = true,
                WatchMask = 3,
                WatchedWords = Validating.WatchedWords,
            },
        };
        rig.Use(rig.Table(BondMode.ActiveBackup));
        rig.Slaves[0].Peer.Transmit(frame);
        rig.Lane.Turn();
        Assert.Equal(watched, rig.Lane.Watch.TryTake(out WatchedFrame copy));
        Assert.True(!watched || frame.AsSpan().SequenceEqual(copy.Bytes));
        Assert.Equal(watched || what == "of others" ? rig.NowNs : 0, rig.Lane.Watch.LastReceivedNs(0));
    }

    [Fact]
    public void A_suppressed_slave_is_watched_all_the_same()
    {
        using LaneRig rig = new(2) { Extras = Validating };
        rig.Use(rig.Table(BondMode.ActiveBackup, active: 0));
        rig.Slaves[1].Peer.Transmit(ControlFrames.Arp("10.9.0.1", Target));
        rig.Lane.Turn();
        Assert.True(rig.Lane.Watch.TryTake(out WatchedFrame copy));
        Assert.Equal(1, copy.Slot);
        Assert.Equal(1UL, rig.SlaveDrops(1, DropReason.Suppressed));
    }

    [Fact]
    public void Under_a_table_that_asks_for_nothing_nothing_is_noted()
    {
        using LaneRig rig = new(1);
        rig.Use(rig.Table(BondMode.BalanceRr));
        rig.Slaves[0].Peer.Transmit(ControlFrames.Arp(Target, Target));
        rig.Host.Peer.Transmit(ControlFrames.Arp(Target, Target));
        rig.Lane.Turn();
        Assert.False(rig.Lane.Watch.TryTake(out _));
        Assert.Equal(0, rig.Lane.Watch.LastReceivedNs(0));
    }

    [Theory]
    [MemberData(nameof(Watched))]
    [MemberData(nameof(Unwatched))]
    public void With_a_filter_only_arp_and_ipv6_are_noted(string what, byte[] frame)
    {
        using LaneRig rig = new(1) { Extras = new ForwardingTable { StampMask = 1, StampsOnlyArpAndIpv6 = true } };
        rig.Use(rig.Table(BondMode.BalanceRr));
        rig.Slaves[0].Peer.Transmit(TestFrame.Udp(1, 1));
        rig.Slaves[0].Peer.Transmit(frame);
        rig.Lane.Turn();
        bool counts = what is not ("UDP" or "too short for ARP" or "nothing but tags" or "a header");
        Assert.Equal(counts ? rig.NowNs : 0, rig.Lane.Watch.LastReceivedNs(0));
        Assert.False(rig.Lane.Watch.TryTake(out _));
    }

    [Theory]
    [MemberData(nameof(Watched))]
    [InlineData("stranger's ARP", null)]
    public void The_hosts_own_arp_and_discovery_are_copied_whoever_they_name(string what, byte[]? frame)
    {
        frame ??= ControlFrames.Arp("192.0.2.1", "192.0.2.2");
        using LaneRig rig = new(1) { Extras = new ForwardingTable { WatchesHost = true } };
        rig.Use(rig.Table(BondMode.ActiveBackup));
        rig.Host.Peer.Transmit(TestFrame.Udp(1, 1));
        rig.Host.Peer.Transmit(frame);
        rig.Host.Peer.Transmit(ControlFrames.Ipv6());
        rig.Lane.Turn();
        Assert.True(rig.Lane.Watch.TryTake(out WatchedFrame copy), what);
        Assert.Equal(ForwardingTable.NoSlot, copy.Slot);
        Assert.False(rig.Lane.Watch.TryTake(out _));
        Assert.Equal(3, rig.Slaves[0].Peer.Waiting);
    }

    /// <summary>Behind a full burst more frames wait: the core looks at one in 32 of those, and at every other.</summary>
    [Fact]
    public void Of_the_hosts_full_bursts_some_are_looked_at()
    {
        const int Burst = 8, Rounds = 128;
        using LaneRig rig = new(1, burstSize: Burst) { Extras = new ForwardingTable { WatchesHost = true } };
        rig.Use(rig.Table(BondMode.ActiveBackup));
        Assert.Equal(Rounds / 32, Copied(Burst));
        Assert.Equal(Rounds, Copied(Burst - 1));

        int Copied(int frames)
        {
            int copied = 0;
            for (int round = 0; round < Rounds; round++)
            {
                for (int i = 0; i < frames; i++)
                {
                    Assert.True(rig.Host.Peer.Transmit(i == 0 ? ControlFrames.Arp("192.0.2.1", "192.0.2.2") : TestFrame.Raw(i)));
                }

                rig.Lane.Turn();
                Assert.Equal(frames, LaneRig.Received(rig.Slaves[0]).Count);
                copied += rig.Lane.Watch.TryTake(out _) ? 1 : 0;
            }

            return copied;
        }
    }

    [Fact]
    public void A_full_queue_loses_copies_but_no_frames_and_wakes_once_when_half_full()
    {
        const int Sent = 300, QueueLength = 256;
        int woken = 0;
        using LaneRig rig = new(1, ringSize: 512) { Extras = Validating };
        rig.Lane.EventQueued = () => woken++;
        rig.Use(rig.Table(BondMode.BalanceRr));
        for (int i = 0; i < Sent; i++)
        {
            Assert.True(rig.Slaves[0].Peer.Transmit(ControlFrames.Arp(Target, "10.9.0.1")));
            rig.Lane.Turn();
        }

        Assert.Equal(1, woken);
        Assert.Equal(Sent - QueueLength, rig.Lane.Watch.Lost);
        Assert.Equal(Sent, rig.Host.Peer.Waiting);
        int taken = 0;
        while (rig.Lane.Watch.TryTake(out _))
        {
            taken++;
        }

        Assert.Equal(QueueLength, taken);
    }

    [Fact]
    public void A_slot_with_another_slave_begins_anew()
    {
        using LaneRig rig = new(1) { Extras = Validating };
        rig.Use(rig.Table(BondMode.BalanceRr));
        rig.Slaves[0].Peer.Transmit(TestFrame.Udp(1, 1));
        rig.Lane.Turn();
        Assert.NotEqual(0, rig.Lane.Watch.LastReceivedNs(0));
        rig.Lane.Detach(0);
        rig.Lane.Attach(0, rig.Slaves[0]);
        rig.Lane.Turn();
        Assert.Equal(0, rig.Lane.Watch.LastReceivedNs(0));
    }

    [Fact]
    public void Watching_allocates_nothing()
    {
        using LaneRig rig = new(2) { Extras = new ForwardingTable { StampMask = 3, WatchMask = 3, WatchedWords = Validating.WatchedWords, WatchesHost = true } };
        rig.Use(rig.Table(BondMode.ActiveBackup));
        byte[] question = ControlFrames.Arp("10.9.0.1", Target);
        Run(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int rounds)
        {
            Span<byte> frame = stackalloc byte[2048];
            for (int i = 0; i < rounds; i++)
            {
                rig.Slaves[0].Peer.Transmit(question);
                rig.Host.Peer.Transmit(question);
                rig.Lane.Turn();
                while (rig.Host.Peer.Receive(frame) + rig.Slaves[0].Peer.Receive(frame) > 0)
                {
                }

                while (rig.Lane.Watch.TryTake(out _))
                {
                }
            }
        }
    }
}
