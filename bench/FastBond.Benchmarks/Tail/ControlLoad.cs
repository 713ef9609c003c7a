using System.Globalization;
using System.Net.Sockets;
using System.Text;
using FastBond.Commands;
using FastBond.Configuration;
using FastBond.Core.Bonds;
using FastBond.Lab.Net;
using FastBond.Lab.Topology;
using FastBond.Linux;
using FastBond.Service;

namespace FastBond.Benchmarks.Tail;

/// <summary>
/// A daemon in this process with a bond over two veth links whose monitor runs every 10 ms, scraped ten times a second over its socket, and told once a
/// second to read its configuration again, which has changed.
/// </summary>
internal sealed class ControlLoad : IDisposable
{
    private const int ScrapesPerReload = 10;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100), Limit = TimeSpan.FromSeconds(10);
    private static readonly byte[] Scrape = Encoding.ASCII.GetBytes("GET /metrics HTTP/1.1\r\nHost: fastbond\r\n\r\n");
    private static readonly byte[] Reload = Encoding.ASCII.GetBytes("POST /v1/reload HTTP/1.1\r\nHost: fastbond\r\nContent-Length: 0\r\n\r\n");

    private readonly LabRun _lab = new();
    private readonly Engine _engine;
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<Outcome> _daemon;
    private readonly string _configuration;
    private readonly Socket _client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _answer = new byte[256 * 1024];
    private readonly ManualResetEventSlim _ending = new();
    private readonly Thread _thread;
    private Exception? _failure;

    public ControlLoad()
    {
        NetworkNamespace near = _lab.Namespace(), far = _lab.Namespace();
        foreach (string link in (string[])["eth0", "eth1"])
        {
            VethPair.Create(new VethEnd(near, link), new VethEnd(far, link));
            far.Ip($"link set {link} up");
        }

        string state = _lab.StateDirectory();
        _configuration = Path.Combine(state, "fastbond.yaml");
        WriteConfiguration(0);
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void Log(LogPriority priority, string line)
        {
            if (line.StartsWith("fastbond: ready", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        }

        DaemonPlan plan = new(Path.Combine(state, "control.sock"), Bond: null)
        {
            ConfigurationPath = _configuration,
            Configuration = ConfigurationFiles.Read(_configuration),
            DeleteByDefault = true,
        };
        _engine = near.Invoke(() => new Engine(new EngineSettings { StateDirectory = state, Log = Log }));
        _daemon = near.Invoke(() => new Daemon(Log, ServiceManager.Open(path: null, watchdogMicroseconds: null)).RunAsync(_engine, plan, _stop.Task, CancellationToken.None));
        if (Task.WaitAny([ready.Task, _daemon], Limit) != 0)
        {
            throw new InvalidOperationException(_daemon.IsCompleted ? _daemon.Result.ToString() : "the daemon did not become ready");
        }

        _client.Connect(new UnixDomainSocketEndPoint(plan.SocketPath));
        _thread = new Thread(Run) { Name = "scrapes" };
        _thread.Start();
    }

    /// <summary>Requests answered so far.</summary>
    public int Scrapes { get; private set; }

    /// <summary>Reloads done so far.</summary>
    public int Reloads { get; private set; }

    public void Dispose()
    {
        _ending.Set();
        _thread.Join();
        _client.Dispose();
        _stop.SetResult();
        _daemon.Wait(Limit);
        _engine.Dispose();
        _lab.Dispose();
        _ending.Dispose();
        if (_failure is not null)
        {
            throw new InvalidOperationException($"the control API: {_failure.Message}", _failure);
        }
    }

    private void Run()
    {
        try
        {
            while (!_ending.Wait(Period))
            {
                Ask(Scrape);
                Scrapes++;
                if (Scrapes % ScrapesPerReload == 1)
                {
                    WriteConfiguration(Reloads + 1);
                    Ask(Reload);
                    Reloads++;
                }
            }
        }
        catch (Exception failure)
        {
            _failure = failure;
        }
    }

    private void WriteConfiguration(int version) => File.WriteAllText(_configuration, string.Create(CultureInfo.InvariantCulture, $"""
        network:
          version: 2
          ethernets: {"{eth0: {}, eth1: {}}"}
          bonds:
            bond0:
              interfaces: [eth0, eth1]
              parameters: {"{"}mode: active-backup, mii-monitor-interval: 10, gratuitous-arp: {1 + (version % 2)}{"}"}
        """));

    /// <summary>Asks, and waits for the whole answer.</summary>
    private void Ask(byte[] request)
    {
        _client.Send(request);
        int received = 0, whole = int.MaxValue;
        while (received < whole)
        {
            int more = _client.Receive(_answer.AsSpan(received));
            received += more;
            ReadOnlySpan<byte> answer = _answer.AsSpan(0, received);
            int body = answer.IndexOf("\r\n\r\n"u8);
            if (more == 0 || !answer.StartsWith("HTTP/1.1 200 "u8))
            {
                throw new IOException(Encoding.ASCII.GetString(answer));
            }

            whole = body < 0 ? int.MaxValue : body + 4 + LengthOf(answer[..body]);
        }
    }

    private static int LengthOf(ReadOnlySpan<byte> header)
    {
        ReadOnlySpan<byte> name = "Content-Length: "u8;
        int at = header.IndexOf(name);
        return at >= 0 && System.Buffers.Text.Utf8Parser.TryParse(header[(at + name.Length)..], out int length, out _) ? length : throw new IOException("an answer without its length");
    }
}
