using System.Text;
using FastBond.Core.Bonds;
using FastBond.Core.Options;

namespace FastBond.Core.Status;

/// <summary>
/// The text of <c>/proc/net/bonding/BOND</c>, label for label (formats.md section 1): scripts all over the world grep it. The blocks of
/// 802.3ad come with that mode.
/// </summary>
public static class ProcText
{
    /// <summary>The whole text of a bond.</summary>
    /// <param name="bond">The bond.</param>
    /// <param name="version">What stands in the first line: FastBond's version, where the kernel has its own.</param>
    /// <param name="why">Whether to add what the kernel doesn't tell: why a slave isn't used, and where monitoring comes from.</param>
    /// <param name="dataPath">With <paramref name="why"/>, tells how a slave's frames reach the bond; null for one that has no data path.</param>
    public static string Format(Bond bond, string version, bool why = false, Func<Slave, string?>? dataPath = null)
    {
        StringBuilder text = new();
        Write(text, bond, version, why, dataPath);
        return text.ToString();
    }

    /// <summary>As <see cref="Format"/>, appended to <paramref name="text"/>.</summary>
    public static void Write(StringBuilder text, Bond bond, string version, bool why = false, Func<Slave, string?>? dataPath = null)
    {
        Line(text, $"Ethernet Channel Bonding Driver: v{version}");
        Line(text, $"");
        WriteBond(text, bond);
        if (why && bond.Options.MonitoringByDefault)
        {
            Line(text, $"Monitoring: miimon={bond.Options.Miimon} is FastBond's default, as neither miimon nor arp_interval was given");
        }

        foreach (Slave slave in bond.Slaves)
        {
            WriteSlave(text, slave);
            if (why && dataPath?.Invoke(slave) is { } path)
            {
                Line(text, $"AF_XDP: {path}");
            }

            if (why && WhyUnused.Reason(bond, slave) is { } reason)
            {
                Line(text, $"Not used: {reason}");
            }
        }
    }

    private static void WriteBond(StringBuilder text, Bond bond)
    {
        BondOptions options = bond.Options;
        string macPolicy = options is { Mode: BondMode.ActiveBackup, FailOverMac: not 0 }
            ? $" (fail_over_mac {OptionTable.FailOverMac.NameOf(options.FailOverMac)})"
            : "";
        Line(text, $"Bonding Mode: {LongName(options.Mode)}{macPolicy}");
        if (options.Mode is BondMode.BalanceXor or BondMode.Ieee8023ad ||
            (options.Mode is BondMode.BalanceTlb or BondMode.BalanceAlb && !options.TlbDynamicLb))
        {
            int policy = (int)options.XmitHashPolicy;
            Line(text, $"Transmit Hash Policy: {OptionTable.XmitHashPolicy.NameOf(policy)} ({policy})");
        }

        if (ModeSet.WithActiveSlave.Has(options.Mode))
        {
            string primary = bond.PrimarySlave is { } slave
                ? $"{slave.Name} (primary_reselect {OptionTable.PrimaryReselect.NameOf(options.PrimaryReselect)})"
                : "None";
            Line(text, $"Primary Slave: {primary}");
            Line(text, $"Currently Active Slave: {bond.ActiveSlave?.Name ?? "None"}");
        }

        Line(text, $"MII Status: {(bond.Carrier ? "up" : "down")}");
        Line(text, $"MII Polling Interval (ms): {options.Miimon}");
        Line(text, $"Up Delay (ms): {options.UpdelayMs}");
        Line(text, $"Down Delay (ms): {options.DowndelayMs}");
        Line(text, $"Peer Notification Delay (ms): {options.PeerNotifDelayMs}");
        if (options.ArpInterval > 0)
        {
            Line(text, $"ARP Polling Interval (ms): {options.ArpInterval}");
            Line(text, $"ARP Missed Max: {options.ArpMissedMax}");
            Line(text, $"ARP IP target/s (n.n.n.n form):{string.Join(',', options.ArpIpTargets.Select(a => $" {a}"))}");
            Line(text, $"NS IPv6 target/s (xx::xx form):{string.Join(',', options.NsIp6Targets.Select(a => $" {a}"))}");
        }
    }

    private static void WriteSlave(StringBuilder text, Slave slave)
    {
        Line(text, $"");
        Line(text, $"Slave Interface: {slave.Name}");
        Line(text, $"MII Status: {LinkName(slave.Link)}");
        Line(text, $"Speed: {(slave.SpeedMbps > 0 ? $"{slave.SpeedMbps} Mbps" : "Unknown")}");
        Line(text, $"Duplex: {DuplexName(slave.Duplex)}");
        Line(text, $"Link Failure Count: {slave.LinkFailureCount}");
        Line(text, $"Permanent HW addr: {slave.PermanentAddress}");
        Line(text, $"Slave queue ID: {slave.QueueId}");
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString()).Append('\n');

    private static string LongName(BondMode mode) => mode switch
    {
        BondMode.BalanceRr => "load balancing (round-robin)",
        BondMode.ActiveBackup => "fault-tolerance (active-backup)",
        BondMode.BalanceXor => "load balancing (xor)",
        BondMode.Broadcast => "fault-tolerance (broadcast)",
        BondMode.Ieee8023ad => "IEEE 802.3ad Dynamic link aggregation",
        BondMode.BalanceTlb => "transmit load balancing",
        _ => "adaptive load balancing",
    };

    /// <summary>A link state in the kernel's words.</summary>
    public static string LinkName(LinkState link) => link switch
    {
        LinkState.Up => "up",
        LinkState.Fail => "going down",
        LinkState.Down => "down",
        _ => "going back",
    };

    private static string DuplexName(Duplex duplex) => duplex switch
    {
        Duplex.Full => "full",
        Duplex.Half => "half",
        _ => "Unknown",
    };
}
