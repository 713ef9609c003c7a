using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Core.Monitoring;

/// <summary>
/// The ARP monitor's questions: an ARP request for every <c>arp_ip_target</c>, a neighbour solicitation for every <c>ns_ip6_target</c>
/// (link-monitoring.md section 4).
/// </summary>
internal sealed class Probes(Bond bond)
{
    private readonly byte[] _frame = new byte[NeighborDiscoveryFrame.MaxLength + (HostAddresses.MaxTags * EthernetFrame.TagLength)];
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
        if (source is { IsElsewhere: true })
        {
            return;
        }

        if (source is null && bond.Options.ArpValidate != 0 && !_toldOfNoRoute)
        {
            _toldOfNoRoute = true;
            bond.Log(LogPriority.Warning, $"no route to {option} {target} and arp_validate is set");
        }

        // Without an address of its own the bond asks as nobody: enough for a sign of life where answers are not validated.
        IReadOnlyList<uint> tags = source?.VlanTags ?? [];
        int length = IpNumber.IsIpv4(number)
            ? ArpFrame.WriteRequest(_frame, slave.Address, source?.Address ?? IPAddress.Any, target, tags)
            : NeighborDiscoveryFrame.WriteSolicitation(_frame, slave.Address, source?.Address ?? IPAddress.IPv6Any, target, tags);
        slave.LastTxNs = bond.NowNs;
        bond.Effects.Send(slave, _frame.AsSpan(0, length));
    }
}
