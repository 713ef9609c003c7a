using FastBond.Core.Options;

namespace FastBond.Configuration.Import;

/// <summary>
/// Parameters of the module <c>bonding</c>, <c>name=value …</c>, as <c>modprobe</c>, <c>modules.conf</c> and <c>BONDING_OPTS</c> have them.
/// </summary>
internal static class ModuleParameters
{
    /// <summary>How many bonds the module may be told to make.</summary>
    private const int MaxBonds = 64;

    /// <summary>Reads parameters and hands each on with the value FastBond would be told.</summary>
    /// <param name="words">The words after the module's name.</param>
    /// <param name="place">Where they stand.</param>
    /// <param name="draft">Told of what is wrong.</param>
    /// <param name="take">Takes an option.</param>
    /// <param name="takeMaxBonds">Takes <c>max_bonds</c>; null where there is no such thing.</param>
    public static void Read(IEnumerable<string> words, Place place, Draft draft, Action<string, string> take, Action<int>? takeMaxBonds = null)
    {
        List<string> targets = [];
        using IEnumerator<string> rest = words.GetEnumerator();
        while (rest.MoveNext())
        {
            string word = rest.Current;
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (word == "-o")
            {
                // The name of the module's instance: that there is one lets each bond have its own options, which it has here anyway.
                if (!rest.MoveNext())
                {
                    draft.Fail(place, "expected a name after -o");
                }
            }
            else if (equals <= 0)
            {
                draft.Fail(place, $"'{OptionErrors.Printable(word)}': expected option=value");
                return;
            }
            else
            {
                (string name, string value) = (word[..equals], word[(equals + 1)..]);
                switch (name)
                {
                    case "max_bonds":
                        ReadMaxBonds(value, place, draft, takeMaxBonds);
                        break;
                    case "arp_ip_target":
                        // One target a word or several by comma, each perhaps with the + that sysfs wants.
                        targets.AddRange(value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(target => target.TrimStart('+')));
                        break;
                    default:
                        take(name, value);
                        break;
                }
            }
        }

        if (targets.Count > 0)
        {
            take("arp_ip_target", string.Join(',', targets));
        }
    }

    private static void ReadMaxBonds(string value, Place place, Draft draft, Action<int>? take)
    {
        if (!OptionText.TryParseNumber(value, out long count) || count > MaxBonds)
        {
            draft.Fail(place, $"max_bonds: '{OptionErrors.Printable(value)}'; expected 0 - {MaxBonds}");
        }
        else
        {
            take?.Invoke((int)count);
        }
    }
}
