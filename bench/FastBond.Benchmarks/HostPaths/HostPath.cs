using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;

namespace FastBond.Benchmarks.HostPaths;

/// <summary>Two hosts in namespaces of their own, and what lies between them: what iperf3 is run over.</summary>
internal sealed class HostPath
{
    private const string AddressA = "198.18.0.1", AddressB = "198.18.0.2";
    private static readonly TimeSpan UpLimit = TimeSpan.FromSeconds(5), IperfLimit = TimeSpan.FromSeconds(15);

    private readonly NetworkNamespace _from;
    private readonly Iperf3 _server;
    private readonly FastBondProcess? _bond;

    private HostPath(LabRun lab, NetworkNamespace from, NetworkNamespace to, FastBondProcess? bond = null)
    {
        _from = from;
        _bond = bond;
        _server = lab.Keep(new Iperf3(to, AddressB));
    }

    /// <summary>FastBond at both ends of two veth pairs.</summary>
    public static HostPath Bonded(LabRun lab, string mode, bool gso)
    {
        NetworkNamespace a = lab.Namespace(), b = lab.Namespace();
        VethPair.Create(new VethEnd(a, "eth0"), new VethEnd(b, "eth0"));
        VethPair.Create(new VethEnd(a, "eth1"), new VethEnd(b, "eth1"));
        FastBondProcess[] daemons = [Bond(lab, a, mode, gso, 2), Bond(lab, b, mode, gso, 2)];
        Address(a, "bond0", AddressA);
        Address(b, "bond0", AddressB);
        foreach (FastBondProcess daemon in daemons)
        {
            daemon.WaitFor(status => status.HasAllUp(2), UpLimit, "every slave up");
        }

        WaitUntilUp((a, "bond0"), (b, "bond0"));
        return new HostPath(lab, a, b, daemons[0]);
    }

    /// <summary>FastBond at one end of a veth pair, the kernel's stack at the other.</summary>
    public static HostPath BondedToPlain(LabRun lab, bool gso)
    {
        NetworkNamespace a = lab.Namespace(), b = lab.Namespace();
        VethPair.Create(new VethEnd(a, "eth0"), new VethEnd(b, "eth0"));
        VethPair.MakePlainPeer(b, "eth0");
        Address(b, "eth0", AddressB);
        FastBondProcess daemon = Bond(lab, a, "active-backup", gso, 1);
        Address(a, "bond0", AddressA);
        daemon.WaitFor(status => status.HasAllUp(1), UpLimit, "the slave up");
        WaitUntilUp((a, "bond0"), (b, "eth0"));
        return new HostPath(lab, a, b, daemon);
    }

    /// <summary>A veth pair and nothing else.</summary>
    public static HostPath Veth(LabRun lab, bool offloads)
    {
        NetworkNamespace a = lab.Namespace(), b = lab.Namespace();
        Join(a, "eth0", b, "eth0", offloads);
        Address(a, "eth0", AddressA);
        Address(b, "eth0", AddressB);
        WaitUntilUp((a, "eth0"), (b, "eth0"));
        return new HostPath(lab, a, b);
    }

    /// <summary>Two veth pairs and a Linux bridge between them, without offloads.</summary>
    public static HostPath Bridge(LabRun lab)
    {
        NetworkNamespace a = lab.Namespace(), bridge = lab.Namespace(), b = lab.Namespace();
        bridge.Ip("link add br0 type bridge");
        bridge.Ip("link set br0 up");
        foreach ((NetworkNamespace host, string port) in new[] { (a, "port0"), (b, "port1") })
        {
            Join(host, "eth0", bridge, port, offloads: false);
            bridge.Ip($"link set {port} master br0 up");
        }

        Address(a, "eth0", AddressA);
        Address(b, "eth0", AddressB);
        WaitUntilUp((a, "eth0"), (b, "eth0"), (bridge, "port0"), (bridge, "port1"));
        return new HostPath(lab, a, b);
    }

    /// <summary>Sends by TCP for some time.</summary>
    public Iperf3Result Tcp(int seconds, int streams, bool reverse) =>
        Iperf3.Finish(_server.Start(_from, seconds, reverse: reverse, parallel: streams), TimeSpan.FromSeconds(seconds) + IperfLimit);

    /// <summary>Sends datagrams of 64 bytes as fast as the sender can. Returns how many a second left on the bond's slaves, and how many were received.</summary>
    public (double Sent, double Received) Udp(int seconds)
    {
        long before = FramesSent();
        Iperf3Result result = Iperf3.Finish(
            _server.Start(_from, seconds, udp: true, bitsPerSecond: 0, datagram: 64), TimeSpan.FromSeconds(seconds) + IperfLimit);
        return ((FramesSent() - before) / (double)seconds, (result.Datagrams - result.LostDatagrams) / (double)seconds);
    }

    private long FramesSent() => _bond?.Status().Frames.TxFrames ?? 0;

    private static FastBondProcess Bond(LabRun lab, NetworkNamespace place, string mode, bool gso, int slaves) => lab.Daemon(
        place,
        $"bond0 mode={mode} xmit_hash_policy=layer3+4 gso={(gso ? "on" : "off")} slaves={string.Join(',', Enumerable.Range(0, slaves).Select(n => $"eth{n}"))}");

    private static void Join(NetworkNamespace a, string deviceA, NetworkNamespace b, string deviceB, bool offloads)
    {
        VethPair.Create(new VethEnd(a, deviceA), new VethEnd(b, deviceB));
        if (!offloads)
        {
            a.Run($"ethtool -K {deviceA} tx off tso off gso off gro off");
            b.Run($"ethtool -K {deviceB} tx off tso off gso off gro off");
        }
    }

    private static void Address(NetworkNamespace place, string device, string address)
    {
        place.Ip($"address add {address}/24 dev {device}");
        place.Ip($"link set {device} up");
    }

    private static void WaitUntilUp(params (NetworkNamespace Place, string Device)[] ends) =>
        Wait.Until(() => Array.TrueForAll(ends, end => end.Place.Link(end.Device).IsOperational), UpLimit, "carrier at both ends");
}
