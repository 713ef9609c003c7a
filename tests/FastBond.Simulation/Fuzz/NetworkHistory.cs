using FastBond.Core.Bonds;
using FastBond.Simulation.Network;

namespace FastBond.Simulation.Fuzz;

/// <summary>
/// The life of a network drawn from a seed: hosts with bonds, and everything that can go wrong with them. What must always hold is checked as it happens.
/// In the end all is mended, and then every host must reach every other.
/// </summary>
internal sealed class NetworkHistory : IDisposable
{
    private const int Steps = 100;
    private const int LongestPauseMs = 150;
    private const int FirstOptions = 4;
    private const int EchoIds = 6;
    private const long LongestAnswerNs = 50 * VirtualTime.Millisecond;

    private readonly Random _random;
    private readonly Wiring _wiring;
    private readonly Disturbances _disturbances;
    private readonly Traffic _traffic;

    public NetworkHistory(int seed)
    {
        _random = new Random(seed);
        Network = new SimulatedNetwork(_random.Next());
        _wiring = (Wiring)_random.Next(Enum.GetValues<Wiring>().Length);
        int hosts = _wiring == Wiring.BackToBack ? 2 : _random.Next(2, 5);
        Topology.Build(Network, _wiring, hosts, _random.Next(1, 5), () => _random.Next(1, 3));
        _disturbances = new Disturbances(Network, _wiring, _random);
        _traffic = new Traffic(Network, _random.Next());
        Network.History.Note("network", $"{_wiring}, {hosts} hosts with {Network.Hosts[0].Nics.Count} NICs");
    }

    public SimulatedNetwork Network { get; }

    /// <summary>What it has reached (<see cref="Reach"/>).</summary>
    public ulong Reached { get; private set; }

    public void Run()
    {
        Begin();
        for (int i = 0; i < Steps; i++)
        {
            _disturbances.Next();
            if (_random.Next(3) > 0)
            {
                Network.RunFor(_random.NextDouble() * LongestPauseMs);
            }
        }

        Mend();
        JudgeLiveness();
        Reached = Reach.Of(Network);
        Dispose();
        JudgeReturn();
    }

    public void Dispose() => Network.Dispose();

    private void Begin()
    {
        Network.Disorder.IsCalm = false;
        BondMode mode = _disturbances.AnyMode();
        foreach (SimulatedHost host in Network.Hosts)
        {
            foreach (Nic nic in host.Nics)
            {
                nic.WantsKicks = _random.Next(2) == 0;
            }

            _disturbances.Reconfigure(host, mode);
            for (int i = 0; i < FirstOptions; i++)
            {
                _disturbances.WriteAny(host);
            }
        }

        _traffic.Start();
        Network.RunFor(_random.Next(500));
    }

    private void Mend()
    {
        Network.History.Note("network", "mend");
        Network.Disorder.IsCalm = true;
        foreach (LearningSwitch one in Network.Switches)
        {
            foreach (SwitchPort port in one.Ports)
            {
                port.IsBlocked = false;
            }

            one.SetPower(true);
        }

        foreach (Cable cable in Network.Cables)
        {
            cable.Heal();
        }

        foreach (SimulatedHost host in Network.Hosts)
        {
            Mend(host);
        }

        // What was said of links and devices before arrives by now, and no thread is stalled any more.
        Network.RunFor(2500);
        BondMode mode = Network.Hosts[0].Bond.Options.Mode;
        mode = Topology.Modes(_wiring).Contains(mode) ? mode : _disturbances.AnyMode();
        foreach (SimulatedHost host in Network.Hosts)
        {
            MendBond(host, mode);
        }

        Network.RunFor(4000);
    }

    private static void Mend(SimulatedHost host)
    {
        foreach (SimulatedCore core in host.Cores)
        {
            core.HostIsStalled = false;
        }

        foreach (Nic nic in host.Nics)
        {
            nic.ServiceLimit = 0;
            nic.IsHung = false;
        }
    }

    /// <summary>What an operator would do to have service again, and no more: what state the bond is in it must find out of by itself.</summary>
    private void MendBond(SimulatedHost host, BondMode mode)
    {
        if (host.Bond.Options.Mode != mode)
        {
            _disturbances.Reconfigure(host, mode);
            Network.RunFor(0);
        }

        foreach (Nic nic in host.Nics)
        {
            _disturbances.Create(host, nic);
            if (nic.Slave is null)
            {
                Disturbances.EnslaveNow(host, nic);
            }

            host.SetAdmin(nic, true);
        }

        Must(host.Set("miimon", "100"));
        Must(host.Set("updelay", "200"));
        Must(host.Set("downdelay", "100"));
        Must(host.Set("all_slaves_active", "0"));
        if (NeedsPrimary(mode))
        {
            Must(host.Set("primary", host.Nics[0].DeviceName));
            Must(host.Set("primary_reselect", "always"));
        }

        host.SetUp(true);
    }

    /// <summary>Whether only hosts that are active on the same of several networks meet.</summary>
    private bool NeedsPrimary(BondMode mode) => mode == BondMode.ActiveBackup && _wiring is (Wiring.BackToBack or Wiring.ParallelSwitches);

    private void JudgeLiveness()
    {
        _traffic.Stop();
        Network.RunFor(200);
        Network.History.Note("network", "judge");
        long moves = Network.Switches.Sum(static one => one.Moves);
        int[] lines = [.. Network.Hosts.Select(static host => host.World.Logs.Count)];
        foreach (SimulatedHost host in Network.Hosts)
        {
            JudgeBond(host);
            host.Stack.BeginJudging();
        }

        for (int round = 0; round < EchoIds; round++)
        {
            foreach (SimulatedHost host in Network.Hosts)
            {
                foreach (SimulatedHost peer in Network.Hosts.Where(peer => peer != host))
                {
                    host.Stack.Ping(peer, round);

                    // One at a time: in mode broadcast each answer comes as often as there are slaves, squared.
                    Network.RunFor(1);
                }
            }

            Network.RunFor(100);
        }

        foreach (SimulatedHost host in Network.Hosts)
        {
            HostStack stack = host.Stack;
            Holds(stack.Answered == stack.Asked, $"{host.Name}: {stack.Answered} of {stack.Asked} pings were answered, though all is well");
            Holds(stack.SlowestNs <= LongestAnswerNs, $"{host.Name}: an answer took {stack.SlowestNs} ns");
            Holds(host.World.Logs.Count == lines[host.Index], $"{host.Name}: has not come to rest");
        }

        Holds(Network.Switches.Sum(static one => one.Moves) == moves, "a MAC moves from port to port");
    }

    private void JudgeBond(SimulatedHost host)
    {
        Bond bond = host.Bond;
        Holds(bond.Carrier && bond.ActiveSlave is not null, $"{host.Name}: no carrier, though all links are well");
        Holds(bond.Slaves.Count == host.Nics.Count, $"{host.Name}: {bond.Slaves.Count} slaves");
        Holds(bond.Slaves.All(static slave => slave.Link == LinkState.Up), $"{host.Name}: not all links are up");
        Holds(!NeedsPrimary(bond.Options.Mode) || bond.ActiveSlave == host.Nics[0].Slave, $"{host.Name}: the primary is not active");
    }

    /// <summary>After the last release every interface is as it was found.</summary>
    private void JudgeReturn()
    {
        foreach (SimulatedDevice device in Network.Hosts.SelectMany(static host => host.World.Devices.Values))
        {
            bool asFound = device.Address == device.PermanentAddress && device.Mtu == 1500 && device is { IsOpen: false, IsUp: false };
            Holds(asFound, $"left behind: {device}");
        }
    }

    private static void Must(Outcome outcome) => Holds(outcome.Success, $"refused: {outcome}");

    private static void Holds(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvariantBrokenException(message);
        }
    }
}
