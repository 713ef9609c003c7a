using FastBond.Core.Bonds;
using FastBond.Dataplane.Cores;
using FastBond.Linux;

namespace FastBond.Service;

/// <summary>
/// Tells the service manager how the daemon is: a status line, and a sign of life only if the control thread answers and every poll core has
/// made progress, or has slept no longer than cores do. A core that hangs so ends the process, and the service manager starts it anew.
/// </summary>
internal sealed class Vitals(IBondEngine engine, ServiceManager manager, Action<LogPriority, string> log, TimeProvider clock)
{
    /// <summary>How often the status line is renewed if nobody watches.</summary>
    private static readonly TimeSpan StatusPeriod = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a core may be seen asleep and without a turn: it wakes by itself more often, so one that does not is stuck, whatever it was about
    /// to do.
    /// </summary>
    private static readonly TimeSpan LongestSleep = 2 * new PollCoreOptions().LongestSleep;

    private readonly Dictionary<string, (long Count, long Since)> _turns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _frames = new(StringComparer.Ordinal);
    private long _lastLook;
    private string _status = "";

    /// <summary>Tells until <paramref name="stop"/> is set.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (!manager.IsThere)
        {
            return;
        }

        // Half the patience, as systemd advises, and no less often than a status line wants.
        TimeSpan period = manager.Watchdog is { } patience && patience / 2 < StatusPeriod ? patience / 2 : StatusPeriod;
        using PeriodicTimer timer = new(period, clock);
        bool wasWell = true;
        try
        {
            do
            {
                string? fault = await FaultAsync(period);
                if (fault is null)
                {
                    manager.Alive();
                }
                else if (wasWell)
                {
                    log(LogPriority.Error, $"fastbond: no sign of life to the service manager: {fault}");
                }

                wasWell = fault is null;
                await TellStatusAsync(period, fault);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>What keeps us from saying that we live; null if all is well.</summary>
    internal async Task<string?> FaultAsync(TimeSpan patience)
    {
        IReadOnlyList<CoreState> cores;
        try
        {
            cores = await engine.CoresAsync().WaitAsync(patience, clock);
        }
        catch (TimeoutException)
        {
            return "the control thread does not answer";
        }

        long now = clock.GetTimestamp();
        string? fault = null;
        foreach (CoreState core in cores)
        {
            if (!_turns.TryGetValue(core.Name, out (long Count, long Since) last) || last.Count != core.Turns)
            {
                _turns[core.Name] = (core.Turns, now);
            }
            else if (!core.IsAsleep || clock.GetElapsedTime(last.Since, now) > LongestSleep)
            {
                fault ??= $"{core.Name} makes no progress";
            }

            fault = core.Fault is { } reason ? $"{core.Name} has stopped: {reason}" : fault;
        }

        return fault;
    }

    private async Task TellStatusAsync(TimeSpan patience, string? fault)
    {
        try
        {
            string status = fault ?? Line(await engine.StateAsync().WaitAsync(patience, clock));
            if (status != _status)
            {
                manager.Status(_status = status);
            }
        }
        catch (TimeoutException)
        {
            // Said already.
        }
    }

    /// <summary>"bond0 active-backup 2/2 up 0.4 Mpps; bond1 …".</summary>
    private string Line(IReadOnlyList<BondState> bonds)
    {
        long now = clock.GetTimestamp();
        double seconds = _lastLook == 0 ? 0 : clock.GetElapsedTime(_lastLook, now).TotalSeconds;
        _lastLook = now;
        return bonds.Count == 0 ? "no bonds" : string.Join("; ", bonds.Select(bond => Words(bond, seconds)));
    }

    private string Words(BondState bond, double seconds)
    {
        ulong frames = bond.Traffic.RxFrames + bond.Traffic.TxFrames;
        ulong before = _frames.GetValueOrDefault(bond.Name, frames);
        _frames[bond.Name] = frames;
        double millions = seconds > 0 && frames > before ? (frames - before) / seconds / 1e6 : 0;
        string mode = bond.Options.FirstOrDefault(option => option.Name == "mode").Value;
        string state = bond.IsUp ? bond.Carrier ? "up" : "no carrier" : "down";
        return $"{bond.Name} {mode} {bond.Slaves.Count(slave => slave.IsUsed)}/{bond.Slaves.Count} {state} {millions:0.0} Mpps";
    }
}
