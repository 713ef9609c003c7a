using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Core.Modes;

/// <summary>
/// What a mode decides: a slave's flags at each event, who transmits, who carries the bond's receive filter, whose MAC is where.
/// Stateless: all state is in the bond and its slaves. What is written here holds for the modes that spread frames over all slaves.
/// </summary>
internal abstract class ModeRules
{
    /// <summary>The rules of a mode.</summary>
    /// <exception cref="NotSupportedException">The mode has none; the option writer refuses it before.</exception>
    public static ModeRules For(BondMode mode) => mode switch
    {
        BondMode.BalanceRr => BalanceRr.Rules,
        BondMode.ActiveBackup => ActiveBackup.Rules,
        BondMode.BalanceXor => BalanceXor.Rules,
        BondMode.Broadcast => Broadcast.Rules,
        _ => throw new NotSupportedException($"mode {(int)mode} has no rules"),
    };

    /// <summary>
    /// Whether one slave, chosen by the selection rules, stands for the bond: it alone carries the receive filter, and options
    /// primary, active_slave and prio mean something.
    /// </summary>
    public virtual bool SelectsActive => false;

    /// <summary>Whether the mode hashes over a list of usable slaves: if that list is empty, the first link back skips updelay.</summary>
    public virtual bool HashesOverUsable => false;

    /// <summary>Whether a change of the current slave to <paramref name="active"/> makes the host repeat its multicast reports.</summary>
    public virtual bool RepeatsReports(Slave? active) => false;

    /// <summary>Whether a frame's transmit queue can name the slave it leaves by (option <c>queue_id</c>).</summary>
    public virtual bool OverridesByQueue => false;

    /// <summary>Whether <paramref name="slave"/> may carry data frames now.</summary>
    public virtual bool MayTransmit(Slave slave) => slave.CanTransmit;

    /// <summary>The slot for IGMP where the mode treats it apart.</summary>
    public virtual byte IgmpSlot(Bond bond) => ForwardingTable.NoSlot;

    /// <summary>The MAC that an interface has as a slave of a bond which, with it, has <paramref name="bondAddress"/>.</summary>
    public virtual HardwareAddress AddressOfNewSlave(Bond bond, Slave slave, HardwareAddress bondAddress) => bondAddress;

    /// <summary>Flags of a new slave whose initial link state is known.</summary>
    public virtual void Enslaved(Bond bond, Slave slave)
    {
        Bond.SetActiveFlags(slave);
        bond.AdoptCurrent(slave);
    }

    /// <summary>The bond was brought up.</summary>
    public virtual void BondUp(Bond bond, Slave slave) => Bond.SetActiveFlags(slave);

    /// <summary>The monitor declared the link up.</summary>
    public virtual void LinkUp(Bond bond, Slave slave) => Bond.SetActiveFlags(slave);

    /// <summary>The monitor declared the link down.</summary>
    public virtual void LinkDown(Bond bond, Slave slave)
    {
    }

    /// <summary>The current slave changed: flags first, so that the table with the new one can be published before anything else.</summary>
    public virtual void CurrentChanged(Bond bond, Slave? old, Slave? active)
    {
    }

    /// <summary>The table with the new current slave is out: addresses follow.</summary>
    public virtual void MoveAddress(Bond bond, Slave active)
    {
    }
}
