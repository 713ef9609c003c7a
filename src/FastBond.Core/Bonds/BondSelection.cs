namespace FastBond.Core.Bonds;

/// <content>Which slave is the current one (link-monitoring.md section 3), what a change of it sets off, and the bond's carrier.</content>
public sealed partial class Bond
{
    private bool _forcePrimary;

    /// <summary>The kernel's "active": may transmit, and what it receives is the bond's.</summary>
    internal static void SetActiveFlags(Slave slave)
    {
        slave.IsActive = true;
        slave.IsInactive = false;
    }

    /// <summary>The kernel's "backup" and "inactive": sends nothing; only link-local frames are taken in, by its own stack.</summary>
    internal void SetInactiveFlags(Slave slave)
    {
        slave.IsActive = false;
        if (!Options.AllSlavesActive)
        {
            slave.IsInactive = true;
        }
    }

    /// <summary>In modes without selection the first slave with a link becomes the current one, without ceremony.</summary>
    internal void AdoptCurrent(Slave slave)
    {
        if (ActiveSlave is null && slave.Link == LinkState.Up)
        {
            ActiveSlave = slave;
        }
    }

    /// <summary>
    /// Selects the current slave anew. <paramref name="unsettled"/>: a slave just opened, whose carrier the rest of the host
    /// may not have seen yet, so that an announcement through it waits for the monitor's next pass.
    /// </summary>
    internal void Reselect(Slave? unsettled = null)
    {
        Slave? best = FindBest(ActiveSlave);
        if (best != ActiveSlave)
        {
            MakeActive(best, settled: best != unsettled);
        }
    }

    /// <summary>Shows the host the carrier the slaves' links make; true if it changed.</summary>
    internal bool UpdateCarrier()
    {
        bool carrier = _slaves.Exists(static slave => slave.Link == LinkState.Up);
        if (carrier == Carrier)
        {
            return false;
        }

        Carrier = carrier;
        _effects.SetBondCarrier(carrier);
        return true;
    }

    private void SetReceiveFilter(Slave slave, bool carries)
    {
        if (slave.CarriesReceiveFilter != carries)
        {
            slave.CarriesReceiveFilter = carries;
            _effects.SetSlaveReceiveFilter(slave, carries);
        }
    }

    private void MakeActive(Slave? best, bool settled)
    {
        ChangeActive(best, settled);
        if (!UpdateCarrier())
        {
            return;
        }

        if (Carrier)
        {
            Log(LogPriority.Info, "active interface up!");
        }
        else
        {
            Log(LogPriority.Warning, "now running without any active interface!");
        }
    }

    private void ChangeActive(Slave? active, bool settled)
    {
        Slave? old = ActiveSlave;
        string how = "making interface the new active one";
        if (active is not null)
        {
            active.LastLinkUpNs = NowNs;
            if (active.Link == LinkState.Back)
            {
                how += $" {Options.UpdelayMs - ((long)active.Delay * Options.Miimon)} ms earlier";
                active.Delay = 0;
                active.Link = LinkState.Up;
                _mode.LinkUp(this, active);
            }
        }

        ActiveSlave = active;
        if (active is not null)
        {
            _arpMonitor.ForgetProbing();
        }

        _mode.CurrentChanged(this, old, active);

        // The cores learn of the change first, and the peers before receive filters are moved, of which none can tell: to move them may mean to
        // wait for a lock that whoever cut the link still holds.
        PublishTable();

        if (_mode.SelectsActive)
        {
            if (active is not null)
            {
                LogSlave(LogPriority.Info, active, how);
                _mode.MoveAddress(this, active);
                if (IsUp)
                {
                    _peerNotifications.Arm(settled);
                }
            }

            if (old is not null)
            {
                SetReceiveFilter(old, false);
            }

            if (active is not null)
            {
                SetReceiveFilter(active, true);
            }
        }

        if (IsUp && _mode.RepeatsReports(active))
        {
            _multicastReports.Arm();
        }
    }

    /// <summary>The slave that should be current if <paramref name="current"/> is.</summary>
    private Slave? FindBest(Slave? current) => PreferredOrCurrent(current) ?? FirstUpOrSoonest();

    private Slave? PreferredOrCurrent(Slave? current)
    {
        Slave? preferred = PrimarySlave;
        if (preferred?.Link == LinkState.Up)
        {
            if (_forcePrimary)
            {
                _forcePrimary = false;
                return preferred;
            }
        }
        else
        {
            preferred = HighestPriority();
            if (preferred is null || preferred == current)
            {
                return current?.Link == LinkState.Up ? current : null;
            }
        }

        if (current?.Link != LinkState.Up)
        {
            return preferred;
        }

        return Options.PrimaryReselect switch
        {
            PrimaryReselectBetter => IsBetter(preferred, current) ? preferred : current,
            PrimaryReselectFailure => current,
            _ => preferred,
        };
    }

    private static bool IsBetter(Slave candidate, Slave current) =>
        candidate.SpeedMbps > current.SpeedMbps ||
        (candidate.SpeedMbps == current.SpeedMbps && candidate.Duplex == Duplex.Full && current.Duplex == Duplex.Half);

    private Slave? HighestPriority()
    {
        Slave? highest = null;
        foreach (Slave slave in _slaves)
        {
            if (slave.Link == LinkState.Up && (highest is null || slave.Prio > highest.Prio))
            {
                highest = slave;
            }
        }

        return highest;
    }

    private Slave? FirstUpOrSoonest()
    {
        int soonest = Options.UpdelayTicks;
        Slave? best = null;
        foreach (Slave slave in _slaves)
        {
            if (slave.Link == LinkState.Up)
            {
                return slave;
            }

            if (slave.Link == LinkState.Back && slave.IsRunning && slave.Delay < soonest)
            {
                soonest = slave.Delay;
                best = slave;
            }
        }

        return best;
    }
}
