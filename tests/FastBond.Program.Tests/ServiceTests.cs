using System.Net.Sockets;
using System.Text;
using FastBond.Core.Bonds;
using FastBond.Linux;
using FastBond.Service;

namespace FastBond.Program.Tests;

/// <summary>What the service manager gets to hear, from the datagrams that are sent.</summary>
public sealed class ServiceTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string _path;

    public ServiceTests()
    {
        _path = _directory.File("notify");
        _listener.Bind(new UnixDomainSocketEndPoint(_path));
        _listener.ReceiveTimeout = (int)RunningDaemon.Patience.TotalMilliseconds;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task ADaemonSaysWhenItIsReadyThatItLivesHowItIsAndThatItStops()
    {
        FakeEngine engine = new() { State = [States.Bond0], Cores = [new CoreState("fastbond-poll", 7, true, null)] };
        using ServiceManager manager = ServiceManager.Open(_path, "100000");
        Assert.Equal(TimeSpan.FromMilliseconds(100), manager.Watchdog);
        RunningDaemon daemon = await RunningDaemon.StartAsync(engine, manager: manager);
        Assert.Equal("READY=1", Receive());
        Assert.Equal("WATCHDOG=1", Receive());
        Assert.Equal("STATUS=bond0 active-backup 1/3 up 0.0 Mpps", Receive());
        Assert.Equal("WATCHDOG=1", Receive());
        daemon.Stop();
        string last;
        do
        {
            last = Receive();
        }
        while (last == "WATCHDOG=1");
        Assert.Equal("STOPPING=1", last);
        await daemon.DisposeAsync();
    }

    [Theory]
    [InlineData(7, false, null, 8, false, null, null)]
    [InlineData(7, false, null, 7, true, null, null)]
    [InlineData(7, false, null, 7, false, null, "fastbond-cpu2 makes no progress")]
    [InlineData(7, true, null, 7, true, "oops", "fastbond-cpu2 has stopped: oops")]
    public async Task OnlyProgressOrSleepIsASignOfLife(long turns, bool asleep, string? fault, long later, bool asleepLater, string? faultLater, string? said)
    {
        FakeEngine engine = new() { Cores = [new CoreState("fastbond-cpu2", turns, asleep, fault), new CoreState("fastbond-poll", 1, true, null)] };
        using ServiceManager manager = ServiceManager.Open(null, null);
        Vitals vitals = new(engine, manager, (_, line) => Assert.Fail(line), TimeProvider.System);
        Assert.Null(await vitals.FaultAsync(RunningDaemon.Patience));
        engine.Cores = [new CoreState("fastbond-cpu2", later, asleepLater, faultLater), new CoreState("fastbond-poll", 1, true, null)];
        Assert.Equal(said, await vitals.FaultAsync(RunningDaemon.Patience));
    }

    [Fact]
    public async Task ACoreThatSleepsTooLongIsNone()
    {
        FakeEngine engine = new() { Cores = [new CoreState("fastbond-cpu2", 7, true, null)] };
        using ServiceManager manager = ServiceManager.Open(null, null);
        StandingClock clock = new();
        Vitals vitals = new(engine, manager, (_, line) => Assert.Fail(line), clock);
        Assert.Null(await vitals.FaultAsync(RunningDaemon.Patience));
        clock.Now += TimeSpan.FromSeconds(2);
        Assert.Null(await vitals.FaultAsync(RunningDaemon.Patience));
        clock.Now += TimeSpan.FromSeconds(1);
        Assert.Equal("fastbond-cpu2 makes no progress", await vitals.FaultAsync(RunningDaemon.Patience));
        engine.Cores = [new CoreState("fastbond-cpu2", 8, true, null)];
        Assert.Null(await vitals.FaultAsync(RunningDaemon.Patience));
    }

    [Fact]
    public async Task AControlThreadThatDoesNotAnswerIsNoSignOfLife()
    {
        FakeEngine engine = new() { Silent = new TaskCompletionSource() };
        using ServiceManager manager = ServiceManager.Open(null, null);
        Vitals vitals = new(engine, manager, (_, line) => Assert.Fail(line), TimeProvider.System);
        Assert.Equal("the control thread does not answer", await vitals.FaultAsync(TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public async Task AFaultIsTheStatusAndIsLoggedOnce()
    {
        FakeEngine engine = new() { Cores = [new CoreState("fastbond-cpu2", 7, false, "oops")] };
        using ServiceManager manager = ServiceManager.Open(_path, "20000");
        List<(LogPriority, string)> log = [];
        using CancellationTokenSource stop = new();
        Task running = new Vitals(engine, manager, (priority, line) => log.Add((priority, line)), TimeProvider.System).RunAsync(stop.Token);
        Assert.Equal("STATUS=fastbond-cpu2 has stopped: oops", Receive());
        engine.Cores = [new CoreState("fastbond-cpu2", 8, true, null)];
        Assert.Equal("WATCHDOG=1", Receive());
        await stop.CancelAsync();
        await running;
        Assert.Equal((LogPriority.Error, "fastbond: no sign of life to the service manager: fastbond-cpu2 has stopped: oops"), Assert.Single(log));
    }

    [Theory]
    [InlineData(null, "1000000")]
    [InlineData("", "1000000")]
    [InlineData("/nonexistent/notify", "1000000")]
    public void WithoutAManagerNothingIsSent(string? path, string watchdog)
    {
        using ServiceManager manager = ServiceManager.Open(path, watchdog);
        Assert.False(manager.IsThere);
        Assert.Null(manager.Watchdog);
        manager.Ready();
    }

    [Fact]
    public void AnAbstractSocketWillDoToo()
    {
        using Socket listener = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        string name = $"fastbond-test-{Guid.NewGuid():N}";
        listener.Bind(new UnixDomainSocketEndPoint("\0" + name));
        using ServiceManager manager = ServiceManager.Open("@" + name, "soon");
        Assert.True(manager.IsThere);
        Assert.Null(manager.Watchdog);
        manager.Status("well");
        byte[] buffer = new byte[64];
        listener.ReceiveTimeout = (int)RunningDaemon.Patience.TotalMilliseconds;
        Assert.Equal("STATUS=well", Encoding.UTF8.GetString(buffer, 0, listener.Receive(buffer)));
    }

    private sealed class StandingClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    private string Receive()
    {
        byte[] buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, _listener.Receive(buffer));
    }
}
