using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using FastBond.Lab.Machine;
using Microsoft.Win32.SafeHandles;

namespace FastBond.Lab.Net;

/// <summary>
/// A network namespace of the lab, named <c>fbt-PID-N</c> after the process that made it, so that what a killed run left behind can be
/// told from what a running one needs. Disposing ends every process in it and deletes it.
/// </summary>
public sealed class NetworkNamespace : IDisposable
{
    private const string Folder = "/run/netns";
    private static int _count;
    private static readonly Lazy<bool> Swept = new(() => { Leftovers.Sweep(); return true; });

    private readonly SafeFileHandle _handle;
    private bool _deleted;

    private NetworkNamespace(string name)
    {
        Name = name;
        _handle = File.OpenHandle(Path);
    }

    /// <summary>Its name, as <c>ip netns</c> shows it.</summary>
    public string Name { get; }

    /// <summary>Its file, which keeps it alive.</summary>
    public string Path => System.IO.Path.Combine(Folder, Name);

    /// <summary>
    /// A new namespace with <c>lo</c> up. IPv6 is off on devices to come unless asked for: its own chatter would be in every exact count.
    /// </summary>
    public static NetworkNamespace Create(bool ipv6 = false)
    {
        _ = Swept.Value;
        string name = $"{Leftovers.Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";
        Command.Run("ip", ["netns", "add", name]).EnsureSuccess();
        NetworkNamespace made = new(name);
        made.Ip("link set lo up");
        made.Invoke(() => File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", ipv6 ? "0" : "1"));
        return made;
    }

    /// <summary>Runs <c>ip -n NAME …</c>.</summary>
    /// <exception cref="LabException">It failed.</exception>
    public CommandResult Ip(string arguments) => Command.Run("ip", ["-n", Name, .. Command.Words(arguments)]).EnsureSuccess();

    /// <summary>Runs <c>ip -n NAME -json …</c> and parses the answer.</summary>
    public JsonArray IpJson(string arguments)
    {
        string text = Ip("-json " + arguments).Output;
        return string.IsNullOrWhiteSpace(text) ? [] : JsonNode.Parse(text)!.AsArray();
    }

    /// <summary>Runs a command in it to its end.</summary>
    /// <exception cref="LabException">It failed or did not end in time.</exception>
    public CommandResult Run(string commandLine, TimeSpan? limit = null) => Try(Command.Words(commandLine), limit).EnsureSuccess();

    /// <summary>Runs a command in it to its end and returns what came of it, whatever that is.</summary>
    public CommandResult Try(IReadOnlyList<string> command, TimeSpan? limit = null, string? input = null) =>
        Command.Run("ip", ["netns", "exec", Name, .. command], limit, input);

    /// <summary>Starts a program in it and leaves it running.</summary>
    public ChildProcess Start(IReadOnlyList<string> command) => ChildProcess.Start("ip", ["netns", "exec", Name, .. command]);

    /// <summary>Calls <paramref name="action"/> on a thread of its own that is in the namespace: sockets and /proc files opened there stay in it.</summary>
    public T Invoke<T>(Func<T> action)
    {
        T answer = default!;
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                Syscalls.Check(Syscalls.setns(_handle, Syscalls.CLONE_NEWNET), "setns");
                answer = action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return answer;
    }

    /// <summary>As <see cref="Invoke{T}"/>, without an answer.</summary>
    public void Invoke(Action action) => Invoke(() => { action(); return true; });

    /// <summary>Its devices as they are now, by name.</summary>
    public IReadOnlyDictionary<string, LinkInfo> Links() =>
        IpJson("-d link show").Select(node => LinkInfo.Parse(node!)).ToDictionary(link => link.Name);

    /// <summary>The device of that name as it is now.</summary>
    /// <exception cref="LabException">There is none.</exception>
    public LinkInfo Link(string name) =>
        Links().TryGetValue(name, out LinkInfo? link) ? link : throw new LabException($"{Name} has no device {name}");

    /// <summary>Reads a file below <c>/proc</c> as it is in the namespace.</summary>
    public string ReadProc(string file) => Invoke(() => File.ReadAllText(file)).TrimEnd('\n');

    /// <summary>Ends its processes and deletes it, with every device in it.</summary>
    public void Dispose()
    {
        if (_deleted)
        {
            return;
        }
        _deleted = true;
        _handle.Dispose();
        Leftovers.Delete(Name);
    }
}
