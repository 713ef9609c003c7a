using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;

namespace FastBond.Core.Monitoring;

/// <summary>
/// The ARP monitor's questions: an ARP request for every <c>arp_ip_target</c>, a neighbour solicitation for every <c>ns_ip6_target</c>
/// (link-monitoring.md section 4). On InfiniBand, which has no VLAN tags, not to those that would need one.
/// </summary>
internal sealed class Probes(Bond bond)
{
    private readonly byte[] _frame = new byte[Math.Max(
        NeighborDiscoveryFrame.MaxLength + (HostAddresses.MaxTags * EthernetFrame.TagLength), IpoibFrame.MaxControlLength)];
    private bool _toldOfNoRoute;

    /// <summary>Asks every target that can be asked, on one slave.</summary>
    public void Send(Slave slave)
    {
        IReadOnlyList<IPAddress> targets = bond.Options.ArpIpTargets;
        for (int i = 0; i < targets.Count; i++)
        {
            Send(slave, targets[i], "arp_ip_target");
        }

        targets = bond.Options.NsIp6Targets;
        for (int i = 0; i < targets.Count; i++)
        {
            Send(slave, targets[i], "ns_ip6_target");
        }
    }

    private void Send(Slave slave, IPAddress target, string option)
    {
        UInt128 number = IpNumber.Of(target);
        HostAddress? source = bond.HostAddresses.SourceFor(number);
        bool isFabric = slave.LinkType == SlaveDevice.Infiniband;
        if (source is { IsElsewhere: true } || (isFabric && source?.VlanTags.Count > 0))
        {
            return;
        }

        if (source is null && bond.Options.ArpValidate != 0 && !_toldOfNoRoute)
        {
            _toldOfNoRoute = true;
            bond.Log(LogPriority.Warning, $"no route to {option} {target} and arp_validate is set");
        }

        // Without an address of its own the bond asks as nobody: enough for a sign of life where answers are not validated.
        bool isIpv4 = IpNumber.IsIpv4(number);
        IPAddress sender = source?.Address ?? (isIpv4 ? IPAddress.Any : IPAddress.IPv6Any);
        int length = isFabric ? WriteToFabric(slave, sender, target, isIpv4) : Write(slave, sender, target, isIpv4, source?.VlanTags ?? []);
        slave.LastTxNs = bond.NowNs;
        bond.Effects.Send(slave, _frame.AsSpan(0, length));
    }

    private int Write(Slave slave, IPAddress sender, IPAddress target, bool isIpv4, IReadOnlyList<uint> tags) => isIpv4
        ? ArpFrame.WriteRequest(_frame, slave.Address, sender, target, tags)
        : NeighborDiscoveryFrame.WriteSolicitation(_frame, slave.Address, sender, target, tags);

    private int WriteToFabric(Slave slave, IPAddress sender, IPAddress target, bool isIpv4) => isIpv4
        ? IpoibFrame.WriteArpRequest(_frame, slave.Address, slave.Broadcast, sender, target)
        : IpoibFrame.WriteSolicitation(_frame, slave.Address, slave.Broadcast, sender, target);
}
