using System.Collections.Concurrent;
using FastBond.Linux.Machine;
using FastBond.Linux.Native;

namespace FastBond.Linux;

/// <summary>
/// The control thread: one dedicated thread in one <c>epoll_wait</c> over whatever descriptors are registered, a timer and an eventfd.
/// Everything that touches a bond runs here, one thing after the other.
/// </summary>
internal sealed class ControlLoop : IDisposable
{
    /// <summary>Before what else runs on its CPU, the threads that ask drivers included: none of them is to finish first what it does. Below the poll threads.</summary>
    private const int Nice = -15;

    /// <summary>The shortest that the kernel grants: shorter than anybody else's.</summary>
    private const uint SliceNs = 100_000;

    private readonly Epoll _epoll = new();
    private readonly EventFd _wake = new();
    private readonly TimerFd _timer = new();
    private readonly Dictionary<int, Action> _handlers = [];
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Thread _thread;
    private readonly Func<long> _nextDueNs;
    private readonly Action _afterEach;
    private readonly Action<Exception> _onFault;
    private long _armedNs = long.MaxValue;
    private volatile bool _running = true;

    /// <summary>Prepares the loop; <see cref="Start"/> starts it.</summary>
    /// <param name="nextDueNs">When <paramref name="afterEach"/> must run again at the latest, on <see cref="Clock.NowNs"/>'s clock.</param>
    /// <param name="afterEach">Runs after every batch of events: due timers, dirty files.</param>
    /// <param name="onFault">Told of an exception that a handler let out; the loop goes on.</param>
    public ControlLoop(Func<long> nextDueNs, Action afterEach, Action<Exception> onFault)
    {
        _nextDueNs = nextDueNs;
        _afterEach = afterEach;
        _onFault = onFault;
        _thread = new Thread(Run) { Name = "fastbond-control", IsBackground = true };
        _epoll.Watch(_wake.Descriptor, (ulong)_wake.Descriptor);
        _epoll.Watch(_timer.Descriptor, (ulong)_timer.Descriptor);
    }

    /// <summary>Whether the caller is on the control thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Whether there is somebody to run what is posted.</summary>
    public bool IsRunning => _running && _thread.IsAlive;

    /// <summary>Starts the thread.</summary>
    public void Start() => _thread.Start();

    /// <summary>Calls <paramref name="handler"/> on the control thread while <paramref name="descriptor"/> is readable. Before <see cref="Start"/>.</summary>
    public void Watch(int descriptor, Action handler)
    {
        _handlers.Add(descriptor, handler);
        _epoll.Watch(descriptor, (ulong)descriptor);
    }

    /// <summary>Runs <paramref name="action"/> on the control thread; from any thread.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        _wake.Signal();
    }

    /// <summary>Makes the loop come round once; from any thread, without allocating.</summary>
    public void Wake() => _wake.Signal();

    /// <summary>Runs <paramref name="function"/> on the control thread and hands its answer over.</summary>
    public Task<T> InvokeAsync<T>(Func<T> function)
    {
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                answer.SetResult(function());
            }
            catch (Exception exception)
            {
                answer.SetException(exception);
            }
        });
        return answer.Task;
    }

    /// <summary>Ends the thread after what is posted already, and waits for it.</summary>
    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            Post(() => _running = false);
            _thread.Join();
        }

        _epoll.Dispose();
        _timer.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        CpuSet.SetThisThreadsNice(Nice, SliceNs);
        while (_running)
        {
            int ready = _epoll.Wait(Timeout.Infinite);
            try
            {
                Dispatch(ready);
                _afterEach();
            }
            catch (Exception exception)
            {
                _onFault(exception);
            }

            Arm();
        }
    }

    private void Dispatch(int ready)
    {
        for (int i = 0; i < ready; i++)
        {
            int descriptor = (int)_epoll.Key(i);
            if (descriptor == _wake.Descriptor)
            {
                _wake.Clear();
            }
            else if (descriptor == _timer.Descriptor)
            {
                _timer.Clear();
                _armedNs = long.MaxValue;
            }
            else
            {
                _handlers[descriptor]();
            }
        }

        while (_posted.TryDequeue(out Action? action))
        {
            action();
        }
    }

    private void Arm()
    {
        long due = _nextDueNs();
        if (due != _armedNs)
        {
            _timer.Arm(due);
            _armedNs = due;
        }
    }
}
