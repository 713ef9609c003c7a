using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;

namespace FastBond.Lab.Topology;

/// <summary>
/// Two hosts joined by several cables, FastBond at both ends (HOWTO 8.1):
/// <code>
///   A bond0 ─ eth0 ═══════ eth0 ─ bond0 B
///           └ eth1 ═══════ eth1 ┘
/// </code>
/// </summary>
public sealed class BackToBack
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private BackToBack(Host a, Host b, IReadOnlyList<Cable> cables)
    {
        A = a;
        B = b;
        Cables = cables;
    }

    /// <summary>One host, 192.0.2.1.</summary>
    public Host A { get; }

    /// <summary>The other host, 192.0.2.2.</summary>
    public Host B { get; }

    /// <summary>Cable n joins A's and B's ethN.</summary>
    public IReadOnlyList<Cable> Cables { get; }

    /// <summary>Builds it, brings it up and waits until both bonds have carrier and every link is up.</summary>
    /// <param name="lab">What owns it.</param>
    /// <param name="optionsA">Options of A's bond.</param>
    /// <param name="optionsB">Options of B's bond; as A's if not given.</param>
    /// <param name="links">Number of cables.</param>
    /// <param name="queues">Queues of every slave.</param>
    /// <param name="sameIndex">Whether the two ends of each veth pair have the same ifindex.</param>
    /// <param name="ipv6">Whether the hosts have IPv6.</param>
    public static BackToBack Build(
        LabRun lab, string optionsA, string? optionsB = null, int links = 2, int queues = 1, bool sameIndex = false, bool ipv6 = false)
    {
        NetworkNamespace a = lab.Namespace(ipv6), b = lab.Namespace(ipv6);
        Cable[] cables = [.. Enumerable.Range(0, links).Select(n => lab.Cable(
            new VethEnd(a, $"eth{n}") { Address = $"02:aa:00:00:00:{n:x2}" },
            new VethEnd(b, $"eth{n}") { Address = $"02:bb:00:00:00:{n:x2}" },
            queues,
            sameIndex: sameIndex))];
        string slaves = string.Join(',', Enumerable.Range(0, links).Select(n => $"eth{n}"));
        Host hostA = new(a, lab.Daemon(a, $"bond0 {optionsA} slaves={slaves}"), "192.0.2.1");
        Host hostB = new(b, lab.Daemon(b, $"bond0 {optionsB ?? optionsA} slaves={slaves}"), "192.0.2.2");
        BackToBack made = new(hostA.BringUp(), hostB.BringUp(), cables);
        made.WaitUntilUp();
        return made;
    }

    /// <summary>Waits until both bonds have carrier and every slave's link is up.</summary>
    public void WaitUntilUp()
    {
        foreach (Cable cable in Cables)
        {
            cable.WaitUntilUp();
        }
        foreach (Host host in new[] { A, B })
        {
            host.Daemon.WaitFor(status => status.HasAllUp(Cables.Count), Soon, "every slave up");
            Wait.Until(() => host.Place.Link(host.Bond).IsOperational, Soon, "carrier on the bond");
        }
    }

    /// <summary>Observes what A sends on each cable, cable by cable.</summary>
    public IReadOnlyList<FrameObserver> ObserveSentByA(LabRun lab) => [.. Cables.Select(cable => lab.Observe(cable.Panel, Cable.EndA))];
}
