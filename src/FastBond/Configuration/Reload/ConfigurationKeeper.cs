using FastBond.Configuration.Netplan;
using FastBond.Core.Bonds;
using FastBond.Linux;

namespace FastBond.Configuration.Reload;

/// <summary>What came of a reload.</summary>
/// <param name="Outcome">Whether it succeeded; if not, everything is as it was.</param>
/// <param name="Steps">What was done.</param>
/// <param name="Problems">What there is to say of the configuration.</param>
internal sealed record ReloadResult(Outcome Outcome, IReadOnlyList<string> Steps, IReadOnlyList<string> Problems);

/// <summary>
/// The daemon's configuration: where it is read from, what of it is in force, and the way back while a reload waits to be confirmed. One
/// request at a time.
/// </summary>
internal sealed class ConfigurationKeeper : IDisposable
{
    private readonly IBondEngine _engine;
    private readonly string? _path;
    private readonly string _memory;
    private readonly bool _force;
    private readonly Action<LogPriority, string> _log;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _turn = new(1);
    private IReadOnlyList<BondConfiguration> _inForce = [];
    private Trial? _trial;

    /// <summary>Keeps a configuration for an engine.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="path">File or directory; null if the daemon has none.</param>
    /// <param name="memory">Where what is in force is remembered, so that the next daemon knows what addresses and routes it may take away.</param>
    /// <param name="force">Whether an interface that carries the default route may be enslaved.</param>
    /// <param name="log">Where lines go.</param>
    /// <param name="clock">The time, for tests.</param>
    public ConfigurationKeeper(
        IBondEngine engine, string? path, string memory, bool force, Action<LogPriority, string> log, TimeProvider? clock = null)
    {
        (_engine, _path, _memory, _force, _log, _clock) = (engine, path, memory, force, log, clock ?? TimeProvider.System);
    }

    /// <summary>What is in force, as YAML.</summary>
    public string InForce => NetplanWriter.Write(_inForce);

    /// <summary>Brings the configuration about when the daemon starts; on a refusal the bonds that were made are deleted again.</summary>
    public async Task<ReloadResult> StartAsync(ConfigurationReading reading)
    {
        IReadOnlyList<BondConfiguration> predecessor = Remembered();
        ReloadResult result = await ChangeAsync(reading, predecessor, confirm: null);
        if (!result.Outcome.Success)
        {
            Remember(predecessor);
        }

        return result;
    }

    /// <summary>Reads the configuration anew and applies the difference, all or nothing.</summary>
    /// <param name="confirm">How long to wait for <see cref="ConfirmAsync"/> before everything is rolled back; null: not at all.</param>
    public async Task<ReloadResult> ReloadAsync(TimeSpan? confirm)
    {
        if (_path is null)
        {
            return Refused(new Outcome(Errno.ENOENT, "the daemon runs without a configuration; start it with --config FILE"));
        }

        return await InTurnAsync(() => _trial is not null
            ? Task.FromResult(Refused(new Outcome(Errno.EBUSY, "a reload waits to be confirmed: 'fastbond confirm' keeps it")))
            : ChangeAsync(ConfigurationFiles.Read(_path), _inForce, confirm));
    }

    /// <summary>Brings bonds about that are not of the daemon's own configuration, and leaves all others alone.</summary>
    public Task<ReloadResult> ApplyAsync(ConfigurationReading reading) => InTurnAsync(async () =>
    {
        if (reading.HasErrors)
        {
            return Invalid(reading);
        }

        IReadOnlyList<BondState> running = await _engine.StateAsync();
        string[] names = [.. reading.Bonds.Select(bond => bond.Name)];
        return await CarryOutAsync(
            reading, running, [.. _inForce.Where(bond => names.Contains(bond.Name))], [.. running.Where(bond => names.Contains(bond.Name))]);
    });

    /// <summary>Keeps what a reload has changed.</summary>
    public Task<Outcome> ConfirmAsync() => InTurnAsync(() =>
    {
        if (_trial is not { } trial)
        {
            return Task.FromResult(new Outcome(Errno.EINVAL, "no reload waits to be confirmed"));
        }

        trial.Timer.Dispose();
        _trial = null;
        _log(LogPriority.Notice, "fastbond: reload confirmed");
        return Task.FromResult(Outcome.Ok);
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _trial?.Timer.Dispose();
        _turn.Dispose();
    }

    private static ReloadResult Refused(Outcome outcome) => new(outcome, [], []);

    private static ReloadResult Invalid(ConfigurationReading reading) =>
        new(new Outcome(Errno.EINVAL, reading.Problems.First(problem => problem.Severity == Severity.Error).ToString()), [], Words(reading));

    private static IReadOnlyList<string> Words(ConfigurationReading reading) => [.. reading.Problems.Select(problem => problem.ToString())];

    private async Task<T> InTurnAsync<T>(Func<Task<T>> request)
    {
        await _turn.WaitAsync();
        try
        {
            return await request();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<ReloadResult> ChangeAsync(ConfigurationReading reading, IReadOnlyList<BondConfiguration> before, TimeSpan? confirm)
    {
        if (reading.HasErrors)
        {
            return Invalid(reading);
        }

        IReadOnlyList<BondState> running = await _engine.StateAsync();
        ReloadResult result = await CarryOutAsync(reading, running, before, running);
        if (!result.Outcome.Success)
        {
            return result;
        }

        if (confirm is { } patience && result.Steps.Count > 0)
        {
            _trial = new Trial(running, _inForce, _clock.CreateTimer(_ => _ = RollBackAsync(), null, patience, Timeout.InfiniteTimeSpan));
        }

        Remember(reading.Bonds);
        return result;
    }

    /// <summary>Carries out the difference; on a refusal the way back to the bonds as they ran.</summary>
    private async Task<ReloadResult> CarryOutAsync(
        ConfigurationReading reading, IReadOnlyList<BondState> running, IReadOnlyList<BondConfiguration> before, IReadOnlyList<BondState> concerned)
    {
        IReadOnlyList<Step> steps = ConfigurationDiff.Between(concerned, before, reading.Bonds);
        Outcome outcome = await Applier.ApplyAsync(_engine, steps, _force);
        if (outcome.Success)
        {
            return new ReloadResult(outcome, [.. steps.Select(step => step.ToString())], Words(reading));
        }

        await GoBackAsync(running, reading.Bonds);
        return new ReloadResult(outcome, [], Words(reading));
    }

    private async Task GoBackAsync(IReadOnlyList<BondState> to, IReadOnlyList<BondConfiguration> from)
    {
        IReadOnlyList<Step> back = ConfigurationDiff.Between(await _engine.StateAsync(), from, Snapshot.Of(to), goesBack: true);
        Outcome outcome = await Applier.ApplyAsync(_engine, back, force: true);
        if (!outcome.Success)
        {
            _log(LogPriority.Error, $"fastbond: going back to what was: {outcome}");
        }
    }

    /// <summary>The time to confirm is over.</summary>
    private Task<bool> RollBackAsync() => InTurnAsync(async () =>
    {
        if (_trial is { } trial)
        {
            _trial = null;
            await trial.Timer.DisposeAsync();
            _log(LogPriority.Warning, "fastbond: reload not confirmed in time, rolling back");
            await GoBackAsync(trial.Running, _inForce);
            Remember(trial.InForce);
        }

        return true;
    });

    private void Remember(IReadOnlyList<BondConfiguration> bonds)
    {
        _inForce = bonds;
        try
        {
            File.WriteAllText(_memory + ".new", InForce);
            File.Move(_memory + ".new", _memory, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _log(LogPriority.Warning, $"fastbond: {_memory}: {failure.Message}");
        }
    }

    private IReadOnlyList<BondConfiguration> Remembered() =>
        File.Exists(_memory) ? ConfigurationFiles.Read(_memory).Bonds : [];

    /// <summary>A reload that waits to be confirmed: the bonds as they ran, and what was in force.</summary>
    private sealed record Trial(IReadOnlyList<BondState> Running, IReadOnlyList<BondConfiguration> InForce, ITimer Timer);
}
