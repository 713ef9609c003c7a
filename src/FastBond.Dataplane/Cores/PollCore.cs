using System.Diagnostics.CodeAnalysis;
using FastBond.Core.Options;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.Cores;

/// <summary>How a core is run.</summary>
public sealed record PollCoreOptions
{
    /// <summary>Name of the thread.</summary>
    public string Name { get; init; } = "core";

    /// <summary>What to do when there is nothing to do.</summary>
    public IdlePolicy Idle { get; init; } = IdlePolicy.Sleep;

    /// <summary>Empty turns in a row before the core sleeps.</summary>
    public int TurnsBeforeSleep { get; init; } = 256;

    /// <summary>
    /// How long the core sleeps at most when no frame is in flight. It is woken for all it must do: this only bounds how old its sign of life can be.
    /// </summary>
    public TimeSpan LongestSleep { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long to rehearse before the core is ready; zero for not at all. A bond that is up and has slaves ends it: frames that wait are
    /// better served slowly than not.
    /// </summary>
    public TimeSpan Rehearsal { get; init; }

    /// <summary>Called first, on the core's thread: pins it and sets its priority.</summary>
    public Action? OnStart { get; init; }

    /// <summary>Called on the core's thread when it stops by a fault, which is then in <see cref="PollCore.Fault"/>.</summary>
    public Action<PollCore>? OnFault { get; init; }
}

/// <summary>
/// One polling thread and the lanes it runs. Everything that happens to frames on this core happens on this thread.
/// </summary>
/// <remarks>
/// <para>
/// Sleeping: the core stores its sleeping flag, then (full fence) makes one more turn of every lane, and sleeps only if that was empty too.
/// Who has something for it stores that first, then (full fence) reads the flag. So one of the two sees the other.
/// </para>
/// <para>A core that throws stops for good, its reason in <see cref="Fault"/>; other cores go on.</para>
/// </remarks>
public sealed class PollCore : ILaneDriver, IDisposable
{
    // With frames in flight a core looks again after so long: completions wake nobody.
    private const int InFlightSleepMs = 1;

    private readonly CoreWait _wait;
    private readonly PollCoreOptions _options;
    private readonly Thread _thread;
    private readonly int _longestSleepMs;
    private readonly ManualResetEventSlim _ready = new();
    private Lane[] _lanes = [];
    private Lane[] _lanesInUse = [];
    private int[] _descriptors = new int[64];
    private int _emptyTurns;
    private bool _running = true;
    private bool _sleeping;
    private long _turns;
    private Exception? _fault;
    internal CoreMargin Margin;

    /// <summary>A core that waits by <paramref name="wait"/>; <see cref="Start"/> starts it.</summary>
    public PollCore(CoreWait wait, PollCoreOptions? options = null)
    {
        _wait = wait;
        _options = options ?? new PollCoreOptions();
        _longestSleepMs = (int)_options.LongestSleep.TotalMilliseconds;
        _thread = new Thread(Run) { Name = _options.Name, IsBackground = true };
    }

    /// <summary>Name of the thread.</summary>
    public string Name => _options.Name;

    /// <summary>Why the core stopped, if it did by itself.</summary>
    public Exception? Fault => Volatile.Read(ref _fault);

    /// <summary>Whether the thread runs and may touch its lanes.</summary>
    public bool IsAlive => _thread.IsAlive && Fault is null;

    /// <summary>Whether the core sleeps, or is about to.</summary>
    public bool IsSleeping => Volatile.Read(ref _sleeping);

    /// <summary>Rises while the core works. A watchdog is content if it rose, or if the core sleeps.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>Starts the thread, which rehearses first. Commands given meanwhile are carried out once it is ready.</summary>
    public void Start() => _thread.Start();

    /// <summary>Waits until the core has rehearsed and is ready for traffic.</summary>
    /// <exception cref="InvalidOperationException">It failed before it was ready.</exception>
    public void WaitUntilReady()
    {
        _ready.Wait();
        if (Fault is not null)
        {
            throw new InvalidOperationException($"{_options.Name} did not start: {Fault.Message}", Fault);
        }
    }

    /// <summary>Adds a lane, from the next turn on. Control thread.</summary>
    public void Add(Lane lane)
    {
        lane.Driver = this;
        Volatile.Write(ref _lanes, [.. _lanes, lane]);
        Wake();
    }

    /// <summary>Takes a lane away; true once the core doesn't touch it any more, false if that didn't happen within the time.</summary>
    public bool Remove(Lane lane, TimeSpan timeout)
    {
        Lane[] lanes = Array.FindAll(_lanes, other => other != lane);
        Volatile.Write(ref _lanes, lanes);
        Wake();
        bool removed = SpinWait.SpinUntil(() => !IsAlive || ReferenceEquals(Volatile.Read(ref _lanesInUse), lanes), timeout);
        if (removed)
        {
            lane.Driver = null;
        }

        return removed;
    }

    /// <summary>
    /// Wakes the core if it sleeps. To be called after what it shall find was stored; costs a fence otherwise. Any thread.
    /// </summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping))
        {
            _wait.Wake();
        }
    }

    /// <summary>Makes the thread end; false if it hasn't within the time. The lanes are as the last turn left them.</summary>
    public bool Stop(TimeSpan timeout)
    {
        Volatile.Write(ref _running, false);
        Wake();
        return _thread.Join(timeout);
    }

    /// <summary>Stops the thread if it runs.</summary>
    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            Stop(TimeSpan.FromSeconds(5));
        }

        _ready.Dispose();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever went wrong, this core stops with its reason and the others go on.")]
    private void Run()
    {
        try
        {
            _options.OnStart?.Invoke();
            if (_options.Rehearsal > TimeSpan.Zero)
            {
                Rehearsal.Run(_options.Rehearsal, () => Array.Exists(Volatile.Read(ref _lanes), static lane => lane.HasTraffic));
            }

            _ready.Set();
            while (Volatile.Read(ref _running))
            {
                Turn();
            }
        }
        catch (Exception fault)
        {
            Volatile.Write(ref _fault, fault);
            _options.OnFault?.Invoke(this);
            _ready.Set();
        }
    }

    private void Turn()
    {
        if (TurnLanes() > 0)
        {
            _emptyTurns = 0;
        }
        else if (++_emptyTurns >= _options.TurnsBeforeSleep && _options.Idle == IdlePolicy.Sleep)
        {
            Sleep();
        }
    }

    private int TurnLanes()
    {
        Lane[] lanes = Volatile.Read(ref _lanes);
        if (!ReferenceEquals(lanes, _lanesInUse))
        {
            Volatile.Write(ref _lanesInUse, lanes);
        }

        int work = 0;
        foreach (Lane lane in lanes)
        {
            work += lane.Turn();
        }

        Volatile.Write(ref _turns, _turns + 1);
        return work;
    }

    private void Sleep()
    {
        Volatile.Write(ref _sleeping, true);
        Interlocked.MemoryBarrier();
        if (TurnLanes() == 0 && Volatile.Read(ref _running))
        {
            bool inFlight = false;
            int count = 0;
            foreach (Lane lane in _lanesInUse)
            {
                inFlight |= lane.HasFramesInFlight;
                count = lane.AddWaitDescriptors(ref _descriptors, count);
            }

            _wait.Wait(_descriptors.AsSpan(0, count), inFlight ? InFlightSleepMs : _longestSleepMs);
        }

        Volatile.Write(ref _sleeping, false);
        _emptyTurns = 0;
    }
}
