using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Core.Modes;

/// <summary>active-backup: one slave carries all, the others wait with their inactive flag set.</summary>
internal sealed class ActiveBackup : ModeRules
{
    public static readonly ActiveBackup Rules = new();

    /// <summary><c>fail_over_mac</c> none: every slave has the bond's MAC.</summary>
    public const int FailOverMacNone = 0;

    /// <summary><c>fail_over_mac</c> active: the bond takes the active slave's MAC.</summary>
    public const int FailOverMacActive = 1;

    /// <summary><c>fail_over_mac</c> follow: the bond's MAC goes to whichever slave is active.</summary>
    public const int FailOverMacFollow = 2;

    public override bool SelectsActive => true;

    public override bool OverridesByQueue => true;

    public override bool RepeatsReports(Slave? active) => active is not null;

    public override HardwareAddress AddressOfNewSlave(Bond bond, Slave slave, HardwareAddress bondAddress)
    {
        if (bond.Options.FailOverMac == FailOverMacNone)
        {
            return bondAddress;
        }

        // follow: were two slaves to hold one MAC, a later swap would put it on the network twice.
        bool isTaken = bond.Slaves.Any(other => other.Address == slave.Address) || (bond.Slaves.Count > 0 && slave.Address == bondAddress);
        return bond.Options.FailOverMac == FailOverMacFollow && isTaken ? bond.Effects.RandomAddress() : slave.Address;
    }

    public override void Enslaved(Bond bond, Slave slave) => bond.SetInactiveFlags(slave);

    public override void BondUp(Bond bond, Slave slave)
    {
        if (slave == bond.ActiveSlave)
        {
            Bond.SetActiveFlags(slave);
        }
        else
        {
            bond.SetInactiveFlags(slave);
        }
    }

    public override void LinkUp(Bond bond, Slave slave)
    {
        // Selection decides.
    }

    public override void LinkDown(Bond bond, Slave slave) => bond.SetInactiveFlags(slave);

    public override void CurrentChanged(Bond bond, Slave? old, Slave? active)
    {
        if (old is not null)
        {
            bond.SetInactiveFlags(old);
        }

        if (active is not null)
        {
            Bond.SetActiveFlags(active);
        }
    }

    public override void MoveAddress(Bond bond, Slave active)
    {
        if (bond.Options.FailOverMac == FailOverMacActive)
        {
            bond.TakeAddressOf(active);
        }
        else if (bond.Options.FailOverMac == FailOverMacFollow)
        {
            bond.GiveAddressTo(active);
        }
    }
}
