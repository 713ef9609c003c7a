using FastBond.Core.Bonds;
using FastBond.Linux.Links;

namespace FastBond.Linux.Restore;

/// <summary>
/// An interface that this process has taken over: its lock is held, and how it was found is on record.
/// <code>
///   Take ── Silence ── (MAC, MTU, up … by the engine) ── GiveBack
///     └───────────────── GiveBack ─────────────────────────┘      after any failure
/// </code>
/// Take changes nothing on the interface; nothing may be changed before it.
/// </summary>
public sealed class TakenLink
{
    /// <summary>
    /// Features that a slave cannot have: what puts frames together would make some that fit no chunk, what takes VLAN tags out of frames
    /// (or puts them in) hides them from us, and a VLAN filter drops the tags of a bond the NIC knows nothing of.
    /// </summary>
    public static readonly IReadOnlyList<string> UnwantedFeatures =
        ["rx-lro", "rx-gro-hw", "rx-vlan-hw-parse", "rx-vlan-filter", "tx-vlan-hw-insert", "rx-vlan-stag-hw-parse", "rx-vlan-stag-filter", "tx-vlan-stag-hw-insert"];

    /// <summary>
    /// And on InfiniBand, where frames come through the kernel's generic receive path: it puts them together before the XDP program.
    /// </summary>
    private static readonly string[] UnwantedOnInfiniband = [.. UnwantedFeatures, "rx-gro"];

    private readonly StateDirectory _state;
    private readonly NetlinkSocket _netlink;
    private readonly Ethtool _ethtool;
    private readonly LinkLock _lock;
    private readonly RestoreRecord _record;

    private TakenLink(StateDirectory state, NetlinkSocket netlink, Ethtool ethtool, LinkLock held, RestoreRecord record, LinkInfo link)
    {
        _state = state;
        _netlink = netlink;
        _ethtool = ethtool;
        _lock = held;
        _record = record;
        Link = link;
    }

    /// <summary>The interface, as it was found.</summary>
    public LinkInfo Link { get; }

    /// <summary>
    /// Claims an interface and records how it is; EBUSY if another process has it. What a dead owner left is put back first, so that the
    /// record is of the interface as its user knows it.
    /// </summary>
    public static Outcome Take(StateDirectory state, NetlinkSocket netlink, Ethtool ethtool, LinkInfo link, out TakenLink? taken)
    {
        taken = null;
        NetworkNamespaceId place = NetworkNamespaceId.Current();
        LinkLock? held = null;
        try
        {
            held = LinkLock.TryAcquire(state, place, link.IfIndex);
            if (held is null)
            {
                string owner = state.Load(place, link.IfIndex) is { } record ? $"process {record.ProcessId}" : "another process";
                return new Outcome(Errno.EBUSY, $"{link.Name} is already in use by {owner}");
            }

            if (state.Load(place, link.IfIndex) is { } left)
            {
                Outcome restored = LinkRestore.One(state, place, link.IfIndex, left, netlink, ethtool);
                if (!restored.Success && restored.Error != Errno.ENODEV)
                {
                    held.Dispose();
                    return restored;
                }
            }

            LinkInfo found = netlink.Find(link.IfIndex) ?? link;
            RestoreRecord description = Describe(place, found, netlink, ethtool);
            state.Save(description);
            taken = new TakenLink(state, netlink, ethtool, held, description, found);
            return Outcome.Ok;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            return new Outcome(Errno.EACCES, $"cannot record the state of {link.Name} under {state.Root}: {failure.Message}");
        }
    }

    /// <summary>
    /// Makes the interface's own stack silent: no addresses, no IPv6, no ARP, and none of the features AF_XDP cannot live with. A feature
    /// that is fixed on is told in <paramref name="warnings"/> and left.
    /// </summary>
    public Outcome Silence(List<string> warnings)
    {
        foreach ((string feature, bool on) in _record.Features)
        {
            Outcome off = on ? _ethtool.SetFeature(Link.Name, feature, on: false) : Outcome.Ok;
            if (!off.Success)
            {
                warnings.Add(off.Message);
            }
        }

        Outcome outcome = IPv6Switch.Write(Link.Name, "1");
        if (outcome.Success)
        {
            outcome = _netlink.SetArp(Link, on: false);
        }

        return outcome.Success ? RemoveAddresses() : outcome;
    }

    /// <summary>
    /// Puts everything back and gives up the claim. Answers what could not be put back; the record then stays for <c>fastbond restore</c>.
    /// Nothing is left to be put back of an interface that is gone.
    /// </summary>
    public Outcome GiveBack()
    {
        Outcome outcome = LinkRestore.One(_state, _record.Namespace, _record.IfIndex, _record, _netlink, _ethtool);
        _lock.Dispose();
        return outcome.Error == Errno.ENODEV ? Outcome.Ok : outcome;
    }

    private Outcome RemoveAddresses()
    {
        foreach (AddressInfo address in _netlink.Addresses())
        {
            Outcome removed = address.IfIndex == Link.IfIndex ? _netlink.Remove(address) : Outcome.Ok;
            // IPv6 addresses go by themselves when IPv6 does, IPv4 secondary ones with their primary.
            if (!removed.Success && removed.Error != Errno.EADDRNOTAVAIL)
            {
                return removed;
            }
        }

        return Outcome.Ok;
    }

    private static RestoreRecord Describe(NetworkNamespaceId place, LinkInfo link, NetlinkSocket netlink, Ethtool ethtool) => new()
    {
        Netns = place.Inode,
        NetnsCookie = place.Cookie,
        IfIndex = link.IfIndex,
        Name = link.Name,
        Kind = link.Kind,
        PermanentAddress = link.PermanentAddress.ToString(),
        Address = link.Address.ToString(),
        Mtu = link.Mtu,
        Up = link.IsUp,
        NoArp = link.IsNoArp,
        DisableIPv6 = IPv6Switch.Read(link.Name),
        Features = (link.LinkType == LinkInfo.Infiniband ? UnwantedOnInfiniband : UnwantedFeatures)
            .Select(feature => (Name: feature, State: ethtool.Feature(link.Name, feature)))
            .Where(static feature => feature.State is not null)
            .ToDictionary(static feature => feature.Name, static feature => feature.State!.Value, StringComparer.Ordinal),
        Addresses = [.. netlink.Addresses().Where(address => address.IfIndex == link.IfIndex).Select(RestoreAddress.From)],
        Routes = [.. netlink.Routes(link.IfIndex).Where(static route => route.IsConfigured).Select(RestoreRoute.From)],
        RecordedMs = Environment.TickCount64,
        ProcessId = Environment.ProcessId,
    };
}
