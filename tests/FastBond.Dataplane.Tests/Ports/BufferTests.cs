using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FastBond.Dataplane.Rings;
using Xunit;

namespace FastBond.Dataplane.Tests.Ports;

/// <summary>Frames longer than a buffer, with the test in the place of a kernel whose buffers are pages.</summary>
public sealed unsafe class BufferTests : IDisposable
{
    private const int Frames = 32, RingSize = 16, ChunkSize = 16384, Buffer = 4096, Headroom = 256, Room = Buffer - Headroom;
    private const uint Continued = 1;

    private readonly FrameMemory _memory = FrameMemory.Allocate(Frames, ChunkSize);
    private readonly FramePool _pool;
    private readonly RingArea _fillArea = RingArea.Allocate<ulong>(RingSize), _completionArea = RingArea.Allocate<ulong>(RingSize);
    private readonly RingArea _rxArea = RingArea.Allocate<FrameDescriptor>(RingSize), _txArea = RingArea.Allocate<FrameDescriptor>(RingSize);
    private readonly SocketRings _rings;
    private ConsumerRing<ulong> _fill;
    private ProducerRing<FrameDescriptor> _rx;
    private ConsumerRing<FrameDescriptor> _tx;
    private ProducerRing<ulong> _completion;

    public BufferTests()
    {
        _pool = new FramePool(_memory);
        _rings = new SocketRings(_pool, _pool.OpenSocket(), _fillArea, _rxArea, _txArea, _completionArea, Buffer);
        _fill = new ConsumerRing<ulong>(_fillArea);
        _rx = new ProducerRing<FrameDescriptor>(_rxArea);
        _tx = new ConsumerRing<FrameDescriptor>(_txArea);
        _completion = new ProducerRing<ulong>(_completionArea);
    }

    public void Dispose()
    {
        Assert.Equal(0, _pool.Violations);
        Array.ForEach([_fillArea, _rxArea, _txArea, _completionArea], static area => area.Free());
        _pool.Dispose();
        _memory.Dispose();
    }

    [Theory]
    [InlineData(60)]
    [InlineData(Room)]
    [InlineData(Room + 1)]
    [InlineData(9014)]
    [InlineData(ChunkSize - Headroom)]
    public void What_comes_in_several_buffers_is_one_frame(int length)
    {
        _rings.Reclaim();
        byte[] frame = Bytes(length);
        int parts = Deliver(frame);
        FrameDescriptor received;
        Assert.Equal(1, _rings.Receive(&received, 1));
        Assert.Equal(((uint)length, 0u), (received.Length, received.Options));
        Assert.Equal(frame, BytesOf(received));
        Assert.Equal(RingSize - parts, _rings.Posted);
        _pool.Free(&received, 1);
        Assert.Equal(Frames - RingSize + parts, _pool.FreeCount);
        Assert.Equal(0ul, _rings.Oversized);
    }

    [Fact]
    public void A_burst_takes_no_more_frames_than_asked_for_and_the_rest_stays()
    {
        _rings.Reclaim();
        int[] lengths = [5000, 60, 9000, 12_000];
        foreach (int length in lengths)
        {
            Deliver(Bytes(length));
        }

        FrameDescriptor* burst = stackalloc FrameDescriptor[4];
        Assert.Equal(1, _rings.Receive(burst, 1));
        Assert.Equal(2, _rings.Receive(burst + 1, 2));
        Assert.Equal(1, _rings.Receive(burst + 3, 4));
        for (int i = 0; i < lengths.Length; i++)
        {
            Assert.Equal(Bytes(lengths[i]), BytesOf(burst[i]));
        }

        Assert.Equal(0, _rings.Receive(burst, 4));
    }

    [Fact]
    public void A_frame_whose_rest_is_not_there_yet_waits()
    {
        _rings.Reclaim();
        byte[] frame = Bytes(9000);
        Deliver(frame, last: 2);
        FrameDescriptor received;
        Assert.Equal(0, _rings.Receive(&received, 1));
        Deliver(frame, first: 2);
        Assert.Equal(1, _rings.Receive(&received, 1));
        Assert.Equal(frame, BytesOf(received));
    }

    [Fact]
    public void What_no_chunk_can_hold_is_dropped_and_counted_and_nothing_is_lost()
    {
        _rings.Reclaim();
        Deliver(Bytes(ChunkSize - Headroom + 1));
        Deliver(Bytes(60));
        FrameDescriptor received;
        Assert.Equal(1, _rings.Receive(&received, 4));
        Assert.Equal(60u, received.Length);
        Assert.Equal(1ul, _rings.Oversized);
        _pool.Free(&received, 1);
        Assert.Equal(Frames - _rings.Posted, _pool.FreeCount);
    }

    [Theory]
    [InlineData(60, 1)]
    [InlineData(Room - 192, 1)]
    [InlineData(4092 + 24, 2)]
    [InlineData(ChunkSize - Headroom - 192, 4)]
    public void A_long_frame_leaves_as_a_descriptor_for_each_buffer(int length, int parts)
    {
        FrameDescriptor frame;
        _pool.Reserve = Frames;
        byte[] bytes = Fill(&frame, length);
        Assert.Equal(1, _rings.Transmit(&frame, 1));
        Assert.Equal(parts, _rings.InFlight);
        List<ulong> sent = [];
        Assert.Equal(bytes, TakeSent(sent));
        Assert.Equal(parts, sent.Count);

        // It is free when the last of them is completed, in whatever order.
        foreach (ulong address in sent.AsEnumerable().Reverse())
        {
            Assert.Equal(Frames - 1, _pool.FreeCount);
            Complete(address);
            _rings.Reclaim();
        }

        Assert.Equal((Frames, 0), (_pool.FreeCount, _rings.InFlight));
    }

    [Fact]
    public void A_frame_leaves_whole_or_not_at_all()
    {
        FrameDescriptor* frames = stackalloc FrameDescriptor[6];
        for (int i = 0; i < 6; i++)
        {
            Fill(frames + i, 9000);
        }

        // Three descriptors each, of sixteen.
        Assert.Equal(5, _rings.Transmit(frames, 6));
        Assert.Equal(15, _rings.InFlight);
        Assert.Equal(FrameOwner.Hand, _pool.OwnerOf(frames[5].Address));
        Assert.Equal(0, _rings.Transmit(frames + 5, 1));
        _pool.Free(frames + 5, 1);
    }

    [Fact]
    public void Frames_of_all_lengths_are_conserved_over_many_turns_of_the_rings()
    {
        Random random = new(5);
        FrameDescriptor* burst = stackalloc FrameDescriptor[RingSize];
        for (int round = 0; round < 2000; round++)
        {
            _rings.Reclaim();
            byte[] frame = Bytes(random.Next(60, ChunkSize - Headroom - 191));
            if (Deliver(frame) == 0)
            {
                continue;
            }

            Assert.Equal(1, _rings.Receive(burst, RingSize));
            Assert.Equal(1, _rings.Transmit(burst, 1));
            List<ulong> sent = [];
            Assert.Equal(frame, TakeSent(sent));
            sent.ForEach(Complete);
        }

        _rings.Reclaim();
        Assert.Equal((0, Frames), (_rings.InFlight, _rings.Posted + _pool.FreeCount));
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 + i / 251 + length))];

    private byte[] BytesOf(FrameDescriptor frame) => new ReadOnlySpan<byte>(_memory.Pointer + frame.Address, (int)frame.Length).ToArray();

    /// <summary>Writes a frame into posted chunks, a buffer of each, as the kernel does; only some of its parts if asked. Returns how many.</summary>
    private int Deliver(byte[] frame, int first = 0, int last = int.MaxValue)
    {
        byte[][] parts = [.. frame.Chunk(Room)];
        last = Math.Min(last, parts.Length);
        if (_fill.Peek(last - first) < last - first)
        {
            return 0;
        }

        for (int i = first; i < last; i++)
        {
            ulong address = *_fill.Run(i - first, 1, out _) + Headroom;
            parts[i].CopyTo(new Span<byte>(_memory.Pointer + address, Room));
            _rx.Reserve(last - first);
            *_rx.Run(i - first, 1, out _) = new FrameDescriptor
            {
                Address = address,
                Length = (uint)parts[i].Length,
                Options = i < parts.Length - 1 ? Continued : 0,
            };
        }

        _fill.Release(last - first);
        _rx.Submit(last - first);
        return last - first;
    }

    private byte[] Fill(FrameDescriptor* frame, int length)
    {
        Assert.Equal(1, _pool.Take(frame, 1));
        frame->Length = (uint)length;
        byte[] bytes = Bytes(length);
        bytes.CopyTo(new Span<byte>(_memory.Pointer + frame->Address, length));
        return bytes;
    }

    /// <summary>Takes one frame from the tx ring; none of its parts may cross the border of a buffer.</summary>
    private byte[] TakeSent(List<ulong> addresses)
    {
        List<byte> bytes = [];
        uint options = Continued;
        for (int i = 0; options == Continued; i++)
        {
            Assert.True(_tx.Peek(i + 1) > i);
            FrameDescriptor part = *_tx.Run(i, 1, out _);
            Assert.InRange((int)(part.Address % Buffer) + (int)part.Length, 1, Buffer);
            bytes.AddRange(BytesOf(part));
            addresses.Add(part.Address);
            options = part.Options;
        }

        _tx.Release(addresses.Count);
        return [.. bytes];
    }

    private void Complete(ulong address)
    {
        Assert.Equal(1, _completion.Reserve(1));
        *_completion.Run(0, 1, out _) = address;
        _completion.Submit(1);
    }
}
