using System.Net.Sockets;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;

namespace FastBond.Core.Monitoring;

/// <summary>
/// The series of gratuitous ARPs and unsolicited neighbour advertisements that follows a change of the active slave (link-monitoring.md
/// section 6; what was seen: observed.md). The first goes out at the change, the others are spaced by the monitor's passes.
/// </summary>
internal sealed class PeerNotifications(Bond bond)
{
    private enum Arming
    {
        None,
        Sent,
        Unsent,
    }

    private HostAddress[] _requests = [];
    private HostAddress[] _advertisements = [];
    private readonly byte[] _frame = new byte[Math.Max(
        NeighborDiscoveryFrame.MaxLength + (HostAddresses.MaxTags * EthernetFrame.TagLength), IpoibFrame.MaxControlLength)];
    private int _passesLeft;
    private bool _due;
    private Arming _armedInPass;

    /// <summary>Passes from one announcement to the next.</summary>
    private int Spacing => bond.Options.ArpInterval > 0 ? 1 : Math.Max(1, bond.Options.PeerNotifDelayTicks);

    /// <summary>What to announce; kept in the order in which it goes out.</summary>
    public void SetAddresses(IEnumerable<HostAddress> addresses)
    {
        HostAddress[] hosts = [.. addresses];
        _requests = [.. hosts.Where(IsIpv4).OrderBy(static host => host.VlanTags.Count > 0)];
        _advertisements = [.. hosts.Where(static host => !IsIpv4(host)).OrderBy(static host => host.VlanTags.Count == 0)];
    }

    /// <summary>
    /// The active slave changed. <paramref name="settled"/> false: its carrier is news to the rest of the host, the first announcement
    /// waits for the next pass.
    /// </summary>
    public void Arm(bool settled)
    {
        _passesLeft = bond.Options.NumPeerNotif * Spacing;
        _armedInPass = Arming.Unsent;
        if (settled && IsDue())
        {
            _passesLeft--;
            _armedInPass = Arming.Sent;
            Announce();
        }
    }

    /// <summary>The bond went down: nothing more is sent.</summary>
    public void Cancel() => _passesLeft = 0;

    /// <summary>Before the monitor looks at the links: what is due is judged by the state before the pass.</summary>
    public void BeginPass()
    {
        _due = IsDue();
        _armedInPass = Arming.None;
    }

    /// <summary>
    /// After the monitor's pass. The pass in which the change came counts too: so a bond that had no carrier loses its first announcement,
    /// and the second of a series comes one pass early. (The kernel lets it count even where that swallows an announcement.)
    /// </summary>
    public void EndPass(bool regular)
    {
        bool counts = _armedInPass switch
        {
            Arming.None => regular,
            Arming.Sent => regular && _passesLeft % Spacing != 0,
            _ => true,
        };
        if (_passesLeft == 0 || !counts)
        {
            return;
        }

        _passesLeft--;
        if (_due && _armedInPass == Arming.None)
        {
            Announce();
        }
    }

    /// <summary>
    /// After a pass of the ARP monitor, which keeps no count of passes: one that was due before it goes out now.
    /// </summary>
    public void EndPassOfArpMonitor()
    {
        if (_due && _passesLeft > 0)
        {
            _passesLeft--;
            Announce();
        }
    }

    private static bool IsIpv4(HostAddress host) => host.Address.AddressFamily == AddressFamily.InterNetwork;

    private bool IsDue() => bond.ActiveSlave is not null && bond.Carrier && _passesLeft > 0 && _passesLeft % Spacing == 0;

    private void Announce()
    {
        if (bond.ActiveSlave is null)
        {
            return;
        }

        foreach (HostAddress host in _requests)
        {
            Announce(bond.ActiveSlave, host);
        }

        foreach (HostAddress host in _advertisements)
        {
            Announce(bond.ActiveSlave, host);
        }

        LearnedAddresses learned = bond.HostAddresses.Learned;
        for (int i = 0; i < learned.Count; i++)
        {
            if (learned.At(i) is { } one && !bond.HostAddresses.IsConfigured(one.Number))
            {
                Announce(bond.ActiveSlave, one.Host);
            }
        }
    }

    /// <summary>On InfiniBand there are no VLAN tags: what would need one is not announced.</summary>
    private void Announce(Slave slave, HostAddress host)
    {
        if (slave.LinkType != SlaveDevice.Infiniband || host.VlanTags.Count == 0)
        {
            bond.Effects.Send(slave, BuildFrame(slave, host));
        }
    }

    private ReadOnlySpan<byte> BuildFrame(Slave slave, HostAddress host)
    {
        if (slave.LinkType == SlaveDevice.Infiniband)
        {
            return _frame.AsSpan(0, IsIpv4(host)
                ? IpoibFrame.WriteArpRequest(_frame, bond.Address, slave.Broadcast, host.Address, host.Address)
                : IpoibFrame.WriteUnsolicitedAdvertisement(_frame, bond.Address, slave.Broadcast, host.Address));
        }

        HardwareAddress mac = host.Mac.IsEmpty ? bond.Address : host.Mac;
        int length = IsIpv4(host)
            ? ArpFrame.WriteGratuitous(_frame, mac, host.Address, host.VlanTags)
            : NeighborDiscoveryFrame.WriteUnsolicitedAdvertisement(_frame, mac, host.Address, host.VlanTags);
        return _frame.AsSpan(0, length);
    }
}
