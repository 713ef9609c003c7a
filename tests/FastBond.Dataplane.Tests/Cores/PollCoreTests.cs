using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>A real thread. Nothing here sleeps for a time and hopes: each wait is for an event, and bounded.</summary>
public sealed class PollCoreTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    // So long that a lost wake-up can't be mended by it in time.
    private static readonly TimeSpan TooLong = TimeSpan.FromMinutes(10);

    [Fact]
    public void A_core_moves_frames_between_threads()
    {
        const int Frames = 100_000;
        using LaneRig rig = new(2);
        using EventWait wait = new();
        using PollCore core = new(wait);
        rig.Host.Peer.Bell = core.Wake;
        core.Add(rig.Lane);
        core.Start();
        rig.Lane.Publish(rig.Table(BondMode.BalanceRr));
        Assert.True(rig.Lane.WaitForGeneration(1, Soon));

        byte[] frame = TestFrame.Raw(0);
        int sent = 0;
        int[] got = new int[2];
        SpinWait spin = default;
        while (got[0] + got[1] < Frames)
        {
            if (sent - got[0] - got[1] < 100 && sent < Frames && rig.Host.Peer.Transmit(frame))
            {
                sent++;
                continue;
            }

            int before = got[0] + got[1];
            got[0] += LaneRig.Received(rig.Slaves[0]).Count;
            got[1] += LaneRig.Received(rig.Slaves[1]).Count;
            if (got[0] + got[1] == before)
            {
                spin.SpinOnce(-1);
            }
        }

        Assert.Equal(Frames / 2, got[0]);
        Assert.Equal(Frames / 2, got[1]);
        Assert.True(core.Stop(Soon));
    }

    [Fact]
    public void Publishing_wakes_a_sleeping_core()
    {
        using LaneRig rig = new(1);
        using WatchedWait wait = new();
        using PollCore core = new(wait, new PollCoreOptions { TurnsBeforeSleep = 4, LongestSleep = TooLong });
        core.Add(rig.Lane);
        core.Start();
        for (int i = 0; i < 100; i++)
        {
            Assert.True(IsSet(wait.Asleep));
            ForwardingTable table = rig.Table(BondMode.BalanceRr);
            rig.Lane.Publish(table);
            Assert.True(rig.Lane.WaitForGeneration(table.Generation, Soon));
        }

        Assert.True(core.Stop(Soon));
    }

    [Fact]
    public void A_command_and_a_frame_wake_a_sleeping_core()
    {
        using LaneRig rig = new(1);
        using WatchedWait wait = new();
        using PollCore core = new(wait, new PollCoreOptions { TurnsBeforeSleep = 4, LongestSleep = TooLong });
        rig.Host.Peer.Bell = core.Wake;
        core.Add(rig.Lane);
        core.Start();
        rig.Lane.Publish(rig.Table(BondMode.BalanceRr));
        for (int i = 0; i < 100; i++)
        {
            Assert.True(IsSet(wait.Asleep));
            Assert.True(rig.Lane.Wait(rig.Lane.SetHost(rig.Host), Soon));
            Assert.True(IsSet(wait.Asleep));
            Assert.True(rig.Host.Peer.Transmit(TestFrame.Raw(i)));
            Assert.True(SpinWait.SpinUntil(() => rig.Slaves[0].Peer.Waiting > 0, Soon));
            Assert.Equal([i], LaneRig.Received(rig.Slaves[0]));
        }

        Assert.True(core.Stop(Soon));
    }

    /// <summary>No wake-up is lost, wherever on its way to sleep the core stands.</summary>
    [Fact]
    public void No_wakeup_is_lost()
    {
        using LaneRig rig = new(1);
        using WatchedWait wait = new();
        using PollCore core = new(wait, new PollCoreOptions { TurnsBeforeSleep = 1, LongestSleep = TooLong });
        core.Add(rig.Lane);
        core.Start();
        for (int i = 0; i < 20_000; i++)
        {
            ForwardingTable table = rig.Table(BondMode.BalanceRr);
            rig.Lane.Publish(table);
            Assert.True(SpinWait.SpinUntil(() => rig.Lane.Generation == table.Generation, Soon));
        }

        Assert.True(core.Stop(Soon));
    }

    [Fact]
    public void A_core_with_frames_in_flight_looks_again_soon()
    {
        using LaneRig rig = new(1);
        using WatchedWait wait = new();
        using PollCore core = new(wait, new PollCoreOptions { TurnsBeforeSleep = 4, LongestSleep = TooLong });
        rig.Host.Peer.Bell = core.Wake;
        core.Add(rig.Lane);
        core.Start();
        rig.Lane.Publish(rig.Table(BondMode.BalanceRr));
        Assert.True(rig.Host.Peer.Transmit(TestFrame.Raw(1)));
        Assert.True(SpinWait.SpinUntil(() => wait.ShortestMs == 1, Soon));
        LaneRig.Received(rig.Slaves[0]);
        Assert.True(SpinWait.SpinUntil(() => wait.LastMs == (int)TooLong.TotalMilliseconds, Soon));
        Assert.True(core.Stop(Soon));
    }

    [Fact]
    public void A_spinning_core_never_sleeps()
    {
        using LaneRig rig = new(1);
        using WatchedWait wait = new();
        using PollCore core = new(wait, new PollCoreOptions { Idle = IdlePolicy.Spin, TurnsBeforeSleep = 1 });
        core.Add(rig.Lane);
        core.Start();
        Assert.True(SpinWait.SpinUntil(() => core.Turns > 10_000, Soon));
        Assert.True(core.Stop(Soon));
        Assert.Equal(0, wait.Waits);
    }

    [Fact]
    public void Wait_descriptors_of_all_ports_are_handed_to_the_wait()
    {
        using LaneRig rig = new(1);
        using WatchedWait wait = new();
        using PollCore core = new(wait, new PollCoreOptions { TurnsBeforeSleep = 1 });
        int[] many = [.. Enumerable.Range(100, 200)];
        rig.Lane.SetHost(new IdlePort([3, 4]));
        rig.Lane.Attach(5, new IdlePort(many));
        rig.Lane.Turn();
        core.Add(rig.Lane);
        core.Start();
        Assert.True(IsSet(wait.Asleep));
        Assert.True(core.Stop(Soon));
        Assert.Equal([3, 4, .. many], wait.Descriptors);
        rig.Lane.Detach(5);
        rig.Lane.SetHost(rig.Host);
        core.Remove(rig.Lane, Soon);
        rig.Lane.CatchUp();
    }

    [Fact]
    public void A_core_that_throws_stops_with_its_reason_and_its_lane_can_be_cleared_up()
    {
        using LaneRig rig = new(1);
        using LaneRig other = new(1);
        using EventWait wait = new();
        using EventWait otherWait = new();
        using ManualResetEventSlim told = new();
        using PollCore core = new(wait, new PollCoreOptions { OnFault = _ => told.Set() });
        using PollCore unharmed = new(otherWait);
        core.Add(rig.Lane);
        unharmed.Add(other.Lane);
        core.Start();
        unharmed.Start();
        Assert.True(core.IsAlive);
        rig.Lane.Attach(3, new FaultyPort());
        Assert.True(IsSet(told));
        Assert.IsType<InvalidTimeZoneException>(core.Fault);
        Assert.False(core.IsAlive);
        Assert.True(rig.Lane.Wait(rig.Lane.Detach(3), Soon));
        Assert.True(core.Remove(rig.Lane, Soon));
        other.Lane.Publish(other.Table(BondMode.BalanceRr));
        Assert.True(other.Lane.WaitForGeneration(1, Soon));
        Assert.True(unharmed.Stop(Soon));
    }

    [Fact]
    public void A_core_that_cannot_start_says_why()
    {
        using EventWait wait = new();
        using PollCore core = new(wait, new PollCoreOptions { Name = "core 7", OnStart = () => throw new InvalidTimeZoneException("no such CPU") });
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(core.Start);
        Assert.Equal("core 7 did not start: no such CPU", refused.Message);
    }

    [Fact]
    public void Lanes_come_and_go_while_the_core_runs()
    {
        using LaneRig first = new(1);
        using LaneRig second = new(1);
        using EventWait wait = new();
        using PollCore core = new(wait);
        core.Start();
        for (int i = 0; i < 50; i++)
        {
            core.Add(first.Lane);
            core.Add(second.Lane);
            ForwardingTable table = second.Table(BondMode.BalanceRr);
            second.Lane.Publish(table);
            Assert.True(second.Lane.WaitForGeneration(table.Generation, Soon));
            Assert.True(core.Remove(first.Lane, Soon));
            Assert.True(core.Remove(second.Lane, Soon));
            first.Lane.Turn();
            second.Lane.Turn();
        }

        Assert.True(core.Stop(Soon));
    }

    [Fact]
    public void A_core_is_ready_after_it_has_rehearsed()
    {
        using EventWait wait = new();
        using PollCore core = new(wait, new PollCoreOptions { Rehearsal = TimeSpan.FromMilliseconds(50) });
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        core.Start();
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds, 50, 10_000);
        Assert.True(core.Stop(Soon));
    }

    private static bool IsSet(ManualResetEventSlim happened) => happened.Wait(Soon, TestContext.Current.CancellationToken);

    /// <summary>Waits on an event and keeps a record.</summary>
    private sealed class WatchedWait : CoreWait, IDisposable
    {
        private readonly AutoResetEvent _event = new(initialState: false);
        private int _waits;
        private int _lastMs;
        private int _shortestMs = int.MaxValue;

        /// <summary>Set while the core waits.</summary>
        public ManualResetEventSlim Asleep { get; } = new();

        public int[] Descriptors { get; private set; } = [];

        public int Waits => Volatile.Read(ref _waits);

        public int LastMs => Volatile.Read(ref _lastMs);

        public int ShortestMs => Volatile.Read(ref _shortestMs);

        public override void Wait(ReadOnlySpan<int> descriptors, int timeoutMs)
        {
            Descriptors = descriptors.ToArray();
            Volatile.Write(ref _lastMs, timeoutMs);
            Volatile.Write(ref _shortestMs, Math.Min(_shortestMs, timeoutMs));
            Volatile.Write(ref _waits, _waits + 1);
            Asleep.Set();
            _event.WaitOne(timeoutMs);
            Asleep.Reset();
        }

        public override void Wake() => _event.Set();

        public void Dispose()
        {
            Asleep.Dispose();
            _event.Dispose();
        }
    }

    private sealed unsafe class FaultyPort : Port
    {
        public override int InFlight => 0;

        public override int Receive(FrameDescriptor* burst, int max) => throw new InvalidTimeZoneException();

        public override int Transmit(FrameDescriptor* burst, int count) => 0;

        public override void Reclaim()
        {
        }

        public override int Kick() => 0;
    }

    private sealed unsafe class IdlePort(int[] descriptors) : Port
    {
        public override int InFlight => 0;

        public override ReadOnlySpan<int> WaitDescriptors => descriptors;

        public override int Receive(FrameDescriptor* burst, int max) => 0;

        public override int Transmit(FrameDescriptor* burst, int count) => 0;

        public override void Reclaim()
        {
        }

        public override int Kick() => 0;
    }
}
