using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Topology;

namespace FastBond.Lab.Ipoib;

/// <summary>
/// Two hosts with two InfiniBand ports each on one fabric, bonded by FastBond, and a peer that speaks IPoIB natively:
/// <code>
///   A bond0 ─ ib0 ─┐          ┌─ ib0 ─ bond0 B
///           └ ib1 ─┴─ fabric ─┴─ ib1 ┘
///                       └ peer
/// </code>
/// </summary>
public sealed class IpoibHosts
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private IpoibHosts(IpoibSwitch fabric, Host a, Host b, IpoibPort[] portsOfA, IpoibPort[] portsOfB, IpoibPeer peer)
    {
        Fabric = fabric;
        A = a;
        B = b;
        PortsOfA = portsOfA;
        PortsOfB = portsOfB;
        Peer = peer;
    }

    /// <summary>The fabric.</summary>
    public IpoibSwitch Fabric { get; }

    /// <summary>One host: 192.0.2.1, fd00::1.</summary>
    public Host A { get; }

    /// <summary>The other: 192.0.2.2, fd00::2.</summary>
    public Host B { get; }

    /// <summary>Where A's slaves are connected.</summary>
    public IReadOnlyList<IpoibPort> PortsOfA { get; }

    /// <summary>Where B's slaves are connected.</summary>
    public IReadOnlyList<IpoibPort> PortsOfB { get; }

    /// <summary>The native peer: 192.0.2.3, fd00::3.</summary>
    public IpoibPeer Peer { get; }

    /// <summary>Builds it, brings it up and waits until both bonds have carrier and every link is up.</summary>
    public static IpoibHosts Build(LabRun lab, string options = "")
    {
        IpoibSwitch fabric = lab.Keep(new IpoibSwitch());
        IpoibPeer peer = new(fabric, "peer", Address(0xc0), "192.0.2.3", "fd00::3");
        (Host a, IpoibPort[] portsOfA) = Host(lab, fabric, 0xa0, "192.0.2.1", "fd00::1", options);
        (Host b, IpoibPort[] portsOfB) = Host(lab, fabric, 0xb0, "192.0.2.2", "fd00::2", options);
        return new IpoibHosts(fabric, a, b, portsOfA, portsOfB, peer);
    }

    /// <summary>Makes two InfiniBand interfaces, ib0 and ib1, and tells the daemon their addresses.</summary>
    public static IpoibPort[] Ports(IpoibSwitch fabric, NetworkNamespace place, int number) =>
        [.. Enumerable.Range(0, 2).Select(n => fabric.Connect(place, $"ib{n}", $"{number + n:x2}", Address(number + n)))];

    /// <summary>A 20-byte address: its last byte, and the last of its queue pair number, are <paramref name="number"/>.</summary>
    public static byte[] Address(int number) =>
        [0x80, 0, 0x04, (byte)number, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 2, 0xc9, 3, 0, 0, 0, (byte)number];

    /// <summary>What the commands need to make an InfiniBand bond of ib0 and ib1.</summary>
    public static IEnumerable<string> Commands(IpoibPort[] ports, string options) =>
    [
        $"add bond0 mode=active-backup {(options.Contains("arp_interval", StringComparison.Ordinal) ? "" : "miimon=100")} {options}",
        .. ports.Select((port, n) => $"set bond0 ib{n} lladdr={port.AddressText}"),
        "enslave bond0 ib0 ib1",
    ];

    private static (Host Host, IpoibPort[] Ports) Host(LabRun lab, IpoibSwitch fabric, int number, string ipv4, string ipv6, string options)
    {
        NetworkNamespace place = lab.Namespace(ipv6: true);
        IpoibPort[] ports = Ports(fabric, place, number);
        Host host = new(place, lab.Daemon(place), ipv4);
        foreach (string command in Commands(ports, options))
        {
            host.Daemon.Do(command);
        }
        place.Ip($"address add {ipv6}/64 dev bond0 nodad");
        host.BringUp();
        host.Daemon.WaitFor(status => status.Slaves.Count == 2 && status.Slaves.All(slave => slave.MiiStatus == "UP"), Soon, "every slave up");
        Wait.Until(() => place.Link("bond0").HasCarrier, Soon, "carrier on the bond");
        return (host, ports);
    }
}
