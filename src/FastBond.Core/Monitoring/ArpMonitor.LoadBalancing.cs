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
        Slave? current = bond.ActiveSlave;
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
            slave.IsActive = slave.Link switch
            {
                LinkState.Up => true,
                LinkState.Down => false,
                _ => slave.IsActive,
            };
        }

        if (reselect)
        {
            bond.Reselect();
        }
    }
}
