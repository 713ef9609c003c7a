using FastBond.Core.Bonds;

namespace FastBond.Core.Options;

/// <summary>The one-line refusals of an option write: the kernel's words first, then what would be accepted.</summary>
internal static class OptionErrors
{
    private const int MaxShown = 64;
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
        new(Errno.EINVAL, $"unknown option '{Printable(name)}'; did you mean '{Nearest(name, known)}'?");

    /// <summary>The name that takes the fewest changes to get to.</summary>
    public static string Nearest(string name, IEnumerable<string> known) => known.MinBy(k => Distance(name, k))!;

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

    /// <summary>Levenshtein's distance, of at most <see cref="MaxShown"/> characters of <paramref name="a"/>.</summary>
    private static int Distance(string a, string b)
    {
        a = a.Length <= MaxShown ? a : a[..MaxShown];
        Span<int> row = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                int change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(change, Math.Min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
