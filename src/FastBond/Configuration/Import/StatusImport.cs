using FastBond.Core.Options;

namespace FastBond.Configuration.Import;

/// <summary>The text of <c>/proc/net/bonding/BOND</c>: what a running bond is, in the words of the kernel's driver of any age.</summary>
internal sealed class StatusImport(Draft draft) : IImporter
{
    private static readonly (string Words, string Mode)[] Modes =
    [
        ("load balancing (round-robin)", "balance-rr"), ("fault-tolerance (active-backup)", "active-backup"), ("load balancing (xor)", "balance-xor"),
        ("fault-tolerance (broadcast)", "broadcast"), ("IEEE 802.3ad Dynamic link aggregation", "802.3ad"), ("transmit load balancing", "balance-tlb"),
        ("adaptive load balancing", "balance-alb"), ("load balancing", "balance-rr"), ("active-backup", "active-backup"), ("xor", "balance-xor"),
    ];

    /// <summary>Labels whose value is one of an option.</summary>
    private static readonly Dictionary<string, string> Options = new(StringComparer.Ordinal)
    {
        ["MII Polling Interval (ms)"] = "miimon",
        ["Up Delay (ms)"] = "updelay",
        ["Down Delay (ms)"] = "downdelay",
        ["Peer Notification Delay (ms)"] = "peer_notif_delay",
        ["ARP Polling Interval (ms)"] = "arp_interval",
        ["ARP Missed Max"] = "arp_missed_max",
        ["ARP IP target/s (n.n.n.n form)"] = "arp_ip_target",
        ["NS IPv6 target/s (xx::xx form)"] = "ns_ip6_target",
        ["LACP active"] = "lacp_active",
        ["LACP rate"] = "lacp_rate",
        ["Min links"] = "min_links",
        ["Aggregator selection policy (ad_select)"] = "ad_select",
        ["System priority"] = "ad_actor_sys_prio",
        ["Transmit Hash Policy"] = "xmit_hash_policy",
    };

    /// <summary>Labels that tell of state, not of configuration.</summary>
    private static readonly string[] State =
    [
        "Currently Active Slave", "MII Status", "Speed", "Duplex", "Link Failure Count", "Permanent HW addr", "System MAC address", "Aggregator ID",
        "Number of ports", "Actor Key", "Partner Key", "Partner Mac Address", "Actor Churn State", "Partner Churn State", "Actor Churned Count",
        "Partner Churned Count", "system priority", "system mac address", "port key", "port priority", "port number", "port state", "oper key",
        "details actor lacp pdu", "details partner lacp pdu", "Active Aggregator Info", "Monitoring", "Not used",
    ];

    private static readonly string[] Labels =
        ["Ethernet Channel Bonding Driver", "Bonding Mode", "Primary Slave", "Slave Interface", "Slave queue ID", .. Options.Keys, .. State];

    private BondDraft? _bond;
    private SlaveDraft? _slave;
    private int _count;

    /// <inheritdoc/>
    public void Read(SourceText source)
    {
        (_bond, _slave) = (null, null);
        foreach ((string line, Place place) in ShellWords.Lines(source))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                ReadLine(line[..colon], line[(colon + 1)..].Trim(), source.File, place);
            }
            else if (line != "802.3ad info" && !line.EndsWith("has no active aggregator", StringComparison.Ordinal))
            {
                draft.Fail(place, $"'{OptionErrors.Printable(line)}': expected 'Label: value' as in /proc/net/bonding");
            }
        }
    }

    /// <inheritdoc/>
    public void Finish()
    {
    }

    private void ReadLine(string label, string value, string file, Place place)
    {
        if (label == "Ethernet Channel Bonding Driver")
        {
            (_bond, _slave) = (NextBond(file, place), null);
            return;
        }

        _bond ??= NextBond(file, place);
        switch (label)
        {
            case "Bonding Mode":
                ReadMode(_bond, value, place);
                break;
            case "Primary Slave":
                ReadPrimary(_bond, value, place);
                break;
            case "Slave Interface":
                _slave = _bond.Slave(value, place);
                break;
            case "Slave queue ID" when _slave is not null && value != "0":
                _bond.SlaveOption(_slave, "queue_id", value, place);
                break;
            case "MII Polling Interval (ms)" when value == "0":
                // Said to keep the default away, unless the other monitor does so.
                _bond.Option("miimon", value, place);
                break;
            default:
                if (Options.TryGetValue(label, out string? option))
                {
                    ReadOption(_bond, option, value, place);
                }
                else if (!Labels.Contains(label))
                {
                    draft.WarnUnknown(place, "label", label, Labels);
                }

                break;
        }
    }

    /// <summary>The file is called as the bond; text from elsewhere doesn't tell the name.</summary>
    private BondDraft NextBond(string file, Place place)
    {
        string name = Path.GetFileName(file);
        string folder = Path.GetFileName(Path.GetDirectoryName(file)) ?? "";
        if (folder != "bonding" || _bond is not null)
        {
            do
            {
                name = $"bond{_count++}";
            }
            while (draft.Find(name) is not null);
            draft.Note(place, $"the text does not tell the bond's name; {name} is taken");
        }

        draft.Note(place, $"addresses and routes of {name} are not in this text ('ip addr show {name}' tells them)");
        return draft.Bond(name, place);
    }

    private void ReadMode(BondDraft bond, string value, Place place)
    {
        const string FailOverMac = " (fail_over_mac ";
        int at = value.IndexOf(FailOverMac, StringComparison.Ordinal);
        if (at >= 0)
        {
            bond.Option("fail_over_mac", value[(at + FailOverMac.Length)..].TrimEnd(')'), place);
            value = value[..at];
        }

        if (Array.Find(Modes, mode => mode.Words == value).Mode is { } name)
        {
            bond.Option("mode", name, place);
        }
        else
        {
            draft.Fail(place, $"'{OptionErrors.Printable(value)}' is no mode; expected {string.Join(", ", Modes.Take(7).Select(mode => mode.Words))}");
        }
    }

    private static void ReadPrimary(BondDraft bond, string value, Place place)
    {
        const string Reselect = " (primary_reselect ";
        int at = value.IndexOf(Reselect, StringComparison.Ordinal);
        if (at >= 0)
        {
            bond.Option("primary_reselect", value[(at + Reselect.Length)..].TrimEnd(')'), place);
            value = value[..at];
        }

        if (value != "None")
        {
            bond.Option("primary", value, place);
        }
    }

    private static void ReadOption(BondDraft bond, string option, string value, Place place)
    {
        string text = option switch
        {
            "xmit_hash_policy" => value.Split(' ')[0],
            "arp_ip_target" or "ns_ip6_target" => value.Replace(" ", ""),
            _ => value,
        };
        bool saysNothing = text.Length == 0 || (text == "0" && option is "updelay" or "downdelay" or "peer_notif_delay" or "min_links" or "ad_actor_sys_prio");
        if (!saysNothing)
        {
            bond.Option(option, text, place);
        }
    }
}
