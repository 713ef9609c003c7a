using FastBond.Core.Options;

namespace FastBond.Configuration.Import;

/// <summary>systemd-networkd's <c>.netdev</c> files, which make bonds, and <c>.network</c> files, which give them slaves and addresses.</summary>
internal sealed class NetworkdImport(Draft draft) : IImporter
{
    private const double Second = 1000;

    private enum Value
    {
        Text,
        Boolean,
        Milliseconds,
        Seconds,
    }

    private static readonly Dictionary<string, (string Option, Value Value)> BondKeys = new(StringComparer.Ordinal)
    {
        ["Mode"] = ("mode", Value.Text),
        ["TransmitHashPolicy"] = ("xmit_hash_policy", Value.Text),
        ["LACPTransmitRate"] = ("lacp_rate", Value.Text),
        ["MIIMonitorSec"] = ("miimon", Value.Milliseconds),
        ["UpDelaySec"] = ("updelay", Value.Milliseconds),
        ["DownDelaySec"] = ("downdelay", Value.Milliseconds),
        ["PeerNotifyDelaySec"] = ("peer_notif_delay", Value.Milliseconds),
        ["LearnPacketIntervalSec"] = ("lp_interval", Value.Seconds),
        ["AdSelect"] = ("ad_select", Value.Text),
        ["AdActorSystemPriority"] = ("ad_actor_sys_prio", Value.Text),
        ["AdUserPortKey"] = ("ad_user_port_key", Value.Text),
        ["AdActorSystem"] = ("ad_actor_system", Value.Text),
        ["FailOverMACPolicy"] = ("fail_over_mac", Value.Text),
        ["ARPValidate"] = ("arp_validate", Value.Text),
        ["ARPIntervalSec"] = ("arp_interval", Value.Milliseconds),
        ["ARPIPTargets"] = ("arp_ip_target", Value.Text),
        ["ARPAllTargets"] = ("arp_all_targets", Value.Text),
        ["ARPMissedMax"] = ("arp_missed_max", Value.Text),
        ["PrimaryReselectPolicy"] = ("primary_reselect", Value.Text),
        ["ResendIGMP"] = ("resend_igmp", Value.Text),
        ["PacketsPerSlave"] = ("packets_per_slave", Value.Text),
        ["GratuitousARP"] = ("num_grat_arp", Value.Text),
        ["AllSlavesActive"] = ("all_slaves_active", Value.Boolean),
        ["DynamicTransmitLoadBalancing"] = ("tlb_dynamic_lb", Value.Boolean),
        ["MinLinks"] = ("min_links", Value.Text),
    };

    private static readonly string[] LinkKeys = ["MTUBytes", "MACAddress"];

    private readonly List<UnitFile> _files = [];

    /// <inheritdoc/>
    public void Read(SourceText source)
    {
        UnitFile file = new(source.File);
        Section? section = null;
        foreach ((string line, Place place) in ShellWords.Lines(source))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (line[0] == ';')
            {
                continue;
            }

            if (line[0] == '[' && line[^1] == ']')
            {
                section = new Section(line[1..^1], place);
                file.Sections.Add(section);
            }
            else if (section is not null && equals > 0)
            {
                section.Entries.Add((line[..equals].Trim(), line[(equals + 1)..].Trim(), place));
            }
            else
            {
                draft.Fail(place, $"'{OptionErrors.Printable(line)}': expected {(section is null ? "[Section]" : "Key=value")}");
            }
        }

        _files.Add(file);
    }

    /// <inheritdoc/>
    public void Finish()
    {
        foreach (UnitFile file in _files)
        {
            if (file.Get("NetDev", "Kind").Value == "bond")
            {
                ReadBond(file);
            }
        }

        foreach (UnitFile file in _files)
        {
            ReadMembership(file);
        }

        foreach (UnitFile file in _files)
        {
            if (file.Get("Match", "Name").Value is { } names)
            {
                foreach (string name in names.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                {
                    ReadNetwork(draft.Find(name), file);
                }
            }
        }
    }

    private void ReadBond(UnitFile file)
    {
        (string? name, Place place) = file.Get("NetDev", "Name");
        if (string.IsNullOrEmpty(name))
        {
            draft.Fail(place, "[NetDev] of Kind=bond without a name; expected Name=bond0");
            return;
        }

        BondDraft bond = draft.Bond(name, place);
        foreach (Section section in file.Sections)
        {
            if (section.Name == "NetDev")
            {
                ReadLink(bond, section, [.. LinkKeys, "Name", "Kind", "Description"]);
            }
            else if (section.Name == "Bond")
            {
                section.Entries.ForEach(entry => ReadBondKey(bond, entry.Key, entry.Value, entry.Place));
            }
            else if (section.Name != "Match")
            {
                draft.WarnUnknown(section.Place, "section", section.Name, ["NetDev", "Bond", "Match"]);
            }
        }
    }

    private void ReadBondKey(BondDraft bond, string key, string text, Place place)
    {
        if (!BondKeys.TryGetValue(key, out (string Option, Value Value) known))
        {
            draft.WarnUnknown(place, "key of [Bond]", key, BondKeys.Keys);
            return;
        }

        switch (known.Value)
        {
            case Value.Milliseconds or Value.Seconds:
                if (TimeText.TryParse(text, Second, out int milliseconds))
                {
                    bond.Option(known.Option, $"{(known.Value == Value.Seconds ? milliseconds / (int)Second : milliseconds)}", place);
                }
                else
                {
                    draft.Fail(place, $"{key}: '{OptionErrors.Printable(text)}' is no time; expected seconds like 1, or 100ms");
                }

                break;
            case Value.Boolean:
                bond.Option(known.Option, text.ToLowerInvariant() switch { "yes" or "true" or "1" or "on" or "y" or "t" => "on", "no" or "false" or "0" or "off" or "n" or "f" => "off", _ => text }, place);
                break;
            default:
                bond.Option(known.Option, known.Option == "arp_ip_target" ? Joined(bond, text) : text, place);
                break;
        }
    }

    /// <summary>Targets said again are more of them, an empty word none at all.</summary>
    private static string Joined(BondDraft bond, string text)
    {
        string before = bond.Options.FirstOrDefault(option => option.Name == "arp_ip_target")?.Value ?? "";
        IEnumerable<string> added = text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return text.Length == 0 ? "" : string.Join(',', before.Length == 0 ? added : added.Prepend(before));
    }

    private void ReadMembership(UnitFile file)
    {
        (string? master, Place place) = file.Get("Network", "Bond");
        if (master is null)
        {
            return;
        }

        (string? names, Place matched) = file.Get("Match", "Name");
        if (names is null || names.AsSpan().ContainsAny('*', '?', '[') || names.StartsWith('!'))
        {
            draft.Note(names is null ? place : matched, $"which interfaces this matches can't be told from here; name them under 'interfaces:' of {OptionErrors.Printable(master)}");
            return;
        }

        BondDraft bond = draft.Bond(master, place);
        foreach (string name in names.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            bond.Slave(name, matched);
            if (file.Get("Network", "PrimarySlave") is ("yes" or "true" or "1" or "on", var primary))
            {
                bond.Option("primary", name, primary);
            }
        }

        if (file.Get("Network", "ActiveSlave") is ({ }, var active))
        {
            bond.Option("active_slave", names, active);
        }
    }

    private void ReadNetwork(BondDraft? bond, UnitFile file)
    {
        if (bond is null)
        {
            return;
        }

        foreach (Section section in file.Sections)
        {
            switch (section.Name)
            {
                case "Network":
                    section.Entries.ForEach(entry => ReadNetworkKey(bond, entry.Key, entry.Value, entry.Place));
                    break;
                case "Address":
                    section.Entries.Where(entry => entry.Key == "Address").ToList().ForEach(entry => bond.Address(entry.Value, entry.Place));
                    break;
                case "Route":
                    ReadRoute(bond, section);
                    break;
                case "Link":
                    ReadLink(bond, section, [.. LinkKeys, "RequiredForOnline", "ActivationPolicy", "ARP", "Multicast", "AllMulticast", "Promiscuous", "Unmanaged"]);
                    break;
                case not "Match":
                    draft.Note(section.Place, $"[{OptionErrors.Printable(section.Name)}] is not carried over: it is the job of whoever manages {bond.Name}");
                    break;
            }
        }
    }

    private void ReadNetworkKey(BondDraft bond, string key, string value, Place place)
    {
        switch (key)
        {
            case "Address":
                bond.Address(value, place);
                break;
            case "Gateway":
                bond.Gateway(value, place);
                break;
            case "Description" or "Bond":
                break;
            default:
                if (value.ToLowerInvariant() is not ("no" or "false" or "off" or "0"))
                {
                    draft.Note(place, $"{OptionErrors.Printable(key)}={OptionErrors.Printable(value)} is the job of whoever manages {bond.Name}: systemd-networkd");
                }

                break;
        }
    }

    private void ReadRoute(BondDraft bond, Section section)
    {
        Dictionary<string, string> said = new(StringComparer.Ordinal) { ["to"] = "default" };
        foreach ((string key, string value, Place place) in section.Entries)
        {
            string? own = key switch
            {
                "Destination" => "to",
                "Gateway" => "via",
                "Metric" => "metric",
                "Table" => "table",
                "PreferredSource" => "from",
                "GatewayOnLink" => "on-link",
                _ => null,
            };
            if (own is null)
            {
                draft.Note(place, $"{OptionErrors.Printable(key)} of a route is left out");
            }
            else
            {
                said[own] = own == "on-link" && value is "1" or "on" ? "true" : value;
            }
        }

        if (RouteText.Parse(said, section.Place, draft) is { } route)
        {
            bond.Route(route);
        }
    }

    private void ReadLink(BondDraft bond, Section section, string[] known)
    {
        foreach ((string key, string value, Place place) in section.Entries)
        {
            switch (key)
            {
                case "MTUBytes":
                    bond.Mtu(value, place);
                    break;
                case "MACAddress":
                    bond.Mac(value, place);
                    break;
                default:
                    if (!known.Contains(key))
                    {
                        draft.WarnUnknown(place, $"key of [{section.Name}]", key, known);
                    }

                    break;
            }
        }
    }

    private sealed record Section(string Name, Place Place)
    {
        public List<(string Key, string Value, Place Place)> Entries { get; } = [];
    }

    private sealed record UnitFile(string File)
    {
        public List<Section> Sections { get; } = [];

        /// <summary>The last value of a key; null, at the file's beginning, if there is none.</summary>
        public (string? Value, Place Place) Get(string section, string key)
        {
            (string? Value, Place Place) found = (null, new Place(File, 1));
            foreach (Section one in Sections.Where(one => one.Name == section))
            {
                foreach ((string _, string value, Place place) in one.Entries.Where(entry => entry.Key == key))
                {
                    found = (value, place);
                }
            }

            return found;
        }
    }
}
