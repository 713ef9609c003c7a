using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Linux.Links;
using FastBond.Linux.Restore;

namespace FastBond.Linux;

/// <summary>
/// What the engine holds for one slave: the record of what to put back, the data path, the carrier watch and the receive filter.
/// </summary>
internal sealed class SlaveAttachment(Slave slave, TakenLink taken) : IDisposable
{
    private ReceiveFilter? _filter;

    /// <summary>The slave.</summary>
    public Slave Slave { get; } = slave;

    /// <summary>What was changed on the interface, and how to put it back.</summary>
    public TakenLink Taken { get; } = taken;

    /// <summary>The data path; null until the slave is open.</summary>
    public SlavePorts? Ports { get; set; }

    /// <summary>The carrier watch; null until the slave is open.</summary>
    public CarrierWatch? Carrier { get; set; }

    /// <summary>Whether the slave carries the bond's receive filter.</summary>
    public bool CarriesFilter { get; private set; }

    /// <summary>Multicast groups joined on an InfiniBand slave.</summary>
    public int JoinedGroups { get; private set; }

    /// <summary>
    /// Puts what the bond must receive on the slave, or takes it off: all multicast groups, and everything while the host interface is
    /// promiscuous.
    /// </summary>
    public Outcome SetReceiveFilter(bool carries, bool promiscuous)
    {
        CarriesFilter = carries;
        if (_filter is null && !carries)
        {
            return Outcome.Ok;
        }

        _filter ??= new ReceiveFilter(Taken.Link);
        return _filter.Set(allMulticast: carries, promiscuous: carries && promiscuous);
    }

    /// <summary>
    /// Joins multicast groups on an InfiniBand slave, or leaves all; one by one is how InfiniBand has them. Answers the first refusal.
    /// </summary>
    public Outcome SetGroups(bool carries, IEnumerable<IpKey> groups)
    {
        CarriesFilter = carries;
        JoinedGroups = 0;
        _filter?.Dispose();
        _filter = null;
        Outcome first = Outcome.Ok;
        foreach (IpKey group in carries ? groups : [])
        {
            Outcome outcome = ChangeGroup(group, joined: true);
            first = first.Success ? outcome : first;
        }

        return first;
    }

    /// <summary>Joins a group on an InfiniBand slave, or leaves it.</summary>
    public Outcome ChangeGroup(IpKey group, bool joined)
    {
        Span<byte> ip = stackalloc byte[16];
        Span<byte> address = stackalloc byte[IpoibAddress.Length];
        group.WriteTo(ip);
        IpoibAddress.WriteGroup(Slave.Broadcast.AsSpan(), ip[..group.Length], address);
        _filter ??= new ReceiveFilter(Taken.Link);
        Outcome outcome = joined ? _filter.Join(new HardwareAddress(address)) : _filter.Leave(new HardwareAddress(address));
        JoinedGroups += !outcome.Success ? 0 : joined ? 1 : -1;
        return outcome;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Carrier?.Dispose();
        _filter?.Dispose();
    }
}
