using FastBond.Core.Bonds;
using FastBond.Simulation.Network;

namespace FastBond.Simulation.Fuzz;

/// <summary>
/// The life of a network drawn from a seed: hosts with bonds, and everything that can go wrong with them. What must always hold is checked
/// as it happens. In the end all is mended, and then every host must reach every other.
/// </summary>
internal sealed class NetworkHistory : IDisposable
{
    private const int Steps = 100;
    private const int LongestPauseMs = 150;
    private const int FirstOptions = 4;

    private readonly Random _random;
    private readonly Wiring _wiring;
    private readonly Disturbances _disturbances;
    private readonly Traffic _traffic;
    private readonly Liveness _liveness;

    public NetworkHistory(int seed)
    {
        _random = new Random(seed);
        Network = new SimulatedNetwork(_random.Next());
        _wiring = (Wiring)_random.Next(Enum.GetValues<Wiring>().Length);
        int hosts = _wiring == Wiring.BackToBack ? 2 : _random.Next(2, 5);
        Topology.Build(Network, _wiring, hosts, _random.Next(1, 5), () => _random.Next(1, 3));
        _disturbances = new Disturbances(Network, _wiring, _random);
        _traffic = new Traffic(Network, _random.Next());
        _liveness = new Liveness(Network, _wiring, _random);
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
        _traffic.Stop();
        Network.RunFor(200);
        _liveness.Judge();
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

    /// <summary>
    /// What an operator would do to have service again, and no more: what state the bond is in it must find out of by itself.
    /// </summary>
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

        _liveness.Configure(host);
        host.SetUp(true);
    }

    /// <summary>After the last release every interface is as it was found.</summary>
    private void JudgeReturn()
    {
        foreach (SimulatedDevice device in Network.Hosts.SelectMany(static host => host.World.Devices.Values))
        {
            if (device.Address != device.PermanentAddress || device.Mtu != 1500 || device.IsOpen || device.IsUp)
            {
                throw new InvariantBrokenException($"left behind: {device}");
            }
        }
    }
}
