using FastBond.Lab.Machine;

namespace FastBond.Lab.Tests.Service;

/// <summary>
/// A folder that dpkg can install into as if it were a system: the few programs that maintainer scripts call, with their libraries, users and
/// groups, and the packages that are installed here as far as they are named.
/// </summary>
internal sealed class SmallSystem : IDisposable
{
    private static readonly string[] Programs = ["sh", "getent", "groupadd", "groupdel", "mkdir", "rm", "rmdir"];

    /// <summary>What programs leave for themselves; not the package's.</summary>
    private static readonly string[] Traces = ["/var/lib/dpkg/", "/etc/.pwd.lock", "/etc/group", "/etc/gshadow", "/dev/null"];

    /// <summary>Makes it.</summary>
    public SmallSystem(IReadOnlyList<string> packages)
    {
        Folder = Directory.CreateTempSubdirectory("fastbond-system-").FullName;
        foreach (string folder in new[] { "/etc", "/dev", "/run", "/tmp", "/var/lib/dpkg/updates", "/var/lib/dpkg/info", "/var/lib/dpkg/triggers" })
        {
            Directory.CreateDirectory(Path(folder));
        }
        foreach (string folder in new[] { "bin", "sbin", "lib", "lib64" })
        {
            Directory.CreateDirectory(Path("/usr/" + folder));
            File.CreateSymbolicLink(Path("/" + folder), "usr/" + folder);
        }
        foreach (string program in Programs)
        {
            string file = Command.Run("sh", ["-c", $"command -v {program}"]).EnsureSuccess().Output.Trim();
            Copy(file);
            foreach (string library in Command.Words(Command.Run("ldd", [file]).EnsureSuccess().Output.Replace('\n', ' ')).Select(word => word.Trim()).Where(word => word[0] == '/'))
            {
                Copy(library);
            }
        }
        File.WriteAllText(Path("/etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
        File.WriteAllText(Path("/etc/group"), "root:x:0:\n");
        File.WriteAllText(Path("/etc/gshadow"), "root:*::\n");
        File.WriteAllText(Path("/dev/null"), "");
        File.WriteAllText(Path("/var/lib/dpkg/status"), Command.Run("dpkg-query", ["--status", .. packages]).EnsureSuccess().Output);
    }

    /// <summary>Its root.</summary>
    public string Folder { get; }

    /// <summary>Its groups.</summary>
    public string Groups => File.ReadAllText(Path("/etc/group"));

    /// <summary>The path here of one of its paths.</summary>
    public string Path(string inside) => Folder + inside;

    /// <summary>Its files and folders' names; folders that are shared with others are no file.</summary>
    public string[] Files() =>
    [
        .. Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories).Where(path => File.Exists(path) || new FileInfo(path).LinkTarget is not null || path.Contains("fastbond"))
            .Select(path => path[Folder.Length..]).Where(path => !Traces.Any(trace => path.StartsWith(trace, StringComparison.Ordinal))).Order(StringComparer.Ordinal),
    ];

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Copy(string file)
    {
        string copy = Path(file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
        File.Copy(new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file, copy, overwrite: true);
    }
}
