using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using Xunit;

namespace FastBond.Dataplane.Tests.Frames;

public sealed unsafe class FramePoolTests : IDisposable
{
    private readonly FrameMemory _memory = FrameMemory.Allocate(16);
    private readonly FramePool _pool;

    public FramePoolTests() => _pool = new FramePool(_memory);

    [Fact]
    public void Frames_are_taken_past_the_headroom_each_once()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[20];
        Assert.Equal(16, _pool.Take(burst, 20));
        HashSet<ulong> addresses = [];
        for (int i = 0; i < 16; i++)
        {
            Assert.InRange(burst[i].Address % 2048, 256UL, 2048UL - (ulong)_memory.FrameCapacity);
            Assert.True(burst[i].Address < (ulong)_memory.Size);
            Assert.True(addresses.Add(burst[i].Address));
            Assert.Equal(FrameOwner.Hand, _pool.OwnerOf(burst[i].Address));
        }

        Assert.Equal(0, _pool.FreeCount);
        _pool.Free(burst, 16);
        AssertAllFree();
    }

    [Fact]
    public void The_frame_freed_last_is_taken_first()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[2];
        _pool.Take(burst, 2);
        ulong last = burst[1].Address;
        _pool.Free(burst, 2);
        _pool.Take(burst, 1);
        Assert.Equal(last, burst[0].Address);
        _pool.Free(burst, 1);
        AssertAllFree();
    }

    [Fact]
    public void An_address_anywhere_in_the_chunk_frees_the_frame()
    {
        FrameDescriptor frame;
        _pool.Take(&frame, 1);
        frame.Address += 900;
        _pool.Free(&frame, 1);
        AssertAllFree();
    }

    [Fact]
    public void A_frame_freed_twice_is_counted_and_never_given_out_again()
    {
        FrameDescriptor frame;
        _pool.Take(&frame, 1);
        _pool.Free(&frame, 1);
        _pool.Free(&frame, 1);
        Assert.Equal(1, _pool.Violations);
        Assert.Equal(FrameOwner.Quarantine, _pool.OwnerOf(frame.Address));
        FrameDescriptor* burst = stackalloc FrameDescriptor[16];
        Assert.Equal(15, _pool.Take(burst, 16));
        for (int i = 0; i < 15; i++)
        {
            Assert.NotEqual(frame.Address, burst[i].Address);
        }
    }

    [Fact]
    public void A_frame_in_the_wrong_place_is_not_handed_on()
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[3];
        FrameDescriptor* moved = stackalloc FrameDescriptor[3];
        _pool.Take(burst, 3);
        byte transmitting = FrameOwner.Transmitting(0);
        Assert.Equal(1, _pool.Transfer(burst + 1, moved, 1, FrameOwner.Hand, transmitting));
        Assert.Equal(2, _pool.Transfer(burst, moved, 3, FrameOwner.Hand, transmitting));
        Assert.Equal(burst[0].Address, moved[0].Address);
        Assert.Equal(burst[2].Address, moved[1].Address);
        Assert.Equal(1, _pool.Violations);
        Assert.Equal(1, _pool.Census()[FrameOwner.Quarantine]);
    }

    [Fact]
    public void An_address_outside_the_memory_touches_nothing()
    {
        FrameDescriptor frame = new() { Address = (ulong)_memory.Size + 2048 };
        _pool.Free(&frame, 1);
        frame.Address = ulong.MaxValue;
        _pool.Free(&frame, 1);
        Assert.Equal(2, _pool.Violations);
        Assert.Equal(16, _pool.Census()[FrameOwner.Pool]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _pool.OwnerOf((ulong)_memory.Size));
    }

    [Fact]
    public void A_closed_sockets_frames_are_those_the_ledger_names()
    {
        int first = _pool.OpenSocket();
        int second = _pool.OpenSocket();
        ulong* posted = stackalloc ulong[9];
        _pool.Post(posted, 4, FrameOwner.Receiving(first));
        _pool.Post(posted + 4, 3, FrameOwner.Transmitting(first));
        _pool.Post(posted + 7, 2, FrameOwner.Receiving(second));
        Assert.Equal((4, 3), _pool.ReclaimSocket(first));
        Assert.Equal(14, _pool.FreeCount);
        Assert.Equal(2, _pool.Census()[FrameOwner.Receiving(second)]);
        Assert.Equal((2, 0), _pool.ReclaimSocket(second));
        AssertAllFree();
    }

    [Fact]
    public void Socket_numbers_are_limited_distinct_and_given_again()
    {
        HashSet<int> sockets = [];
        for (int i = 0; i < FrameOwner.MaxSockets; i++)
        {
            Assert.True(sockets.Add(_pool.OpenSocket()));
        }

        Assert.Equal(FrameOwner.MaxSockets - 1, sockets.Max());
        Assert.Throws<InvalidOperationException>(() => _pool.OpenSocket());
        _pool.ReclaimSocket(77);
        Assert.Equal(77, _pool.OpenSocket());
    }

    [Fact]
    public void Every_owner_has_a_code_of_its_own()
    {
        HashSet<byte> codes = [FrameOwner.Pool, FrameOwner.Hand, FrameOwner.Quarantine];
        for (int socket = 0; socket < FrameOwner.MaxSockets; socket++)
        {
            Assert.True(codes.Add(FrameOwner.Receiving(socket)));
            Assert.True(codes.Add(FrameOwner.Transmitting(socket)));
        }
    }

    [Fact]
    public void Memory_that_cannot_be_cut_into_frames_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new FrameMemory(null, 3000));
        Assert.Throws<ArgumentException>(() => new FrameMemory(null, 6000, 3000));
        Assert.Throws<ArgumentException>(() => new FrameMemory(null, 4096, 2048, 2048));
    }

    [Fact]
    public void Frames_that_we_fill_begin_on_different_cache_lines()
    {
        ulong[] begins = [.. Enumerable.Range(0, 16).Select(chunk => _memory.FirstByteIn((ulong)chunk * 2048))];
        Assert.Equal(8, begins.Select(address => address / 64 % 64).Distinct().Count());
        Assert.All(begins, address => Assert.InRange(address % 2048, 256UL, 2048UL - (ulong)_memory.FrameCapacity));
        Assert.Equal(1600, _memory.FrameCapacity);
    }

    [Fact]
    public void Memory_is_released_once()
    {
        int released = 0;
        FrameMemory memory = new(null, 4096, release: () => released++);
        memory.Dispose();
        memory.Dispose();
        Assert.Equal(1, released);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _memory.Dispose();
    }

    private void AssertAllFree()
    {
        Assert.Equal(16, _pool.FreeCount);
        Assert.Equal(16, _pool.Census()[FrameOwner.Pool]);
        Assert.Equal(0, _pool.Violations);
    }
}
