using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Topology;

namespace FastBond.Lab.Tests.Service;

/// <summary>A host whose bond0 comes from a configuration file, as the service's does; each slave's other end is a plain interface of the same name.</summary>
internal sealed class ConfiguredHost
{
    /// <summary>bond0 of eth0 and eth1.</summary>
    public const string TwoSlaves =
        """
        network:
          bonds:
            bond0:
              interfaces: [eth0, eth1]
              addresses: [192.0.2.1/24]
              parameters: {mode: balance-rr, mii-monitor-interval: 100}

        """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);
    private readonly LabRun _lab;
    private readonly CounterReader _counters;
    private readonly List<string> _plugged = [];

    /// <summary>Makes links eth0, eth1, …, and starts the daemon; the bond has carrier then.</summary>
    public ConfiguredHost(LabRun lab, string configuration, int links = 2, bool ipv6 = false, string starter = "", string? program = null)
    {
        _lab = lab;
        (Place, Peers) = (lab.Namespace(ipv6), lab.Namespace());
        _counters = lab.Keep(new CounterReader(Peers));
        Enumerable.Range(0, links).ToList().ForEach(Plug);
        File = lab.Keep(new ConfigurationFile(configuration));
        StateDirectory = lab.StateDirectory();
        Daemon = Start(starter, program);
    }

    /// <summary>Where the bond is.</summary>
    public NetworkNamespace Place { get; }

    /// <summary>Where the links lead to.</summary>
    public NetworkNamespace Peers { get; }

    /// <summary>The configuration.</summary>
    public ConfigurationFile File { get; }

    /// <summary>State directory of every daemon of this host.</summary>
    public string StateDirectory { get; }

    /// <summary>The daemon that was started last.</summary>
    public FastBondProcess Daemon { get; private set; }

    /// <summary>Starts a daemon, the first or one more after the last has ended.</summary>
    public FastBondProcess Start(string starter = "", string? program = null)
    {
        Daemon = _lab.Daemon(Place, $"--config {File.Path}", StateDirectory, starter, program);
        Wait.Until(() => Place.Link("bond0").IsOperational, Soon, "carrier on the bond");
        return Daemon;
    }

    /// <summary>Makes link N, whose end here is down and whose other end is up.</summary>
    public void Plug(int n)
    {
        VethPair.Create(new VethEnd(Place, $"eth{n}") { Address = $"02:aa:00:00:00:{n:x2}" }, new VethEnd(Peers, $"eth{n}"));
        VethPair.MakePlainPeer(Peers, $"eth{n}");
        Peers.Ip($"link set eth{n} up");
        _plugged.Add($"eth{n}");
    }

    /// <summary>Takes link N away, both ends of it.</summary>
    public void Unplug(int n)
    {
        _plugged.Remove($"eth{n}");
        Place.Ip($"link delete eth{n}");
    }

    /// <summary>All frames that the other ends of the links there are have received: nobody sends to them but the bond.</summary>
    public long Arrived() => _plugged.Sum(name => _counters.Read(name).RxFrames);

    /// <summary>Streams test frames out by the bond to nobody in particular.</summary>
    public FrameStream StreamOut(int framesPerSecond, uint count = uint.MaxValue)
    {
        // A second of a busy machine must fit into the host's own queue: what overflows there has never reached the bond.
        Place.Ip($"link set bond0 txqueuelen {framesPerSecond}");
        byte[] to = TestFrame.Mac("02:dd:00:00:00:01"), from = TestFrame.Mac(Place.Link("bond0").Address);
        return _lab.Keep(new FrameStream(
            Place, "bond0", n => new TestFrame(1, n).Build(to, from), framesPerSecond, count, Arrived, window: (uint)framesPerSecond / 2));
    }
}
