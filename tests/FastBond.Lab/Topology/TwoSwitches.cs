using FastBond.Lab.Machine;
using FastBond.Lab.Net;

namespace FastBond.Lab.Topology;

/// <summary>
/// Two FastBond hosts, each with a link to either of two joined switches (Linux bridges), and a plain host on each switch (HOWTO 8.2):
/// <code>
///   C ── outside ┐         ┌ outside ── D
///             switch A ─ isl ─ switch B
///   host1 eth0 ══╪═════════╪══ eth1 host1
///   host2 eth0 ══╧═════════╧══ eth1 host2
/// </code>
/// </summary>
public sealed class TwoSwitches : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly LinkSwitch[] _ports;

    private TwoSwitches(NetworkNamespace[] switches, NetworkNamespace[] outside, Host[] hosts, Cable[][] cables)
    {
        Switches = switches;
        Outside = outside;
        Hosts = hosts;
        Cables = cables;
        _ports = [.. switches.Select(place => new LinkSwitch(place))];
    }

    /// <summary>Name of a switch's port to the other switch.</summary>
    public static string Joint => "isl";

    /// <summary>Switch A and switch B.</summary>
    public IReadOnlyList<NetworkNamespace> Switches { get; }

    /// <summary>The plain hosts C, 192.0.2.3, on switch A and D, 192.0.2.4, on switch B.</summary>
    public IReadOnlyList<NetworkNamespace> Outside { get; }

    /// <summary>The FastBond hosts, 192.0.2.1 and 192.0.2.2.</summary>
    public IReadOnlyList<Host> Hosts { get; }

    /// <summary>Cables by host and switch: that of a host's eth0 leads to switch A, that of eth1 to switch B.</summary>
    public IReadOnlyList<IReadOnlyList<Cable>> Cables { get; }

    /// <summary>Name of a host's port on either switch.</summary>
    public static string PortOf(int host) => $"host{host + 1}";

    /// <summary>Builds it, brings it up and waits until every link is up.</summary>
    public static TwoSwitches Build(LabRun lab, string options)
    {
        NetworkNamespace[] switches = [lab.Namespace(), lab.Namespace()], outside = [lab.Namespace(), lab.Namespace()];
        VethPair.Create(new VethEnd(switches[0], Joint), new VethEnd(switches[1], Joint));
        Cable[][] cables = [new Cable[2], new Cable[2]];
        NetworkNamespace[] places = [lab.Namespace(), lab.Namespace()];
        for (int n = 0; n < 2; n++)
        {
            switches[n].Ip("link add br0 type bridge");
            switches[n].Ip("link set br0 up");
            VethPair.Create(new VethEnd(switches[n], "outside"), new VethEnd(outside[n], "eth0"));
            for (int host = 0; host < 2; host++)
            {
                VethEnd slave = new(places[host], $"eth{n}") { Address = $"02:aa:00:00:0{host}:0{n}" };
                cables[host][n] = lab.Cable(slave, new VethEnd(switches[n], PortOf(host)));
            }
            foreach (string port in new[] { Joint, "outside", PortOf(0), PortOf(1) })
            {
                VethPair.MakePlainPeer(switches[n], port);
                switches[n].Ip($"link set {port} master br0");
                switches[n].Ip($"link set {port} up");
            }
            VethPair.MakePlainPeer(outside[n], "eth0");
            outside[n].Ip($"address add 192.0.2.{n + 3}/24 dev eth0");
            outside[n].Ip("link set eth0 up");
        }
        Host[] hosts = [.. places.Select((place, n) =>
            new Host(place, lab.Daemon(place, $"bond0 {options} slaves=eth0,eth1"), $"192.0.2.{n + 1}").BringUp())];
        TwoSwitches made = lab.Keep(new TwoSwitches(switches, outside, hosts, cables));
        made.WaitUntilUp();
        return made;
    }

    /// <summary>Waits until all links of both hosts and between the switches are up.</summary>
    public void WaitUntilUp()
    {
        foreach (Cable cable in Cables.SelectMany(cables => cables))
        {
            cable.WaitUntilUp();
        }
        foreach (Host host in Hosts)
        {
            host.Daemon.WaitFor(status => status.HasAllUp(2), Soon, "every slave up");
            Wait.Until(() => host.Place.Link(host.Bond).IsOperational, Soon, "carrier on the bond");
        }
        Wait.Until(
            () => Switches.All(place => place.Link(Joint).IsOperational) && Outside.All(place => place.Link("eth0").IsOperational),
            Soon,
            "the switches are joined");
    }

    /// <summary>Takes a switch's power, and with it the carrier from everything that is plugged into it, or gives it back.</summary>
    public void Power(int which, bool on)
    {
        _ports[which].Set(Joint, on);
        _ports[which].Set("outside", on);
        foreach (IReadOnlyList<Cable> cables in Cables)
        {
            if (on)
            {
                cables[which].Mend();
            }
            else
            {
                cables[which].Cut();
            }
        }
    }

    /// <summary>The port behind which a switch has learnt a MAC; null if it has not.</summary>
    public string? LearntAt(int which, string mac) => Bridges.LearntAt(Switches[which], mac);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LinkSwitch ports in _ports)
        {
            ports.Dispose();
        }
    }
}
