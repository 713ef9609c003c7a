using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Dataplane.Cores;
using FastBond.Linux.Machine;

namespace FastBond.Linux;

/// <content>InfiniBand: the Ethernet face comes with the first slave of that type and goes with the last.</content>
internal sealed partial class BondRuntime
{
    private IReadOnlyList<HostAddress> _hostAddresses = [];
    private bool _hostAddressesAreAll;
    private IReadOnlyList<FaceAddress> _ownAddresses = [];
    private FaceRuntime? _face;
    private bool _groupsRefused;

    /// <summary>The Ethernet face; null while the slaves are Ethernet, or there is no host interface.</summary>
    public FaceRuntime? Face => _face;

    /// <summary>The MAC that the host interface must have.</summary>
    public HardwareAddress HostMac => _face?.Face.Address ?? Bond.Address;

    /// <summary>When <see cref="Advance"/> must be called at the latest.</summary>
    public long NextDueNs => Math.Min(Bond.NextDueNs, _face?.NextDueNs ?? long.MaxValue);

    /// <summary>What the host interface, and VLANs above it, hold: to be announced. What was learnt of others behind it comes after that.</summary>
    /// <param name="addresses">All that netlink shows.</param>
    /// <param name="own">Those of the interface itself.</param>
    /// <param name="areAll">Whether nobody else can send through the interface: no bridge, guest or capture, and it is in this namespace.</param>
    public void SetHostAddresses(IReadOnlyList<HostAddress> addresses, IReadOnlyList<FaceAddress> own, bool areAll)
    {
        _hostAddresses = addresses;
        _hostAddressesAreAll = areAll;
        _ownAddresses = own;
        _face?.Face.SetHostAddresses(own);
        HostsChanged();
    }

    /// <summary>The face has learnt, or forgotten, somebody.</summary>
    public void HostsChanged() => Bond.SetHostAddresses(
        Clock.NowNs,
        _face is null ? _hostAddresses : [.. _hostAddresses, .. _face.Face.LearntHosts.Select(static ip => new HostAddress(ip.ToIPAddress(), [], default))],
        _hostAddressesAreAll);

    /// <summary>Groups that the host's side is in came or went: the active slave joins or leaves them.</summary>
    public void GroupsChanged()
    {
        if (Bond.ActiveSlave is { } active && _attachments[active.Slot] is { CarriesFilter: true } attachment)
        {
            SetGroups(attachment, carries: true);
        }
    }

    /// <summary>Whether the slaves are InfiniBand interfaces.</summary>
    private bool IsInfiniband => Bond.LinkType == SlaveDevice.Infiniband;

    private void OpenFace(HostInterface host)
    {
        // An interface that outlived its process keeps its MAC: whoever knows the host by it has no cause to learn another.
        HardwareAddress found = host.FoundAddress;
        HardwareAddress mac = host.WasThere && IsLocal(found) ? found : _context.Links.Find(host.IfIndex)?.Address ?? RandomAddress();
        host.SetAddress(mac);
        _face = new FaceRuntime(this, host, mac);
        _face.Face.SetHostAddresses(_ownAddresses);
        foreach (Lane lane in _lanes)
        {
            _face.Attach(lane);
        }

        Log(LogPriority.Info, $"{Bond.Name}: InfiniBand slaves; the host has an Ethernet face, {mac}");
    }

    private void CloseFace()
    {
        if (_face is null)
        {
            return;
        }

        if (!_face.Close())
        {
            Log(LogPriority.Error, $"{Bond.Name}: a poll core doesn't answer; what it had of the Ethernet face is not freed");
        }

        _face = null;
        _groupsRefused = false;
        HostsChanged();
        _host?.SetAddress(Bond.Address);
    }

    private void SetGroups(SlaveAttachment attachment, bool carries)
    {
        Outcome outcome = attachment.SetFacesGroups(carries, _face?.Face.Groups ?? []);
        if (!outcome.Success && !_groupsRefused)
        {
            // An interface that has no 20-byte addresses takes no group at all.
            _groupsRefused = true;
            Log(LogPriority.Notice, $"{Bond.Name}: (slave {attachment.Slave.Name}): multicast groups cannot be joined: {outcome}");
        }
    }

    private static bool IsLocal(HardwareAddress address) => !address.IsEmpty && (address.AsSpan()[0] & 3) == 2;

    /// <summary>InfiniBand has no VLAN tags: a bond with VLANs above it cannot become one, as with a kernel bond.</summary>
    private Outcome RefuseVlans(string name) =>
        _host is not null && Bond.Slaves.Count == 0 && FindDevice(name)?.LinkType == SlaveDevice.Infiniband &&
        _context.Links.Links().FirstOrDefault(link => link.VlanId >= 0 && link.LowerIfIndex == _host.IfIndex) is { } vlan
            ? new Outcome(Errno.EPERM, $"{name} is an InfiniBand interface, which has no VLANs, and {vlan.Name} is a VLAN above {Bond.Name}")
            : Outcome.Ok;
}
