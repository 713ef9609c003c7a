using FastBond.Core.Options;

namespace FastBond.Configuration.Import;

/// <summary>
/// Command lines that make bonds: <c>ip link … type bond …</c> and its relatives, <c>ifenslave</c>, <c>ifconfig</c>, <c>route</c>,
/// <c>modprobe bonding</c>, and <c>echo</c> into sysfs. A script of them, one a line, or the words of one.
/// </summary>
internal sealed class CommandImport(Draft draft) : IImporter
{
    private static readonly string[] Commands =
        ["ip", "ifenslave", "ifconfig", "route", "modprobe", "insmod", "echo", "link", "address", "addr", "sudo", "sh", "set", "export", "sleep", "#!"];

    private readonly List<Action> _atEnd = [];
    private int _loads;

    /// <summary>Whether a line that begins with this word is a command line.</summary>
    public static bool IsCommand(string word) => Commands.Contains(NameOf(word)) || word.StartsWith("#!", StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Read(SourceText source)
    {
        foreach ((string line, Place place) in ShellWords.Lines(source))
        {
            ReadLine(line, place, null);
        }
    }

    /// <summary>Reads one line, perhaps of several commands.</summary>
    /// <param name="line">The line.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="self">What <c>$IFACE</c> stands for in it.</param>
    public void ReadLine(string line, Place place, string? self)
    {
        if (ShellWords.Split(line) is not { } all)
        {
            draft.Fail(place, "expected a closing quote");
            return;
        }

        List<string> words = [];
        foreach (string word in all.Append(";"))
        {
            bool ends = word is ";" or "&&" or "||" or "|";
            if (!ends)
            {
                words.Add(word.TrimEnd(';').Replace("${IFACE}", self ?? "${IFACE}").Replace("$IFACE", self ?? "$IFACE"));
            }

            if (ends || word.EndsWith(';'))
            {
                ReadCommand(words, place);
                words.Clear();
            }
        }
    }

    /// <inheritdoc/>
    public void Finish()
    {
        if (_loads > 0 && draft.Bonds.Count == 0)
        {
            draft.Bond("bond0", new Place("modprobe bonding", 0));
        }

        _atEnd.ForEach(act => act());
    }

    /// <summary>Does it when it is known what bonds there are.</summary>
    internal void AtEnd(Action act) => _atEnd.Add(act);

    /// <summary>
    /// Does it to the bond of that name (no name: to the only bond) when it is known whether there is one; other interfaces are nobody's
    /// business.
    /// </summary>
    internal void Later(string name, Action<BondDraft> act) => AtEnd(() =>
    {
        if ((name.Length > 0 ? draft.Find(name) : draft.Bonds.Count == 1 ? draft.Bonds[0] : null) is { } bond)
        {
            act(bond);
        }
    });

    private static string NameOf(string word) => word.StartsWith('/') ? Path.GetFileName(word) : word;

    private void ReadCommand(List<string> words, Place place)
    {
        if (words is ["sudo", ..])
        {
            words.RemoveAt(0);
        }

        if (words.Count == 0)
        {
            return;
        }

        Words rest = new(words[1..], place, draft);
        switch (NameOf(words[0]))
        {
            case "ip":
                new IpCommand(this, draft).Read(rest);
                break;
            case "link" or "addr" or "address":
                new IpCommand(this, draft).Read(new Words(words, place, draft));
                break;
            case "ifenslave":
                ReadIfenslave(rest);
                break;
            case "ifconfig":
                ReadIfconfig(rest);
                break;
            case "route":
                ReadRoute(rest);
                break;
            case "modprobe" or "insmod":
                ReadModprobe(rest);
                break;
            case "echo":
                ReadEcho(rest);
                break;
            default:
                draft.Note(place, $"'{OptionErrors.Printable(string.Join(' ', words))}' is not carried over");
                break;
        }
    }

    private void ReadIfenslave(Words rest)
    {
        List<string> names = [];
        string options = "";
        while (rest.Next() is { } word)
        {
            if (word.StartsWith('-'))
            {
                options += word;
            }
            else if (word == "metric")
            {
                rest.Next();
            }
            else
            {
                names.Add(word);
            }
        }

        // Detaching and choosing the active slave are nothing that a configuration keeps.
        bool enslaves = !options.Contains("-d", StringComparison.Ordinal) && !options.Contains("-c", StringComparison.Ordinal);
        if (enslaves && names.Count == 0)
        {
            draft.Fail(rest.Place, "expected 'ifenslave BOND INTERFACE …'");
        }
        else if (enslaves)
        {
            BondDraft bond = draft.Bond(names[0], rest.Place);
            names.Skip(1).ToList().ForEach(name => bond.Slave(name, rest.Place));
        }
    }

    private void ReadIfconfig(Words rest)
    {
        string name = rest.Next() ?? "";
        string? address = null;
        string mask = "";
        while (rest.Next() is { } word)
        {
            switch (word)
            {
                case "netmask":
                    mask = rest.Value("netmask");
                    break;
                case "mtu":
                    string mtu = rest.Value("mtu");
                    Later(name, bond => bond.Mtu(mtu, rest.Place));
                    break;
                case "hw":
                    _ = rest.Value("hw");
                    string mac = rest.Value("hw ether");
                    Later(name, bond => bond.Mac(mac, rest.Place));
                    break;
                case "broadcast" or "metric" or "txqueuelen":
                    _ = rest.Value(word);
                    break;
                case "inet" or "inet6" or "add":
                    address = rest.Value(word);
                    break;
                default:
                    address = IpText.TryParsePrefix(word, out _, out _) ? word : address;
                    break;
            }
        }

        if (address is not null)
        {
            Later(name, bond => bond.Address(WithMask(address, mask, rest.Place), rest.Place));
        }
    }

    private string WithMask(string address, string mask, Place place)
    {
        if (address.Contains('/') || !OptionText.TryParseIPv4(address, out System.Net.IPAddress parsed))
        {
            return address;
        }

        int prefix = IpText.ClassPrefix(parsed);
        if (mask.Length > 0 && !IpText.TryParseMask(mask, out prefix))
        {
            draft.Fail(place, $"netmask: '{OptionErrors.Printable(mask)}' is no mask; expected one like 255.255.255.0");
        }

        return $"{address}/{prefix}";
    }

    private void ReadRoute(Words rest)
    {
        string? destination = null;
        string device = "", gateway = "", mask = "", metric = "";
        bool adds = rest.Next() == "add";
        while (rest.Next() is { } word)
        {
            switch (word)
            {
                case "-net" or "-host" or "-A" or "inet" or "inet6":
                    break;
                case "gw":
                    gateway = rest.Value(word);
                    break;
                case "netmask":
                    mask = rest.Value(word);
                    break;
                case "dev":
                    device = rest.Value(word);
                    break;
                case "metric":
                    metric = rest.Value(word);
                    break;
                default:
                    destination ??= word;
                    break;
            }
        }

        if (adds && destination is not null)
        {
            string to = destination == "default" || mask.Length == 0 ? destination : WithMask(destination, mask, rest.Place);
            Route(to, gateway, metric, device, rest.Place, onLink: false, source: "");
        }
    }

    /// <summary>Adds a route, to the only bond if no device is named.</summary>
    internal void Route(string to, string gateway, string metric, string device, Place place, bool onLink, string source)
    {
        Dictionary<string, string> said = new(StringComparer.Ordinal) { ["to"] = to };
        foreach ((string key, string value) in new[] { ("via", gateway), ("metric", metric), ("from", source), ("on-link", onLink ? "true" : "") })
        {
            if (value.Length > 0)
            {
                said[key] = value;
            }
        }

        if (RouteText.Parse(said, place, draft) is { } route)
        {
            Later(device, bond => bond.Route(route));
        }
    }

    private void ReadModprobe(Words rest)
    {
        List<string> words = [];
        bool hasInstance = false;
        while (rest.Next() is { } word)
        {
            if (word == "-o")
            {
                hasInstance = true;
                _ = rest.Value("-o");
            }
            else if (word.Contains('=') || !word.StartsWith('-'))
            {
                words.Add(word);
            }
        }

        string module = words.Count > 0 ? Path.GetFileNameWithoutExtension(words[0]) : "";
        if (module == "bonding")
        {
            // Each instance of the module after the first has a bond of its own.
            BondDraft? bond = hasInstance && _loads > 0 ? draft.Bond($"bond{_loads}", rest.Place) : null;
            _loads++;
            ModuleParameters.Read(
                words[1..], rest.Place, draft,
                (name, value) =>
                {
                    if (bond is not null)
                    {
                        bond.Option(name, value, rest.Place);
                    }
                    else
                    {
                        BondDraft.Option(draft.Defaults, name, value, rest.Place, $"option {name}", draft);
                    }
                },
                count => Enumerable.Range(0, count).ToList().ForEach(i => draft.Bond($"bond{i}", rest.Place)));
        }
    }

    /// <summary><c>echo VALUE > /sys/class/net/BOND/bonding/OPTION</c>, and <c>bonding_masters</c>.</summary>
    private void ReadEcho(Words rest)
    {
        List<string> value = [];
        string path = "";
        while (rest.Next() is { } word)
        {
            if (word.StartsWith('>'))
            {
                path = word.TrimStart('>') is { Length: > 0 } glued ? glued : rest.Value(word);
            }
            else if (!word.StartsWith('-') || word.Length > 2)
            {
                value.Add(word);
            }
        }

        string text = string.Join(' ', value);
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["sys", "class", "net", "bonding_masters"] && text.StartsWith('+'))
        {
            draft.Bond(text[1..], rest.Place);
        }
        else if (parts is ["sys", "class", "net", var name, "bonding", var option])
        {
            WriteSysfs(draft.Bond(name, rest.Place), option, text, rest.Place);
        }
        else if (path.Length > 0)
        {
            draft.Note(rest.Place, $"what is written to {OptionErrors.Printable(path)} is not carried over");
        }
    }

    private static void WriteSysfs(BondDraft bond, string option, string text, Place place)
    {
        switch (option)
        {
            case "slaves" when text.StartsWith('+'):
                bond.Slave(text[1..], place);
                break;
            case "slaves":
                break;
            case "arp_ip_target" when text.StartsWith('+'):
                string before = bond.Options.FirstOrDefault(known => known.Name == option)?.Value ?? "";
                bond.Option(option, before.Length == 0 ? text[1..] : $"{before},{text[1..]}", place);
                break;
            case "queue_id" when text.Split(':', 2) is [var slave, var id]:
                bond.SlaveOption(bond.Slave(slave, place), option, id, place);
                break;
            default:
                bond.Option(option, text, place);
                break;
        }
    }
}

/// <summary>The words of a command, one after the other.</summary>
internal sealed class Words(IReadOnlyList<string> words, Place place, Draft draft)
{
    private int _next;

    /// <summary>Where the command stands.</summary>
    public Place Place => place;

    /// <summary>The next word; null at the end.</summary>
    public string? Next() => _next < words.Count ? words[_next++] : null;

    /// <summary>The word that must follow; empty, with the error told, at the end.</summary>
    public string Value(string after)
    {
        if (Next() is { } value)
        {
            return value;
        }

        draft.Fail(place, $"expected a value after '{OptionErrors.Printable(after)}'");
        return "";
    }
}
