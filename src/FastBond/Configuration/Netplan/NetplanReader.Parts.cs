using FastBond.Configuration.Yaml;
using FastBond.Core.Options;

namespace FastBond.Configuration.Netplan;

/// <content>Routes, FastBond's own section, and how nodes are taken apart.</content>
internal sealed partial class NetplanReader
{
    private static readonly string[] RouteKeys = ["to", "via", "metric", "table", "on-link", "from"];

    private static readonly string[] OtherRouteKeys =
        ["type", "scope", "mtu", "congestion-window", "advertised-receive-window", "advertised-mss"];

    private void ReadRoutes(BondDraft bond, YamlNode value, Place place)
    {
        foreach (YamlNode item in Items(value, place, "a list of routes"))
        {
            Place at = new(place.File, item.Line);
            if (item is YamlMapping route)
            {
                ReadRoute(bond, route, at);
            }
            else
            {
                draft.Fail(at, "expected a route with 'to:' and 'via:'");
            }
        }
    }

    private void ReadRoute(BondDraft bond, YamlMapping route, Place place)
    {
        Dictionary<string, string> said = new(StringComparer.Ordinal);
        foreach ((string key, YamlNode value, Place at) in Entries(route, place.File, "a route"))
        {
            if (RouteKeys.Contains(key) || OtherRouteKeys.Contains(key))
            {
                Word(value, at, "a value", text => said[key] = text);
            }
            else
            {
                draft.WarnUnknown(at, "key of a route", key, [.. RouteKeys, .. OtherRouteKeys]);
            }
        }

        if (said.GetValueOrDefault("type", "unicast") != "unicast")
        {
            draft.Note(place, $"a route of type {OptionErrors.Printable(said["type"])} is the job of whoever manages {bond.Name}");
            return;
        }

        foreach (string left in OtherRouteKeys.Where(key => key is not ("type" or "scope") && said.ContainsKey(key)))
        {
            draft.Note(place, $"{left} of a route is left out");
        }

        if (RouteText.Parse(said, place, draft) is { } setting)
        {
            bond.Route(setting);
        }
    }

    private void ReadOwn(YamlNode content, string file)
    {
        foreach ((string key, YamlNode value, Place place) in Entries(content, file, "options for all bonds, and 'bonds:'"))
        {
            if (key == "bonds")
            {
                foreach ((string name, YamlNode options, Place at) in Entries(value, file, "bonds by name"))
                {
                    _own.Add((name, options as YamlMapping ?? new YamlMapping([], at.Line), file));
                }
            }
            else
            {
                Word(value, place, "a value", text => BondDraft.Option(draft.Defaults, key, text, place, $"option {key}", draft));
            }
        }
    }

    private void ReadOwnBond(BondDraft bond, YamlMapping options, string file)
    {
        foreach ((string key, YamlNode value, Place place) in Entries(options, file, "options of a bond"))
        {
            if (key == "slaves")
            {
                foreach ((string name, YamlNode slaveOptions, Place at) in Entries(value, file, "slaves by name"))
                {
                    ReadOwnSlave(bond, name, slaveOptions, at);
                }
            }
            else
            {
                Word(value, place, "a value", text => bond.Option(key, text, place));
            }
        }
    }

    private void ReadOwnSlave(BondDraft bond, string name, YamlNode options, Place place)
    {
        if (bond.Slaves.FirstOrDefault(slave => slave.Name == name) is not { } slave)
        {
            draft.Warn(place, $"{OptionErrors.Printable(name)} is none of the interfaces of {bond.Name}; what is said of it is left out");
            return;
        }

        foreach ((string key, YamlNode value, Place at) in Entries(options, place.File, "options of a slave"))
        {
            Word(value, at, "a value", text => bond.SlaveOption(slave, key, text, at));
        }
    }

    private static YamlNode? Find(YamlMapping mapping, string key) => mapping.Entries.FirstOrDefault(entry => entry.Key.Value == key).Value;

    /// <summary>The entries of a mapping; nothing at all is an empty one, anything else is an error.</summary>
    private IEnumerable<(string Key, YamlNode Value, Place Place)> Entries(YamlNode node, string file, string expected)
    {
        if (node is not YamlMapping mapping)
        {
            if (node is not YamlScalar { IsNull: true })
            {
                draft.Fail(new Place(file, node.Line), $"expected {expected}, as 'key: value' lines");
            }

            yield break;
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach ((YamlScalar key, YamlNode value) in mapping.Entries)
        {
            Place place = new(file, key.Line);
            if (!seen.Add(key.Value))
            {
                draft.Warn(place, $"'{OptionErrors.Printable(key.Value)}' stands here twice; the later one counts");
            }

            yield return (key.Value, value, place);
        }
    }

    private IReadOnlyList<YamlNode> Items(YamlNode node, Place place, string expected)
    {
        if (node is YamlSequence sequence)
        {
            return sequence.Items;
        }

        if (node is not YamlScalar { IsNull: true })
        {
            draft.Fail(place, $"expected {expected}");
        }

        return [];
    }

    private List<(string Word, Place Place)> Words(YamlNode node, Place place, string expected)
    {
        List<(string, Place)> words = [];
        foreach (YamlNode item in Items(node, place, expected))
        {
            Place at = new(place.File, item.Line);
            Word(item, at, expected, text => words.Add((text, at)));
        }

        return words;
    }

    /// <summary>Takes a scalar; nothing at all is passed over, anything else is an error.</summary>
    private void Word(YamlNode node, Place place, string expected, Action<string> take)
    {
        if (node is not YamlScalar scalar)
        {
            draft.Fail(place, $"expected {expected}");
        }
        else if (!scalar.IsNull)
        {
            take(scalar.Value);
        }
    }
}
