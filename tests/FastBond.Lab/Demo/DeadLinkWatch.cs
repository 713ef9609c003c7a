using System.Diagnostics;
using FastBond.Lab.Net;

namespace FastBond.Lab.Demo;

/// <summary>What was still given to dead links.</summary>
/// <param name="Frames">How many frames.</param>
/// <param name="Span">From the first of them to the last.</param>
internal readonly record struct DeadLinkFrames(long Frames, TimeSpan Span);

/// <summary>
/// Watches what is still given to devices after their links were cut: a device without carrier counts every frame as dropped. Looks
/// without pause at first, then every millisecond.
/// </summary>
internal sealed class DeadLinkWatch : IDisposable
{
    private static readonly TimeSpan CloseLook = TimeSpan.FromMilliseconds(100);

    private readonly CounterReader _counters;
    private readonly IReadOnlyList<string> _devices;
    private readonly Thread _thread;
    private volatile bool _stop;
    private DeadLinkFrames _seen;

    /// <summary>For <paramref name="devices"/> of <paramref name="place"/>; looks from now on.</summary>
    public DeadLinkWatch(NetworkNamespace place, IReadOnlyList<string> devices)
    {
        _counters = new CounterReader(place);
        _devices = devices;
        _thread = new Thread(Look) { IsBackground = true, Name = "dead link watch" };
        _thread.Start();
    }

    /// <summary>Stops and tells what was seen.</summary>
    public DeadLinkFrames Stop()
    {
        _stop = true;
        _thread.Join();
        return _seen;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _counters.Dispose();
    }

    private void Look()
    {
        long start = Stopwatch.GetTimestamp(), first = 0, initial = Dropped();
        while (!_stop)
        {
            long dropped = Dropped() - initial, now = Stopwatch.GetTimestamp();
            if (dropped != _seen.Frames)
            {
                first = first == 0 ? now : first;
                _seen = new DeadLinkFrames(dropped, Stopwatch.GetElapsedTime(first, now));
            }
            if (Stopwatch.GetElapsedTime(start) > CloseLook)
            {
                Thread.Sleep(1);
            }
        }
    }

    private long Dropped() => _devices.Sum(device => _counters.Read(device).TxDropped);
}
