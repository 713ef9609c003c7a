using FastBond.Core.Bonds;
using FastBond.Dataplane.Cores;
using FastBond.Linux.Links;
using FastBond.Linux.Machine;

namespace FastBond.Linux;

/// <content>What <see cref="HostWatch"/> tells the bond: what users do to its host interface, what happens to its slaves.</content>
internal sealed partial class BondRuntime
{
    /// <summary>The user gave the host interface another MAC: to the slaves all or none, and back on the interface if they refuse.</summary>
    public void ChangeAddress(LinkInfo link)
    {
        Outcome outcome = Bond.SetAddress(Clock.NowNs, link.Address);
        _dirty = true;
        if (!outcome.Success)
        {
            Log(LogPriority.Warning, $"{Bond.Name}: address {link.Address} refused: {outcome}");
            _host?.SetAddress(HostMac);
        }
        else if (link.Address != HostMac)
        {
            // Accepted and without effect, as with fail_over_mac.
            _host?.SetAddress(HostMac);
        }
    }

    /// <summary>The user gave the host interface another MTU: to the slaves all or none, and back on the interface if they refuse.</summary>
    public void ChangeMtu(LinkInfo link)
    {
        Outcome outcome = ApplyMtu(link.Mtu);
        _dirty = true;
        if (!outcome.Success)
        {
            Log(LogPriority.Warning, $"{Bond.Name}: MTU {link.Mtu} refused: {outcome}");
            _host?.SetMtu(Bond.Mtu);
        }
    }

    /// <summary>
    /// A slave was taken down or up by somebody. While it is down its sockets are closed: what stands in a transmit ring would leave when it
    /// comes back, long after it was meant to.
    /// </summary>
    public void SlaveAdminState(Slave slave, bool up)
    {
        if (_attachments[slave.Slot] is not { Ports: { } ports } || slave.IsUp == up)
        {
            return;
        }

        Bond.AdminStateChanged(Clock.NowNs, slave, up);
        if (!up)
        {
            if (!ports.CloseSockets(drain: false))
            {
                Log(LogPriority.Error, $"{Bond.Name}: (slave {slave.Name}): a poll core doesn't answer; the slave's sockets stay open");
            }

            return;
        }

        Outcome outcome = ports.Reopen();
        if (!outcome.Success)
        {
            Log(LogPriority.Error, $"{Bond.Name}: (slave {slave.Name}): {outcome}");
        }
    }

    /// <summary>
    /// A poll core stopped by a fault. What its queues receive is lost from now on, so every link of a bond that it served counts as failed:
    /// better no carrier than half of the flows in a black hole.
    /// </summary>
    public void CoreFailed(PollCore core)
    {
        if (!_cores.Contains(core))
        {
            return;
        }

        _coreFailed = true;
        foreach (Slave slave in Bond.Slaves.ToArray())
        {
            Bond.CarrierChanged(Clock.NowNs, slave, carrier: false);
        }
    }

    /// <summary>The kernel told of some interface, and may say nothing of the next for a while.</summary>
    public void ExpectSilence()
    {
        foreach (SlaveAttachment? attachment in _attachments)
        {
            attachment?.Carrier?.ExpectSilence();
        }
    }

    /// <summary>A slave's device was deleted.</summary>
    public void SlaveGone(Slave slave)
    {
        Bond.DeviceGone(Clock.NowNs, slave);
        Settle();
        if (_awaited.TryGetValue(slave.Name, out AwaitedSlave? awaited))
        {
            awaited.TriedIfIndex = 0;
        }
    }
}
