using System.Net.Sockets;
using FastBond.Commands;
using FastBond.Core.Bonds;
using FastBond.Linux;

namespace FastBond.Program.Tests;

/// <summary>A daemon's life: what happens in which order, and who may have the socket.</summary>
public sealed class DaemonTests
{
    private static readonly BondRequest Bond0 = new("bond0", [new OptionSetting("mode", "active-backup")], ["eth0"], TakeDown: true, Force: false);

    [Fact]
    public async Task TheBondIsThereWhenTheDaemonIsReadyAndTheSocketIsGoneWhenItEnds()
    {
        RunningDaemon daemon = await RunningDaemon.StartAsync(bond: Bond0);
        string path = daemon.SocketPath;
        (await daemon.RunAsync("show", "bond0")).Printed("text of bond0\n");
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        Assert.Equal(mode, File.GetUnixFileMode(path));
        daemon.Stop();
        Assert.Equal(Outcome.Ok, await daemon.Ended.WaitAsync(RunningDaemon.Patience, TestContext.Current.CancellationToken));
        Assert.False(Path.Exists(path));
        Assert.Equal(["start", "add bond0 [mode=active-backup] [eth0] take_down=True force=False", "stop delete=True"], daemon.Engine.Calls);
        Assert.Equal([$"fastbond: ready, control socket {path}", "fastbond: stopping"], daemon.Lines);
        await daemon.DisposeAsync();
    }

    [Fact]
    public async Task WhoComesBeforeTheBondIsThereWaitsForIt()
    {
        TaskCompletionSource adding = new();
        FakeEngine engine = new() { BeforeAdd = () => adding.Task };
        await using RunningDaemon daemon = RunningDaemon.Begin(engine, Bond0);
        Task<Ran> show = daemon.RunAsync("show", "bond0");
        Assert.False(show.IsCompleted);
        adding.SetResult();
        (await show).Printed("text of bond0\n");
    }

    [Fact]
    public async Task ARefusedBondEndsTheDaemonWithNothingLeftBehind()
    {
        Outcome refusal = new(Errno.EINVAL, "no such mode");
        await using RunningDaemon daemon = RunningDaemon.Begin(new FakeEngine { Answer = refusal }, Bond0);
        Assert.Equal(refusal, await daemon.Ended);
        Assert.False(Path.Exists(daemon.SocketPath));
        Assert.Equal("stop delete=True", daemon.Engine.Calls[^1]);
        Assert.Empty(daemon.Lines);
    }

    [Fact]
    public async Task WhoWaitedForADaemonThatNeverGotReadyIsTold()
    {
        TaskCompletionSource adding = new();
        FakeEngine engine = new() { BeforeAdd = () => adding.Task, Answer = new Outcome(Errno.EINVAL, "no such mode") };
        await using RunningDaemon daemon = RunningDaemon.Begin(engine, Bond0);
        using HttpClient http = daemon.Http();
        Task<HttpResponseMessage> waiting = http.GetAsync("/v1/bonds", TestContext.Current.CancellationToken);
        Task<Ran> show = daemon.RunAsync("show");
        adding.SetResult();
        await Assert.ThrowsAsync<HttpRequestException>(() => waiting);
        Ran ran = await show;
        Assert.Equal((1, ""), (ran.Code, ran.Output));
        Assert.Matches("^fastbond: (EIO: the daemon on .* went away|no daemon answers on ).*\n$", ran.Error);
    }

    [Fact]
    public async Task AnEngineThatCannotStartIsTheAnswer()
    {
        Outcome refusal = new(Errno.EOPNOTSUPP, "this kernel has no AF_XDP");
        await using RunningDaemon daemon = RunningDaemon.Begin(new FakeEngine { StartAnswer = refusal }, Bond0);
        Assert.Equal(refusal, await daemon.Ended);
        Assert.False(Path.Exists(daemon.SocketPath));
        Assert.Equal(["start"], daemon.Engine.Calls);
    }

    [Fact]
    public async Task ASecondDaemonIsRefusedBeforeItTouchesAnything()
    {
        await using RunningDaemon first = await RunningDaemon.StartAsync();
        await using RunningDaemon second = RunningDaemon.Begin(bond: Bond0, socketPath: first.SocketPath);
        Outcome outcome = await second.Ended;
        Assert.Equal(
            $"EBUSY: another daemon answers on {first.SocketPath}: stop it, or name another socket with --socket", outcome.ToString());
        Assert.Empty(second.Engine.Calls);
        (await first.RunAsync("show")).Printed("");
    }

    [Fact]
    public async Task ADaemonThatIsNotReadyYetHoldsItsSocketToo()
    {
        TaskCompletionSource adding = new();
        FakeEngine engine = new() { BeforeAdd = () => adding.Task };
        await using RunningDaemon first = RunningDaemon.Begin(engine, Bond0);
        await using RunningDaemon second = RunningDaemon.Begin(socketPath: first.SocketPath);
        Assert.Equal(Errno.EBUSY, (await second.Ended).Error);
        adding.SetResult();
    }

    [Fact]
    public async Task TheSocketOfADeadDaemonIsReplaced()
    {
        using TempDirectory directory = new();
        string path = directory.File("control.sock");
        LeaveStaleSocket(path);
        await using RunningDaemon daemon = await RunningDaemon.StartAsync(socketPath: path);
        (await daemon.RunAsync("show")).Printed("");
    }

    [Fact]
    public async Task TheDirectoryIsCreated()
    {
        using TempDirectory directory = new();
        string path = directory.File("run/fastbond/control.sock");
        await using RunningDaemon daemon = await RunningDaemon.StartAsync(socketPath: path);
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
    }

    public static TheoryData<string, string> UnusablePaths => new()
    {
        { "directory", "EEXIST: {0} is there and is not a socket" },
        { "file", "EEXIST: {0} is there and is not a socket" },
        { "link", "EEXIST: {0} is there and is not a socket" },
        { "file/control.sock", "cannot create the control socket {0}" },
        { new string('x', 108), "EINVAL: a socket's path holds at most 107 bytes" },
    };

    [Theory]
    [MemberData(nameof(UnusablePaths))]
    public async Task APathThatCannotBeASocketIsRefusedInOneLine(string name, string line)
    {
        using TempDirectory directory = new();
        Directory.CreateDirectory(directory.File("directory"));
        await File.WriteAllTextAsync(directory.File("file"), "precious", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(directory.File("link"), "nowhere");
        string path = directory.File(name);
        await using RunningDaemon daemon = RunningDaemon.Begin(socketPath: path);
        string outcome = (await daemon.Ended).ToString();
        Assert.Contains(string.Format(line, path), outcome, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', outcome);
        Assert.Empty(daemon.Engine.Calls);
        Assert.Equal("precious", await File.ReadAllTextAsync(directory.File("file"), TestContext.Current.CancellationToken));
        Assert.NotNull(new FileInfo(directory.File("link")).LinkTarget);
    }

    [Fact]
    public async Task ASecondSignalCutsOpenRequestsOff()
    {
        TaskCompletionSource adding = new();
        await using RunningDaemon daemon = await RunningDaemon.StartAsync(new FakeEngine { BeforeAdd = () => adding.Task });
        using HttpClient http = daemon.Http();
        using StringContent body = new("""{"name":"bond0"}""");
        Task<HttpResponseMessage> open = http.PostAsync("/v1/bonds", body, TestContext.Current.CancellationToken);
        await daemon.Engine.Entered.WaitAsync(RunningDaemon.Patience, TestContext.Current.CancellationToken);
        daemon.Hurry();
        daemon.Stop();
        Outcome outcome = await daemon.Ended.WaitAsync(RunningDaemon.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(Outcome.Ok, outcome);
        await Assert.ThrowsAsync<HttpRequestException>(() => open);
        adding.SetResult();
    }

    [Fact]
    public void MissingCapabilitiesAreNamed()
    {
        const ulong netAdmin = 1UL << 12, netRaw = 1UL << 13, sysAdmin = 1UL << 21, bpf = 1UL << 39;
        int[] needed = [Privileges.NetAdmin, Privileges.NetRaw, Privileges.Bpf];
        Assert.Equal(Outcome.Ok, Privileges.Check(netAdmin | netRaw | bpf, needed));
        Assert.Equal(Outcome.Ok, Privileges.Check(netAdmin | netRaw | sysAdmin, needed));
        Assert.StartsWith("EPERM: CAP_BPF missing", Privileges.Check(netAdmin | netRaw, needed).ToString(), StringComparison.Ordinal);
        Assert.StartsWith("EPERM: CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF missing", Privileges.Check(0, needed).ToString(), StringComparison.Ordinal);
    }

    /// <summary>.NET removes a socket's file with the socket; a killed process doesn't. A renamed file is out of its reach.</summary>
    private static void LeaveStaleSocket(string path)
    {
        using Socket dead = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        dead.Bind(new UnixDomainSocketEndPoint(path + ".bound"));
        dead.Listen();
        File.Move(path + ".bound", path);
    }
}
