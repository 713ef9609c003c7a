using System.Collections.Concurrent;
using BenchmarkDotNet.Attributes;
using FastBond.Dataplane.Rings;

namespace FastBond.Benchmarks.Micro;

/// <summary>An item through the queue, both ends on one thread: the cost of the code without that of moving cache lines.</summary>
public class SpscBenchmarks
{
    private const int Batch = 64;

    private readonly SpscQueue<long> _queue = new(1024);
    private readonly ConcurrentQueue<long> _concurrent = new();
    private readonly long[] _items = new long[Batch];

    [Benchmark(OperationsPerInvoke = Batch)]
    public long OneByOne()
    {
        long sum = 0;
        for (long i = 0; i < Batch; i++)
        {
            _queue.TryEnqueue(i);
        }

        while (_queue.TryDequeue(out long item))
        {
            sum += item;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public int Batches()
    {
        _queue.Enqueue(_items);
        return _queue.Dequeue(_items);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Batch)]
    public long ConcurrentQueue()
    {
        long sum = 0;
        for (long i = 0; i < Batch; i++)
        {
            _concurrent.Enqueue(i);
        }

        while (_concurrent.TryDequeue(out long item))
        {
            sum += item;
        }

        return sum;
    }
}
