using FastBond.Core.Bonds;

namespace FastBond.Core.Monitoring;

/// <content>
/// balance-rr, balance-xor and broadcast (link-monitoring.md section 7): every slave asks for itself, and must both ask and hear. A switch
/// that sends all answers to one port makes the other slaves look dead.
/// </content>
internal sealed partial class ArpMonitor
{
    private bool RunLoadBalancing(bool regular)
    {
        bool changed = false;
        bool reselect = false;

        // One that the MII monitor, which ran before, left failing is no current slave to rely on.
        Slave? current = bond.ActiveSlave is { Link: LinkState.Up } active ? active : null;
        for (int i = 0; i < bond.Slaves.Count; i++)
        {
            Slave slave = bond.Slaves[i];
            slave.Proposal = regular || slave.IsTransmitStalled ? InspectLoadBalancing(slave) : null;
            if (slave.Proposal == LinkState.Up)
            {
                bond.LogSlave(LogPriority.Info, slave, current is null ? "link status definitely up" : "interface is now up");
                reselect |= current is null;
            }
            else if (slave.Proposal is not null)
            {
                slave.LinkFailureCount++;
                bond.LogSlave(LogPriority.Warning, slave, "interface is now down");
                reselect |= slave == current;
            }

            changed |= slave.Proposal is not null;
            if (regular && slave.IsRunning)
            {
                _probes.Send(slave);
            }
        }

        if (changed)
        {
            CommitLoadBalancing(reselect);
        }

        return changed;
    }

    private LinkState? InspectLoadBalancing(Slave slave)
    {
        bool up = slave.Link == LinkState.Up;
        int intervals = up ? bond.Options.ArpMissedMax : 1;
        bool alive = !slave.IsTransmitStalled && IsWithin(slave.LastTxNs, intervals) && IsWithin(slave.LastRxNs, intervals);
        return alive == up ? null : alive ? LinkState.Up : LinkState.Down;
    }

    private void CommitLoadBalancing(bool reselect)
    {
        for (int i = 0; i < bond.Slaves.Count; i++)
        {
            Slave slave = bond.Slaves[i];
            slave.Link = slave.Proposal ?? slave.Link;
            slave.Proposal = null;
            if (slave.Link == LinkState.Up)
            {
                Bond.SetActiveFlags(slave);
            }
            else if (slave.Link == LinkState.Down)
            {
                slave.IsActive = false;
            }
        }

        if (reselect)
        {
            bond.Reselect();
        }

        bond.UpdateCarrier();
    }
}
