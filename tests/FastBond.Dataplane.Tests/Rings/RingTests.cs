using FastBond.Core.Frames;
using FastBond.Dataplane.Rings;
using Xunit;

namespace FastBond.Dataplane.Tests.Rings;

public sealed unsafe class RingTests : IDisposable
{
    private readonly RingArea _area = RingArea.Allocate<ulong>(8, uint.MaxValue - 10);

    [Fact]
    public void Entries_arrive_in_order_across_the_wrap_of_the_indices()
    {
        ProducerRing<ulong> producer = new(_area);
        ConsumerRing<ulong> consumer = new(_area);
        ulong written = 0, read = 0;
        for (int round = 1; round < 200; round++)
        {
            int room = producer.Reserve(round % 9);
            Write(ref producer, room, ref written);
            int ready = consumer.Peek(round % 7);
            read = Read(ref consumer, ready, read);
            Assert.Equal((int)(written - read), producer.Pending);
        }

        Assert.True(written > 100);
    }

    [Fact]
    public void A_full_ring_has_no_room_and_an_empty_one_nothing_to_peek()
    {
        ProducerRing<ulong> producer = new(_area);
        ConsumerRing<ulong> consumer = new(_area);
        ulong written = 0;
        Assert.Equal(0, consumer.Peek(100));
        Assert.Equal(8, producer.Reserve(100));
        Write(ref producer, 8, ref written);
        Assert.Equal(0, producer.Reserve(1));
        Assert.Equal(8, consumer.Peek(100));
        Read(ref consumer, 3, 0);
        Assert.Equal(3, producer.Reserve(100));
    }

    [Fact]
    public void What_is_reserved_but_not_submitted_stays_unseen()
    {
        ProducerRing<ulong> producer = new(_area);
        ConsumerRing<ulong> consumer = new(_area);
        Assert.Equal(5, producer.Reserve(5));
        *producer.Run(0, 5, out _) = 1;
        Assert.Equal(0, consumer.Peek(5));
        producer.Submit(1);
        Assert.Equal(1, consumer.Peek(5));
    }

    [Fact]
    public void Wakeups_are_asked_for_by_the_consumer()
    {
        ProducerRing<ulong> producer = new(_area);
        ConsumerRing<ulong> consumer = new(_area);
        Assert.False(producer.NeedsWakeup);
        consumer.AskForWakeup(true);
        Assert.True(producer.NeedsWakeup);
        consumer.AskForWakeup(false);
        Assert.False(producer.NeedsWakeup);
    }

    [Fact]
    public void Two_threads_pass_descriptors_whole_and_in_order()
    {
        const int Frames = 2_000_000;
        RingArea area = RingArea.Allocate<FrameDescriptor>(64, uint.MaxValue - 1000);
        Thread thread = new(() =>
        {
            ProducerRing<FrameDescriptor> producer = new(area);
            SpinWait spin = default;
            for (uint next = 0; next < Frames;)
            {
                int room = producer.Reserve((int)Math.Min(17, Frames - next));
                FrameDescriptor* run = producer.Run(0, room, out int length);
                for (int i = 0; i < length; i++, next++)
                {
                    run[i] = new FrameDescriptor { Address = next, Length = next, Options = ~next };
                }

                producer.Submit(length);
                if (length == 0)
                {
                    spin.SpinOnce(-1);
                }
            }
        });
        thread.Start();
        ConsumerRing<FrameDescriptor> consumer = new(area);
        SpinWait spin = default;
        int wrong = 0;
        for (uint expected = 0; expected < Frames;)
        {
            int ready = consumer.Peek(23);
            FrameDescriptor* run = consumer.Run(0, ready, out int length);
            for (int i = 0; i < length; i++, expected++)
            {
                wrong += run[i].Address == expected && run[i].Length == expected && run[i].Options == ~expected ? 0 : 1;
            }

            consumer.Release(length);
            if (length == 0)
            {
                spin.SpinOnce(-1);
            }
        }

        thread.Join();
        area.Free();
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Indices_and_flags_lie_on_line_pairs_of_their_own()
    {
        Assert.True((byte*)_area.Consumer - (byte*)_area.Producer >= 128);
        Assert.True((byte*)_area.Flags - (byte*)_area.Consumer >= 128);
        Assert.True((byte*)_area.Entries - (byte*)_area.Flags >= 128);
        Assert.Equal(0u, (nuint)_area.Producer % 128);
        Assert.Equal(16, sizeof(FrameDescriptor));
    }

    [Fact]
    public void A_size_that_is_no_power_of_two_is_refused() =>
        Assert.Throws<ArgumentException>(() => new RingArea(null, null, null, null, 3));

    public void Dispose() => _area.Free();

    private static void Write(ref ProducerRing<ulong> ring, int count, ref ulong next)
    {
        for (int done = 0; done < count;)
        {
            ulong* run = ring.Run(done, count - done, out int length);
            for (int i = 0; i < length; i++)
            {
                run[i] = next++;
            }

            done += length;
        }

        ring.Submit(count);
    }

    private static ulong Read(ref ConsumerRing<ulong> ring, int count, ulong expected)
    {
        for (int done = 0; done < count;)
        {
            ulong* run = ring.Run(done, count - done, out int length);
            for (int i = 0; i < length; i++)
            {
                Assert.Equal(expected++, run[i]);
            }

            done += length;
        }

        ring.Release(count);
        return expected;
    }
}
