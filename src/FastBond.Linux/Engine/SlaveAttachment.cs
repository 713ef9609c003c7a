using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Linux.Links;
using FastBond.Linux.Machine;
using FastBond.Linux.Restore;

namespace FastBond.Linux;

/// <summary>
/// What the engine holds for one slave: the record of what to put back, the data path, the carrier watch and the receive filter.
/// </summary>
internal sealed class SlaveAttachment(Slave slave, TakenLink taken) : IDisposable
{
    private ReceiveFilter? _filter;
    private IReadOnlyList<HardwareAddress> _facesGroups = [];
    private IReadOnlyList<HardwareAddress> _monitorsGroups = [];

    /// <summary>The slave.</summary>
    public Slave Slave { get; } = slave;

    /// <summary>Since when it has been here: what cores saw on its slot before was not its own.</summary>
    public long SinceNs { get; } = Clock.NowNs;

    /// <summary>What was changed on the interface, and how to put it back.</summary>
    public TakenLink Taken { get; } = taken;

    /// <summary>The data path; null until the slave is open.</summary>
    public SlavePorts? Ports { get; set; }

    /// <summary>The carrier watch; null until the slave is open.</summary>
    public CarrierWatch? Carrier { get; set; }

    /// <summary>Whether the slave carries the bond's receive filter.</summary>
    public bool CarriesFilter { get; private set; }

    /// <summary>IP groups joined on an InfiniBand slave.</summary>
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

    /// <summary>Makes the slave let in these groups of a monitor's, beyond what else lets something in.</summary>
    public Outcome SetMonitorsGroups(IReadOnlyList<HardwareAddress> groups)
    {
        _monitorsGroups = groups;
        return SetGroups();
    }

    /// <summary>
    /// Joins the IP groups of an Ethernet face on an InfiniBand slave if it carries the bond's filter, and leaves all others: one by one is how
    /// InfiniBand has them.
    /// </summary>
    public Outcome SetFacesGroups(bool carries, IEnumerable<IpKey> groups)
    {
        CarriesFilter = carries;
        _facesGroups = carries ? [.. groups.Select(group => IpoibAddress.OfGroup(Slave.Broadcast, group))] : [];
        Outcome outcome = SetGroups();
        JoinedGroups = outcome.Success ? _facesGroups.Count : 0;
        return outcome;
    }

    private Outcome SetGroups()
    {
        HardwareAddress[] groups = [.. _facesGroups.Union(_monitorsGroups)];
        if (_filter is null && groups.Length == 0)
        {
            return Outcome.Ok;
        }

        _filter ??= new ReceiveFilter(Taken.Link);
        return _filter.SetGroups(groups);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Carrier?.Dispose();
        _filter?.Dispose();
    }
}
