using System.Net.Sockets;
using System.Text.Json.Nodes;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;

namespace FastBond.Lab.Product;

/// <summary>A FastBond daemon of the lab: the published program, in a namespace, with a control socket and a state directory of its own.</summary>
public sealed class FastBondProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly ChildProcess _child;
    private readonly HttpClient _api;

    private FastBondProcess(NetworkNamespace place, string stateDirectory, string socket, ChildProcess child)
    {
        Place = place;
        StateDirectory = stateDirectory;
        Socket = socket;
        _child = child;
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (_, cancellation) =>
            {
                Socket connection = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        _api = new HttpClient(handler) { BaseAddress = new Uri("http://fastbond"), Timeout = StopLimit };
    }

    /// <summary>The namespace it serves.</summary>
    public NetworkNamespace Place { get; }

    /// <summary>Its state directory.</summary>
    public string StateDirectory { get; }

    /// <summary>Its control socket.</summary>
    public string Socket { get; }

    /// <summary>Process id.</summary>
    public int Id => _child.Id;

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => !_child.HasExited;

    /// <summary>Its log so far, a line each.</summary>
    public IReadOnlyList<string> Log => _child.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Starts <c>fastbond run WORDS</c> and waits until it says that it is ready.</summary>
    /// <param name="place">Where.</param>
    /// <param name="stateDirectory">State directory; it may be shared by daemons of several namespaces.</param>
    /// <param name="words">What follows <c>run</c>: a bond with its options, or nothing.</param>
    /// <param name="starter">What starts the program and becomes it, with its arguments: <c>env</c>, <c>setpriv</c>; empty: nothing.</param>
    /// <param name="program">The program, if not the published one.</param>
    /// <exception cref="LabException">It did not become ready; with what it printed.</exception>
    public static FastBondProcess Start(NetworkNamespace place, string stateDirectory, string words, string starter = "", string? program = null)
    {
        string socket = SocketPath(place, stateDirectory);
        ChildProcess child = place.Start(
            [.. Command.Words(starter), program ?? LabFacts.Product, "run", .. Command.Words(words), "--socket", socket, "--state-dir", stateDirectory]);
        FastBondProcess daemon = new(place, stateDirectory, socket, child);
        try
        {
            child.WaitForLine(line => line.Contains("fastbond: ready", StringComparison.Ordinal), StartLimit, "'fastbond: ready'");
            return daemon;
        }
        catch (TimeoutException e)
        {
            daemon.Dispose();
            throw new LabException("the daemon did not become ready: " + e.Message, e);
        }
    }

    /// <summary>Where the daemon of a namespace has its socket.</summary>
    public static string SocketPath(NetworkNamespace place, string stateDirectory) => Path.Combine(stateDirectory, place.Name + ".sock");

    /// <summary>Runs a command of the program in a namespace, with the socket and state directory of that namespace's daemon, running or not.</summary>
    public static CommandResult Cli(NetworkNamespace place, string stateDirectory, string words, string? input = null) =>
        place.Try([LabFacts.Product, .. Command.Words(words), "--socket", SocketPath(place, stateDirectory), "--state-dir", stateDirectory], input: input);

    /// <summary>Runs a command of the program against this daemon and returns what came of it.</summary>
    public CommandResult Try(string words, string? input = null) => Cli(Place, StateDirectory, words, input);

    /// <summary>Runs a command that must succeed.</summary>
    /// <exception cref="LabException">It failed.</exception>
    public CommandResult Do(string words) => Try(words).EnsureSuccess();

    /// <summary>The status text of a bond, asked for at the control socket.</summary>
    public string Text(string bond = "bond0") => _api.GetStringAsync($"/v1/text/{bond}").GetAwaiter().GetResult();

    /// <summary>The metrics, as Prometheus reads them.</summary>
    public string Metrics() => _api.GetStringAsync("/metrics").GetAwaiter().GetResult();

    /// <summary>The status text of a bond as the command prints it.</summary>
    public string Show(string bond = "bond0") => Do("show " + bond).Output;

    /// <summary>A bond's state as <c>show --json</c> prints it, asked for at the control socket: without the cost of starting a program.</summary>
    public BondStatus Status(string bond = "bond0") => BondStatus.Parse(_api.GetStringAsync($"/v1/bonds/{bond}").GetAwaiter().GetResult());

    /// <summary>The names of its bonds.</summary>
    public IReadOnlyList<string> Bonds() =>
        [.. JsonNode.Parse(_api.GetStringAsync("/v1/bonds").GetAwaiter().GetResult())!.AsArray()
            .Where(node => (string?)node!["linkinfo"]?["info_kind"] == "bond").Select(node => (string)node!["ifname"]!)];

    /// <summary>Waits until a bond's state satisfies a condition and returns that state.</summary>
    /// <exception cref="TimeoutException">It did not in time; with its last state and the log.</exception>
    public BondStatus WaitFor(Func<BondStatus, bool> condition, TimeSpan limit, string what, string bond = "bond0")
    {
        BondStatus? last = null;
        try
        {
            return Wait.Until(() => condition(last = Status(bond)) ? last : null, limit, what);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{last}\n{string.Join('\n', Log)}", e);
        }
    }

    /// <summary>Waits for a log line that contains <paramref name="text"/>.</summary>
    public string WaitForLog(string text, TimeSpan limit) => _child.WaitForLine(line => line.Contains(text, StringComparison.Ordinal), limit, $"'{text}'");

    /// <summary>Listens to its events from now on.</summary>
    public EventStream Events() => new(_api);

    /// <summary>The id of its thread whose name begins so.</summary>
    public int Thread(string name) =>
        Directory.EnumerateDirectories($"/proc/{Id}/task").Where(task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith(name, StringComparison.Ordinal))
            .Select(task => int.Parse(Path.GetFileName(task), System.Globalization.CultureInfo.InvariantCulture)).Single();

    /// <summary>What its file descriptors refer to: paths, or <c>anon_inode:bpf-map</c> and its like.</summary>
    public IReadOnlyList<string> OpenFiles() =>
        [.. Directory.EnumerateFiles($"/proc/{Id}/fd").Select(file => new FileInfo(file).LinkTarget).OfType<string>()];

    /// <summary>Stops it as an administrator would, by SIGTERM.</summary>
    /// <exception cref="LabException">It did not end in time, or with another exit code than 0.</exception>
    public void Stop()
    {
        _child.Signal(Syscalls.SIGTERM);
        if (!_child.WaitForExit(StopLimit))
        {
            throw new LabException($"{_child.CommandLine}: still running {StopLimit.TotalSeconds} s after SIGTERM\n{_child.Error}");
        }
        if (_child.ExitCode != 0)
        {
            throw new LabException($"{_child.CommandLine}: exit {_child.ExitCode} after SIGTERM\n{_child.Error}");
        }
    }

    /// <summary>Kills it: SIGKILL, and waits for its end.</summary>
    public void Kill()
    {
        _child.Signal(Syscalls.SIGKILL);
        _child.WaitForExit(StopLimit);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _api.Dispose();
        _child.Dispose();
    }
}
