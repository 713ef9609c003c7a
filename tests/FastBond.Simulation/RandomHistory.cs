using System.Globalization;
using FastBond.Core.Bonds;

namespace FastBond.Simulation;

/// <summary>
/// A bond's life drawn from a seed: links flap, slaves come, go and vanish, options are written, calls fail. The simulation checks what
/// must hold after every step; in the end all is mended, and the bond must work.
/// </summary>
internal sealed class RandomHistory
{
    private const int Slaves = 5;
    private const int Steps = 150;

    private readonly Random _random;
    private readonly BondSimulation _simulation;
    private readonly bool _infiniband;
    private int _addresses = 256;

    public RandomHistory(int seed)
    {
        _random = new Random(seed);
        _infiniband = _random.Next(5) == 0;
        _simulation = new BondSimulation(Flip() ? Hearing.Polled : Hearing.Hinted, Slaves, _infiniband);
        _simulation.SetMode(AnyMode());
        _simulation.Set("fail_over_mac", _random.Next(3));
        _simulation.SetMiimon(Flip() ? 100 : 50, _random.Next(4), _random.Next(4));
        foreach (string name in _simulation.World.Devices.Keys.Order(StringComparer.Ordinal).Take(_random.Next(Slaves)))
        {
            _simulation.Enslave([name]);
        }

        _simulation.SetUp(Flip());
    }

    public IEnumerable<string> Lines => _simulation.World.Logs.Select(static line => $"{line.TimeNs} {line.Text}");

    public void Run()
    {
        for (int i = 0; i < Steps; i++)
        {
            Disturb();
            if (_random.Next(3) != 0)
            {
                _simulation.RunFor(_random.NextDouble() * (_random.Next(4) == 0 ? 1000 : 150));
            }
        }

        Heal();
    }

    private bool Flip() => _random.Next(2) == 0;

    private BondMode AnyMode() => _infiniband ? BondMode.ActiveBackup : (BondMode)_random.Next(4);

    private string AnyName() => $"s{_random.Next(Slaves)}";

    private void Disturb()
    {
        switch (_random.Next(18))
        {
            case 0 or 1 or 2 or 3 or 4:
                _simulation.SetPeers(Flip(), [.. _simulation.World.Devices.Keys.Where(_ => Flip())]);
                break;
            case 5:
                if (_simulation.Bond.FindSlave(AnyName()) is { } slave)
                {
                    _simulation.SetAdmin(slave.Name, Flip());
                }

                break;
            case 6 or 7:
                _simulation.Enslave(AnyName());
                break;
            case 8:
                EnslaveWithFailure(AnyName());
                break;
            case 9:
                _simulation.Release(AnyName());
                break;
            case 10:
                _simulation.Delete(AnyName());
                break;
            case 11 or 12:
                Create(AnyName());
                break;
            case 13:
                _simulation.SetUp(Flip());
                break;
            case 14:
                _simulation.SetActive(Flip() ? AnyName() : "");
                break;
            case 15:
                _simulation.SetAddress($"02:77:00:00:00:{_random.Next(256):x2}");
                break;
            case 16:
                Assert.Equal(Outcome.Ok, _simulation.Bond.SetMtu(_simulation.NowNs, Flip() ? 1500 : 9000));
                break;
            default:
                WriteOption();
                break;
        }
    }

    private void EnslaveWithFailure(string name)
    {
        int countdown = _random.Next(5);
        _simulation.World.Fail = (call, device) => !device.IsOpen && call != nameof(IEffects.FindDevice) && countdown-- == 0
            ? new Outcome(Flip() ? Errno.EOPNOTSUPP : Errno.EBUSY, $"{device.Name}: {call} failed")
            : null;
        string[] before = [.. _simulation.Bond.Slaves.Select(static slave => slave.Name)];
        Outcome outcome = _simulation.Bond.Enslave(_simulation.NowNs, name);
        _simulation.World.Fail = static (_, _) => null;
        Assert.Equal(outcome.Success ? [.. before, name] : before, _simulation.Bond.Slaves.Select(static slave => slave.Name));
        _simulation.RunFor(0);
    }

    private void Create(string name)
    {
        if (!_simulation.World.Devices.ContainsKey(name))
        {
            _simulation.AddDevice(_infiniband, name, _addresses++);
        }
    }

    private void WriteOption()
    {
        BondOptions options = _simulation.Options;
        bool selects = options.Mode == BondMode.ActiveBackup;
        switch (_random.Next(8))
        {
            case 0 when selects:
                _simulation.Set("primary", Flip() ? AnyName() : "");
                break;
            case 1 when selects:
                _simulation.Set("primary_reselect", _random.Next(3));
                break;
            case 2 when selects && _simulation.Bond.FindSlave(AnyName()) is { } slave:
                _simulation.SetPrio(slave.Name, _random.Next(3));
                break;
            case 3 when selects:
                _simulation.Set("all_slaves_active", _random.Next(2));
                break;
            case 4:
                _simulation.Set("num_grat_arp", _random.Next(4));
                _simulation.Set("resend_igmp", _random.Next(4));
                if (options.Miimon > 0)
                {
                    _simulation.Set("peer_notif_delay", _random.Next(3) * options.Miimon);
                }

                break;
            case 5:
                _simulation.SetMiimon(_random.Next(3) * 50, options.UpdelayTicks, options.DowndelayTicks);
                break;
            case 6 when !_simulation.Bond.IsUp && _simulation.Bond.Slaves.Count == 0:
                _simulation.SetMode(AnyMode());
                break;
            default:
                if (options.Miimon > 0)
                {
                    _simulation.Set("updelay", _random.Next(4) * options.Miimon);
                    _simulation.Set("downdelay", _random.Next(4) * options.Miimon);
                }

                break;
        }
    }

    private void Heal()
    {
        Bond bond = _simulation.Bond;
        foreach (string name in Enumerable.Range(0, Slaves).Select(static i => string.Create(CultureInfo.InvariantCulture, $"s{i}")))
        {
            Create(name);
            _simulation.Enslave(name);
            _simulation.SetAdmin(name, true);
        }

        _simulation.SetPeers(true, [.. _simulation.World.Devices.Keys]);
        _simulation.SetMiimon(100, 3, 3);
        _simulation.SetUp(true);
        _simulation.RunFor(100 * 5);

        Assert.Equal(Slaves, bond.Slaves.Count);
        Assert.All(bond.Slaves, static slave => Assert.Equal(LinkState.Up, slave.Link));
        Assert.True(bond.Carrier);
        Assert.NotNull(bond.ActiveSlave);
        IEnumerable<Slave> carriers = bond.Options.Mode == BondMode.ActiveBackup ? [bond.ActiveSlave] : bond.Slaves;
        Assert.Equal(carriers.Select(static slave => slave.Slot), bond.Table.Usable);
        if (bond.PrimarySlave is not null && bond.Options.PrimaryReselect == 0)
        {
            Assert.Same(bond.PrimarySlave, bond.ActiveSlave);
        }

        // And come to rest: what is left is the monitor's own passes.
        _simulation.RunFor(3000);
        int lines = _simulation.World.Logs.Count;
        _simulation.RunFor(10_000);
        Assert.Equal(lines, _simulation.World.Logs.Count);
        Assert.Equal(bond.NextPassNs, bond.NextDueNs);
    }
}
