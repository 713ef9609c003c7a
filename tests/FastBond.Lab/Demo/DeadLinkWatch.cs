using System.Diagnostics;
using FastBond.Lab.Net;

namespace FastBond.Lab.Demo;

/// <summary>
/// Watches how long frames are still given to devices after their links were cut: the device counts each, as dropped, since it has no
/// carrier. Looks at the counters without pause at first, then every millisecond.
/// </summary>
internal sealed class DeadLinkWatch : IDisposable
{
    private static readonly TimeSpan CloseLook = TimeSpan.FromMilliseconds(20);

    private readonly CounterReader _counters;
    private readonly IReadOnlyList<string> _devices;
    private readonly Thread _thread;
    private volatile bool _stop;
    private TimeSpan _last;

    /// <summary>For <paramref name="devices"/> of <paramref name="place"/>; not yet looking.</summary>
    public DeadLinkWatch(NetworkNamespace place, IReadOnlyList<string> devices)
    {
        _counters = new CounterReader(place);
        _devices = devices;
        _thread = new Thread(Look) { IsBackground = true, Name = "dead link watch" };
    }

    /// <summary>Starts to look; to be called just before the cut, from which on time is counted.</summary>
    public void Start() => _thread.Start();

    /// <summary>Stops and tells how long after the start the last frame was given to one of the devices.</summary>
    public TimeSpan Stop()
    {
        _stop = true;
        _thread.Join();
        return _last;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        if (_thread.IsAlive)
        {
            _thread.Join();
        }
        _counters.Dispose();
    }

    private void Look()
    {
        long start = Stopwatch.GetTimestamp(), before = Given();
        while (!_stop)
        {
            long now = Given();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            if (now != before)
            {
                (before, _last) = (now, elapsed);
            }
            if (elapsed > CloseLook)
            {
                Thread.Sleep(1);
            }
        }
    }

    private long Given() => _devices.Sum(device => _counters.Read(device) is var read ? read.TxFrames + read.TxDropped : 0);
}
