using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Linux.Links;
using FastBond.Linux.Machine;

namespace FastBond.Linux;

/// <summary>
/// Listens to the kernel's news of interfaces and addresses and tells the bonds concerned: what the user does to a host interface is an
/// order to the bond, what happens to a slave is news of it.
/// </summary>
internal sealed class HostWatch(EngineContext context, Func<IEnumerable<BondRuntime>> bonds, Action<BondRuntime> remove) : IDisposable
{
    private readonly List<LinkEvent> _events = [];
    private LinkWatch? _watch;

    /// <summary>Subscribes, and reads on the control thread from then on.</summary>
    public void Open(ControlLoop loop)
    {
        _watch = new LinkWatch();
        loop.Watch(_watch.Fd, Read);
    }

    /// <summary>Tells a bond all there is to know now: its host interface, the addresses on it and on VLANs above, its slaves.</summary>
    public void Refresh(BondRuntime runtime)
    {
        if (runtime.Host is { } host && context.Links.Find(host.IfIndex) is { } link)
        {
            HostChanged(runtime, link);
            AddressesChanged(runtime);
        }

        foreach (Slave slave in runtime.Bond.Slaves.ToArray())
        {
            if (context.Links.Find(slave.IfIndex) is { } slaveLink)
            {
                SlaveChanged(runtime, slave, slaveLink);
            }
            else
            {
                runtime.SlaveGone(slave);
            }
        }

        runtime.LookForAwaited();
    }

    /// <inheritdoc/>
    public void Dispose() => _watch?.Dispose();

    private void Read()
    {
        _events.Clear();
        _watch!.Read(_events);
        foreach (LinkEvent happened in _events)
        {
            switch (happened.Kind)
            {
                case LinkEventKind.LinkNew:
                    LinkChanged(happened.Link!);
                    break;
                case LinkEventKind.LinkGone:
                    LinkGone(happened.Link!);
                    break;
                case LinkEventKind.AddressNew:
                case LinkEventKind.AddressGone:
                    AddressChanged(happened.Kind, happened.Address!);
                    break;
                default:
                    RefreshAll();
                    break;
            }
        }
    }

    private void RefreshAll()
    {
        foreach (BondRuntime runtime in bonds().ToArray())
        {
            Refresh(runtime);
        }
    }

    private void LinkChanged(LinkInfo link)
    {
        foreach (BondRuntime runtime in bonds().ToArray())
        {
            runtime.ExpectSilence();
            if (runtime.Host is { } host && (link.IfIndex == host.IfIndex || link.LowerIfIndex == host.IfIndex))
            {
                // A macvlan or bridge port above makes the host interface promiscuous without a message of its own.
                if (context.Links.Find(host.IfIndex) is { } hostLink)
                {
                    HostChanged(runtime, hostLink);
                }

                AddressesChanged(runtime);
            }

            if (runtime.Bond.Slaves.FirstOrDefault(slave => slave.IfIndex == link.IfIndex) is { } slave)
            {
                SlaveChanged(runtime, slave, link);
            }
            else
            {
                runtime.LinkAppeared(link);
            }
        }
    }

    private void LinkGone(LinkInfo link)
    {
        foreach (BondRuntime runtime in bonds().ToArray())
        {
            if (runtime.Bond.Slaves.FirstOrDefault(slave => slave.IfIndex == link.IfIndex) is { } slave)
            {
                runtime.SlaveGone(slave);
            }
            else if (runtime.Host is { } host && (link.IfIndex == host.IfIndex || link.LowerIfIndex == host.IfIndex))
            {
                if (link.IfIndex == host.IfIndex && !host.Exists)
                {
                    // As with a kernel bond: who deletes the interface deletes the bond. Moved to another namespace it goes on.
                    runtime.Log(LogPriority.Notice, $"{runtime.Bond.Name}: its interface was deleted, and the bond with it");
                    remove(runtime);
                }
                else
                {
                    AddressesChanged(runtime);
                }
            }
        }
    }

    private void AddressChanged(LinkEventKind kind, AddressInfo address)
    {
        foreach (BondRuntime runtime in bonds().ToArray())
        {
            if (runtime.Bond.Slaves.FirstOrDefault(slave => slave.IfIndex == address.IfIndex) is { } slave)
            {
                if (kind == LinkEventKind.AddressNew)
                {
                    runtime.Log(LogPriority.Warning,
                        $"{runtime.Bond.Name}: (slave {slave.Name}): somebody gave it the address {address.Address}/{address.PrefixLength}, which a slave must not have; removing it");
                    context.Links.Remove(address);
                }
            }
            else
            {
                AddressesChanged(runtime);
            }
        }
    }

    private static void HostChanged(BondRuntime runtime, LinkInfo link)
    {
        long now = Clock.NowNs;
        Bond bond = runtime.Bond;
        if (link.Mtu != bond.Mtu)
        {
            runtime.ChangeMtu(link);
        }

        if (link.Address != runtime.HostMac)
        {
            runtime.ChangeAddress(link);
        }

        runtime.HostIsPromiscuous = link.Promiscuity > 0;
        bond.SetUp(now, link.IsUp);
    }

    private void SlaveChanged(BondRuntime runtime, Slave slave, LinkInfo link)
    {
        if (link.Name != slave.Name)
        {
            runtime.Bond.SlaveRenamed(Clock.NowNs, slave, link.Name);
        }

        // The message may be from before it was a slave, when it had to be down: what counts is how it is now.
        runtime.SlaveAdminState(slave, link.IsUp || context.Links.Find(link.IfIndex) is { IsUp: true });
        runtime.Attachment(slave)?.Carrier?.Hint();
    }

    /// <summary>
    /// Addresses of the host interface and of what stands above it, however many tags deep, and after them those of other interfaces, which
    /// no path through the bond leads to.
    /// </summary>
    private void AddressesChanged(BondRuntime runtime)
    {
        if (runtime.Host is not { } host)
        {
            return;
        }

        IReadOnlyList<LinkInfo> links = context.Links.Links();
        Dictionary<int, Above> above = InterfacesAbove(host.IfIndex, links);
        List<HostAddress> addresses = [];
        List<HostAddress> elsewhere = [];
        List<FaceAddress> own = [];
        foreach (AddressInfo address in context.Links.Addresses())
        {
            if (!above.TryGetValue(address.IfIndex, out Above? at))
            {
                elsewhere.Add(new HostAddress(address.Address, [], default) { PrefixLength = address.PrefixLength, IsElsewhere = true });
                continue;
            }

            HardwareAddress mac = at.Link.Address == runtime.HostMac ? default : at.Link.Address;
            addresses.Add(new HostAddress(address.Address, at.Tags, mac) { PrefixLength = address.PrefixLength });
            if (at.Link.IfIndex == host.IfIndex)
            {
                own.Add(new FaceAddress(IpKey.From(address.Address), address.PrefixLength));
            }
        }

        // A bridge or guest above makes the interface promiscuous, and so does who listens in. Moved to another namespace it shows nothing here.
        bool areAll = above.TryGetValue(host.IfIndex, out Above? itself) && itself.Link.Promiscuity == 0;
        runtime.SetHostAddresses([.. addresses, .. elsewhere], own, areAll);
    }

    /// <summary>The host interface itself; VLANs, macvlans and the like above it; the bridge it is a port of; and what is above those.</summary>
    private static Dictionary<int, Above> InterfacesAbove(int ifIndex, IReadOnlyList<LinkInfo> links)
    {
        Dictionary<int, Above> above = [];
        if (links.FirstOrDefault(link => link.IfIndex == ifIndex) is { } root)
        {
            above.Add(root.IfIndex, new Above([], root));
        }

        for (int known = 0; known != above.Count;)
        {
            known = above.Count;
            foreach (LinkInfo link in links.Where(link => !above.ContainsKey(link.IfIndex)))
            {
                // A veth's "lower" is its peer.
                bool isOnLower = link.VlanId >= 0 || link.Kind is "macvlan" or "macvtap" or "ipvlan" or "ipvtap";
                if (isOnLower && above.TryGetValue(link.LowerIfIndex, out Above? lower))
                {
                    above.Add(link.IfIndex, new Above(link.VlanId < 0 ? lower.Tags : [.. lower.Tags, ((uint)link.VlanProtocol << 16) | (uint)link.VlanId], link));
                }
                else if (above.Values.FirstOrDefault(port => port.Link.MasterIfIndex == link.IfIndex) is { } port)
                {
                    above.Add(link.IfIndex, new Above(port.Tags, link));
                }
            }
        }

        return above;
    }

    /// <summary>An interface through which the host reaches the bond, and the tags that its frames get on the way.</summary>
    private sealed record Above(IReadOnlyList<uint> Tags, LinkInfo Link);
}
