using System.Text;
using FastBond.Core.Bonds;
using FastBond.Linux;

namespace FastBond.Program.Tests;

/// <summary>An engine that writes down what it is asked and answers what it is told to.</summary>
internal sealed class FakeEngine : IBondEngine
{
    private readonly Lock _lock = new();
    private readonly List<string> _calls = [];
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What every request that changes something gets.</summary>
    public Outcome Answer { get; set; } = Outcome.Ok;

    public Outcome StartAnswer { get; set; } = Outcome.Ok;

    /// <summary>Thrown by every query if set: the engine's bug.</summary>
    public Exception? Bug { get; set; }

    public List<string> Bonds { get; } = [];

    /// <summary>Awaited before a bond is added: a start that takes its time.</summary>
    public Func<Task> BeforeAdd { get; set; } = () => Task.CompletedTask;

    /// <summary>Completes when a bond is about to be added.</summary>
    public Task Entered => _entered.Task;

    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    public Outcome Start() => Record("start", StartAnswer);

    public async Task<Outcome> AddBondAsync(BondRequest request)
    {
        _entered.TrySetResult();
        await BeforeAdd();
        Outcome outcome = Record(
            $"add {request.Name} [{Words(request.Options)}] [{string.Join(',', request.Slaves)}] take_down={request.TakeDown} force={request.Force}",
            Answer);
        if (outcome.Success)
        {
            Bonds.Add(request.Name);
        }

        return outcome;
    }

    public Task<Outcome> DeleteBondAsync(string bond) => RecordAsync($"delete {bond}");

    public Task<Outcome> SetOptionsAsync(string bond, IReadOnlyList<OptionSetting> options) => RecordAsync($"set {bond} [{Words(options)}]");

    public Task<Outcome> SetSlaveOptionsAsync(string bond, string slave, IReadOnlyList<OptionSetting> options) =>
        RecordAsync($"set {bond} {slave} [{Words(options)}]");

    public Task<Outcome> EnslaveAsync(string bond, EnslaveRequest request) => RecordAsync(
        $"enslave {bond} [{string.Join(',', request.Slaves)}] take_down={request.TakeDown} force={request.Force} [{Words(request.Options)}]"
        + (request.Await ? " await" : ""));

    public Task<Outcome> ReleaseAsync(string bond, IReadOnlyList<string> slaves) => RecordAsync($"release {bond} [{string.Join(',', slaves)}]");

    public Task<Outcome> ChangeHostAsync(string bond, HostChange change) => RecordAsync($"host {bond} {Words(change)}");

    /// <summary>The bonds as they run.</summary>
    public IReadOnlyList<BondState> State { get; set; } = [];

    public IReadOnlyList<CoreState> Cores { get; set; } = [];

    /// <summary>Who listens.</summary>
    public List<EventListener> Listeners { get; } = [];

    public Task<IReadOnlyList<BondState>> StateAsync() => Query(State);

    /// <summary>If set, signs of life come only when it completes: a control thread that hangs.</summary>
    public TaskCompletionSource? Silent { get; set; }

    public async Task<IReadOnlyList<CoreState>> CoresAsync()
    {
        await (Silent?.Task ?? Task.CompletedTask);
        return Cores;
    }

    public Task<EventListener> ListenAsync()
    {
        EventListener listener = new(gone =>
        {
            lock (_lock)
            {
                Listeners.Remove(gone);
            }
        });
        lock (_lock)
        {
            Listeners.Add(listener);
        }

        return Query(listener);
    }

    public Task<IReadOnlyList<string>> BondsAsync() => Query<IReadOnlyList<string>>([.. Bonds]);

    public Task<string?> TextAsync(string bond, bool why) => Query(Bonds.Contains(bond) ? $"text of {bond}{(why ? " with reasons" : "")}\n" : null);

    public Task<byte[]?> JsonAsync(string? bond) =>
        Query(bond is null ? Encoding.UTF8.GetBytes($"[{string.Join(',', Bonds.Select(name => $"\"{name}\""))}]\n")
            : Bonds.Contains(bond) ? Encoding.UTF8.GetBytes($"[\"{bond}\"]\n") : null);

    public Task<byte[]> MetricsAsync() => Query("node_bonding_slaves{master=\"bond0\"} 2\n"u8.ToArray());

    public Task StopAsync(bool deleteByDefault) => RecordAsync($"stop delete={deleteByDefault}");

    public void Dispose()
    {
    }

    private static string Words(IEnumerable<OptionSetting> options) => string.Join(' ', options.Select(option => $"{option.Name}={option.Value}"));

    private static string Words(HostChange change) => string.Join(' ', ((string[])
    [
        change.Address is null ? "" : $"address={change.Address}",
        change.Mtu is null ? "" : $"mtu={change.Mtu}",
        .. change.RemoveRoutes.Select(route => $"-{Words(route)}"),
        .. change.RemoveAddresses.Select(address => $"-{address.Address}/{address.PrefixLength}"),
        change.Up is null ? "" : change.Up.Value ? "up" : "down",
        .. change.AddAddresses.Select(address => $"+{address.Address}/{address.PrefixLength}"),
        .. change.AddRoutes.Select(route => $"+{Words(route)}"),
    ]).Where(word => word.Length > 0));

    private static string Words(BondRoute route) => $"{route.Destination}/{route.PrefixLength}>{route.Gateway}";

    private Task<T> Query<T>(T answer) => Bug is null ? Task.FromResult(answer) : Task.FromException<T>(Bug);

    private Task<Outcome> RecordAsync(string call) => Task.FromResult(Record(call, Answer));

    private Outcome Record(string call, Outcome answer)
    {
        lock (_lock)
        {
            _calls.Add(call);
        }

        return answer;
    }
}
