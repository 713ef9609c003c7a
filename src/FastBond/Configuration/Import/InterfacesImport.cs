using System.Net;
using FastBond.Core.Options;

namespace FastBond.Configuration.Import;

/// <summary>Debian's <c>/etc/network/interfaces</c>: bonds and slaves by <c>bond-*</c> options, or by <c>up ifenslave …</c> as of old.</summary>
internal sealed class InterfacesImport : IImporter
{
    private static readonly string[] StanzaWords = ["auto", "iface", "mapping", "source", "source-directory", "rename", "template", "no-auto-down", "no-scripts"];

    private static readonly string[] Hooks = ["pre-up", "up", "post-up", "down", "pre-down", "post-down"];

    /// <summary>Options that ask nothing more, or what only others can do.</summary>
    private static readonly string[] Idle = ["network", "broadcast", "scope", "accept-ra", "autoconf", "dad-attempts", "dad-interval", "inherits", "hwaddress-random", "bond-give-a-chance"];

    private readonly Draft _draft;
    private readonly CommandImport _commands;
    private readonly List<Stanza> _stanzas = [];

    /// <summary>Reads into a draft.</summary>
    public InterfacesImport(Draft draft)
    {
        _draft = draft;
        _commands = new CommandImport(draft);
    }

    /// <inheritdoc/>
    public void Read(SourceText source)
    {
        Stanza? stanza = null;
        bool inMapping = false;
        foreach ((string line, Place place) in ShellWords.Lines(source))
        {
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (StanzaWords.Contains(words[0]) || words[0].StartsWith("allow-", StringComparison.Ordinal))
            {
                stanza = null;
                inMapping = words[0] == "mapping";
                if (words[0] == "iface")
                {
                    stanza = ReadIface(words, place);
                }
                else if (words[0].StartsWith("source", StringComparison.Ordinal))
                {
                    _draft.Note(place, $"{words[0]} is not followed; name those files too");
                }
            }
            else if (stanza is not null)
            {
                string value = line[words[0].Length..].Trim();
                stanza.Options.Add((words[0].Replace('_', '-'), value, place));
            }
            else if (!inMapping)
            {
                _draft.Fail(place, $"'{OptionErrors.Printable(words[0])}' outside of a stanza; expected 'auto NAME' or 'iface NAME inet static'");
            }
        }
    }

    /// <inheritdoc/>
    public void Finish()
    {
        foreach (Stanza stanza in _stanzas)
        {
            ReadMembership(stanza);
        }

        foreach (Stanza stanza in _stanzas)
        {
            if (_draft.Find(stanza.Name) is { } bond)
            {
                ReadBond(bond, stanza);
            }
        }

        _commands.Finish();
        foreach (Stanza stanza in _stanzas)
        {
            ReadPreference(stanza);
        }
    }

    private Stanza? ReadIface(string[] words, Place place)
    {
        if (words.Length < 2)
        {
            _draft.Fail(place, "expected 'iface NAME inet METHOD'");
            return null;
        }

        Stanza stanza = new(words[1], words.ElementAtOrDefault(3) ?? "", place);
        _stanzas.Add(stanza);
        return stanza;
    }

    /// <summary>What makes a stanza a bond's, or its interface a slave.</summary>
    private void ReadMembership(Stanza stanza)
    {
        foreach ((string key, string value, Place place) in stanza.Options)
        {
            switch (key)
            {
                case "bond-slaves" or "bond-members" or "slaves" or "bond-ports":
                    ReadSlaves(_draft.Bond(stanza.Name, stanza.Place), value, place);
                    break;
                case "bond-master":
                    _draft.Bond(value, place).Slave(stanza.Name, stanza.Place);
                    break;
                case "bond-primary" when stanza.Has("bond-master"):
                    break;
                case "pre-up" or "up" or "post-up":
                    _commands.ReadLine(value, place, stanza.Name);
                    break;
                default:
                    if (key.StartsWith("bond-", StringComparison.Ordinal))
                    {
                        _draft.Bond(stanza.Name, stanza.Place);
                    }

                    break;
            }
        }
    }

    private void ReadSlaves(BondDraft bond, string value, Place place)
    {
        if (value == "all")
        {
            _draft.Note(place, "bond-slaves all: which interfaces there are can't be told from here; name them under 'interfaces:'");
            return;
        }

        foreach (string slave in value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (slave != "none")
            {
                bond.Slave(slave, place);
            }
        }
    }

    private void ReadBond(BondDraft bond, Stanza stanza)
    {
        if (stanza.Method is "dhcp" or "auto" or "bootp" or "ppp")
        {
            _draft.Note(stanza.Place, $"method {stanza.Method} is the job of whoever manages {bond.Name}: ifupdown or a DHCP client");
        }

        foreach ((string key, string value, Place place) in stanza.Options)
        {
            ReadOption(bond, stanza, key, value, place);
        }
    }

    private void ReadOption(BondDraft bond, Stanza stanza, string key, string value, Place place)
    {
        switch (key)
        {
            case "address":
                bond.Address(WithMask(value, stanza), place);
                break;
            case "gateway":
                ReadGateway(bond, stanza, value, place);
                break;
            case "mtu":
                bond.Mtu(value, place);
                break;
            case "hwaddress":
                bond.Mac(value.Split(' ', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "", place);
                break;
            case "netmask" or "metric" or "bond-slaves" or "bond-members" or "bond-ports" or "slaves" or "bond-master":
                break;
            case "bond-queue-id":
                foreach (string item in value.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
                {
                    ReadQueueId(bond, item, place);
                }

                break;
            case "bond-arp-ip-target" or "bond-ns-ip6-target":
                bond.Option(key["bond-".Length..], string.Join(',', value.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Select(target => target.TrimStart('+'))), place);
                break;
            default:
                if (key.StartsWith("bond-", StringComparison.Ordinal) && !Idle.Contains(key))
                {
                    bond.Option(key["bond-".Length..], value, place);
                }
                else if (!Hooks.Contains(key) && !Idle.Contains(key))
                {
                    _draft.Note(place, $"{OptionErrors.Printable(key)} is not carried over: it is the job of whoever manages {bond.Name}");
                }

                break;
        }
    }

    private static void ReadQueueId(BondDraft bond, string item, Place place)
    {
        string[] parts = item.Split(':', 2);
        bond.SlaveOption(bond.Slave(parts[0], place), "queue_id", parts.ElementAtOrDefault(1) ?? "", place);
    }

    private string WithMask(string address, Stanza stanza)
    {
        (string? mask, Place place) = stanza.Find("netmask");
        if (address.Contains('/') || !IpText.TryParse(address, out IPAddress parsed))
        {
            return address;
        }

        if (mask is null)
        {
            int byClass = parsed.GetAddressBytes().Length == 4 ? IpText.ClassPrefix(parsed) : IpText.Bits(parsed);
            _draft.Warn(stanza.Place, $"{address} without netmask; /{byClass} is taken");
            return $"{address}/{byClass}";
        }

        if (!IpText.TryParseMask(mask, out int prefix) && !(int.TryParse(mask.TrimStart('/'), out prefix) && prefix >= 0 && prefix <= IpText.Bits(parsed)))
        {
            _draft.Fail(place, $"netmask: '{OptionErrors.Printable(mask)}' is no mask; expected one like 255.255.255.0 or 24");
        }

        return $"{address}/{prefix}";
    }

    private void ReadGateway(BondDraft bond, Stanza stanza, string value, Place place)
    {
        if (stanza.Find("metric").Value is { } metric)
        {
            _commands.Route("default", value, metric, bond.Name, place, onLink: false, source: "");
        }
        else
        {
            bond.Gateway(value, place);
        }
    }

    /// <summary>In a slave's stanza <c>bond-primary</c> lists the preferred slaves; the first that is one is the bond's primary.</summary>
    private void ReadPreference(Stanza stanza)
    {
        (string? list, Place place) = stanza.Find("bond-primary");
        if (list is null || !stanza.Has("bond-master") || _draft.Find(stanza.Find("bond-master").Value!) is not { } bond)
        {
            return;
        }

        string[] preferred = list.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(preferred, name => bond.Slaves.Any(slave => slave.Name == name)) is { } primary)
        {
            bond.Option("primary", primary, place);
        }
    }

    /// <summary>An <c>iface</c> and its options.</summary>
    private sealed record Stanza(string Name, string Method, Place Place)
    {
        public List<(string Key, string Value, Place Place)> Options { get; } = [];

        public bool Has(string key) => Options.Any(option => option.Key == key);

        public (string? Value, Place Place) Find(string key)
        {
            (string _, string value, Place place) = Options.Find(option => option.Key == key);
            return (value, place);
        }
    }
}
