using FastBond.Core.Bonds;

namespace FastBond.Core.Monitoring;

/// <summary>
/// Declares links up and down by their carrier (link-monitoring.md section 1). A regular pass runs every <c>miimon</c> over all slaves and
/// counts updelay and downdelay down. A hint makes a pass come at once for the slave it is about; such a pass counts nothing
/// down and lets no delay end, so that delays last at least their n times miimon.
/// </summary>
internal sealed class MiiMonitor(Bond bond)
{
    private long _hintNs = long.MaxValue;

    /// <summary>When <see cref="Run"/> must next be called.</summary>
    public long DueNs => Math.Min(NextPassNs, _hintNs);

    /// <summary>When the next regular pass is due; <see cref="long.MaxValue"/> while the monitor does not run.</summary>
    public long NextPassNs { get; private set; } = long.MaxValue;

    /// <summary>Runs from now on, beginning with a pass.</summary>
    public void Start() => NextPassNs = bond.NowNs;

    /// <summary>Runs no more; links stay as they are.</summary>
    public void Stop()
    {
        NextPassNs = long.MaxValue;
        ForgetHints();
    }

    /// <summary>Something was heard of this slave's link.</summary>
    public void Hint(Slave slave)
    {
        if (NextPassNs != long.MaxValue)
        {
            slave.IsHinted = true;
            _hintNs = bond.NowNs;
        }
    }

    /// <summary>Does the pass that is due; true if a link changed its state, or was heard of.</summary>
    public bool Run()
    {
        bool regular = NextPassNs <= bond.NowNs, hinted = _hintNs <= bond.NowNs;
        if (regular)
        {
            NextPassNs = bond.NowNs + (bond.Options.Miimon * Clock.Millisecond);
        }

        bond.PeerNotifications.BeginPass();
        bool changed = Inspect(regular);
        if (changed)
        {
            Commit();
        }

        bond.PeerNotifications.EndPass(regular);
        ForgetHints();
        return changed || hinted;
    }

    private void ForgetHints()
    {
        _hintNs = long.MaxValue;
        for (int i = 0; i < bond.Slaves.Count; i++)
        {
            bond.Slaves[i].IsHinted = false;
        }
    }

    /// <summary>Looks at the slaves and notes what each link should become; true if any should change.</summary>
    private bool Inspect(bool regular)
    {
        bool ignoreUpdelay = IgnoresUpdelay();
        bool proposed = false;
        for (int i = 0; i < bond.Slaves.Count; i++)
        {
            Slave slave = bond.Slaves[i];
            if (regular || slave.IsHinted)
            {
                slave.Proposal = slave.Link is LinkState.Up or LinkState.Fail
                    ? InspectGoing(slave, regular)
                    : InspectComing(slave, regular, ref ignoreUpdelay);
                proposed |= slave.Proposal is not null;
            }
        }

        return proposed;
    }

    /// <summary>Whether the first link that returns may be used without updelay: nothing else can carry frames.</summary>
    private bool IgnoresUpdelay()
    {
        if (bond.Mode.SelectsActive)
        {
            return bond.ActiveSlave is null;
        }

        if (!bond.Mode.HashesOverUsable)
        {
            return false;
        }

        for (int i = 0; i < bond.Slaves.Count; i++)
        {
            if (bond.Mode.MayTransmit(bond.Slaves[i]))
            {
                return false;
            }
        }

        return true;
    }

    private LinkState? InspectGoing(Slave slave, bool regular)
    {
        BondOptions options = bond.Options;
        if (slave.IsRunning)
        {
            if (slave.Link == LinkState.Up)
            {
                return null;
            }

            slave.LastLinkUpNs = bond.NowNs;
            bond.LogSlave(
                LogPriority.Info, slave, $"link status up again after {options.DowndelayMs - ((long)slave.Delay * options.Miimon)} ms");
            return LinkState.Up;
        }

        LinkState? proposal = null;
        if (slave.Link == LinkState.Up)
        {
            proposal = LinkState.Fail;
            slave.Delay = options.DowndelayTicks;
            if (slave.Delay > 0)
            {
                bond.LogSlave(
                    LogPriority.Info,
                    slave,
                    $"link status down for {Role(slave)}interface, disabling it in {options.DowndelayMs} ms");
            }
        }

        return CountDown(slave, regular, fresh: proposal is not null) ? LinkState.Down : proposal;
    }

    private LinkState? InspectComing(Slave slave, bool regular, ref bool ignoreUpdelay)
    {
        BondOptions options = bond.Options;
        if (!slave.IsRunning)
        {
            if (slave.Link == LinkState.Down)
            {
                return null;
            }

            bond.LogSlave(
                LogPriority.Info, slave, $"link status down again after {options.UpdelayMs - ((long)slave.Delay * options.Miimon)} ms");
            return LinkState.Down;
        }

        LinkState? proposal = null;
        if (slave.Link == LinkState.Down)
        {
            proposal = LinkState.Back;
            slave.Delay = options.UpdelayTicks;
            if (slave.Delay > 0)
            {
                long delay = ignoreUpdelay ? 0 : options.UpdelayMs;
                bond.LogSlave(LogPriority.Info, slave, $"link status up, enabling it in {delay} ms");
            }
        }

        if (ignoreUpdelay)
        {
            slave.Delay = 0;
        }

        if (ignoreUpdelay || CountDown(slave, regular, fresh: proposal is not null))
        {
            ignoreUpdelay = false;
            return LinkState.Up;
        }

        return proposal;
    }

    /// <summary>Counts one pass of a delay; true if it had ended. Out of turn only a delay of none, just begun, can end.</summary>
    private static bool CountDown(Slave slave, bool regular, bool fresh)
    {
        if (slave.Delay <= 0)
        {
            return regular || fresh;
        }

        if (regular)
        {
            slave.Delay--;
        }

        return false;
    }

    private string Role(Slave slave)
    {
        if (bond.Options.Mode != BondMode.ActiveBackup)
        {
            return "";
        }

        return slave.IsActive ? "active " : "backup ";
    }

    /// <summary>Makes the proposals true: all states first, then what each sets off, then one selection for all.</summary>
    private void Commit()
    {
        for (int i = 0; i < bond.Slaves.Count; i++)
        {
            Slave slave = bond.Slaves[i];
            slave.Link = slave.Proposal ?? slave.Link;
        }

        bool reselect = false;
        for (int i = 0; i < bond.Slaves.Count; i++)
        {
            Slave slave = bond.Slaves[i];
            if (slave.Proposal == LinkState.Up)
            {
                reselect |= CommitUp(slave);
            }
            else if (slave.Proposal == LinkState.Down)
            {
                reselect |= CommitDown(slave);
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
        slave.LastLinkUpNs = bond.NowNs;
        bond.Mode.LinkUp(bond, slave);

        // As the kernel words it: unknown speed reads 0, unknown duplex full.
        string duplex = slave.Duplex == Duplex.Half ? "half" : "full";
        bond.LogSlave(LogPriority.Info, slave, $"link status definitely up, {slave.SpeedMbps} Mbps {duplex} duplex");
        return bond.ActiveSlave is null || slave == bond.PrimarySlave || slave.Prio > bond.ActiveSlave.Prio;
    }

    private bool CommitDown(Slave slave)
    {
        slave.LinkFailureCount++;
        bond.Mode.LinkDown(bond, slave);
        bond.LogSlave(LogPriority.Warning, slave, "link status definitely down, disabling slave");
        return slave == bond.ActiveSlave;
    }
}
