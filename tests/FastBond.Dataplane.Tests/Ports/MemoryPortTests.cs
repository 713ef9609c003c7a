using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.Ports;

/// <summary>A port and its rings, with the test in the place of the device.</summary>
public sealed unsafe class MemoryPortTests : IDisposable
{
    private const int Frames = 64;
    private const int RingSize = 16;

    private readonly FrameMemory _memory = FrameMemory.Allocate(Frames);
    private readonly FramePool _pool;
    private readonly MemoryPort _port;

    public MemoryPortTests()
    {
        _pool = new FramePool(_memory);
        _port = new MemoryPort(_pool, RingSize);
    }

    [Fact]
    public void What_the_device_delivers_is_received_in_order()
    {
        _port.Reclaim();
        Assert.Equal(RingSize, _port.Peer.Posted);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(_port.Peer.Transmit(TestFrame.Raw(i)));
        }

        FrameDescriptor* burst = stackalloc FrameDescriptor[8];
        Assert.Equal(3, _port.Receive(burst, 8));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal((uint)TestFrame.Length, burst[i].Length);
            Assert.Equal(FrameOwner.Hand, _pool.OwnerOf(burst[i].Address));
            Assert.Equal(i, TestFrame.NumberOf(new ReadOnlySpan<byte>(_memory.Pointer + burst[i].Address, TestFrame.Length)));
        }

        Assert.Equal(0, _port.Receive(burst, 8));
        _pool.Free(burst, 3);
    }

    [Fact]
    public void What_is_transmitted_comes_back_by_completion()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[8];
        _pool.Take(burst, 3);
        Assert.Equal(3, _port.Transmit(burst, 3));
        Assert.Equal(3, _port.InFlight);
        Assert.Equal(3, _port.Peer.Waiting);
        FrameDescriptor* sent = stackalloc FrameDescriptor[8];
        Assert.Equal(3, _port.Peer.Receive(sent, 8));
        _port.Reclaim();
        Assert.Equal(3, _port.InFlight);
        Assert.Equal(2, _port.Peer.Complete(sent + 1, 2));
        _port.Reclaim();
        Assert.Equal(1, _port.InFlight);
        Assert.Equal(FrameOwner.Transmitting(_port.Socket), _pool.OwnerOf(sent[0].Address));
        _port.Peer.Complete(sent, 1);
    }

    [Fact]
    public void A_full_ring_takes_the_first_frames_and_leaves_the_rest_in_hand()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[RingSize + 5];
        _pool.Take(burst, RingSize + 5);
        Assert.Equal(RingSize, _port.Transmit(burst, RingSize + 5));
        Assert.Equal(0, _port.Transmit(burst + RingSize, 5));
        Assert.Equal(FrameOwner.Hand, _pool.OwnerOf(burst[RingSize].Address));
        _pool.Free(burst + RingSize, 5);
    }

    [Fact]
    public void A_device_that_takes_frames_and_completes_none_fills_up_all_the_same()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[RingSize + 1];
        _pool.Take(burst, RingSize + 1);
        _port.Transmit(burst, RingSize);
        FrameDescriptor* swallowed = stackalloc FrameDescriptor[RingSize];
        Assert.Equal(RingSize, _port.Peer.Receive(swallowed, RingSize));
        Assert.Equal(0, _port.Transmit(burst + RingSize, 1));
        _pool.Free(burst + RingSize, 1);
    }

    [Fact]
    public void A_budget_limits_what_is_posted_and_what_is_in_flight()
    {
        _port.SetBudget(4);
        _port.Reclaim();
        Assert.Equal(4, _port.Peer.Posted);
        FrameDescriptor* burst = stackalloc FrameDescriptor[6];
        _pool.Take(burst, 6);
        Assert.Equal(4, _port.Transmit(burst, 6));
        _pool.Free(burst + 4, 2);
    }

    [Fact]
    public void A_budget_that_shrinks_takes_effect_as_frames_come_in()
    {
        _port.Reclaim();
        _port.SetBudget(4);
        _port.Reclaim();
        Assert.Equal(RingSize, _port.Rings.Posted);
        FrameDescriptor* burst = stackalloc FrameDescriptor[RingSize];
        for (int i = 0; i < RingSize - 2; i++)
        {
            Assert.True(_port.Peer.Transmit(TestFrame.Raw(i)));
        }

        _pool.Free(burst, _port.Receive(burst, RingSize));
        _port.Reclaim();
        Assert.Equal(4, _port.Rings.Posted);
        _port.SetBudget(1000);
        _port.Reclaim();
        Assert.Equal(RingSize, _port.Rings.Posted);
    }

    [Fact]
    public void A_budget_below_what_is_in_flight_takes_no_more_until_it_fits()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[9];
        _pool.Take(burst, 9);
        _port.Transmit(burst, 8);
        _port.SetBudget(4);
        Assert.Equal(0, _port.Transmit(burst + 8, 1));
        FrameDescriptor* sent = stackalloc FrameDescriptor[8];
        _port.Peer.Receive(sent, 8);
        _port.Peer.Complete(sent, 5);
        _port.Reclaim();
        Assert.Equal(1, _port.Transmit(burst + 8, 1));
        _port.Peer.Complete(sent + 5, 3);
    }

    [Fact]
    public void Frames_inside_a_closed_device_come_back_by_the_ledger()
    {
        _port.Reclaim();
        FrameDescriptor* burst = stackalloc FrameDescriptor[12];
        _port.Peer.TakePosted(burst, 5);
        _pool.Take(burst + 5, 4);
        _port.Transmit(burst + 5, 4);
        _port.Peer.Receive(burst + 9, 2);
        Assert.Equal((RingSize, 4), _pool.ReclaimSocket(_port.Socket));
        Assert.Equal(Frames, _pool.FreeCount);
    }

    [Fact]
    public void An_empty_pool_posts_what_there_is()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[Frames];
        _pool.Take(burst, Frames - 3);
        _port.Reclaim();
        Assert.Equal(3, _port.Peer.Posted);
        _pool.Free(burst, Frames - 3);
        _port.Reclaim();
        Assert.Equal(RingSize, _port.Peer.Posted);
    }

    [Fact]
    public void A_completion_that_was_not_due_is_counted_not_believed()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[2];
        _pool.Take(burst, 2);
        _port.Transmit(burst, 1);
        FrameDescriptor sent;
        _port.Peer.Receive(&sent, 1);
        _port.Peer.Complete(burst + 1, 1);
        _port.Reclaim();
        Assert.Equal(1, _pool.Violations);
        Assert.Equal(FrameOwner.Quarantine, _pool.OwnerOf(burst[1].Address));
        Assert.Equal(FrameOwner.Transmitting(_port.Socket), _pool.OwnerOf(sent.Address));
    }

    [Fact]
    public void The_device_is_kicked_only_when_it_asks_and_has_something_to_do()
    {
        _port.Peer.OnKick = () => 100;
        _port.Peer.AskForKick(true);
        Assert.Equal(0, _port.Kick());
        FrameDescriptor frame;
        _pool.Take(&frame, 1);
        _port.Transmit(&frame, 1);
        Assert.Equal(100, _port.Kick());
        _port.Peer.AskForKick(false);
        Assert.Equal(0, _port.Kick());
        Assert.Equal(1, _port.Peer.Kicks);
    }

    [Fact]
    public void A_frame_that_does_not_fit_or_has_no_chunk_is_refused()
    {
        Assert.False(_port.Peer.Transmit(TestFrame.Raw(1)));
        _port.Reclaim();
        Assert.False(_port.Peer.Transmit(new byte[_memory.FrameCapacity + 1]));
        Assert.True(_port.Peer.Transmit(new byte[_memory.FrameCapacity]));
    }

    public void Dispose()
    {
        int[] census = _pool.Census();
        Assert.Equal(Frames, census.Sum());
        Assert.Equal(_pool.FreeCount, census[FrameOwner.Pool]);
        _port.Dispose();
        _pool.Dispose();
        _memory.Dispose();
    }
}
