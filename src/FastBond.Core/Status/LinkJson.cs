using System.Text.Json;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Options;

namespace FastBond.Core.Status;

/// <summary>
/// A bond and its slaves as <c>ip -d -j link</c> prints them: same keys, same types, same order, so that what reads a kernel bond reads
/// ours. What the kernel has no word for goes under one extra key, <c>fastbond</c>.
/// </summary>
public static class LinkJson
{
    /// <summary>Writes the bond's object and then one for each slave into an array that the caller has opened.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="bond">The bond.</param>
    /// <param name="ifIndex">Interface index of the bond's host interface; 0 if it has none.</param>
    /// <param name="extras">Writes the properties of <c>fastbond</c>, inside its braces: of a slave, or of the bond if that is null.</param>
    public static void Write(Utf8JsonWriter writer, Bond bond, int ifIndex, Action<Utf8JsonWriter, Slave?>? extras = null)
    {
        writer.WriteStartObject();
        WriteInterface(writer, ifIndex, bond.Name, "MASTER", bond.IsUp, bond.Carrier, bond.Mtu, bond.Address, null);
        writer.WriteStartObject("linkinfo");
        writer.WriteString("info_kind", "bond");
        writer.WriteStartObject("info_data");
        WriteOptions(writer, bond);
        writer.WriteEndObject();
        writer.WriteEndObject();
        WriteExtras(writer, null, extras);
        writer.WriteEndObject();

        foreach (Slave slave in bond.Slaves)
        {
            writer.WriteStartObject();
            WriteInterface(writer, slave.IfIndex, slave.Name, "SLAVE", slave.IsUp, slave.Carrier, bond.Mtu, slave.Address, bond.Name);
            writer.WriteStartObject("linkinfo");
            writer.WriteString("info_slave_kind", "bond");
            writer.WriteStartObject("info_slave_data");
            WriteSlave(writer, slave);
            writer.WriteEndObject();
            writer.WriteEndObject();
            WriteExtras(writer, slave, extras);
            writer.WriteEndObject();
        }
    }

    private static void WriteInterface(
        Utf8JsonWriter writer, int ifIndex, string name, string role, bool up, bool carrier, int mtu, HardwareAddress address, string? master)
    {
        if (ifIndex > 0)
        {
            writer.WriteNumber("ifindex", ifIndex);
        }

        writer.WriteString("ifname", name);
        writer.WriteStartArray("flags");
        if (up && !carrier)
        {
            writer.WriteStringValue("NO-CARRIER");
        }

        writer.WriteStringValue("BROADCAST");
        writer.WriteStringValue("MULTICAST");
        writer.WriteStringValue(role);
        if (up)
        {
            writer.WriteStringValue("UP");
        }

        if (up && carrier)
        {
            writer.WriteStringValue("LOWER_UP");
        }

        writer.WriteEndArray();
        writer.WriteNumber("mtu", mtu);
        if (master is not null)
        {
            writer.WriteString("master", master);
        }

        writer.WriteString("operstate", up && carrier ? "UP" : "DOWN");
        writer.WriteString("link_type", address.Length == HardwareAddress.MaxLength ? "infiniband" : "ether");
        writer.WriteString("address", address.ToString());
    }

    private static void WriteOptions(Utf8JsonWriter writer, Bond bond)
    {
        BondOptions options = bond.Options;
        writer.WriteString("mode", OptionTable.Mode.NameOf((long)options.Mode));
        if (ModeSet.WithActiveSlave.Has(options.Mode) && bond.ActiveSlave is { } active)
        {
            writer.WriteString("active_slave", active.Name);
        }

        writer.WriteNumber("miimon", options.Miimon);
        writer.WriteNumber("updelay", options.UpdelayMs);
        writer.WriteNumber("downdelay", options.DowndelayMs);
        writer.WriteNumber("peer_notify_delay", options.PeerNotifDelayMs);
        writer.WriteNumber("use_carrier", options.UseCarrier ? 1 : 0);
        writer.WriteNumber("arp_interval", options.ArpInterval);
        writer.WriteNumber("arp_missed_max", options.ArpMissedMax);
        WriteAddresses(writer, "arp_ip_target", options.ArpIpTargets);
        WriteAddresses(writer, "ns_ip6_target", options.NsIp6Targets);

        // iproute2 prints no name for "none", and so null.
        writer.WriteString("arp_validate", options.ArpValidate == 0 ? null : OptionTable.ArpValidate.NameOf(options.ArpValidate));
        writer.WriteString("arp_all_targets", OptionTable.ArpAllTargets.NameOf(options.ArpAllTargets ? 1 : 0));
        if (bond.PrimarySlave is { } primary)
        {
            writer.WriteString("primary", primary.Name);
        }

        writer.WriteString("primary_reselect", OptionTable.PrimaryReselect.NameOf(options.PrimaryReselect));
        writer.WriteString("fail_over_mac", OptionTable.FailOverMac.NameOf(options.FailOverMac));
        writer.WriteString("xmit_hash_policy", OptionTable.XmitHashPolicy.NameOf((long)options.XmitHashPolicy));
        writer.WriteNumber("resend_igmp", options.ResendIgmp);
        writer.WriteNumber("num_peer_notif", options.NumPeerNotif);
        writer.WriteNumber("all_slaves_active", options.AllSlavesActive ? 1 : 0);
        writer.WriteNumber("min_links", options.MinLinks);
        writer.WriteNumber("lp_interval", options.LpInterval);
        writer.WriteNumber("packets_per_slave", options.PacketsPerSlave);
        writer.WriteString("ad_lacp_active", OptionTable.LacpActive.NameOf(options.LacpActive ? 1 : 0));
        writer.WriteString("ad_lacp_rate", OptionTable.LacpRate.NameOf(options.LacpRateFast ? 1 : 0));
        writer.WriteString("ad_select", OptionTable.AdSelect.NameOf(options.AdSelect));
        writer.WriteNumber("tlb_dynamic_lb", options.TlbDynamicLb ? 1 : 0);
    }

    private static void WriteSlave(Utf8JsonWriter writer, Slave slave)
    {
        writer.WriteString("state", slave.IsActive ? "ACTIVE" : "BACKUP");
        writer.WriteString("mii_status", slave.Link switch
        {
            LinkState.Up => "UP",
            LinkState.Fail => "GOING_DOWN",
            LinkState.Down => "DOWN",
            _ => "GOING_BACK",
        });
        writer.WriteNumber("link_failure_count", slave.LinkFailureCount);
        writer.WriteString("perm_hwaddr", slave.PermanentAddress.ToString());
        writer.WriteNumber("queue_id", slave.QueueId);
        writer.WriteNumber("prio", slave.Prio);
    }

    private static void WriteAddresses(Utf8JsonWriter writer, string key, IReadOnlyList<System.Net.IPAddress> addresses)
    {
        if (addresses.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(key);
        foreach (System.Net.IPAddress address in addresses)
        {
            writer.WriteStringValue(address.ToString());
        }

        writer.WriteEndArray();
    }

    private static void WriteExtras(Utf8JsonWriter writer, Slave? slave, Action<Utf8JsonWriter, Slave?>? extras)
    {
        if (extras is not null)
        {
            writer.WriteStartObject("fastbond");
            extras(writer, slave);
            writer.WriteEndObject();
        }
    }
}
