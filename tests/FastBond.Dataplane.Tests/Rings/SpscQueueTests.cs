using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastBond.Dataplane.Rings;
using Xunit;

namespace FastBond.Dataplane.Tests.Rings;

public sealed class SpscQueueTests
{
    private const uint JustBelowWrap = uint.MaxValue - 100;

    [Theory]
    [InlineData(1024, 10_000_000)]
    [InlineData(2, 1_000_000)]
    [InlineData(4, 1_000_000)]
    public void Two_threads_pass_every_item_once_and_in_order(int capacity, int items)
    {
        SpscQueue<int> queue = new(capacity, JustBelowWrap);
        Thread producer = new(() =>
        {
            SpinWait spin = default;
            for (int i = 0; i < items;)
            {
                if (queue.TryEnqueue(i))
                {
                    i++;
                }
                else
                {
                    spin.SpinOnce(-1);
                }
            }
        });
        producer.Start();
        SpinWait spin = default;
        int wrong = 0;
        for (int expected = 0; expected < items;)
        {
            if (queue.TryDequeue(out int item))
            {
                wrong += item == expected++ ? 0 : 1;
            }
            else
            {
                spin.SpinOnce(-1);
            }
        }

        producer.Join();
        Assert.Equal(0, wrong);
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public void Two_threads_pass_batches_of_any_size()
    {
        const int Items = 1_000_000;
        SpscQueue<int> queue = new(64, JustBelowWrap);
        Thread producer = new(() =>
        {
            SpinWait spin = default;
            Span<int> batch = stackalloc int[50];
            for (int next = 0; next < Items;)
            {
                int size = Math.Min(1 + (next % 50), Items - next);
                for (int i = 0; i < size; i++)
                {
                    batch[i] = next + i;
                }

                int taken = queue.Enqueue(batch[..size]);
                next += taken;
                if (taken == 0)
                {
                    spin.SpinOnce(-1);
                }
            }
        });
        producer.Start();
        SpinWait spin = default;
        Span<int> got = stackalloc int[37];
        int wrong = 0;
        for (int expected = 0; expected < Items;)
        {
            int count = queue.Dequeue(got);
            for (int i = 0; i < count; i++)
            {
                wrong += got[i] == expected++ ? 0 : 1;
            }

            if (count == 0)
            {
                spin.SpinOnce(-1);
            }
        }

        producer.Join();
        Assert.Equal(0, wrong);
    }

    [Theory]
    [InlineData(1, 0u)]
    [InlineData(8, 0u)]
    [InlineData(8, uint.MaxValue - 3)]
    public void Holds_exactly_its_capacity(int capacity, uint start)
    {
        SpscQueue<int> queue = new(capacity, start);
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0; i < capacity; i++)
            {
                Assert.True(queue.TryEnqueue(i));
            }

            Assert.False(queue.TryEnqueue(99));
            Assert.Equal(capacity, queue.Count);
            for (int i = 0; i < capacity; i++)
            {
                Assert.True(queue.TryDequeue(out int item));
                Assert.Equal(i, item);
            }

            Assert.False(queue.TryDequeue(out _));
            Assert.True(queue.IsEmpty);
        }
    }

    [Fact]
    public void Forgets_what_was_taken()
    {
        SpscQueue<object> queue = new(4);
        WeakReference reference = Pass(queue);
        GC.Collect();
        Assert.False(reference.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Pass(SpscQueue<object> queue)
        {
            object item = new();
            queue.TryEnqueue(item);
            queue.TryDequeue(out _);
            return new WeakReference(item);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-4)]
    public void Refuses_a_capacity_that_is_no_power_of_two(int capacity) =>
        Assert.Throws<ArgumentException>(() => new SpscQueue<int>(capacity));

    [Fact]
    public void Cursors_share_a_line_pair_with_nothing_of_the_other_side()
    {
        const int LinePair = 128;
        int tail = Offset(nameof(SpscCursors.Tail));
        int seenHead = Offset(nameof(SpscCursors.SeenHead));
        int head = Offset(nameof(SpscCursors.Head));
        int seenTail = Offset(nameof(SpscCursors.SeenTail));
        Assert.Equal(tail / LinePair, seenHead / LinePair);
        Assert.Equal(head / LinePair, seenTail / LinePair);
        Assert.True(head - seenHead >= LinePair - 4);
        Assert.True(tail >= LinePair, "fields in front of the cursors");
        Assert.True(Unsafe.SizeOf<SpscCursors>() - seenTail > LinePair - 8, "objects behind them");

        static int Offset(string field) => (int)Marshal.OffsetOf<SpscCursors>(field);
    }
}
