using FastBond.Configuration;

namespace FastBond.Commands;

/// <summary>Words for the shell to complete: what there is on this machine, and options by name.</summary>
internal static class Suggestions
{
    /// <summary>Options of bonds, with their equals sign.</summary>
    public static IEnumerable<string> BondOptions => OptionTrial.BondOptions.Select(option => option + "=");

    /// <summary>Network interfaces.</summary>
    public static IEnumerable<string> Interfaces => NamesIn("/sys/class/net");

    /// <summary>Bonds of a daemon at the usual place.</summary>
    public static IEnumerable<string> Bonds => NamesIn(Path.Combine(Path.GetDirectoryName(Globals.DefaultSocket())!, "bonding"));

    private static IEnumerable<string> NamesIn(string directory)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
        }
        catch (Exception nothing) when (nothing is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
