using System.Globalization;
using FastBond.Lab.Machine;

namespace FastBond.Lab.Net;

/// <summary>
/// Removes what lab runs that were killed left behind: namespaces and state directories named <c>fbt-PID-N</c> whose process PID is gone,
/// with the processes inside such a namespace. Nothing else is touched.
/// </summary>
public static class Leftovers
{
    /// <summary>How everything the lab makes is named, followed by our process id, a dash and a number.</summary>
    internal const string Prefix = "fbt-";

    private const string Namespaces = "/run/netns";

    /// <summary>Names in the lab's way, of this process, that are still there: must be empty when everything is disposed.</summary>
    public static IReadOnlyList<string> Ours() =>
        [.. Everything().Where(path => Path.GetFileName(path).StartsWith($"{Prefix}{Environment.ProcessId}-", StringComparison.Ordinal))];

    /// <summary>Removes what dead runs left.</summary>
    public static void Sweep()
    {
        foreach (string path in Everything().Where(path => OwnerIsGone(Path.GetFileName(path))))
        {
            if (Path.GetDirectoryName(path) == Namespaces)
            {
                Delete(Path.GetFileName(path));
            }
            else
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }

    /// <summary>Kills the processes of one of our namespaces and deletes it.</summary>
    internal static void Delete(string name)
    {
        string pids = Command.Run("ip", ["netns", "pids", name]).Output;
        foreach (string pid in pids.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            _ = Syscalls.kill(int.Parse(pid, CultureInfo.InvariantCulture), Syscalls.SIGKILL);
        }
        Command.Run("ip", ["netns", "delete", name]).EnsureSuccess();
    }

    private static IEnumerable<string> Everything() =>
        new[] { Namespaces, LabFacts.MemoryRoot }.Where(Directory.Exists).Distinct()
            .SelectMany(folder => Directory.EnumerateFileSystemEntries(folder, Prefix + "*"));

    private static bool OwnerIsGone(string name)
    {
        string[] parts = name.Split('-');
        return parts.Length == 3 && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int pid) && !Directory.Exists($"/proc/{pid}");
    }
}
