using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Linux.Links;

namespace FastBond.Linux.Restore;

/// <summary>What came of one record.</summary>
/// <param name="Name">Name of the interface, as recorded.</param>
/// <param name="Outcome">Success; EBUSY if its owner is alive; ENODEV if the interface is gone; else what could not be put back.</param>
public readonly record struct RestoreResult(string Name, Outcome Outcome);

/// <summary>Puts interfaces back as they were found.</summary>
public static class LinkRestore
{
    /// <summary>
    /// Puts back all interfaces of this network namespace whose owner died: at the start of a daemon, and by <c>fastbond restore</c>.
    /// Records that have nothing left to be put back are removed.
    /// </summary>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static IReadOnlyList<RestoreResult> All(StateDirectory state, NetlinkSocket netlink, Ethtool ethtool)
    {
        NetworkNamespaceId place = NetworkNamespaceId.Current();
        List<RestoreResult> results = [];
        foreach (int ifIndex in state.Recorded(place))
        {
            using LinkLock? owned = LinkLock.TryAcquire(state, place, ifIndex);
            RestoreRecord? record = state.Load(place, ifIndex);
            string name = record?.Name ?? $"interface {ifIndex}";
            results.Add(new RestoreResult(name, owned is null
                ? new Outcome(Errno.EBUSY, record is null ? $"{name} is in use by another process" : $"{name} is in use by process {record.ProcessId}; stop that first")
                : One(state, place, ifIndex, record, netlink, ethtool)));
        }

        return results;
    }

    /// <summary>Puts one interface back, of which the caller holds the lock, and removes its record.</summary>
    internal static Outcome One(
        StateDirectory state, NetworkNamespaceId place, int ifIndex, RestoreRecord? record, NetlinkSocket netlink, Ethtool ethtool)
    {
        LinkInfo? link = netlink.Find(ifIndex);
        Outcome outcome = record is null ? new Outcome(Errno.EIO, $"the record of interface {ifIndex} cannot be read; its settings are as they were left")
            : link is null || !record.IsOf(link) || !record.Namespace.Matches(place) ? new Outcome(Errno.ENODEV, $"{record.Name} is gone")
            : PutBack(record, link, netlink, ethtool);
        if (outcome.Error is Errno.None or Errno.ENODEV or Errno.EIO)
        {
            state.Forget(place, ifIndex);
        }

        return outcome;
    }

    /// <summary>Puts back what differs; goes on after a refusal and answers the first one.</summary>
    private static Outcome PutBack(RestoreRecord record, LinkInfo link, NetlinkSocket netlink, Ethtool ethtool)
    {
        Outcome first = Outcome.Ok;
        void Attempt(Outcome outcome) => first = first.Success ? outcome : first;

        // Some interfaces have none: a TAP of link type InfiniBand.
        HardwareAddress address = record.Address.Length == 0 ? default : HardwareAddress.Parse(record.Address);
        // Many drivers take an address only while they are down, and IPv6 must be as it was before the interface comes up.
        Attempt(netlink.SetUp(link, up: false));
        if (link.Address != address)
        {
            Attempt(netlink.SetAddress(link, address));
        }

        if (link.Mtu != record.Mtu)
        {
            Attempt(netlink.SetMtu(link, record.Mtu));
        }

        foreach ((string feature, bool on) in record.Features)
        {
            if (ethtool.Feature(link.Name, feature) is { } now && now != on)
            {
                Attempt(ethtool.SetFeature(link.Name, feature, on));
            }
        }

        if (link.IsNoArp != record.NoArp)
        {
            Attempt(netlink.SetArp(link, !record.NoArp));
        }

        if (record.DisableIPv6 is { } disabled)
        {
            Attempt(IPv6Switch.Write(link.Name, disabled));
        }

        if (record.Up)
        {
            Attempt(netlink.SetUp(link, up: true));
        }

        uint elapsed = (uint)Math.Max(0, (Environment.TickCount64 - record.RecordedMs) / 1000);
        foreach (RestoreAddress saved in record.Addresses)
        {
            // Link-local ones have come back by themselves, most of them.
            Outcome added = saved.After(link.IfIndex, elapsed) is { } valid ? netlink.Add(valid) : Outcome.Ok;
            Attempt(added.Error == Errno.EEXIST ? Outcome.Ok : added);
        }

        // A gateway may be reached by another of these routes.
        foreach (RestoreRoute saved in record.Routes.OrderBy(static route => route.Gateway is not null))
        {
            Outcome added = netlink.Add(saved.Of(link.IfIndex));
            Attempt(added.Error == Errno.EEXIST ? Outcome.Ok : added);
        }

        return first;
    }
}
