using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Cores;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>Option tx_stall: a device that takes frames and completes none is told of; one that is idle, slow or busy is not.</summary>
public sealed unsafe class StallTests
{
    private const long Millisecond = 1_000_000, Limit = 200 * Millisecond;

    // More than the turns between two looks at the rings.
    private const int AFewTurns = 130;

    private static LaneRig Rig(long limitNs = Limit)
    {
        LaneRig rig = new(2);
        rig.Lane.TransmitStallNs = limitNs;
        rig.Use(rig.Table(BondMode.ActiveBackup, active: 0));
        return rig;
    }

    private static void Send(LaneRig rig, int frames = 1)
    {
        for (int i = 0; i < frames; i++)
        {
            Assert.True(rig.Host.Peer.Transmit(TestFrame.Udp(1, i)));
        }

        Turn(rig);
    }

    private static void Turn(LaneRig rig)
    {
        for (int i = 0; i < AFewTurns; i++)
        {
            rig.Lane.Turn();
        }
    }

    private static void Pass(LaneRig rig, long ns)
    {
        rig.NowNs += ns;
        Turn(rig);
    }

    private static LaneEvent? Told(LaneRig rig) => rig.Lane.TryTakeEvent(out LaneEvent told) ? told : null;

    [Fact]
    public void A_ring_that_completes_nothing_is_told_of_once_and_again_when_it_moves()
    {
        using LaneRig rig = Rig();
        Send(rig, 3);
        Pass(rig, Limit - 1);
        Assert.Null(Told(rig));
        Pass(rig, 1);
        Assert.Equal(new LaneEvent(LaneEventKind.TransmitStalled, 0, 0), Told(rig));
        Assert.Equal(1UL, rig.Lane.StalledMask);
        Pass(rig, 10 * Limit);
        Assert.Null(Told(rig));

        // One frame is enough: it works.
        FrameDescriptor frame;
        Assert.Equal(1, rig.Slaves[0].Peer.Receive(&frame, 1));
        rig.Slaves[0].Peer.Complete(&frame, 1);
        Turn(rig);
        Assert.Equal(new LaneEvent(LaneEventKind.TransmitResumed, 0, 0), Told(rig));
        Assert.Equal(0UL, rig.Lane.StalledMask);
        Pass(rig, Limit);
        Assert.Equal(new LaneEvent(LaneEventKind.TransmitStalled, 0, 0), Told(rig));
    }

    [Fact]
    public void A_ring_whose_frames_all_complete_at_last_has_resumed()
    {
        using LaneRig rig = Rig();
        Send(rig);
        Pass(rig, Limit);
        Assert.Equal(LaneEventKind.TransmitStalled, Told(rig)?.Kind);
        LaneRig.Received(rig.Slaves[0]);
        Turn(rig);
        Assert.Equal(LaneEventKind.TransmitResumed, Told(rig)?.Kind);
    }

    [Fact]
    public void An_idle_ring_has_not_hung_however_long_it_was_idle()
    {
        using LaneRig rig = Rig();
        Send(rig);
        LaneRig.Received(rig.Slaves[0]);
        Pass(rig, 1000 * Limit);
        Send(rig);
        Pass(rig, Limit - 1);
        Assert.Null(Told(rig));
    }

    [Fact]
    public void A_slow_ring_has_not_hung()
    {
        using LaneRig rig = Rig();
        Send(rig, 20);
        for (int i = 0; i < 20; i++)
        {
            FrameDescriptor frame;
            Assert.Equal(1, rig.Slaves[0].Peer.Receive(&frame, 1));
            rig.Slaves[0].Peer.Complete(&frame, 1);
            Pass(rig, Limit - 1);
        }

        Assert.Null(Told(rig));
    }

    [Fact]
    public void A_full_ring_that_gets_more_to_do_has_hung_all_the_same()
    {
        using LaneRig rig = Rig();
        for (int i = 0; i < 10; i++)
        {
            Send(rig, 30);
            Pass(rig, Limit / 5);
        }

        Assert.Equal(LaneEventKind.TransmitStalled, Told(rig)?.Kind);
    }

    [Fact]
    public void Zero_is_never_and_ends_what_was_told()
    {
        using LaneRig rig = Rig(0);
        Send(rig);
        Pass(rig, 1000 * Limit);
        Assert.Null(Told(rig));

        // Nobody looked until now: the time begins here.
        rig.Lane.TransmitStallNs = Limit;
        Turn(rig);
        Assert.Null(Told(rig));
        Pass(rig, Limit);
        Assert.Equal(LaneEventKind.TransmitStalled, Told(rig)?.Kind);
        rig.Lane.TransmitStallNs = 0;
        Turn(rig);
        Assert.Equal(LaneEventKind.TransmitResumed, Told(rig)?.Kind);
    }

    [Fact]
    public void A_ring_that_was_taken_away_hangs_no_more()
    {
        using LaneRig rig = Rig();
        Send(rig);
        Pass(rig, Limit);
        Assert.Equal(LaneEventKind.TransmitStalled, Told(rig)?.Kind);
        rig.Lane.Detach(0);
        rig.Lane.Turn();
        Assert.Equal(LaneEventKind.TransmitResumed, Told(rig)?.Kind);
        Assert.Equal(0UL, rig.Lane.StalledMask);
        Pass(rig, Limit);
        rig.Lane.Attach(0, rig.Slaves[0]);
        rig.Lane.Turn();
        Assert.Null(Told(rig));
    }

    [Fact]
    public void Other_slaves_are_not_told_of()
    {
        using LaneRig rig = Rig();
        rig.Use(rig.Table(BondMode.Broadcast));
        rig.Balanced = false;
        Send(rig);
        LaneRig.Received(rig.Slaves[1]);
        Pass(rig, Limit);
        Assert.Equal(new LaneEvent(LaneEventKind.TransmitStalled, 0, 0), Told(rig));
        Assert.Null(Told(rig));
    }
}
