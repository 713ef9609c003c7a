namespace FastBond.Lab.Machine;

/// <summary>What this machine has of what the lab needs; found out once.</summary>
public static class LabFacts
{
    private static readonly string[] Tools = ["ip", "tc", "ethtool", "ping", "iperf3"];
    private static readonly Lazy<string> Missing = new(FindMissing);
    private static readonly Lazy<string?> ProductPath = new(FindProduct);

    /// <summary>What the machine lacks for namespaces and links, in one line; empty if nothing.</summary>
    public static string SkipReason => Missing.Value;

    /// <summary>What the machine lacks for running FastBond in the lab, in one line; empty if nothing.</summary>
    public static string ProductSkipReason =>
        SkipReason.Length > 0 ? SkipReason
        : ProductPath.Value is null ? "the published program is missing: ./build.sh build makes out/fastbond"
        : "";

    /// <summary>The published program: environment variable <c>FASTBOND</c>, else <c>out/fastbond</c> of the repository.</summary>
    /// <exception cref="LabException">It is not there.</exception>
    public static string Product => ProductPath.Value ?? throw new LabException(ProductSkipReason);

    /// <summary>The folder that build.sh is in.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The path of what build.sh makes by that name.</summary>
    public static string Built(string name) => Path.Combine(Repository, "out", name);

    /// <summary>
    /// A directory in memory for state that a test makes: mapped counters must not lie on a disk. <c>/run</c> is tmpfs on a system that
    /// was booted; in containers <c>/dev/shm</c> is.
    /// </summary>
    public static string MemoryRoot { get; } = new[] { "/run", "/dev/shm" }.FirstOrDefault(IsTmpfs) ?? "/run";

    private static string FindMissing()
    {
        List<string> lacks = [];
        if (!Environment.IsPrivilegedProcess)
        {
            lacks.Add("root (network namespaces need it)");
        }
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        lacks.AddRange(Tools.Where(tool => !path.Append("/usr/sbin").Append("/sbin").Any(folder => File.Exists(Path.Combine(folder, tool)))));
        if (!File.Exists("/dev/net/tun"))
        {
            lacks.Add("/dev/net/tun");
        }
        if (lacks.Count == 0)
        {
            using Net.NetworkNamespace trial = Net.NetworkNamespace.Create();
            CommandResult link = Command.Run("ip", ["-n", trial.Name, "link", "add", "v0", "type", "veth", "peer", "name", "v1"]);
            if (!link.Success)
            {
                lacks.Add($"veth ({link.Error.Trim()})");
            }
        }
        return lacks.Count == 0 ? "" : "this machine lacks: " + string.Join(", ", lacks);
    }

    private static string? FindProduct()
    {
        if (Environment.GetEnvironmentVariable("FASTBOND") is { Length: > 0 } given)
        {
            return File.Exists(given) ? Path.GetFullPath(given) : null;
        }
        return File.Exists(Built("fastbond")) ? Built("fastbond") : null;
    }

    private static string FindRepository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        for (; folder is not null && !File.Exists(Path.Combine(folder.FullName, "build.sh")); folder = folder.Parent)
        {
        }
        return folder?.FullName ?? throw new LabException($"no build.sh above {AppContext.BaseDirectory}");
    }

    private static bool IsTmpfs(string folder) =>
        File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).Any(mount => mount[1] == folder && mount[2] == "tmpfs");
}
