using FastBond.Core.Bonds;
using FastBond.Dataplane.Cores;
using FastBond.Linux.Links;
using FastBond.Linux.Machine;
using FastBond.Linux.Restore;

namespace FastBond.Linux;

/// <summary>
/// All a program or an in-process user needs: opens bonds, owns the control thread and the poll cores, turns what bonds ask for into
/// system calls. Requests may come from any thread: each is posted to the control thread and answered from there.
/// </summary>
public sealed class Engine : IBondEngine
{
    private readonly EngineContext _context;
    private readonly ControlLoop _loop;
    private readonly Dictionary<string, BondRuntime> _bonds = new(StringComparer.Ordinal);
    private readonly HostWatch _watch;

    /// <summary>The largest MTU a bond can have, in bytes of payload.</summary>
    public static int MaxMtu => BondRuntime.MaxMtu;

    /// <summary>The largest MTU of a bond of InfiniBand interfaces, in bytes of payload, where the kernel has frames of several buffers.</summary>
    public static int MaxInfinibandMtu => BondRuntime.MaxInfinibandMtu;

    /// <summary>Prepares an engine; nothing runs before <see cref="Start"/>.</summary>
    public Engine(EngineSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _loop = new ControlLoop(NextDueNs, AfterEach, OnFault);
        _context = new EngineContext(settings, _loop, () => _bonds.Values);
        _watch = new HostWatch(_context, () => _bonds.Values, runtime => Remove(runtime, keepHostInterface: false));
    }

    /// <summary>Puts back what a crashed predecessor left, then starts the control thread.</summary>
    public Outcome Start()
    {
        Outcome outcome = _context.Open();
        if (!outcome.Success)
        {
            return outcome;
        }

        Restored(_context.Settings.Log, LinkRestore.All(_context.State, _context.Links, _context.Ethtool));
        _watch.Open(_loop);
        _loop.Start();
        FailOverRehearsal.Start();
        return Outcome.Ok;
    }

    /// <summary>Makes a bond with its slaves; all or nothing.</summary>
    public Task<Outcome> AddBondAsync(BondRequest request) => _loop.InvokeAsync(() => AddBond(request));

    /// <summary>Releases a bond's slaves and removes it with its host interface.</summary>
    public Task<Outcome> DeleteBondAsync(string bond) => OnBondAsync(bond, runtime =>
    {
        Remove(runtime, keepHostInterface: false);
        return Outcome.Ok;
    });

    /// <summary>Writes options: all validated first, then applied in the kernel's order, all or none.</summary>
    public Task<Outcome> SetOptionsAsync(string bond, IReadOnlyList<OptionSetting> options) =>
        OnBondAsync(bond, runtime => runtime.SetOptions(options));

    /// <summary>Writes options of one slave.</summary>
    public Task<Outcome> SetSlaveOptionsAsync(string bond, string slave, IReadOnlyList<OptionSetting> options) =>
        OnBondAsync(bond, runtime => runtime.SetSlaveOptions(slave, options));

    /// <summary>Enslaves interfaces in order; if one is refused, those of this request before it are released again.</summary>
    public Task<Outcome> EnslaveAsync(string bond, EnslaveRequest request) => OnBondAsync(bond, runtime => runtime.Enslave(request));

    /// <summary>Gives slaves back.</summary>
    public Task<Outcome> ReleaseAsync(string bond, IReadOnlyList<string> slaves) =>
        OnBondAsync(bond, runtime => runtime.Release(slaves));

    /// <summary>Makes a slave the active one; null lets the bond choose.</summary>
    public Task<Outcome> SetActiveAsync(string bond, string? slave) =>
        SetOptionsAsync(bond, [new OptionSetting("active_slave", slave ?? "")]);

    /// <summary>Changes a bond's host interface, step by step until one is refused.</summary>
    public Task<Outcome> ChangeHostAsync(string bond, HostChange change) => OnBondAsync(bond, runtime =>
    {
        Outcome outcome = runtime.ChangeHost(change);
        _watch.Refresh(runtime);
        return outcome;
    });

    /// <summary>
    /// Opens a bond with <c>host_port=none</c> as a poll-mode port of this process: from then on the caller's threads do the work of its poll cores, and the bond is
    /// administratively up until the port is disposed of.
    /// </summary>
    /// <returns>The port, or why there is none: ENODEV, no such bond; EBUSY, it has a port; EINVAL, it has a host interface, or the pools do not fit it.</returns>
    public Task<(Outcome Outcome, BondPort? Port)> OpenPortAsync(BondPortRequest request) => _loop.InvokeAsync(() =>
    {
        BondPort? port = null;
        Outcome outcome = _bonds.TryGetValue(request.Bond, out BondRuntime? runtime) ? runtime.OpenPort(request, out port) : NoSuchBond(request.Bond);
        return (outcome, port);
    });

    /// <summary>
    /// Names the transmit queue of each frame that the host sends through a bond, on all its cores at the same time, as a traffic-control action
    /// does above a kernel bond; null: no frame has one. Only for users in this process.
    /// </summary>
    public Task<Outcome> SetClassifierAsync(string bond, TransmitClassifier? classifier) => OnBondAsync(bond, runtime =>
    {
        runtime.Classifier = classifier;
        return Outcome.Ok;
    });

    /// <summary>All bonds as they run, in the order they were added.</summary>
    public Task<IReadOnlyList<BondState>> StateAsync() =>
        _loop.InvokeAsync<IReadOnlyList<BondState>>(() => [.. _bonds.Values.Select(runtime => runtime.State())]);

    /// <summary>The poll cores' signs of life.</summary>
    public Task<IReadOnlyList<CoreState>> CoresAsync() => _loop.InvokeAsync<IReadOnlyList<CoreState>>(() =>
    [
        .. _bonds.Values.SelectMany(runtime => runtime.Cores).Distinct()
            .Select(core => new CoreState(core.Name, core.Turns, core.IsSleeping, core.Fault?.Message)),
    ]);

    /// <summary>Listens to what happens from now on.</summary>
    public Task<EventListener> ListenAsync() => _loop.InvokeAsync(() => _context.Events.Listen(_bonds.Values));

    /// <summary>Names of the bonds there are, in order of creation.</summary>
    public Task<IReadOnlyList<string>> BondsAsync() => _loop.InvokeAsync<IReadOnlyList<string>>(() => [.. _bonds.Keys]);

    /// <summary>The text of <c>/proc/net/bonding/BOND</c>; with <paramref name="why"/> also why slaves are not used. Null: no such bond.</summary>
    public Task<string?> TextAsync(string bond, bool why) =>
        _loop.InvokeAsync(() => _bonds.TryGetValue(bond, out BondRuntime? runtime) ? runtime.Text(why) : null);

    /// <summary>A JSON array as <c>ip -d -j link</c> prints it, of one bond or all, UTF-8. Null: no such bond.</summary>
    public Task<byte[]?> JsonAsync(string? bond) => _loop.InvokeAsync(() =>
        bond is null ? BondJson.Write(_bonds.Values)
        : _bonds.TryGetValue(bond, out BondRuntime? runtime) ? BondJson.Write([runtime]) : null);

    /// <summary>Prometheus text exposition, UTF-8.</summary>
    public Task<byte[]> MetricsAsync() => _loop.InvokeAsync(() => Metrics.Write(_bonds.Values));

    /// <summary>
    /// Puts back every interface of this network namespace that a process which no longer lives had taken over; needs no engine.
    /// </summary>
    public static Outcome RestoreAll(string stateDirectory, Action<LogPriority, string> log)
    {
        ArgumentNullException.ThrowIfNull(log);
        try
        {
            using NetlinkSocket links = new();
            using Ethtool ethtool = new();
            return Restored(log, LinkRestore.All(new StateDirectory(stateDirectory), links, ethtool));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            return new Outcome(Errno.EACCES, exception.Message);
        }
    }

    /// <summary>
    /// Stops cleanly: every slave is given back. Host interfaces are deleted or kept as each bond's <c>on_stop</c> says, else by
    /// <paramref name="deleteByDefault"/>.
    /// </summary>
    public Task StopAsync(bool deleteByDefault) => _loop.InvokeAsync(() =>
    {
        foreach (BondRuntime runtime in _bonds.Values.Reverse().ToArray())
        {
            Remove(runtime, runtime.KeepsHostInterface(!deleteByDefault));
        }

        return true;
    });

    /// <summary>Ends the threads. What <see cref="StopAsync"/> did not give back stays for the next start to restore.</summary>
    public void Dispose()
    {
        _loop.Dispose();
        _watch.Dispose();
        _context.Dispose();
    }

    private static Outcome Restored(Action<LogPriority, string> log, IReadOnlyList<RestoreResult> results)
    {
        Outcome first = Outcome.Ok;
        foreach (RestoreResult result in results)
        {
            if (result.Outcome.Success)
            {
                log(LogPriority.Notice, $"{result.Name}: put back as it was found");
            }
            else
            {
                log(LogPriority.Warning, $"{result.Name}: {result.Outcome}");
                first = first.Success && result.Outcome.Error != Errno.ENODEV ? result.Outcome : first;
            }
        }

        return first;
    }

    private Task<Outcome> OnBondAsync(string bond, Func<BondRuntime, Outcome> request) => _loop.InvokeAsync(() =>
        _bonds.TryGetValue(bond, out BondRuntime? runtime) ? request(runtime) : NoSuchBond(bond));

    private Outcome NoSuchBond(string bond) => new(Errno.ENODEV,
        _bonds.Count == 0 ? $"there is no bond {bond}" : $"there is no bond {bond}; there is {string.Join(", ", _bonds.Keys)}");

    private Outcome AddBond(BondRequest request)
    {
        if (_bonds.ContainsKey(request.Name))
        {
            return new Outcome(Errno.EEXIST, $"bond {request.Name} exists already");
        }

        Outcome outcome = BondRuntime.Create(_context, request, out BondRuntime? runtime);
        if (!outcome.Success || runtime is null)
        {
            return outcome;
        }

        // Known from here on: the addresses and state of its host interface are read through it while slaves come in.
        _bonds.Add(request.Name, runtime);
        _watch.Refresh(runtime);
        outcome = runtime.Enslave(new EnslaveRequest(request.Slaves, request.TakeDown, request.Force));
        outcome = outcome.Success ? _context.Cores.WaitUntilReady() : outcome;
        if (!outcome.Success)
        {
            Remove(runtime, keepHostInterface: runtime.HostInterfaceWasThere);
        }

        return outcome;
    }

    private void Remove(BondRuntime runtime, bool keepHostInterface)
    {
        runtime.Close(keepHostInterface);
        _bonds.Remove(runtime.Bond.Name);
        _context.Events.Gone(runtime);
    }

    private long NextDueNs()
    {
        long due = long.MaxValue;
        foreach (BondRuntime runtime in _bonds.Values)
        {
            due = Math.Min(due, runtime.NextDueNs);
        }

        return due;
    }

    private void AfterEach()
    {
        foreach (BondRuntime runtime in _bonds.Values)
        {
            runtime.Advance(Clock.NowNs);
        }
    }

    private void OnFault(Exception exception) =>
        _context.Settings.Log(LogPriority.Error, $"control thread: {exception.GetType().Name}: {exception.Message}\n{exception.StackTrace}");
}
