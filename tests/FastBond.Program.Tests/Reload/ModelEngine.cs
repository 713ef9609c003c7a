using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Linux;

namespace FastBond.Program.Tests.Reload;

/// <summary>
/// An engine of real control planes over interfaces that do as they are told: what the daemon's engine would make of requests, without a
/// kernel. Interfaces named in <see cref="Absent"/> aren't there, those in <see cref="Broken"/> are refused.
/// </summary>
internal sealed class ModelEngine : IBondEngine
{
    private readonly List<ModelBond> _bonds = [];

    /// <summary>Every request, in words.</summary>
    public List<string> Requests { get; } = [];

    public HashSet<string> Absent { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Broken { get; } = new(StringComparer.Ordinal);

    public Outcome Start() => Outcome.Ok;

    public Task<Outcome> AddBondAsync(BondRequest request)
    {
        Requests.Add($"add {request.Name}");
        Assert.Empty(request.Slaves);
        ModelBond bond = new(request.Name);
        Outcome outcome = bond.Plane.ApplyAtCreation(0, Pairs(request.Options));
        if (outcome.Success)
        {
            _bonds.Add(bond);
        }

        return Task.FromResult(outcome);
    }

    public Task<Outcome> DeleteBondAsync(string bond) => On(bond, $"delete {bond}", found =>
    {
        _bonds.Remove(found);
        return Outcome.Ok;
    });

    public Task<Outcome> SetOptionsAsync(string bond, IReadOnlyList<OptionSetting> options) =>
        On(bond, $"set {bond} {string.Join(' ', options.Select(option => option.Name))}", found => found.Plane.Apply(0, Pairs(options)));

    public Task<Outcome> SetSlaveOptionsAsync(string bond, string slave, IReadOnlyList<OptionSetting> options) =>
        On(bond, $"set {bond} {slave}", found => found.Plane.ApplyToSlave(0, slave, Pairs(options)));

    public Task<Outcome> EnslaveAsync(string bond, EnslaveRequest request) => On(bond, $"enslave {bond} {request.Slaves[0]}", found =>
    {
        string slave = Assert.Single(request.Slaves);
        if (Broken.Contains(slave))
        {
            return new Outcome(Errno.EINVAL, $"{slave} is broken");
        }

        if (_bonds.Find(other => other.Plane.Slaves.Any(one => one.Name == slave)) is { } owner)
        {
            return new Outcome(Errno.EBUSY, $"{slave} belongs to {owner.Plane.Name}");
        }

        if (Absent.Contains(slave))
        {
            Assert.True(request.Await);
            found.Awaited[slave] = request.Options;
            return Outcome.Ok;
        }

        Outcome outcome = found.Plane.ApplyToSlave(0, slave, [.. Pairs(request.Options).Where(option => Bond.PrecedesEnslaving(option.Name))]);
        outcome = outcome.Success ? found.Plane.Enslave(0, slave) : outcome;
        return outcome.Success
            ? found.Plane.ApplyToSlave(0, slave, [.. Pairs(request.Options).Where(option => !Bond.PrecedesEnslaving(option.Name))])
            : outcome;
    });

    public Task<Outcome> ReleaseAsync(string bond, IReadOnlyList<string> slaves) => On(bond, $"release {bond} {string.Join(' ', slaves)}", found =>
    {
        foreach (string slave in slaves)
        {
            if (!found.Awaited.Remove(slave) && found.Plane.Release(0, slave) is { Success: false } refused)
            {
                return refused;
            }
        }

        return Outcome.Ok;
    });

    public Task<Outcome> ChangeHostAsync(string bond, HostChange change) => On(bond, $"host {bond}", found =>
    {
        if (change.Address is { } mac)
        {
            found.Plane.SetAddress(0, HardwareAddress.Parse(mac));
        }

        if (change.Mtu is { } mtu)
        {
            found.Plane.SetMtu(0, mtu);
        }

        change.RemoveRoutes.ToList().ForEach(route => found.Routes.Remove(route));
        foreach (BondAddress address in change.RemoveAddresses)
        {
            found.Addresses.Remove(address);
            if (!found.Addresses.Exists(other => !IsIPv6(other.Address)))
            {
                found.Routes.RemoveAll(route => !IsIPv6(route.Destination));
            }
        }

        if (change.Up is { } up)
        {
            found.Plane.SetUp(0, up);
            if (!up)
            {
                // As the kernel does it.
                found.Routes.Clear();
                found.Addresses.RemoveAll(address => IsIPv6(address.Address));
            }
        }

        found.Addresses.AddRange(change.AddAddresses.Except(found.Addresses));
        found.Routes.AddRange(change.AddRoutes.Except(found.Routes));
        return Outcome.Ok;
    });

    public Task<IReadOnlyList<BondState>> StateAsync() => Task.FromResult<IReadOnlyList<BondState>>([.. _bonds.Select(bond => bond.State())]);

    public Task<IReadOnlyList<CoreState>> CoresAsync() => throw new NotSupportedException();

    public Task<EventListener> ListenAsync() => throw new NotSupportedException();

    public Task<IReadOnlyList<string>> BondsAsync() => throw new NotSupportedException();

    public Task<string?> TextAsync(string bond, bool why) => throw new NotSupportedException();

    public Task<byte[]?> JsonAsync(string? bond) => throw new NotSupportedException();

    public Task<byte[]> MetricsAsync() => throw new NotSupportedException();

    public Task StopAsync(bool deleteByDefault) => Task.CompletedTask;

    public void Dispose()
    {
    }

    /// <summary>All there is to see, in words: equal words, equal bonds.</summary>
    public async Task<string> WordsAsync()
    {
        List<string> lines = [];
        foreach (BondState bond in (await StateAsync()).OrderBy(bond => bond.Name, StringComparer.Ordinal))
        {
            lines.Add($"{bond.Name} up={bond.IsUp} mtu={bond.Mtu}");
            lines.AddRange(bond.Options.Select(option => $"  {option.Name}={option.Value}"));
            lines.AddRange(bond.Slaves.OrderBy(slave => slave.Name, StringComparer.Ordinal)
                .Select(slave => $"  {slave.Name} {slave.IsPresent} {string.Join(' ', slave.Options.Select(option => $"{option.Name}={option.Value}"))}"));
            lines.AddRange(bond.Addresses.Select(address => $"  {address}").Order(StringComparer.Ordinal));
            lines.AddRange(bond.Routes.Select(route => $"  {route}").Order(StringComparer.Ordinal));
        }

        return string.Join('\n', lines);
    }

    private static bool IsIPv6(string address) => address.Contains(':', StringComparison.Ordinal);

    private static IReadOnlyList<(string Name, string Value)> Pairs(IReadOnlyList<OptionSetting> options) =>
        [.. options.Select(option => (option.Name, option.Value))];

    private Task<Outcome> On(string name, string request, Func<ModelBond, Outcome> act)
    {
        Requests.Add(request);
        ModelBond? bond = _bonds.Find(found => found.Plane.Name == name);
        return Task.FromResult(bond is null ? new Outcome(Errno.ENODEV, $"there is no bond {name}") : act(bond));
    }

    private sealed class ModelBond(string name)
    {
        public Bond Plane { get; } = new(name, new TrialWorld(), new HardwareAddress([2, 0, 0, 0, 0, 9]));

        public Dictionary<string, IReadOnlyList<OptionSetting>> Awaited { get; } = new(StringComparer.Ordinal);

        public List<BondAddress> Addresses { get; } = [];

        public List<BondRoute> Routes { get; } = [];

        public BondState State() => new()
        {
            Name = Plane.Name,
            IsUp = Plane.IsUp,
            Carrier = Plane.Carrier,
            Mtu = Plane.Mtu,
            Address = Plane.Address.ToString(),
            Options = [.. Plane.WrittenOptions().Select(option => new OptionSetting(option.Name, option.Value))],
            Slaves =
            [
                .. Plane.Slaves.Select(slave => new SlaveState
                {
                    Name = slave.Name,
                    IsPresent = true,
                    Options = [.. Plane.WrittenSlaveOptions(slave).Select(option => new OptionSetting(option.Name, option.Value))],
                }),
                .. Awaited.Select(awaited => new SlaveState { Name = awaited.Key, IsPresent = false, Options = awaited.Value }),
            ],
            Addresses = [.. Addresses],
            Routes = [.. Routes],
            Traffic = new TrafficState(0, 0, 0, 0, 0, 0),
        };
    }
}
