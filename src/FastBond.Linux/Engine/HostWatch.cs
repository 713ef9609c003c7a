using FastBond.Core.Bonds;
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

    /// <summary>Addresses of the host interface and of VLANs above it, however many tags deep.</summary>
    private void AddressesChanged(BondRuntime runtime)
    {
        if (runtime.Host is not { } host)
        {
            return;
        }

        IReadOnlyList<LinkInfo> links = context.Links.Links();
        Dictionary<int, (IReadOnlyList<uint> Tags, LinkInfo Link)> above = [];
        if (links.FirstOrDefault(link => link.IfIndex == host.IfIndex) is { } root)
        {
            above.Add(root.IfIndex, ([], root));
        }

        for (int known = 0; known != above.Count;)
        {
            known = above.Count;
            foreach (LinkInfo link in links)
            {
                if (link.VlanId >= 0 && !above.ContainsKey(link.IfIndex) && above.TryGetValue(link.LowerIfIndex, out (IReadOnlyList<uint> Tags, LinkInfo Link) lower))
                {
                    above.Add(link.IfIndex, ([.. lower.Tags, ((uint)link.VlanProtocol << 16) | (uint)link.VlanId], link));
                }
            }
        }

        List<HostAddress> addresses = [];
        List<FaceAddress> own = [];
        foreach (AddressInfo address in context.Links.Addresses())
        {
            if (above.TryGetValue(address.IfIndex, out (IReadOnlyList<uint> Tags, LinkInfo Link) at))
            {
                addresses.Add(new HostAddress(address.Address, at.Tags, at.Link.Address == runtime.HostMac ? default : at.Link.Address));
                if (at.Tags.Count == 0)
                {
                    own.Add(new FaceAddress(IpKey.From(address.Address), address.PrefixLength));
                }
            }
        }

        runtime.SetHostAddresses(addresses, own);
    }
}
