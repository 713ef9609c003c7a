using System.Net;
using FastBond.Core.Frames;
using FastBond.Core.Options;

namespace FastBond.Configuration;

/// <summary>Something said once, and where. What is said again in another file takes its place, and the contradiction is told.</summary>
internal struct Said<T>
{
    /// <summary>What was said last.</summary>
    public T? Value { get; private set; }

    /// <summary>Where.</summary>
    public Place Place { get; private set; }

    /// <summary>Whether anything was said.</summary>
    public bool IsSaid { get; private set; }

    /// <summary>Stores what is said now; within one file the last word simply stands.</summary>
    public void Say(T value, Place place, string what, Draft draft)
    {
        if (IsSaid && place.File != Place.File && !EqualityComparer<T>.Default.Equals(Value, value))
        {
            draft.Warn(place, $"{what} is {value} here and {Value} at {Place}; {value} is taken");
        }

        (Value, Place, IsSaid) = (value, place, true);
    }
}

/// <summary>
/// A configuration while files are read into it, several of one kind or of different kinds: each adds what it knows. The rules for what
/// may be said twice, and what of it is an error, are here, so that they are the same whatever the files are.
/// </summary>
internal sealed class Draft
{
    private readonly List<Problem> _problems = [];
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly List<BondDraft> _bonds = [];

    /// <summary>Bonds named so far, in order.</summary>
    public IReadOnlyList<BondDraft> Bonds => _bonds;

    /// <summary>Options for every bond that does not say otherwise.</summary>
    public OptionDrafts Defaults { get; } = new();

    /// <summary>Whether an option that does nothing in the bond's mode is left out and told, as the tools that wrote such files bear it, and not refused.</summary>
    public bool IsLenient { get; init; }

    /// <summary>Whether anything was wrong so far.</summary>
    public bool HasErrors => _problems.Exists(problem => problem.Severity == Severity.Error);

    /// <summary>The bond of that name, made if it is new.</summary>
    public BondDraft Bond(string name, Place place)
    {
        BondDraft? bond = Find(name);
        if (bond is null)
        {
            bond = new BondDraft(name, place, this);
            _bonds.Add(bond);
            if (!OptionText.IsInterfaceName(name))
            {
                Fail(place, $"'{OptionErrors.Printable(name)}' can't be the name of a bond; expected 1 to 15 characters without '/', ':' or white space");
            }
        }

        return bond;
    }

    /// <summary>The bond of that name if it was named.</summary>
    public BondDraft? Find(string name) => _bonds.Find(bond => bond.Name == name);

    /// <summary>Says what makes the whole unusable.</summary>
    public void Fail(Place place, string text) => Tell(new Problem(Severity.Error, place, text));

    /// <summary>Says what is probably not meant.</summary>
    public void Warn(Place place, string text) => Tell(new Problem(Severity.Warning, place, text));

    /// <summary>Says what was understood and is left out, or left to others.</summary>
    public void Note(Place place, string text) => Tell(new Problem(Severity.Note, place, text));

    /// <summary>Names a key that is not known, and the one that was probably meant.</summary>
    public void WarnUnknown(Place place, string what, string key, IEnumerable<string> known)
    {
        string meant = OptionErrors.Nearest(key, known) is { } nearest ? $"; the nearest is '{nearest}'" : "";
        Warn(place, $"unknown {what} '{OptionErrors.Printable(key)}' is left out{meant}");
    }

    /// <summary>Ends the reading: every option is tried, and with an error anywhere there are no bonds.</summary>
    public ConfigurationReading Finish()
    {
        CheckSlaves();
        List<BondConfiguration> bonds = [.. _bonds.Select(bond => bond.Finish())];
        ConfigurationReading reading = new(bonds, _problems);
        return reading.HasErrors ? reading with { Bonds = [] } : reading;
    }

    /// <summary>What is said of a line for one bond need not be said again for the next.</summary>
    private void Tell(Problem problem)
    {
        if (_told.Add(problem.ToString()))
        {
            _problems.Add(problem);
        }
    }

    private void CheckSlaves()
    {
        Dictionary<string, (BondDraft Bond, Place Place)> owners = new(StringComparer.Ordinal);
        foreach (BondDraft bond in _bonds)
        {
            foreach (SlaveDraft slave in bond.Slaves)
            {
                if (Find(slave.Name) is not null)
                {
                    Fail(slave.Place, $"{slave.Name} is a bond and can't be a slave of {bond.Name}; expected the name of another interface");
                }
                else if (!owners.TryAdd(slave.Name, (bond, slave.Place)))
                {
                    (BondDraft other, Place place) = owners[slave.Name];
                    Fail(slave.Place, $"{slave.Name} is a slave of {bond.Name} here and of {other.Name} at {place}; expected one bond for each interface");
                }
            }
        }
    }
}

/// <summary>Options by name, each as it was last said.</summary>
internal sealed class OptionDrafts
{
    private readonly Dictionary<string, Said<string>> _said = new(StringComparer.Ordinal);

    /// <summary>What was said.</summary>
    public IEnumerable<Setting> Settings => _said.Select(said => new Setting(said.Key, said.Value.Value!, said.Value.Place));

    /// <summary>Stores an option.</summary>
    public void Say(string name, string value, Place place, string what, Draft draft)
    {
        Said<string> said = _said.GetValueOrDefault(name);
        said.Say(value, place, what, draft);
        _said[name] = said;
    }
}

/// <summary>A slave while files are read.</summary>
internal sealed class SlaveDraft(string name, Place place)
{
    /// <summary>Interface name.</summary>
    public string Name { get; } = name;

    /// <summary>Where it was first named.</summary>
    public Place Place { get; } = place;

    /// <summary>Options of this slave alone.</summary>
    public OptionDrafts Options { get; } = new();
}

/// <summary>A bond while files are read.</summary>
internal sealed class BondDraft(string name, Place place, Draft draft)
{
    private readonly OptionDrafts _options = new();
    private readonly List<SlaveDraft> _slaves = [];
    private readonly List<AddressSetting> _addresses = [];
    private readonly List<RouteSetting> _routes = [];
    private Said<int> _mtu;
    private Said<HardwareAddress> _mac;
    private Said<bool> _staysDown;

    /// <summary>The bond's name.</summary>
    public string Name { get; } = name;

    /// <summary>Where it was first named.</summary>
    public Place Place { get; } = place;

    /// <summary>Slaves named so far.</summary>
    public IReadOnlyList<SlaveDraft> Slaves => _slaves;

    /// <summary>The options said so far.</summary>
    public IEnumerable<Setting> Options => _options.Settings;

    /// <summary>Stores an option by the kernel's name or ours; an unknown one is told and left out.</summary>
    public void Option(string name, string value, Place place) => Option(_options, name, value, place, $"option {name} of {Name}", draft);

    /// <summary>Stores an option into a set of them; an unknown one is told and left out.</summary>
    public static void Option(OptionDrafts into, string name, string value, Place place, string what, Draft draft)
    {
        string normal = OptionTrial.Canonical(name);
        if (OptionTrial.IsBondOption(normal))
        {
            into.Say(normal, value, place, what, draft);
        }
        else if (normal == "active_slave")
        {
            draft.Note(place, "the active slave is chosen at run time ('fastbond active'); primary keeps a preference");
        }
        else
        {
            draft.WarnUnknown(place, "option", name, OptionTrial.BondOptions);
        }
    }

    /// <summary>Names a slave; again is no more than once.</summary>
    public SlaveDraft Slave(string name, Place place)
    {
        SlaveDraft? slave = _slaves.Find(known => known.Name == name);
        if (slave is null)
        {
            slave = new SlaveDraft(name, place);
            _slaves.Add(slave);
            if (!OptionText.IsInterfaceName(name))
            {
                draft.Fail(place, $"'{OptionErrors.Printable(name)}' can't be the name of an interface; expected 1 to 15 characters without '/', ':' or white space");
            }
        }

        return slave;
    }

    /// <summary>Stores an option of a slave; an unknown one is told and left out.</summary>
    public void SlaveOption(SlaveDraft slave, string name, string value, Place place)
    {
        string normal = OptionTable.Normalize(name);
        if (SlaveOptionTable.Names.Contains(normal))
        {
            slave.Options.Say(normal, value, place, $"option {normal} of {slave.Name}", draft);
        }
        else
        {
            draft.WarnUnknown(place, "slave option", name, SlaveOptionTable.Names);
        }
    }

    /// <summary>Adds an address, "a.b.c.d/n" or an IPv6 one; without a prefix it is a host's.</summary>
    public void Address(string text, Place place)
    {
        if (!IpText.TryParsePrefix(text, out IPAddress address, out int prefixLength))
        {
            draft.Fail(place, $"'{OptionErrors.Printable(text)}' is no address; expected one like 192.0.2.1/24 or fd00::1/64");
            return;
        }

        AddressSetting setting = new(address, prefixLength, place);
        if (!_addresses.Contains(setting))
        {
            _addresses.Add(setting);
        }
    }

    /// <summary>Adds a route.</summary>
    public void Route(RouteSetting route)
    {
        if (!_routes.Contains(route))
        {
            _routes.Add(route);
        }
    }

    /// <summary>Adds a default route by a gateway.</summary>
    public void Gateway(string text, Place place)
    {
        if (IPAddress.TryParse(text, out IPAddress? gateway))
        {
            Route(new RouteSetting(IpText.Any(gateway), 0, gateway, place));
        }
        else
        {
            draft.Fail(place, $"'{OptionErrors.Printable(text)}' is no gateway; expected an address like 192.0.2.254");
        }
    }

    /// <summary>Stores the MTU.</summary>
    public void Mtu(string text, Place place)
    {
        const int Smallest = 68;
        if (OptionText.TryParseNumber(text, out long mtu) && mtu is >= Smallest and <= ushort.MaxValue)
        {
            _mtu.Say((int)mtu, place, $"the MTU of {Name}", draft);
        }
        else
        {
            draft.Fail(place, $"'{OptionErrors.Printable(text)}' is no MTU; expected {Smallest} - {ushort.MaxValue} bytes");
        }
    }

    /// <summary>Stores the MAC.</summary>
    public void Mac(string text, Place place)
    {
        if (HardwareAddress.TryParse(text.Replace('-', ':'), out HardwareAddress mac) && mac.Length == HardwareAddress.EthernetLength && !mac.IsMulticast && !mac.IsZero)
        {
            _mac.Say(mac, place, $"the MAC of {Name}", draft);
        }
        else
        {
            draft.Fail(place, $"'{OptionErrors.Printable(text)}' is no MAC for a bond; expected a unicast one like 02:00:00:00:00:01");
        }
    }

    /// <summary>Says whether the host interface is left down.</summary>
    public void StaysDown(bool value, Place place) => _staysDown.Say(value, place, $"staying down of {Name}", draft);

    /// <summary>The bond with its options tried.</summary>
    public BondConfiguration Finish()
    {
        Dictionary<string, Setting> options = draft.Defaults.Settings.ToDictionary(setting => setting.Name, StringComparer.Ordinal);
        foreach (Setting setting in _options.Settings)
        {
            if (options.TryGetValue(setting.Name, out Setting? general) && general.Value != setting.Value && general.Place.File != setting.Place.File)
            {
                draft.Warn(setting.Place, $"option {setting.Name} of {Name} is {setting.Value} here and {general.Value} for every bond at {general.Place}; {setting.Value} is taken");
            }

            options[setting.Name] = setting;
        }

        BondConfiguration said = new(Name, Place)
        {
            Options = [.. options.Values],
            Slaves = [.. _slaves.Select(slave => new SlaveConfiguration(slave.Name, [.. slave.Options.Settings], slave.Place))],
            Addresses = _addresses,
            Routes = _routes,
            Mtu = _mtu.IsSaid ? _mtu.Value : null,
            MacAddress = _mac.IsSaid ? _mac.Value : null,
            StaysDown = _staysDown.Value,
        };
        return OptionTrial.Run(said, draft);
    }
}
