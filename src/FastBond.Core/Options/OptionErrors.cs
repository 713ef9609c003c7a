using FastBond.Core.Bonds;

namespace FastBond.Core.Options;

/// <summary>The one-line refusals of an option write: the kernel's words first, then what would be accepted.</summary>
internal static class OptionErrors
{
    private const int MaxShown = 64;

    /// <summary>Letters that say enough of a name to be its beginning.</summary>
    private const int ShortestStem = 4;

    private const string WithMiiMonitoring = "cannot be used with MII monitoring";

    /// <summary>The value can't be understood or is out of range.</summary>
    public static Outcome Invalid(string option, string given, string accepted) =>
        new(Errno.EINVAL, $"option {option}: invalid value ({Printable(given)}); allowed values {accepted}");

    /// <summary>The bond's mode doesn't have the option.</summary>
    public static Outcome Mode(string option, ModeSet modes, BondMode mode)
    {
        IEnumerable<string> wanted = OptionTable.Mode.Values.Where(v => !v.Alias && modes.Has((BondMode)v.Number)).Select(v => v.Name);
        string present = $"{OptionTable.Mode.NameOf((long)mode)}({(int)mode})";
        return new(
            Errno.EACCES,
            $"option {option}: mode dependency failed, not supported in mode {present}; it is for {string.Join(", ", wanted)}");
    }

    /// <summary>The option wants a bond without slaves.</summary>
    public static Outcome HasSlaves(string option) =>
        new(Errno.ENOTEMPTY, $"option {option}: unable to set because the bond device has slaves; release them first");

    /// <summary>The option wants the bond down.</summary>
    public static Outcome IsUp(string option) =>
        new(Errno.EBUSY, $"option {option}: unable to set because the bond device is up; take it down first");

    /// <summary>The two monitors exclude each other.</summary>
    public static Outcome BothMonitors(string option) =>
        new(Errno.EINVAL, $"option {option}: ARP monitoring {WithMiiMonitoring}; give miimon=0, or leave out {option}");

    /// <summary>Whether that is what was wrong.</summary>
    public static bool IsBothMonitors(Outcome outcome) => outcome.Message.Contains(WithMiiMonitoring, StringComparison.Ordinal);

    /// <summary>No interface of that name.</summary>
    public static Outcome NoDevice(string option, string name) =>
        new(Errno.ENODEV, $"option {option}: interface {Printable(name)} does not exist!");

    /// <summary>No option of that name.</summary>
    public static Outcome Unknown(string name, IEnumerable<string> known) =>
        new(Errno.EINVAL, $"unknown option '{Printable(name)}'" + (Nearest(name, known) is { } nearest ? $"; did you mean '{nearest}'?" : ""));

    /// <summary>
    /// The name that was probably meant: the only one that goes on as what is given, or one from which a slip in four letters leads to it;
    /// null if there is none. Hyphens are as good as underscores.
    /// </summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        name = OptionTable.Normalize(name);
        string[] longer = [.. known.Where(k => name.Length >= ShortestStem && OptionTable.Normalize(k).StartsWith(name, StringComparison.Ordinal))];
        return longer is [var only] ? only
            : known.MinBy(k => Distance(name, OptionTable.Normalize(k))) is { } nearest && Distance(name, OptionTable.Normalize(nearest)) <= Slips(nearest) ? nearest
            : null;
    }

    /// <summary>The text on one line and not too much of it: it came from outside.</summary>
    public static string Printable(string text)
    {
        string cut = text.Length <= MaxShown ? text : text[..MaxShown] + "...";
        return string.Create(cut.Length, cut, static (shown, source) =>
        {
            for (int i = 0; i < shown.Length; i++)
            {
                shown[i] = char.IsControl(source[i]) ? '?' : source[i];
            }
        });
    }

    private static int Slips(string name) => name.Length < 3 ? 0 : Math.Max(1, name.Length / 4);

    /// <summary>
    /// Letters changed, left out, put in or swapped with their neighbour, on the way from at most <see cref="MaxShown"/> characters of
    /// <paramref name="a"/> to <paramref name="b"/>.
    /// </summary>
    private static int Distance(string a, string b)
    {
        a = a.Length <= MaxShown ? a : a[..MaxShown];
        int[,] steps = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    steps[i, j] = i + j;
                    continue;
                }

                int change = steps[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                steps[i, j] = Math.Min(change, Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[a.Length, b.Length];
    }
}
