using System.Net;

namespace FastBond.Simulation.Network;

/// <summary>Hosts, switches and cables in one virtual time, all from one seed.</summary>
internal sealed class SimulatedNetwork : IDisposable
{
    /// <summary>The most hosts there can be.</summary>
    public const int MaxHosts = 8;

    private readonly List<SimulatedHost> _hosts = [];
    private readonly List<LearningSwitch> _switches = [];
    private readonly List<Cable> _cables = [];
    private long _number;

    public SimulatedNetwork(int seed = 0)
    {
        History = new History(Time);
        Disorder = new Disorder(seed);
    }

    public VirtualTime Time { get; } = new();

    public History History { get; }

    public Disorder Disorder { get; }

    public long NowNs => Time.NowNs;

    public IReadOnlyList<SimulatedHost> Hosts => _hosts;

    public IReadOnlyList<LearningSwitch> Switches => _switches;

    public IReadOnlyList<Cable> Cables => _cables;

    /// <summary>Counts everything that may change the way of a frame.</summary>
    public long Epoch { get; private set; }

    /// <summary>Whether no cable makes frames overtake each other.</summary>
    public bool IsOrderly => _cables.TrueForAll(static cable => cable.A.Outward.JitterNs == 0 && cable.B.Outward.JitterNs == 0);

    /// <summary>
    /// Whether what a host broadcasts on one slave arrives at its others: where the switch doesn't know that they belong together.
    /// </summary>
    public bool FloodsToSiblings { get; set; }

    public void Disturbed() => Epoch++;

    public long NextNumber() => ++_number;

    public SimulatedHost? HostAt(IPAddress address) => _hosts.Find(host => host.Address.Equals(address));

    public SimulatedHost AddHost(int cores, int foreseenSlaves)
    {
        SimulatedHost host = new(this, _hosts.Count, cores, foreseenSlaves);
        _hosts.Add(host);
        return host;
    }

    public LearningSwitch AddSwitch()
    {
        LearningSwitch added = new(this, $"sw{_switches.Count}");
        _switches.Add(added);
        return added;
    }

    public Cable AddCable()
    {
        Cable cable = new(this, $"c{_cables.Count}");
        _cables.Add(cable);
        return cable;
    }

    public void RunFor(double milliseconds) => Time.RunUntil(NowNs + (long)(milliseconds * VirtualTime.Millisecond));

    public void Dispose()
    {
        foreach (SimulatedHost host in _hosts)
        {
            host.Dispose();
        }
    }
}
