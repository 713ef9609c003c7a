using FastBond.Core.Bonds;
using FastBond.Core.Monitoring;

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
            { IsTransmitStalled: true } =>
                $"transmit ring hangs: no frame completed for {bond.EngineOptions.TxStallMs} ms{(slave.Carrier ? " though the carrier is up" : "")}",
            { Link: not LinkState.Up, Carrier: true } when bond.Options.ArpInterval > 0 => Silent(bond, slave),
            { Link: LinkState.Fail } when current => null,
            { Link: LinkState.Fail } => $"{Cause(slave)}, going down, {DelayLeft(bond, slave)} left",
            { Link: LinkState.Down } => Cause(slave),
            { Link: LinkState.Back } => $"going back, {DelayLeft(bond, slave)} left of updelay",
            { Carrier: false } => "no carrier, the monitor hasn't seen it yet",
            _ when bond.Options.Mode == BondMode.ActiveBackup && !current =>
                $"backup of active-backup, {bond.ActiveSlave?.Name ?? "no slave"} is active",
            _ => null,
        };
    }

    private static string Silent(Bond bond, Slave slave) => slave.Link switch
    {
        LinkState.Back => "being probed by the ARP monitor, no answer yet",
        _ when bond.ActiveSlave is null && bond.Options.Mode == BondMode.ActiveBackup => "no answer to the ARP monitor's probe, waiting for its next turn",
        _ when (bond.Options.ArpValidate & ArpMonitor.Validation) != 0 => "the ARP monitor hears no target on it",
        _ when bond.Options.ArpValidate != 0 => "the ARP monitor hears neither ARP nor IPv6 on it",
        _ => "the ARP monitor hears nothing on it",
    };

    private static string Cause(Slave slave) => slave.Carrier ? "link down though it has carrier" : "link down, no carrier";

    private static string DelayLeft(Bond bond, Slave slave) => $"{(long)slave.Delay * bond.Options.Miimon} ms";
}
