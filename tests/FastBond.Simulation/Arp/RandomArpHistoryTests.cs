using FastBond.Core.Bonds;

namespace FastBond.Simulation.Arp;

/// <summary>
/// The ARP monitor in whatever order things happen: paths are cut and links lost, slaves come and go, targets die, options and monitors are
/// changed, rings hang. What must hold is checked after every step; in the end all is mended, and the bond must work.
/// </summary>
public class RandomArpHistoryTests
{
    private const int Slaves = 4;
    private const int Steps = 120;

    private static readonly string[] Validations = ["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"];

    [Fact]
    public void Every_history_keeps_the_invariants_and_ends_well()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            try
            {
                new History(seed).Run();
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }
        }
    }

    private sealed class History
    {
        private readonly Random _random;
        private readonly ArpNetwork _network;
        private readonly BondSimulation _simulation;

        public History(int seed)
        {
            _random = new Random(seed);
            _network = new ArpNetwork((BondMode)_random.Next(4), Slaves, Flip() ? 100 : 50, Any(Validations), "10.9.0.2,10.9.0.3", simulation =>
            {
                simulation.Set("arp_missed_max", _random.Next(1, 4));
                simulation.Set("ns_ip6_target", Flip() ? "fd09::2" : "");
                simulation.Set("fail_over_mac", _random.Next(2));
            });
            _simulation = _network.Simulation;
        }

        public void Run()
        {
            for (int i = 0; i < Steps; i++)
            {
                Disturb();
                if (_random.Next(3) != 0)
                {
                    _network.RunFor(_random.NextDouble() * (_random.Next(5) == 0 ? 1000 : 120));
                }
            }

            Heal();
        }

        private bool Flip() => _random.Next(2) == 0;

        private T Any<T>(T[] values) => values[_random.Next(values.Length)];

        private string AnyName() => $"s{_random.Next(Slaves)}";

        private void Disturb()
        {
            string name = AnyName();
            switch (_random.Next(14))
            {
                case 0 or 1 or 2 or 3:
                    _ = _network.Paths.Remove(name) || _network.Paths.Add(name);
                    break;
                case 4:
                    _simulation.SetPeers(Flip(), name);
                    break;
                case 5:
                    _ = _network.Hosts.Remove("10.9.0.2") || _network.Hosts.Add("10.9.0.2");
                    break;
                case 6:
                    _ = _network.Hosts.Remove("10.9.0.3") || _network.Hosts.Add("10.9.0.3");
                    break;
                case 7:
                    _network.Flood(ArpFrames.Request("02:5c:00:00:00:01", "192.0.2.7", "192.0.2.8"));
                    break;
                case 8:
                    _ = _simulation.Bond.FindSlave(name) is null ? _simulation.Enslave(name) : _simulation.Release(name);
                    break;
                case 9:
                    _simulation.SetUp(Flip());
                    break;
                case 10 when _simulation.Bond.FindSlave(name) is { } slave:
                    _simulation.Bond.TransmitStalled(_simulation.NowNs, slave, Flip());
                    break;
                case 11:
                    SwitchMonitor();
                    break;
                case 12 when _simulation.Options.Mode == BondMode.ActiveBackup:
                    _simulation.Set(Any(["primary", "active_slave"]), Flip() || _simulation.Bond.ActiveSlave is not { } active ? "" : active.Name);
                    break;
                default:
                    WriteOption();
                    break;
            }
        }

        private void SwitchMonitor()
        {
            if (Flip())
            {
                _simulation.SetMiimon(_random.Next(3) * 50, _random.Next(4), _random.Next(4));
            }
            else
            {
                _simulation.Set("arp_interval", _random.Next(3) * 50);
            }
        }

        private void WriteOption()
        {
            switch (_random.Next(5))
            {
                case 0:
                    _simulation.Set("arp_validate", Any(Validations));
                    break;
                case 1:
                    _simulation.Set("arp_all_targets", _random.Next(2));
                    break;
                case 2:
                    _simulation.Set("arp_ip_target", Any(["10.9.0.2", "10.9.0.2,10.9.0.3", "10.9.0.3,10.9.0.2", ""]));
                    break;
                case 3:
                    _simulation.Set("all_slaves_active", _random.Next(2));
                    break;
                default:
                    _simulation.Set("num_grat_arp", _random.Next(4));
                    break;
            }
        }

        private void Heal()
        {
            foreach (string name in Enumerable.Range(0, Slaves).Select(static i => $"s{i}"))
            {
                _network.Paths.Add(name);
                _simulation.Enslave(name);
                _simulation.Bond.TransmitStalled(_simulation.NowNs, _simulation.Slave(name), false);
            }

            _simulation.SetPeers(true, [.. _simulation.World.Devices.Keys]);
            _network.Hosts.UnionWith(["10.9.0.2", "10.9.0.3"]);
            _simulation.Set("ns_ip6_target", "");
            _simulation.Set("arp_ip_target", "10.9.0.2,10.9.0.3");
            _simulation.Set("arp_validate", _simulation.Options.Mode == BondMode.ActiveBackup ? "all" : "active");
            _simulation.Set("arp_interval", 100);
            _simulation.SetUp(true);

            // Each may have to be asked in turn, and a backup needs a current slave that works.
            _network.RunFor(100 * (Slaves + 8));
            Bond bond = _simulation.Bond;
            Assert.All(bond.Slaves, static slave => Assert.Equal(LinkState.Up, slave.Link));
            Assert.True(bond.Carrier);
            Assert.Equal(bond.Options.Mode == BondMode.ActiveBackup ? 1 : Slaves, bond.Table.Usable.Length);

            _network.RunFor(3000);
            int lines = _simulation.World.Logs.Count;
            _network.RunFor(5000);
            Assert.Equal(lines, _simulation.World.Logs.Count);
        }
    }
}
