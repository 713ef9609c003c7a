using System.Buffers;
using System.Globalization;
using System.Net;
using FastBond.Core.Options;

namespace FastBond.Configuration.Import;

/// <summary>Red Hat's <c>ifcfg-*</c> files, one an interface: bonds by their options, slaves by the master they name.</summary>
internal sealed class IfcfgImport(Draft draft) : IImporter
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static readonly string[] Numbered = ["IPADDR", "PREFIX", "NETMASK", "GATEWAY", "BROADCAST", "NETWORK"];

    private static readonly string[] Known =
    [
        "DEVICE", "BONDING_MASTER", "BONDING_OPTS", "MASTER", "SLAVE", "TYPE", "MTU", "MACADDR", "BOOTPROTO", "IPV6ADDR", "IPV6ADDR_SECONDARIES",
        "IPV6_DEFAULTGW", "VLAN", "PHYSDEV", .. Numbered,
    ];

    /// <summary>Keys that change nothing of a bond: labels, who may start it, and what the interface is matched by.</summary>
    private static readonly string[] Idle =
    [
        "NAME", "UUID", "HWADDR", "USERCTL", "HOTPLUG", "NM_CONTROLLED", "IPV6INIT", "IPV4_FAILURE_FATAL", "IPV6_FAILURE_FATAL", "PROXY_METHOD",
        "BROWSER_ONLY", "DEFROUTE", "CONNECTED_MODE", "STARTMODE", "AUTOCONNECT_PRIORITY", "SUBCHANNELS", "NETTYPE", "ARPCHECK", "CHECK_LINK_DOWN",
    ];

    /// <summary>Keys that ask something which is the job of others.</summary>
    private static readonly string[] Others =
        ["PEERDNS", "PEERROUTES", "DNS1", "DNS2", "DNS3", "DOMAIN", "SEARCH", "IPV6_AUTOCONF", "DHCPV6C", "ETHTOOL_OPTS", "ZONE", "SRCADDR", "ONBOOT", "BRIDGE", "DHCP_HOSTNAME", "DHCP_CLIENT_ID"];

    private readonly List<Interface> _interfaces = [];

    /// <summary>Whether a line assigns to a shell variable.</summary>
    public static bool IsAssignment(string line)
    {
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && !line.AsSpan(0, equals).ContainsAnyExcept(NameCharacters);
    }

    /// <inheritdoc/>
    public void Read(SourceText source)
    {
        Interface found = new(source.File);
        foreach ((string line, Place place) in ShellWords.Lines(source))
        {
            if (!IsAssignment(line))
            {
                draft.Fail(place, $"'{OptionErrors.Printable(line)}': expected KEY=value");
            }
            else if (ShellWords.Split(line) is not { } words)
            {
                draft.Fail(place, "expected a closing quote");
            }
            else
            {
                int equals = words[0].IndexOf('=', StringComparison.Ordinal);
                found.Values[words[0][..equals]] = (words[0][(equals + 1)..], place);
                if (words.Count > 1)
                {
                    draft.Fail(place, $"'{OptionErrors.Printable(words[1])}' after the value; expected quotes around a value with spaces");
                }
            }
        }

        _interfaces.Add(found);
    }

    /// <inheritdoc/>
    public void Finish()
    {
        // Slaves are started in the order of their names.
        foreach (Interface slave in _interfaces.Where(one => one.Has("MASTER") || one.IsYes("SLAVE")).OrderBy(one => one.Name, StringComparer.Ordinal))
        {
            ReadSlave(slave);
        }

        foreach (Interface found in _interfaces)
        {
            bool isBond = found.IsYes("BONDING_MASTER") || found.Has("BONDING_OPTS") || found.Get("TYPE") == "Bond" || draft.Find(found.Name) is not null;
            if (isBond && found.Get("VLAN") is not "yes")
            {
                ReadBond(draft.Bond(found.Name, found.Place), found);
            }
        }
    }

    private void ReadSlave(Interface slave)
    {
        if (slave.Get("MASTER") is not { Length: > 0 } master)
        {
            draft.Fail(slave.PlaceOf("SLAVE"), "SLAVE=yes without its bond; expected MASTER=bond0");
            return;
        }

        if (!slave.IsYes("SLAVE"))
        {
            draft.Warn(slave.PlaceOf("MASTER"), $"MASTER={OptionErrors.Printable(master)} without SLAVE=yes; it is taken as meant");
        }

        if (slave.Has("IPADDR"))
        {
            draft.Warn(slave.PlaceOf("IPADDR"), $"{slave.Name} is a slave of {master}, which has no addresses of its own; this is left out");
        }

        draft.Bond(master, slave.PlaceOf("MASTER")).Slave(slave.Name, slave.Place);
    }

    private void ReadBond(BondDraft bond, Interface found)
    {
        foreach ((string key, (string value, Place place)) in found.Values)
        {
            switch (key)
            {
                case "BONDING_OPTS":
                    ModuleParameters.Read(value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries), place, draft, (name, text) => bond.Option(name, text, place));
                    break;
                case "MTU" when value.Length > 0:
                    bond.Mtu(value, place);
                    break;
                case "MACADDR" when value.Length > 0:
                    bond.Mac(value, place);
                    break;
                case "BOOTPROTO" when value.Trim().ToLowerInvariant() is not ("none" or "static" or ""):
                    draft.Note(place, $"BOOTPROTO={OptionErrors.Printable(value)} is the job of whoever manages {bond.Name}: NetworkManager or a DHCP client");
                    break;
                case "IPV6ADDR" or "IPV6ADDR_SECONDARIES":
                    value.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList().ForEach(address => bond.Address(address, place));
                    break;
                case "IPV6_DEFAULTGW":
                    bond.Gateway(value.Split('%')[0], place);
                    break;
                default:
                    TellOther(bond, key, value, place);
                    break;
            }
        }

        for (int i = -1; i < 10; i++)
        {
            ReadAddress(bond, found, i < 0 ? "" : i.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void TellOther(BondDraft bond, string key, string value, Place place)
    {
        string name = key.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        if (Others.Contains(key))
        {
            bool asksNothing = value.ToLowerInvariant() is "" or "yes" && key is "ONBOOT" or "PEERDNS" or "PEERROUTES";
            if (!asksNothing)
            {
                draft.Note(place, $"{key}={OptionErrors.Printable(value)} is not carried over: it is the job of whoever manages {bond.Name}");
            }
        }
        else if (!Known.Contains(key) && !Numbered.Contains(name) && !Idle.Contains(key))
        {
            draft.WarnUnknown(place, "key", key, [.. Known, .. Idle, .. Others]);
        }
    }

    private void ReadAddress(BondDraft bond, Interface found, string number)
    {
        if (found.Get("IPADDR" + number) is { Length: > 0 } text)
        {
            Place place = found.PlaceOf("IPADDR" + number);
            if (!OptionText.TryParseIPv4(text, out IPAddress address))
            {
                draft.Fail(place, $"IPADDR{number}: '{OptionErrors.Printable(text)}' is no address; expected one like 192.0.2.1");
            }
            else if (PrefixOf(found, number, address) is { } prefix)
            {
                bond.Address($"{address}/{prefix}", place);
                Check(found, "NETWORK" + number, IpText.Network(address, prefix));
                Check(found, "BROADCAST" + number, IpText.Broadcast(address, prefix));
            }
        }

        if (found.Get("GATEWAY" + number) is { Length: > 0 } gateway)
        {
            bond.Gateway(gateway, found.PlaceOf("GATEWAY" + number));
        }
    }

    private int? PrefixOf(Interface found, string number, IPAddress address)
    {
        if (found.Get("PREFIX" + number) is { Length: > 0 } text)
        {
            if (OptionText.TryParseNumber(text, out long prefix) && prefix <= IpText.Bits(address))
            {
                return (int)prefix;
            }

            draft.Fail(found.PlaceOf("PREFIX" + number), $"PREFIX{number}: '{OptionErrors.Printable(text)}'; expected 0 - {IpText.Bits(address)}");
            return null;
        }

        if (found.Get("NETMASK" + number) is { Length: > 0 } mask)
        {
            if (IpText.TryParseMask(mask, out int prefix))
            {
                return prefix;
            }

            draft.Fail(found.PlaceOf("NETMASK" + number), $"NETMASK{number}: '{OptionErrors.Printable(mask)}' is no mask; expected one like 255.255.255.0");
            return null;
        }

        int byClass = IpText.ClassPrefix(address);
        draft.Warn(found.PlaceOf("IPADDR" + number), $"{address} without PREFIX or NETMASK; /{byClass} by its class is taken");
        return byClass;
    }

    /// <summary>Network and broadcast address follow from address and mask; one that differs is a slip of somebody's.</summary>
    private void Check(Interface found, string key, IPAddress expected)
    {
        if (found.Get(key) is { Length: > 0 } text && text != expected.ToString())
        {
            draft.Warn(found.PlaceOf(key), $"{key}={OptionErrors.Printable(text)} contradicts address and mask, which make it {expected}; {expected} is taken");
        }
    }

    /// <summary>One file.</summary>
    private sealed class Interface(string file)
    {
        public Dictionary<string, (string Value, Place Place)> Values { get; } = new(StringComparer.Ordinal);

        public string Name => Get("DEVICE") is { Length: > 0 } device ? device : NameOfFile;

        public Place Place => PlaceOf("DEVICE");

        private string NameOfFile
        {
            get
            {
                const string Prefix = "ifcfg-";
                string name = Path.GetFileName(file);
                return name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
            }
        }

        public bool Has(string key) => Values.ContainsKey(key);

        public string? Get(string key) => Values.GetValueOrDefault(key).Value;

        public Place PlaceOf(string key) => Values.TryGetValue(key, out (string Value, Place Place) found) ? found.Place : new Place(file, 0);

        public bool IsYes(string key) => Get(key)?.ToLowerInvariant() is "yes" or "y" or "true" or "t" or "1" or "on";
    }
}
