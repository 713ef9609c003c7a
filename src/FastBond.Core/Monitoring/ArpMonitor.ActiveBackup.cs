using FastBond.Core.Bonds;

namespace FastBond.Core.Monitoring;

/// <content>
/// Active-backup (link-monitoring.md section 8): only the current slave asks. A backup is judged by hearing its questions, which are
/// broadcast. While there is no current slave they take turns, an interval each.
/// </content>
internal sealed partial class ArpMonitor
{
    // A slave that just came or became active has so many intervals before it is judged.
    private const int Grace = 2;

    /// <summary>There is a current slave, or no monitor: nobody is probed.</summary>
    public void ForgetProbing()
    {
        if (Probing is { } probing)
        {
            Probing = null;
            if (probing != bond.ActiveSlave)
            {
                bond.SetInactiveFlags(probing);
            }
        }
    }

    private bool RunActiveBackup(bool regular)
    {
        bond.PeerNotifications.BeginPass();
        bool changed = false;
        for (int i = 0; i < bond.Slaves.Count; i++)
        {
            Slave slave = bond.Slaves[i];
            slave.Proposal = slave.IsTransmitStalled ? InspectStalled(slave) : regular ? InspectActiveBackup(slave) : null;
            changed |= slave.Proposal is not null;
        }

        if (changed)
        {
            CommitActiveBackup();
        }

        if (regular)
        {
            changed |= Probe();
            bond.PeerNotifications.EndPassOfArpMonitor();
        }

        return changed;
    }

    private static LinkState? InspectStalled(Slave slave) => slave.Link switch
    {
        LinkState.Up => LinkState.Down,
        LinkState.Back => LinkState.Fail,
        _ => null,
    };

    private LinkState? InspectActiveBackup(Slave slave)
    {
        long heardNs = LastReceived(slave);
        int missedMax = bond.Options.ArpMissedMax;
        if (slave.Link != LinkState.Up && IsWithin(heardNs, 1))
        {
            return LinkState.Up;
        }

        // A current slave may still be failing by the MII monitor, which ran before: nobody else would give it up.
        if (slave.Link != LinkState.Up && slave != bond.ActiveSlave)
        {
            return slave.Link == LinkState.Back ? LinkState.Fail : null;
        }

        if (IsWithin(slave.LastLinkUpNs, Grace))
        {
            return null;
        }

        bool silent = slave.IsActive
            ? !IsWithin(slave.LastTxNs, missedMax) || !IsWithin(heardNs, missedMax)
            : Probing is null && !IsWithin(heardNs, missedMax + 1);
        return silent ? LinkState.Down : null;
    }

    private void CommitActiveBackup()
    {
        bool reselect = false;
        for (int i = 0; i < bond.Slaves.Count; i++)
        {
            Slave slave = bond.Slaves[i];
            switch (slave.Proposal)
            {
                case LinkState.Up:
                    reselect |= CommitUp(slave);
                    break;
                case LinkState.Down:
                    reselect |= CommitDown(slave);
                    break;
                case LinkState.Fail:
                    slave.Link = LinkState.Fail;
                    bond.SetInactiveFlags(slave);
                    break;
            }

            slave.Proposal = null;
        }

        if (reselect)
        {
            bond.Reselect();
        }

        bond.UpdateCarrier();
    }

    private bool CommitUp(Slave slave)
    {
        slave.Link = LinkState.Up;
        ForgetProbing();
        bond.LogSlave(LogPriority.Info, slave, "link status definitely up");
        return bond.ActiveSlave is null || slave == bond.PrimarySlave || slave.Prio > bond.ActiveSlave.Prio;
    }

    private bool CommitDown(Slave slave)
    {
        slave.LinkFailureCount++;
        slave.Link = LinkState.Down;
        bond.SetInactiveFlags(slave);
        bond.LogSlave(LogPriority.Warning, slave, "link status definitely down, disabling slave");
        if (slave != bond.ActiveSlave)
        {
            return false;
        }

        Probing = null;
        return true;
    }

    /// <summary>Asks the targets through the current slave, or through the next in turn; true if that changed a slave.</summary>
    private bool Probe()
    {
        if (bond.ActiveSlave is { } current)
        {
            _probes.Send(current);
            return false;
        }

        // No slave is up here: selection would have made it the current one.
        if (NextToProbe() is not { } next)
        {
            return false;
        }

        next.Link = LinkState.Back;
        Bond.SetActiveFlags(next);
        next.LastLinkUpNs = bond.NowNs;
        Probing = next;
        _probes.Send(next);
        return true;
    }

    /// <summary>The next slave with carrier after the one probed last, round and round; after the first if none was.</summary>
    private Slave? NextToProbe()
    {
        int count = bond.Slaves.Count;
        int last = 0;
        for (int i = 0; i < count; i++)
        {
            last = bond.Slaves[i] == Probing ? i : last;
        }

        for (int step = 1; step <= count; step++)
        {
            Slave slave = bond.Slaves[(last + step) % count];
            if (slave.IsRunning)
            {
                return slave;
            }
        }

        return null;
    }
}
