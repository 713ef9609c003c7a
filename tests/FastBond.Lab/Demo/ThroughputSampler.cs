using System.Diagnostics;
using FastBond.Lab.Net;

namespace FastBond.Lab.Demo;

/// <summary>What one slave carried between two samples.</summary>
/// <param name="TxBitsPerSecond">Sent.</param>
/// <param name="RxBitsPerSecond">Received.</param>
internal readonly record struct SlaveRate(double TxBitsPerSecond, double RxBitsPerSecond);

/// <summary>The rates of all slaves at one moment.</summary>
/// <param name="Seconds">Since the sampler started.</param>
/// <param name="Slaves">In the sampler's order.</param>
internal sealed record Sample(double Seconds, IReadOnlyList<SlaveRate> Slaves);

/// <summary>Samples every 100 ms what the kernel counts on the slaves: a witness that is not FastBond itself.</summary>
internal sealed class ThroughputSampler : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly CounterReader _counters;
    private readonly ManualResetEventSlim _stop = new();
    private readonly List<Sample> _samples = [];
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Thread _thread;

    /// <summary>Starts to sample <paramref name="slaves"/> of <paramref name="place"/>.</summary>
    public ThroughputSampler(NetworkNamespace place, IReadOnlyList<string> slaves)
    {
        Slaves = slaves;
        _counters = new CounterReader(place);
        _thread = new Thread(Run) { IsBackground = true, Name = "sampler" };
        _thread.Start();
    }

    /// <summary>The slaves, in order.</summary>
    public IReadOnlyList<string> Slaves { get; }

    /// <summary>Seconds since it started.</summary>
    public double Now => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>All samples, once stopped.</summary>
    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>Stops sampling.</summary>
    public void Stop()
    {
        _stop.Set();
        _thread.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _counters.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        double last = Now;
        DeviceCounters[] before = Read();
        while (!_stop.Wait(Period))
        {
            double now = Now, span = now - last;
            DeviceCounters[] after = Read();
            _samples.Add(new Sample(
                now, [.. after.Zip(before, (b, a) => new SlaveRate(8 * (b.TxBytes - a.TxBytes) / span, 8 * (b.RxBytes - a.RxBytes) / span))]));
            (before, last) = (after, now);
        }
    }

    private DeviceCounters[] Read() => [.. Slaves.Select(_counters.Read)];
}
