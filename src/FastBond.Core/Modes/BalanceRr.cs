using FastBond.Core.Bonds;

namespace FastBond.Core.Modes;

/// <summary>balance-rr: one slave after the other; IGMP always on the current one, so that a switch sees all groups on one port.</summary>
internal sealed class BalanceRr : ModeRules
{
    public static readonly BalanceRr Rules = new();

    public override bool OverridesByQueue => true;

    public override bool RepeatsReports(Slave? active) => true;

    public override byte IgmpSlot(Bond bond)
    {
        // The current slave even while it is down (modes.md section 4): it stays current until the monitor has given it up.
        if (bond.ActiveSlave is not null)
        {
            return bond.ActiveSlave.Slot;
        }

        foreach (Slave slave in bond.Slaves)
        {
            if (MayTransmit(slave))
            {
                return slave.Slot;
            }
        }

        return ForwardingTable.NoSlot;
    }
}
