using FastBond.Core.Bonds;

namespace FastBond.Core.Status;

/// <summary>Why a slave doesn't carry what the bond transmits: the first of the reasons that would have to go.</summary>
public static class WhyUnused
{
    /// <summary>The reason in a few words; null if the slave is used.</summary>
    public static string? Reason(Bond bond, Slave slave)
    {
        if (!bond.IsUp)
        {
            return $"{bond.Name} is administratively down";
        }

        // active-backup sends on the current slave whatever its state: a failing one carries on until downdelay has passed.
        bool current = bond.Options.Mode == BondMode.ActiveBackup && slave == bond.ActiveSlave;
        return slave switch
        {
            { IsUp: false } => "administratively down",
            { Link: LinkState.Fail } when current => null,
            { Link: LinkState.Fail } => $"{Cause(slave)}, going down, {DelayLeft(bond, slave)} left",
            { Link: LinkState.Down } => Cause(slave),
            { Link: LinkState.Back } => $"going back, {DelayLeft(bond, slave)} left of updelay",
            { Carrier: false } => "no carrier, the monitor hasn't seen it yet",
            _ when bond.Options.Mode == BondMode.ActiveBackup && !current =>
                bond.ActiveSlave is { } active ? $"backup of active-backup, {active.Name} is active" : "backup of active-backup, no slave is active",
            { IsActive: false } => "link down by the ARP monitor",
            _ => null,
        };
    }

    private static string Cause(Slave slave) => slave.Carrier ? "link down though it has carrier" : "link down, no carrier";

    private static string DelayLeft(Bond bond, Slave slave) => $"{(long)slave.Delay * bond.Options.Miimon} ms";
}
