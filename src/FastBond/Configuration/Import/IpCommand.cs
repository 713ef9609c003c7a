namespace FastBond.Configuration.Import;

/// <summary>iproute2's <c>ip</c>: links, addresses and routes, words abbreviated as it allows.</summary>
internal sealed class IpCommand(CommandImport commands, Draft draft)
{
    private static readonly string[] LinkWords =
        ["txqueuelen", "txqlen", "numrxqueues", "index", "alias", "group", "netns", "arp", "multicast", "promisc", "allmulticast", "addrgenmode", "link", "broadcast"];

    /// <summary>Reads the words after <c>ip</c>.</summary>
    public void Read(Words rest)
    {
        string? word = rest.Next();
        while (word is not null && word.StartsWith('-'))
        {
            if (word is "-n" or "-netns" or "-f" or "-family")
            {
                _ = rest.Value(word);
            }

            word = rest.Next();
        }

        string verb = rest.Next() ?? "";
        if (Abbreviates(word, "link", 1) && Abbreviates(verb, "add", 1))
        {
            ReadLinkAdd(rest);
        }
        else if (Abbreviates(word, "link", 1) && Abbreviates(verb, "set", 1))
        {
            ReadLinkSet(rest);
        }
        else if (Abbreviates(word, "address", 1) && (Abbreviates(verb, "add", 1) || verb == "replace"))
        {
            ReadAddress(rest);
        }
        else if (Abbreviates(word, "route", 1) && (Abbreviates(verb, "add", 1) || verb is "replace" or "append"))
        {
            ReadRoute(rest);
        }
        else if (verb is not ("" or "show" or "list" or "del" or "delete" or "flush"))
        {
            draft.Note(rest.Place, $"'ip {word} {Core.Options.OptionErrors.Printable(verb)} …' is not carried over");
        }
    }

    private static bool Abbreviates(string? word, string full, int least) =>
        word is not null && word.Length >= least && full.StartsWith(word, StringComparison.Ordinal);

    private void ReadLinkAdd(Words rest)
    {
        string? name = null;
        string? mac = null, mtu = null, queues = null;
        while (rest.Next() is { } word)
        {
            switch (word)
            {
                case "name" or "dev":
                    name = rest.Value(word);
                    break;
                case "address":
                    mac = rest.Value(word);
                    break;
                case "mtu":
                    mtu = rest.Value(word);
                    break;
                case "numtxqueues":
                    queues = rest.Value(word);
                    break;
                case "up" or "down":
                    break;
                case "type":
                    string kind = rest.Value(word);
                    if (kind == "bond" && name is null)
                    {
                        draft.Fail(rest.Place, "expected a name before 'type bond', as in 'ip link add bond0 type bond'");
                    }
                    else if (kind == "bond")
                    {
                        BondDraft bond = draft.Bond(name!, rest.Place);
                        Say(mac, bond.Mac, rest.Place);
                        Say(mtu, bond.Mtu, rest.Place);
                        Say(queues, (text, place) => bond.Option("tx_queues", text, place), rest.Place);
                        ReadBondOptions(bond, rest);
                    }
                    else
                    {
                        draft.Note(rest.Place, $"an interface of type {Core.Options.OptionErrors.Printable(kind)} is not carried over");
                    }

                    return;
                default:
                    name = Take(word, name, rest);
                    break;
            }
        }
    }

    private static void Say(string? text, Action<string, Place> take, Place place)
    {
        if (text is not null)
        {
            take(text, place);
        }
    }

    /// <summary>A word that isn't a keyword with a value is the name.</summary>
    private static string? Take(string word, string? name, Words rest)
    {
        if (LinkWords.Contains(word))
        {
            _ = rest.Value(word);
            return name;
        }

        return name ?? word;
    }

    private void ReadLinkSet(Words rest)
    {
        string? name = null;
        while (rest.Next() is { } word)
        {
            switch (word)
            {
                case "dev":
                    name = rest.Value(word);
                    break;
                case "master" when name is not null:
                    string slave = name;
                    commands.Later(rest.Value(word), bond => bond.Slave(slave, rest.Place));
                    break;
                case "mtu" when name is not null:
                    string mtu = rest.Value(word);
                    commands.Later(name, bond => bond.Mtu(mtu, rest.Place));
                    break;
                case "address" when name is not null:
                    string mac = rest.Value(word);
                    commands.Later(name, bond => bond.Mac(mac, rest.Place));
                    break;
                case "up" or "down" or "nomaster":
                    break;
                case "type" when name is not null:
                    ReadType(name, rest.Value(word), rest);
                    return;
                default:
                    name = Take(word, name, rest);
                    break;
            }
        }
    }

    private void ReadType(string name, string kind, Words rest)
    {
        if (kind == "bond")
        {
            ReadBondOptions(draft.Bond(name, rest.Place), rest);
        }
        else if (kind == "bond_slave")
        {
            while (rest.Next() is { } option)
            {
                string value = rest.Value(option);
                commands.AtEnd(() => SlaveOption(name, option, value, rest.Place));
            }
        }
    }

    private void SlaveOption(string slave, string option, string value, Place place)
    {
        foreach (BondDraft bond in draft.Bonds)
        {
            if (bond.Slaves.FirstOrDefault(known => known.Name == slave) is { } found)
            {
                bond.SlaveOption(found, option, value, place);
            }
        }
    }

    private static void ReadBondOptions(BondDraft bond, Words rest)
    {
        while (rest.Next() is { } option)
        {
            if (option is not ("clear_active_slave" or "up") && rest.Value(option) is { Length: > 0 } value)
            {
                bond.Option(option, value, rest.Place);
            }
        }
    }

    private void ReadAddress(Words rest)
    {
        string? address = null;
        string device = "";
        while (rest.Next() is { } word)
        {
            switch (word)
            {
                case "dev":
                    device = rest.Value(word);
                    break;
                case "local":
                    address = rest.Value(word);
                    break;
                case "broadcast" or "brd" or "scope" or "label" or "peer" or "metric" or "valid_lft" or "preferred_lft" or "proto":
                    _ = rest.Value(word);
                    break;
                default:
                    address ??= word;
                    break;
            }
        }

        if (address is null)
        {
            draft.Fail(rest.Place, "expected an address, as in 'ip address add 192.0.2.1/24 dev bond0'");
        }
        else
        {
            commands.Later(device, bond => bond.Address(address, rest.Place));
        }
    }

    private void ReadRoute(Words rest)
    {
        string? to = null;
        string device = "", via = "", metric = "", source = "";
        bool onLink = false;
        while (rest.Next() is { } word)
        {
            switch (word)
            {
                case "dev":
                    device = rest.Value(word);
                    break;
                case "via":
                    via = rest.Value(word);
                    via = via is "inet" or "inet6" ? rest.Value(via) : via;
                    break;
                case "metric" or "preference":
                    metric = rest.Value(word);
                    break;
                case "src":
                    source = rest.Value(word);
                    break;
                case "onlink":
                    onLink = true;
                    break;
                case "to":
                    to = rest.Value(word);
                    break;
                case "unicast":
                    break;
                case "proto" or "protocol" or "scope" or "table" or "mtu" or "advmss":
                    string value = rest.Value(word);
                    if (word is "table" && value != "main")
                    {
                        draft.Note(rest.Place, $"a route of table {value} is not carried over");
                        return;
                    }

                    break;
                default:
                    to ??= word;
                    break;
            }
        }

        commands.Route(to ?? "", via, metric, device, rest.Place, onLink, source);
    }
}
