using System.Collections.Concurrent;
using System.Net.Sockets;
using FastBond.Commands;
using FastBond.Configuration;
using FastBond.Core.Bonds;
using FastBond.Linux;
using FastBond.Service;

namespace FastBond.Program.Tests;

/// <summary>A daemon in this process over a fake engine, on a socket in a directory of its own.</summary>
internal sealed class RunningDaemon : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _hurry = new();
    private readonly TempDirectory? _directory;

    private RunningDaemon(FakeEngine engine, BondRequest? bond, string? socketPath, string? configuration, ServiceManager? manager)
    {
        Engine = engine;
        _directory = socketPath is null ? new TempDirectory() : null;
        SocketPath = socketPath ?? _directory!.File("control.sock");
        DaemonPlan plan = new(SocketPath, bond) { DeleteByDefault = true };
        if (configuration is not null)
        {
            plan = plan with { ConfigurationPath = configuration, Configuration = ConfigurationFiles.Read(configuration) };
        }

        Ended = new Daemon(Log, manager ?? ServiceManager.Open(null, null)).RunAsync(engine, plan, _stop.Task, _hurry.Token);
    }

    public FakeEngine Engine { get; }

    public string SocketPath { get; }

    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>The daemon's end.</summary>
    public Task<Outcome> Ended { get; }

    /// <summary>Starts one and waits until it is ready.</summary>
    public static async Task<RunningDaemon> StartAsync(
        FakeEngine? engine = null, BondRequest? bond = null, string? socketPath = null, string? configuration = null, ServiceManager? manager = null)
    {
        RunningDaemon daemon = Begin(engine, bond, socketPath, configuration, manager);
        Task first = await Task.WhenAny(daemon._ready.Task, daemon.Ended).WaitAsync(Patience);
        Assert.True(first == daemon._ready.Task, first is Task<Outcome> ended ? $"the daemon ended: {await ended}" : "");
        return daemon;
    }

    /// <summary>Starts one that may not get ready.</summary>
    public static RunningDaemon Begin(
        FakeEngine? engine = null, BondRequest? bond = null, string? socketPath = null, string? configuration = null, ServiceManager? manager = null) =>
        new(engine ?? new FakeEngine(), bond, socketPath, configuration, manager);

    /// <summary>Runs a command line against it.</summary>
    public Task<Ran> RunAsync(params string[] args) => Ran.AsyncOf([.. args, "--socket", SocketPath]);

    /// <summary>Talks to it as any HTTP client would.</summary>
    public HttpClient Http()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        return HttpOver(socket);
    }

    /// <summary>HTTP over a connected socket.</summary>
    public static HttpClient HttpOver(Socket connected) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(connected, ownsSocket: true)),
    })
    {
        BaseAddress = new Uri("http://fastbond"),
        Timeout = Patience,
    };

    public void Stop() => _stop.TrySetResult();

    public void Hurry() => _hurry.Cancel();

    public async ValueTask DisposeAsync()
    {
        Stop();
        await Ended.WaitAsync(Patience);
        _hurry.Dispose();
        _directory?.Dispose();
    }

    private void Log(LogPriority priority, string line)
    {
        Lines.Enqueue(line);
        if (line.StartsWith("fastbond: ready", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
