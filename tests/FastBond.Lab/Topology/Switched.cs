using FastBond.Lab.Machine;
using FastBond.Lab.Net;

namespace FastBond.Lab.Topology;

/// <summary>
/// A FastBond host on a switch without trunks (a Linux bridge), and a plain host on the same switch:
/// <code>
///   A bond0 ─ eth0 ═══ port0 ┐
///           └ eth1 ═══ port1 ┴ bridge ── eth0 C
/// </code>
/// </summary>
public sealed class Switched
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private Switched(Host a, NetworkNamespace bridge, NetworkNamespace c, IReadOnlyList<Cable> cables)
    {
        A = a;
        Bridge = bridge;
        C = c;
        Cables = cables;
    }

    /// <summary>Address of the plain host.</summary>
    public static string AddressOfC => "192.0.2.3";

    /// <summary>The FastBond host, 192.0.2.1.</summary>
    public Host A { get; }

    /// <summary>The switch.</summary>
    public NetworkNamespace Bridge { get; }

    /// <summary>The plain host, 192.0.2.3.</summary>
    public NetworkNamespace C { get; }

    /// <summary>Cable n joins A's ethN and the switch's portN.</summary>
    public IReadOnlyList<Cable> Cables { get; }

    /// <summary>Builds it, brings it up and waits until the bond has carrier and every link is up.</summary>
    /// <param name="lab">What owns it.</param>
    /// <param name="options">Options of A's bond.</param>
    /// <param name="links">Links between A and the switch.</param>
    /// <param name="ipv6">Whether the hosts have IPv6.</param>
    public static Switched Build(LabRun lab, string options, int links = 2, bool ipv6 = false)
    {
        NetworkNamespace a = lab.Namespace(ipv6), bridge = lab.Namespace(), c = lab.Namespace(ipv6);
        bridge.Ip("link add br0 type bridge");
        bridge.Ip("link set br0 up");
        List<Cable> cables = [];
        for (int n = 0; n < links; n++)
        {
            cables.Add(lab.Cable(new VethEnd(a, $"eth{n}") { Address = $"02:aa:00:00:00:{n:x2}" }, new VethEnd(bridge, $"port{n}")));
            AddPort(bridge, $"port{n}");
        }
        VethPair.Create(new VethEnd(bridge, "portC"), new VethEnd(c, "eth0") { Address = "02:cc:00:00:00:00" });
        AddPort(bridge, "portC");
        VethPair.MakePlainPeer(c, "eth0");
        c.Ip($"address add {AddressOfC}/24 dev eth0");
        c.Ip("link set eth0 up");
        string slaves = string.Join(',', Enumerable.Range(0, links).Select(n => $"eth{n}"));
        Host host = new Host(a, lab.Daemon(a, $"bond0 {options} slaves={slaves}"), "192.0.2.1").BringUp();
        host.Daemon.WaitFor(status => status.HasAllUp(links), Soon, "every slave up");
        cables.ForEach(cable => cable.WaitUntilUp());
        Wait.Until(() => a.Link("bond0").IsOperational && c.Link("eth0").IsOperational, Soon, "carrier at both hosts");
        return new Switched(host, bridge, c, cables);
    }

    private static void AddPort(NetworkNamespace bridge, string port)
    {
        VethPair.MakePlainPeer(bridge, port);
        bridge.Ip($"link set {port} master br0");
        bridge.Ip($"link set {port} up");
    }
}
