using FastBond.Configuration.Import;
using FastBond.Configuration.Yaml;
using FastBond.Core.Options;

namespace FastBond.Configuration.Netplan;

/// <summary>
/// Reads netplan's YAML as it stands, and FastBond's own section beside it. Several files are merged as netplan does: later words win,
/// lists grow.
/// </summary>
internal sealed partial class NetplanReader(Draft draft) : IImporter
{
    private const string OwnSection = "fastbond";

    /// <summary>Interfaces by netplan's id where it isn't their name, or null where only the hardware tells which it is.</summary>
    private readonly Dictionary<string, string?> _names = new(StringComparer.Ordinal);

    private readonly List<(BondDraft Bond, string Id, Place Place)> _members = [];
    private readonly List<(string Bond, YamlMapping Options, string File)> _own = [];
    private readonly Dictionary<string, Place> _addressed = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Read(SourceText source)
    {
        string file = source.File;
        YamlNode? root = YamlDocument.Read(source.Text, out (int Line, string Text)? error);
        if (error is { } broken)
        {
            draft.Fail(new Place(file, broken.Line), broken.Text);
        }
        else if (root is not null)
        {
            foreach ((string key, YamlNode value, Place place) in Entries(root, file, $"'network:' or '{OwnSection}:'"))
            {
                ReadTop(key, value, place);
            }
        }
    }

    /// <inheritdoc/>
    public void Finish()
    {
        foreach ((BondDraft bond, string id, Place place) in _members)
        {
            if (_names.TryGetValue(id, out string? name) && name is null)
            {
                draft.Warn(place, $"{id} is told by its hardware alone, and FastBond takes interfaces by name; set-name would give it one");
            }

            name ??= id;
            if (_addressed.TryGetValue(id, out Place addressed))
            {
                draft.Warn(addressed, $"{id} is a slave of {bond.Name}, which has no addresses of its own; this is left out");
            }

            bond.Slave(name, place);
        }

        foreach ((string name, YamlMapping options, string file) in _own)
        {
            if (draft.Find(name) is { } bond)
            {
                ReadOwnBond(bond, options, file);
            }
            else
            {
                draft.Warn(new Place(file, options.Line), $"{OwnSection}: there is no bond {OptionErrors.Printable(name)} under 'bonds:'; what is said of it is left out");
            }
        }
    }

    private void ReadTop(string key, YamlNode value, Place place)
    {
        if (key == "network")
        {
            foreach ((string section, YamlNode content, Place at) in Entries(value, place.File, "'bonds:'"))
            {
                ReadSection(section, content, at);
            }
        }
        else if (key == OwnSection || NetplanKeys.Sections.Contains(key))
        {
            ReadSection(key, value, place);
        }
        else
        {
            draft.WarnUnknown(place, "key", key, ["network", OwnSection, .. NetplanKeys.Sections]);
        }
    }

    private void ReadSection(string section, YamlNode content, Place place)
    {
        switch (section)
        {
            case "bonds":
                foreach ((string name, YamlNode bond, Place at) in Entries(content, place.File, "bonds by name"))
                {
                    ReadBond(draft.Bond(name, at), bond, at);
                }

                break;
            case "ethernets":
                foreach ((string id, YamlNode device, Place at) in Entries(content, place.File, "interfaces by name"))
                {
                    ReadEthernet(id, device, at.File);
                }

                break;
            case OwnSection:
                ReadOwn(content, place.File);
                break;
            default:
                if (!NetplanKeys.Sections.Contains(section))
                {
                    draft.WarnUnknown(place, "section", section, [OwnSection, .. NetplanKeys.Sections]);
                }

                break;
        }
    }

    private void ReadEthernet(string id, YamlNode device, string file)
    {
        bool isMatched = false;
        foreach ((string key, YamlNode value, Place place) in Entries(device, file, "keys of an interface"))
        {
            switch (key)
            {
                case "set-name" when value is YamlScalar name:
                    _names[id] = name.Value;
                    break;
                case "match":
                    isMatched = true;
                    if (value is YamlMapping match && Find(match, "name") is YamlScalar exact && !exact.Value.AsSpan().ContainsAny('*', '?', '['))
                    {
                        _names.TryAdd(id, exact.Value);
                    }

                    break;
                case "addresses" when value is YamlSequence { Items.Count: > 0 }:
                case "dhcp4" or "dhcp6" when value is YamlScalar { Boolean: true }:
                    _addressed.TryAdd(id, place);
                    break;
            }
        }

        if (isMatched)
        {
            _names.TryAdd(id, null);
        }
    }

    private void ReadBond(BondDraft bond, YamlNode content, Place bondPlace)
    {
        foreach ((string key, YamlNode value, Place place) in Entries(content, bondPlace.File, "keys of a bond"))
        {
            switch (key)
            {
                case "interfaces":
                    foreach ((string name, Place at) in Words(value, place, "a list of interface names"))
                    {
                        _members.Add((bond, name, at));
                    }

                    break;
                case "parameters":
                    ReadParameters(bond, value, place.File);
                    break;
                case "addresses":
                    ReadAddresses(bond, value, place);
                    break;
                case "routes":
                    ReadRoutes(bond, value, place);
                    break;
                case "gateway4" or "gateway6":
                    Word(value, place, "a gateway's address", text => bond.Gateway(text, place));
                    break;
                case "mtu":
                    Word(value, place, "a number of bytes", text => bond.Mtu(text, place));
                    break;
                case "macaddress":
                    Word(value, place, "a MAC", text => bond.Mac(text, place));
                    break;
                case "activation-mode":
                    Word(value, place, "'manual' or 'off'", text => bond.StaysDown(text is "manual" or "off", place));
                    break;
                default:
                    TellOther(bond, key, value, place);
                    break;
            }
        }
    }

    private void TellOther(BondDraft bond, string key, YamlNode value, Place place)
    {
        if (NetplanKeys.Others.Contains(key))
        {
            if (value is not YamlScalar { Boolean: false })
            {
                draft.Note(place, $"{key} is the job of whoever manages {bond.Name}: NetworkManager, systemd-networkd, ifupdown or a DHCP client");
            }
        }
        else if (!NetplanKeys.Idle.Contains(key))
        {
            draft.WarnUnknown(place, "key", key, [.. NetplanKeys.Applied, .. NetplanKeys.Others, .. NetplanKeys.Idle]);
        }
    }

    private void ReadParameters(BondDraft bond, YamlNode content, string file)
    {
        foreach ((string key, YamlNode value, Place place) in Entries(content, file, "parameters of a bond"))
        {
            if (NetplanKeys.Parameters.FirstOrDefault(parameter => parameter.Key == key) is { } parameter)
            {
                ReadParameter(bond, parameter, value, place);
            }
            else
            {
                draft.WarnUnknown(place, "parameter", key, NetplanKeys.Parameters.Where(known => !known.IsFormer).Select(known => known.Key));
            }
        }
    }

    private void ReadParameter(BondDraft bond, NetplanParameter parameter, YamlNode value, Place place)
    {
        switch (parameter.Value)
        {
            case NetplanValue.List:
                bond.Option(parameter.Option, string.Join(',', Words(value, place, "a list of addresses").Select(word => word.Word)), place);
                break;
            case NetplanValue.Milliseconds or NetplanValue.Seconds:
                int unit = parameter.Value == NetplanValue.Seconds ? 1000 : 1;
                Word(value, place, "a time", text =>
                {
                    if (TimeText.TryParse(text, unit, out int milliseconds))
                    {
                        bond.Option(parameter.Option, $"{milliseconds / unit}", place);
                    }
                    else
                    {
                        draft.Fail(place, $"{parameter.Key}: '{OptionErrors.Printable(text)}' is no time; expected {(unit == 1 ? "milliseconds" : "seconds")} like 100, or 100ms, 1s");
                    }
                });
                break;
            case NetplanValue.Boolean:
                if (value is YamlScalar { Boolean: { } isOn })
                {
                    bond.Option(parameter.Option, isOn ? "on" : "off", place);
                    break;
                }

                draft.Fail(place, $"{parameter.Key}: expected true or false");
                break;
            default:
                Word(value, place, "a value", text => bond.Option(parameter.Option, text, place));
                break;
        }
    }

    private void ReadAddresses(BondDraft bond, YamlNode value, Place place)
    {
        foreach (YamlNode item in Items(value, place, "a list of addresses"))
        {
            Place at = new(place.File, item.Line);
            if (item is YamlMapping { Entries: [(var address, YamlMapping options)] })
            {
                bond.Address(address.Value, at);
                if (options.Entries.Count > 0)
                {
                    draft.Note(at, $"label and lifetime of {address.Value} are left out");
                }
            }
            else
            {
                Word(item, at, "an address like 192.0.2.1/24", text => bond.Address(text, at));
            }
        }
    }
}
