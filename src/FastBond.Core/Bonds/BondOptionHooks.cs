using FastBond.Core.Modes;

namespace FastBond.Core.Bonds;

/// <content>What a written option sets off. The option writer checks it, stores it in <see cref="Options"/>, and calls here.</content>
public sealed partial class Bond
{
    private const int PrimaryReselectBetter = 1;
    private const int PrimaryReselectFailure = 2;

    /// <summary><c>mode</c> was written: the bond is down and has no slaves.</summary>
    internal void OnModeWritten(long nowNs)
    {
        Advance(nowNs);
        _mode = ModeRules.For(Options.Mode);
        StartMonitor();
        OnTargetsWritten(nowNs);
    }

    /// <summary><c>miimon</c> was written: the monitor it asks for begins with a pass at once.</summary>
    internal void OnMiimonWritten(long nowNs)
    {
        Advance(nowNs);
        StartMonitor();
        OnTargetsWritten(nowNs);
    }

    /// <summary><c>arp_interval</c> was written, and with it perhaps <c>miimon</c>.</summary>
    internal void OnArpIntervalWritten(long nowNs)
    {
        Advance(nowNs);
        StartMonitor();
        OnTargetsWritten(nowNs);
    }

    /// <summary><c>arp_ip_target</c>, <c>ns_ip6_target</c> or <c>arp_validate</c> was written.</summary>
    internal void OnTargetsWritten(long nowNs)
    {
        Advance(nowNs);
        _arpMonitor.TargetsWritten();
        PublishIfChanged();
    }

    /// <summary><c>primary</c> was written: a slave of that name becomes active once, whatever <c>primary_reselect</c> says.</summary>
    internal void OnPrimaryWritten(long nowNs)
    {
        Advance(nowNs);
        Slave? old = PrimarySlave;
        PrimarySlave = Options.Primary is null ? null : FindSlave(Options.Primary);
        _forcePrimary = PrimarySlave is not null;

        // A name that is only recorded for later gives no cause to look for another active slave.
        if (PrimarySlave is not null || old is not null || Options.Primary is null)
        {
            Reselect();
            PublishIfChanged();
        }
    }

    /// <summary><c>primary_reselect</c> was written.</summary>
    internal void OnPrimaryReselectWritten(long nowNs)
    {
        Advance(nowNs);
        Reselect();
        PublishIfChanged();
    }

    /// <summary>A slave's <c>prio</c> was written; it means nothing beside a primary.</summary>
    internal void OnPrioWritten(long nowNs, Slave slave)
    {
        Advance(nowNs);
        if (PrimarySlave is not null)
        {
            LogSlave(
                LogPriority.Warning, slave, "prio updated, but will not affect failover re-selection as primary slave have been set");
            return;
        }

        Reselect();
        PublishIfChanged();
    }

    /// <summary><c>all_slaves_active</c> was written.</summary>
    internal void OnAllSlavesActiveWritten(long nowNs)
    {
        Advance(nowNs);
        foreach (Slave slave in _slaves)
        {
            if (!slave.IsActive)
            {
                slave.IsInactive = !Options.AllSlavesActive;
            }
        }

        PublishIfChanged();
    }

    /// <summary><c>min_links</c> was written.</summary>
    internal void OnMinLinksWritten(long nowNs)
    {
        Advance(nowNs);
        UpdateCarrier();
    }

    /// <summary>An option that the forwarding table shows was written.</summary>
    internal void OnTransmitOptionWritten(long nowNs)
    {
        Advance(nowNs);
        PublishIfChanged();
    }

    /// <summary>Writes <c>active_slave</c>: makes that slave the active one, or, with an empty name, the best one.</summary>
    internal Outcome SetActiveSlave(long nowNs, string name)
    {
        Advance(nowNs);
        Slave? wanted;
        if (name.Length == 0)
        {
            wanted = FindBest(current: null);
        }
        else
        {
            wanted = FindSlave(name);
            if (wanted is null)
            {
                return _effects.FindDevice(name) is null
                    ? new Outcome(Errno.ENODEV, $"active_slave {name}: there is no such interface")
                    : new Outcome(Errno.EINVAL, $"active_slave {name}: not a slave of {Name}; enslave it first");
            }

            if (wanted != ActiveSlave && (ActiveSlave is null || wanted.Link != LinkState.Up || !wanted.IsRunning))
            {
                return new Outcome(
                    Errno.EINVAL,
                    ActiveSlave is null
                        ? $"active_slave {name}: {Name} has no active slave to take over from; the first link that comes up becomes active"
                        : $"active_slave {name}: its link is down; a slave whose link is up would do");
            }
        }

        if (wanted != ActiveSlave)
        {
            MakeActive(wanted, settled: true);
            PublishIfChanged();
        }

        return Outcome.Ok;
    }
}
