using FastBond.Core.Options;

namespace FastBond.Configuration.Import;

/// <summary>
/// <c>/etc/modules.conf</c> (of old: <c>conf.modules</c>) and <c>/etc/modprobe.d</c>: which bonds there are and the options of each. Which
/// interfaces they have is said elsewhere.
/// </summary>
internal sealed class ModprobeImport(Draft draft) : IImporter
{
    private const string Module = "bonding";

    /// <summary>Directives that say nothing of bonds, of module-init-tools, kmod and the older modutils.</summary>
    private static readonly string[] Others =
    [
        "install", "remove", "blacklist", "softdep", "weakdep", "include", "above", "below", "probe", "pre-install", "post-install", "pre-remove",
        "post-remove", "add", "define", "depfile", "else", "elseif", "endif", "generic_stringfile", "if", "insmod_opt", "keep", "path",
        "pcimapfile", "persistdir", "prune", "usbmapfile",
    ];

    private static readonly string[] Directives = ["alias", "options", "probeall", .. Others];

    private readonly List<(string Target, List<string> Words, Place Place)> _options = [];
    private bool _hasDefaults;

    /// <inheritdoc/>
    public void Read(SourceText source)
    {
        foreach ((string line, Place place) in ShellWords.Lines(source))
        {
            if (ShellWords.Split(line) is { } words)
            {
                ReadLine(words, place);
            }
            else
            {
                draft.Fail(place, "expected a closing quote");
            }
        }
    }

    /// <inheritdoc/>
    public void Finish()
    {
        foreach ((string target, List<string> words, Place place) in _options)
        {
            if (draft.Find(NameOf(target)) is { } bond)
            {
                ModuleParameters.Read(words, place, draft, (name, value) => bond.Option(name, value, place));
            }
        }

        if (_hasDefaults && draft.Bonds.Count == 0)
        {
            Place first = _options.Find(option => option.Target == Module).Place;
            draft.Note(first, "no bond is named; the module makes bond0");
            draft.Bond("bond0", first);
        }
    }

    /// <summary>The kernel asks for "netdev-bond0" when it looks for an interface bond0; older ones asked for the name itself.</summary>
    private static string NameOf(string alias) => alias.StartsWith("netdev-", StringComparison.Ordinal) ? alias["netdev-".Length..] : alias;

    private void ReadLine(List<string> words, Place place)
    {
        switch (words[0])
        {
            case "alias" when words.Count != 3:
                draft.Fail(place, "expected 'alias NAME MODULE'");
                break;
            case "alias":
                if (words[2] == Module)
                {
                    draft.Bond(NameOf(words[1]), place);
                }

                break;
            case "options" when words.Count < 2:
                draft.Fail(place, "expected 'options NAME option=value …'");
                break;
            case "options":
                ReadOptions(words[1], words[2..], place);
                break;
            case "probeall" when words.Count < 2:
                draft.Fail(place, "expected 'probeall NAME MODULE …'");
                break;
            case "probeall":
                ReadProbeAll(words[1], words[2..], place);
                break;
            default:
                if (!Others.Contains(words[0]))
                {
                    draft.WarnUnknown(place, "directive", words[0], Directives);
                }
                else if (words.Contains(Module))
                {
                    draft.Note(place, $"{words[0]} of {Module} is not carried over: there is no module to load");
                }

                break;
        }
    }

    private void ReadOptions(string target, List<string> words, Place place)
    {
        _options.Add((target, words, place));
        if (target == Module)
        {
            _hasDefaults = true;
            ModuleParameters.Read(words, place, draft, (name, value) => BondDraft.Option(draft.Defaults, name, value, place, $"option {name}", draft), count =>
            {
                for (int i = 0; i < count; i++)
                {
                    draft.Bond($"bond{i}", place);
                }
            });
        }
    }

    /// <summary>The names say what is loaded first, not what is a slave.</summary>
    private void ReadProbeAll(string name, List<string> modules, Place place)
    {
        if (modules.Contains(name))
        {
            draft.Fail(place, $"{OptionErrors.Printable(name)} loads itself, without end; expected other modules, as in 'probeall {OptionErrors.Printable(name)} eth0 eth1 {Module}'");
        }
        else if (modules.Contains(Module))
        {
            draft.Note(place, $"probeall says what is loaded before {name}, which is not carried over; slaves are told by ifcfg or ifenslave");
        }
    }
}
