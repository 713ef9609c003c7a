using FastBond.Simulation.Network;

namespace FastBond.Simulation.Fuzz;

/// <summary>
/// What the hosts of a network say to each other meanwhile: echoes, datagrams in bursts, groups, and now and then nonsense.
/// </summary>
internal sealed class Traffic(SimulatedNetwork network, int seed)
{
    private const int Flows = 12;

    private readonly Random _random = new(seed);
    private bool _running;

    public void Start()
    {
        _running = true;
        foreach (SimulatedHost host in network.Hosts)
        {
            Speak(host);
        }
    }

    public void Stop() => _running = false;

    private void Speak(SimulatedHost host)
    {
        if (!_running)
        {
            return;
        }

        SimulatedHost peer = network.Hosts[(host.Index + 1 + _random.Next(network.Hosts.Count - 1)) % network.Hosts.Count];
        switch (_random.Next(20))
        {
            case 0:
                host.Stack.SendMulticastReport();
                break;
            case 1:
                host.Stack.SendMulticastReport(0x8100_0000 | (uint)_random.Next(1, 4095));
                break;
            case 2:
                // Around the two limits: shorter than a header, longer than the MTU allows.
                host.Stack.SendOdd(_random.Next(3) switch { 0 => _random.Next(16), 1 => 1510 + _random.Next(20), _ => 60 }, _random.Next(Flows));
                break;
            case < 10:
                host.Stack.Ping(peer, _random.Next(Flows));
                break;
            default:
                host.Stack.SendDatagrams(peer, _random.Next(Flows), 1 + _random.Next(_random.Next(8) == 0 ? 60 : 6));
                break;
        }

        network.Time.After(1 + _random.NextInt64(60 * VirtualTime.Millisecond), () => Speak(host));
    }
}
