using System.Net;
using FastBond.Core.Bonds;

namespace FastBond.Simulation;

/// <summary>Does to a simulated bond, at the same times, what was done to a trace's kernel bond, and notes its state likewise.</summary>
internal sealed class Replay
{
    private static readonly string[] Reselects = ["always", "better", "failure"];

    private readonly Dictionary<string, List<Observation>> _history = [];
    private readonly GoldenTrace _trace;

    public Replay(GoldenTrace trace, Hearing hearing, Action<BondSimulation>? setup = null)
    {
        _trace = trace;
        Simulation = new BondSimulation(hearing);
        Configure();
        setup?.Invoke(Simulation);
        Lines = Simulation.World.Logs.Count;
        Simulation.AfterStep = Observe;
        Observe();
        Run();
    }

    public BondSimulation Simulation { get; }

    /// <summary>Log lines of the set-up, before the recording began.</summary>
    public int Lines { get; }

    public List<Observation> HistoryOf(string key) => _history[key];

    private void Configure()
    {
        Dictionary<string, string?> initial = _trace.InitialState;
        string mode = initial["bond|Bonding Mode"]!;
        Simulation.SetMode(mode switch
        {
            "load balancing (round-robin)" => BondMode.BalanceRr,
            "load balancing (xor)" => BondMode.BalanceXor,
            _ => BondMode.ActiveBackup,
        });
        Simulation.Set("fail_over_mac", mode.Contains("fail_over_mac active", StringComparison.Ordinal) ? 1
            : mode.Contains("fail_over_mac follow", StringComparison.Ordinal) ? 2 : 0);
        int miimon = Number("MII Polling Interval (ms)");
        Simulation.SetMiimon(miimon, Number("Up Delay (ms)") / miimon, Number("Down Delay (ms)") / miimon);
        Simulation.Set("peer_notif_delay", Number("Peer Notification Delay (ms)"));
        if (initial.GetValueOrDefault("bond|Primary Slave") is { } primary && primary != "None")
        {
            string[] words = primary.Split([' ', ')']);
            Simulation.Set("primary_reselect", words[2]);
            Simulation.Set("primary", words[0]);
        }

        if (GoldenTrace.Mac(initial["bond0|address"]) != "random")
        {
            Simulation.SetAddress(initial["bond0|address"]!);
        }

        Simulation.Bond.SetHostAddresses(0, [new HostAddress(IPAddress.Parse("10.9.0.1"), [], default)]);
        foreach (string slave in initial.Keys.Where(static key => key.EndsWith("|present", StringComparison.Ordinal)))
        {
            Simulation.Enslave([slave[..2]]);
        }

        int Number(string label) => int.Parse(initial[$"bond|{label}"]!);
    }

    private void Run()
    {
        foreach (TraceEntry entry in _trace.Timeline.Where(static entry => entry.Source == "event"))
        {
            RunUntil(entry.TimeMs);
            if (entry.Commands.Contains("ip link del bond0"))
            {
                return;
            }

            Do(entry.Commands);
        }

        RunUntil(_trace.Timeline[^1].TimeMs + 500);
    }

    private void RunUntil(double timeMs) => Simulation.RunUntil((long)(timeMs * 1_000_000));

    private void Do(string[] commands)
    {
        string[] down = [.. Peers(commands, "down")];
        string[] up = [.. Peers(commands, "up")];
        if (down.Length > 0)
        {
            Simulation.SetPeers(false, down);
        }

        if (up.Length > 0)
        {
            Simulation.SetPeers(true, up);
        }

        foreach (string command in commands)
        {
            Run(command.Split(' '));
        }
    }

    private static IEnumerable<string> Peers(string[] commands, string state) => commands
        .Select(static command => command.Split(' '))
        .Where(words => words is ["ip", "-n", "rx", "link", "set", _, var to] && to == state)
        .Select(static words => words[5].Replace('p', 's'));

    private void Run(string[] words)
    {
        switch (words)
        {
            case ["ip", "-n", "rx", ..] or ["ip", "link", "set", "bond0.10", "up"]:
                break;
            case ["ip", "link", "set", "bond0", "up" or "down"]:
                Simulation.SetUp(words[4] == "up");
                break;
            case ["ip", "link", "set", "bond0", "address", var address]:
                Assert.True(Simulation.SetAddress(address).Success);
                break;
            case ["ip", "link", "set", "bond0", "type", "bond", "active_slave", var name]:
                Assert.True(Simulation.SetActive(name).Success);
                break;
            case ["ip", "link", "set", "bond0", "type", "bond", "primary", var name]:
                Simulation.Set("primary", name);
                break;
            case ["ip", "link", "set", "bond0", "type", "bond", "primary_reselect", var value]:
                Simulation.Set("primary_reselect", value);
                break;
            case ["ip", "link", "set", var name, "type", "bond_slave", "prio", var prio]:
                Simulation.SetPrio(name, int.Parse(prio));
                break;
            case ["ip", "link", "set", var name, "master", "bond0"]:
                Assert.Equal(Outcome.Ok, Simulation.Enslave(name));
                break;
            case ["ip", "link", "set", var name, "nomaster"]:
                Assert.Equal(Outcome.Ok, Simulation.Release(name));
                break;
            case ["ip", "link", "set", var name, "up" or "down"]:
                Simulation.SetAdmin(name, words[4] == "up");
                break;
            default:
                throw new InvalidOperationException($"the trace has a command that the replay does not know: {string.Join(' ', words)}");
        }
    }

    private void Observe()
    {
        Bond bond = Simulation.Bond;
        Note("bond0|address", GoldenTrace.Mac(bond.Address.ToString()));
        Note("bond0|operstate", bond.IsUp && bond.Carrier ? "up" : "down");
        Note("bond|MII Status", bond.Carrier ? "up" : "down");
        Note("bond|Currently Active Slave", bond.Options.Mode == BondMode.ActiveBackup ? bond.ActiveSlave?.Name ?? "None" : null);
        string reselect = Reselects[bond.Options.PrimaryReselect];
        Note("bond|Primary Slave", bond.PrimarySlave is { } primary ? $"{primary.Name} (primary_reselect {reselect})" : "None");
        foreach (SimulatedDevice device in Simulation.World.Devices.Values)
        {
            Slave? slave = bond.FindSlave(device.Name);
            Note($"{device.Name}|address", GoldenTrace.Mac(device.Address.ToString()));
            Note($"{device.Name}|present", slave is null ? null : "1");
            Note($"{device.Name}|MII Status", slave is null ? null : Status(slave.Link));
            Note($"{device.Name}|Link Failure Count", slave?.LinkFailureCount.ToString());
            Note($"{device.Name}|Permanent HW addr", slave?.PermanentAddress.ToString());
            Note($"{device.Name}|Speed", slave is null ? null : $"{slave.SpeedMbps} Mbps");
            Note($"{device.Name}|Duplex", slave is null ? null : "full");
        }
    }

    public static string Status(LinkState link) => link switch
    {
        LinkState.Up => "up",
        LinkState.Fail => "going down",
        LinkState.Down => "down",
        _ => "going back",
    };

    private void Note(string key, string? value)
    {
        if (!_history.TryGetValue(key, out List<Observation>? history))
        {
            _history.Add(key, history = []);
        }

        if (history.Count == 0 || history[^1].Value != value)
        {
            history.Add(new Observation(Simulation.NowMs, value));
        }
    }
}
