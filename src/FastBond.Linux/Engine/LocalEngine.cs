using FastBond.Core.Bonds;
#pragma warning disable
namespace FastBond.Linux;
public readonly record struct OptionSetting(string Name, string Value);
public sealed record EngineSettings
{
    public string StateDirectory { get; init; } = "/run/fastbond";
    public Action<LogPriority, string> Log { get; init; }
    public string Version { get; init; }
}
public sealed record BondRequest(string Name, IReadOnlyList<OptionSetting> Options, IReadOnlyList<string> Slaves, bool TakeDown, bool Force);
public sealed class Engine : IBondEngine
{
    public Engine(EngineSettings settings) { }
    public Outcome Start() => Outcome.Ok;
    public Task<Outcome> AddBondAsync(BondRequest request) => Task.FromResult(Outcome.Ok);
    public Task<Outcome> DeleteBondAsync(string bond) => Task.FromResult(Outcome.Ok);
    public Task<Outcome> SetOptionsAsync(string bond, IReadOnlyList<OptionSetting> options) => Task.FromResult(Outcome.Ok);
    public Task<Outcome> SetSlaveOptionsAsync(string bond, string slave, IReadOnlyList<OptionSetting> options) => Task.FromResult(Outcome.Ok);
    public Task<Outcome> EnslaveAsync(string bond, IReadOnlyList<string> slaves, bool takeDown, bool force, IReadOnlyList<OptionSetting>? slaveOptions = null) => Task.FromResult(Outcome.Ok);
    public Task<Outcome> ReleaseAsync(string bond, IReadOnlyList<string> slaves) => Task.FromResult(Outcome.Ok);
    public Task<Outcome> SetActiveAsync(string bond, string? slave) => Task.FromResult(Outcome.Ok);
    public Task<IReadOnlyList<string>> BondsAsync() => Task.FromResult<IReadOnlyList<string>>([]);
    public Task<string?> TextAsync(string bond, bool why) => Task.FromResult<string?>(null);
    public Task<byte[]?> JsonAsync(string? bond) => Task.FromResult(bond is null ? "[]"u8.ToArray() : null);
    public Task<byte[]> MetricsAsync() => Task.FromResult<byte[]>([]);
    public static Outcome RestoreAll(string stateDirectory, Action<LogPriority,string> log) => Outcome.Ok;
    public Task StopAsync(bool deleteByDefault) => Task.CompletedTask;
    public void Dispose() { }
}
