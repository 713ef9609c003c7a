using System.Diagnostics;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;

namespace FastBond.Lab.Frames;

/// <summary>Writes down every frame that a device receives, from construction to disposal.</summary>
public sealed class FrameObserver : IDisposable
{
    private readonly string _where;
    private readonly PacketSocket _socket;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly List<ObservedFrame> _frames = [];
    private volatile bool _stop;
    private int _testFrames;
    private Exception? _failure;

    /// <summary>Starts to observe <paramref name="device"/> of <paramref name="place"/>.</summary>
    /// <param name="place">The device's namespace.</param>
    /// <param name="device">The device.</param>
    /// <param name="testFramesOnly">Whether only the lab's own untagged frames are written down: for use beside bulk traffic.</param>
    public FrameObserver(NetworkNamespace place, string device, bool testFramesOnly = false)
    {
        _where = $"{place.Name}/{device}";
        _socket = new PacketSocket(place, device, receive: true, testFramesOnly);
        _thread = new Thread(Observe) { IsBackground = true, Name = "observe " + _where };
        _thread.Start();
    }

    /// <summary>Everything seen so far, in order of arrival.</summary>
    public IReadOnlyList<ObservedFrame> Frames
    {
        get
        {
            lock (_gate)
            {
                ThrowIfFailed();
                return [.. _frames];
            }
        }
    }

    /// <summary>The lab's own frames seen so far, in order of arrival; of one flow if given.</summary>
    public IReadOnlyList<TestFrame> TestFrames(uint? flow = null) =>
        [.. Frames.Where(frame => frame.Test is { } test && (flow is null || test.Flow == flow)).Select(frame => frame.Test!.Value)];

    /// <summary>How many of the lab's own frames have been seen so far.</summary>
    public int TestFrameCount => Volatile.Read(ref _testFrames);

    /// <summary>Waits until several observers together have seen that many of the lab's own frames: each is a moment behind what it observes.</summary>
    public static void WaitForTestFrames(IReadOnlyList<FrameObserver> observers, int count, TimeSpan limit) =>
        Wait.Until(() => observers.Sum(observer => observer.TestFrameCount) >= count, limit, $"{count} test frames on {observers.Count} links");

    /// <summary>Waits until what was seen satisfies <paramref name="enough"/>, which is asked after every burst.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public void WaitFor(Func<IReadOnlyList<ObservedFrame>, bool> enough, TimeSpan limit, string what)
    {
        long start = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (!enough(_frames))
            {
                ThrowIfFailed();
                TimeSpan left = limit - Stopwatch.GetElapsedTime(start);
                if (left <= TimeSpan.Zero || (!Monitor.Wait(_gate, left) && !enough(_frames)))
                {
                    string seen = $"{_frames.Count} frames seen, of the lab {_testFrames}";
                    throw new TimeoutException($"{_where}: not within {limit.TotalSeconds:0.###} s: {what}; {seen}");
                }
            }
        }
    }

    /// <summary>Waits until that many of the lab's own frames have been seen.</summary>
    public void WaitForTestFrames(int count, TimeSpan limit) =>
        WaitFor(_ => _testFrames >= count, limit, $"{count} test frames");

    /// <summary>Stops; what was seen stays readable.</summary>
    /// <exception cref="LabException">The kernel dropped frames before we saw them: counts would be wrong.</exception>
    public void Stop()
    {
        if (_stop)
        {
            return;
        }
        _stop = true;
        _thread.Join();
        ThrowIfFailed();
        long dropped = _socket.TakeDropped();
        if (dropped > 0)
        {
            throw new LabException($"{_where}: the observer missed {dropped} frames");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _socket.Dispose();
    }

    private void Observe()
    {
        List<ObservedFrame> burst = [];
        try
        {
            while (!_stop)
            {
                burst.Clear();
                _socket.Receive(burst.Add);
                if (burst.Count > 0)
                {
                    lock (_gate)
                    {
                        _frames.AddRange(burst);
                        Volatile.Write(ref _testFrames, _testFrames + burst.Count(frame => frame.Test is not null));
                        Monitor.PulseAll(_gate);
                    }
                }
            }
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _failure = e;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw new LabException($"{_where}: the observer failed", _failure);
        }
    }
}
