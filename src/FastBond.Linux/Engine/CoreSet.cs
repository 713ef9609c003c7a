using System.Globalization;
using FastBond.Core.Bonds;
using FastBond.Core.Options;
using FastBond.Dataplane.Cores;
using FastBond.Linux.Machine;

namespace FastBond.Linux;

/// <summary>
/// The poll cores of a process: one for each CPU that a bond named, shared by the bonds that named it, and one that is not pinned for all
/// bonds that named none. Only poll threads are pinned, never the process; every other thread is kept off their CPUs.
/// </summary>
internal sealed class CoreSet(Action<PollCore> onFault) : IDisposable
{
    /// <summary>What a core runs before it is ready, so that the first real frame meets code that is compiled and profiled.</summary>
    private static readonly TimeSpan Rehearsal = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private const int NotPinned = -1;
    private const string PinnedName = "fastbond-cpu";

    /// <summary>The highest priority a thread that never sleeps may have: SCHED_FIFO would be throttled 50 ms in every second.</summary>
    private const int PollNice = -20;

    private readonly Dictionary<int, Entry> _cores = [];
    private readonly List<int> _reserved = [];

    /// <summary>The CPUs that poll threads are pinned to, those of in-process users included.</summary>
    public IEnumerable<int> PinnedCpus => _cores.Keys.Where(cpu => cpu != NotPinned).Union(_reserved);

    /// <summary>Keeps every thread off a CPU but those that <see cref="PinThisThread"/> pinned; once for each in-process user's queue.</summary>
    public void Reserve(int cpu, IReadOnlyList<int> controlCpus)
    {
        _reserved.Add(cpu);
        KeepOff([.. PinnedCpus], controlCpus);
    }

    /// <summary>Undoes one <see cref="Reserve"/> for those threads that start from now on.</summary>
    public void Unreserve(int cpu) => _reserved.Remove(cpu);

    /// <summary>Makes a poll thread of the calling thread: pinned, at the highest priority without SCHED_FIFO, named as the others are.</summary>
    public static void PinThisThread(int cpu)
    {
        Thread.CurrentThread.Name = NameOf(cpu);
        CpuSet.PinThisThread(cpu);
        CpuSet.SetThisThreadsNice(PollNice);
    }

    /// <summary>Puts a lane on the core of a CPU (null: the one that is not pinned), which is started if it isn't there.</summary>
    public Outcome Assign(Lane lane, int? cpu, IdlePolicy idle, IReadOnlyList<int> controlCpus, out PollCore? core)
    {
        int key = cpu ?? NotPinned;
        core = null;
        if (!_cores.TryGetValue(key, out Entry? entry))
        {
            if (cpu is { } wanted && !CpuSet.CanUse(wanted))
            {
                return new Outcome(
                    Errno.EINVAL, $"cores: CPU {wanted} is not there or not allowed; there are {File.ReadAllText("/sys/devices/system/cpu/online").Trim()}");
            }

            entry = Start(key, idle, controlCpus);
            _cores.Add(key, entry);
        }

        entry.Core.Add(lane);
        entry.Lanes++;
        core = entry.Core;
        return Outcome.Ok;
    }

    /// <summary>
    /// Waits until every core is ready for traffic. Kept apart from <see cref="Assign"/>, so that interfaces are taken over while cores rehearse.
    /// </summary>
    public Outcome WaitUntilReady()
    {
        foreach (Entry entry in _cores.Values)
        {
            try
            {
                entry.Core.WaitUntilReady();
            }
            catch (InvalidOperationException exception)
            {
                return new Outcome(Errno.EIO, exception.Message);
            }

            // The runtime may have started threads of its own from the poll thread, which inherit its mask.
            if (entry.IsPinned)
            {
                KeepOff([.. PinnedCpus], entry.ControlCpus);
            }
        }

        return Outcome.Ok;
    }

    /// <summary>Takes a lane off its core, which ends with its last lane. False if the core doesn't let go of the lane in time.</summary>
    public bool Unassign(Lane lane, PollCore core)
    {
        (int key, Entry entry) = _cores.First(pair => pair.Value.Core == core);
        bool removed = core.Remove(lane, StopTimeout);
        if (--entry.Lanes == 0 && removed)
        {
            entry.Dispose();
            _cores.Remove(key);
        }

        return removed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Entry entry in _cores.Values)
        {
            entry.Dispose();
        }

        _cores.Clear();
    }

    private Entry Start(int key, IdlePolicy idle, IReadOnlyList<int> controlCpus)
    {
        bool pinned = key != NotPinned;
        if (pinned)
        {
            KeepOff([.. PinnedCpus, key], controlCpus);
        }

        PollWait wait = new();
        PollCore core = new(wait, new PollCoreOptions
        {
            Name = pinned ? NameOf(key) : "fastbond-poll",
            Idle = idle,
            Rehearsal = Rehearsal,
            OnStart = () =>
            {
                if (pinned)
                {
                    PinThisThread(key);
                }
            },
            OnFault = onFault,
        });
        core.Start();
        return new Entry(core, wait, pinned, controlCpus);
    }

    private static string NameOf(int cpu) => string.Create(CultureInfo.InvariantCulture, $"{PinnedName}{cpu}");

    /// <summary>Puts every thread but the poll threads on the control CPUs, or else on all that no poll thread has.</summary>
    private static void KeepOff(int[] pollCpus, IReadOnlyList<int> controlCpus)
    {
        CpuSet housekeeping = controlCpus.Count > 0 ? CpuSet.Of(controlCpus) : CpuSet.Online().Except(pollCpus);
        if (!housekeeping.IsEmpty)
        {
            housekeeping.ApplyToAllThreadsExcept(PinnedName);
        }
    }

    private sealed class Entry(PollCore core, PollWait wait, bool pinned, IReadOnlyList<int> controlCpus) : IDisposable
    {
        public PollCore Core { get; } = core;

        public bool IsPinned { get; } = pinned;

        public IReadOnlyList<int> ControlCpus { get; } = controlCpus;

        public int Lanes { get; set; }

        public void Dispose()
        {
            if (Core.Stop(StopTimeout))
            {
                Core.Dispose();
                wait.Dispose();
            }
        }
    }
}
