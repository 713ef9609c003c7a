using FastBond.Core.Bonds;

namespace FastBond.Program.Tests;

/// <summary>check, reload, confirm, import, run --config: what is printed, what the engine is asked.</summary>
public sealed class ConfigurationCommandTests : IDisposable
{
    private const string Yaml =
        """
        bonds:
          bond0:
            interfaces: [eth0, eth1, eth9]
            addresses: [192.168.1.1/24, "fd00::1/64"]
            routes: [{to: default, via: 192.168.1.254}]
            parameters: {mode: active-backup, mii-monitor-interval: 100}

        """;

    private readonly TempDirectory _directory = new();
    private readonly string _file;

    public ConfigurationCommandTests()
    {
        _file = _directory.File("fastbond.yaml");
        File.WriteAllText(_file, Yaml);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task CheckSaysWhatAStartWouldDoWhereNoDaemonIs()
    {
        Ran ran = await Ran.AsyncOf("check", "--config", _file, "--state-dir", _directory.Path);
        Assert.Equal(0, ran.Code);
        Assert.StartsWith("bond0: new bond mode=active-backup miimon=100 (live)\nbond0: enslave eth0 (live)\n", ran.Output, StringComparison.Ordinal);
        Assert.Equal($"fastbond: no daemon answers on {_directory.File("control.sock")}: this is what its start would do\n", ran.Error);
    }

    [Fact]
    public async Task CheckSaysEveryErrorWithItsLineAndExitsWithOne()
    {
        File.WriteAllText(_file, "bonds:\n  bond0:\n    mtu: big\n    parameters:\n      mode: 9\n      mii-monitor-intervall: 1\n");
        Ran ran = await Ran.AsyncOf("check", "--config", _file, "--state-dir", _directory.Path);
        Assert.Equal((1, ""), (ran.Code, ran.Output));
        Assert.Equal(
            [
                $"fastbond: {_file}:3: 'big' is no MTU; expected 68 - 65535 bytes",
                $"fastbond: {_file}:6: warning: unknown parameter 'mii-monitor-intervall' is left out; the nearest is 'mii-monitor-interval'",
                $"fastbond: {_file}:5: option mode: invalid value (9); allowed values balance-rr 0, active-backup 1, balance-xor 2, broadcast 3, 802.3ad 4, balance-tlb 5, balance-alb 6",
            ],
            ran.Error.TrimEnd('\n').Split('\n'));
        Assert.Equal(ran, await Ran.AsyncOf("run", "--config", _file, "--state-dir", _directory.Path));
    }

    [Fact]
    public async Task CheckComparesWithWhatRunsAndTouchesNothing()
    {
        FakeEngine engine = new() { State = [States.Bond0] };
        await using RunningDaemon daemon = await RunningDaemon.StartAsync(engine);
        (await daemon.RunAsync("check", "--config", _file)).Printed("nothing changes\n");
        File.WriteAllText(_file, Yaml.Replace("interval: 100", "interval: 50, lacp-rate: 0", StringComparison.Ordinal).Replace("active-backup", "802.3ad", StringComparison.Ordinal));
        Ran ran = await daemon.RunAsync("check", "--config", _file);
        Assert.Equal(0, ran.Code);
        Assert.Contains("bond0: set mode active-backup -> 802.3ad, miimon 100 -> 50", ran.Output, StringComparison.Ordinal);
        Assert.Contains("(needs the bond down)\n", ran.Output, StringComparison.Ordinal);
        Assert.Equal(["start"], engine.Calls);
    }

    [Fact]
    public async Task ADaemonBringsItsConfigurationAboutAndReloadsIt()
    {
        FakeEngine engine = new();
        await using RunningDaemon daemon = await RunningDaemon.StartAsync(engine, configuration: _file);
        Assert.Equal(
            [
                "start", "add bond0 [mode=active-backup miimon=100] [] take_down=True force=False",
                "enslave bond0 [eth0] take_down=True force=False [] await", "enslave bond0 [eth1] take_down=True force=False [] await",
                "enslave bond0 [eth9] take_down=True force=False [] await", "host bond0 up", "host bond0 +192.168.1.1/24", "host bond0 +fd00::1/64",
                "host bond0 +0.0.0.0/0>192.168.1.254",
            ],
            engine.Calls);
        engine.State = [States.Bond0];
        int before = engine.Calls.Count;
        (await daemon.RunAsync("reload")).Printed("nothing changes\n");
        (await daemon.RunAsync("reload", "--confirm", "60")).Printed("nothing changes\n");
        Assert.Equal(before, engine.Calls.Count);
        (await daemon.RunAsync("confirm")).Failed("EINVAL: no reload waits to be confirmed");

        File.WriteAllText(_file, Yaml.Replace("interval: 100", "interval: 50", StringComparison.Ordinal));
        (await daemon.RunAsync("reload", "--confirm", "60"))
            .Printed("bond0: set miimon 100 -> 50 (live)\nrolled back in 60 s unless 'fastbond confirm' comes first\n");
        (await daemon.RunAsync("reload")).Failed("EBUSY: a reload waits to be confirmed: 'fastbond confirm' keeps it");
        (await daemon.RunAsync("confirm")).Printed("");
        Assert.StartsWith("set bond0 [miimon=50 ", engine.Calls[^1], StringComparison.Ordinal);

        File.WriteAllText(_file, "bonds:\n  bond0: {mtu: x}\n  bond1: {mtu: y}\n");
        Ran ran = await daemon.RunAsync("reload");
        Assert.Equal((1, ""), (ran.Code, ran.Output));
        Assert.Equal(
            $"fastbond: {_file}:3: 'y' is no MTU; expected 68 - 65535 bytes\nfastbond: EINVAL: {_file}:2: 'x' is no MTU; expected 68 - 65535 bytes\n", ran.Error);
        Assert.Equal(before + 1, engine.Calls.Count);
    }

    [Fact]
    public async Task AConfigurationThatIsRefusedEndsTheDaemon()
    {
        Outcome refusal = new(Errno.EBUSY, "eth0 carries the default route");
        await using RunningDaemon daemon = RunningDaemon.Begin(new FakeEngine { Answer = refusal }, configuration: _file);
        Assert.Equal("EBUSY: bond0: new bond mode=active-backup miimon=100: eth0 carries the default route", (await daemon.Ended).ToString());
        Assert.False(Path.Exists(daemon.SocketPath));
    }

    [Theory]
    [InlineData("reload --confirm 0")]
    [InlineData("reload --confirm soon")]
    [InlineData("reload now")]
    [InlineData("confirm it")]
    [InlineData("check")]
    [InlineData("check --config")]
    [InlineData("import")]
    [InlineData("show --brief --json")]
    [InlineData("events bond0")]
    public async Task UsageErrorsAreOneLineAndExitCodeTwo(string line)
    {
        Ran ran = await Ran.AsyncOf([.. line.Split(' '), "--state-dir", "/nonexistent"]);
        Assert.Equal((2, ""), (ran.Code, ran.Output));
        Assert.Matches("^fastbond: [^\n]+; see 'fastbond --help'\n$", ran.Error);
    }

    [Fact]
    public async Task ReloadWithoutAConfigurationSaysSo()
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        (await daemon.RunAsync("reload")).Failed("ENOENT: the daemon runs without a configuration; start it with --config FILE");
    }

    [Fact]
    public async Task ImportPrintsYamlAndSaysWhatIsLeftOut()
    {
        string folder = Path.Combine(Repository.Root, "tests", "samples", "ifcfg-options");
        string[] sources = [.. Directory.GetFiles(folder).Where(path => Path.GetFileName(path).StartsWith("ifcfg-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Ran ran = await Ran.AsyncOf(["import", .. sources]);
        Assert.Equal((0, File.ReadAllText(Path.Combine(folder, "expected.yaml"))), (ran.Code, ran.Output));
        Assert.Equal(
            File.ReadAllLines(Path.Combine(folder, "expected.txt")).Select(line => $"fastbond: {folder}/{line}"),
            ran.Error.TrimEnd('\n').Split('\n').Select(line => line.Replace($"{folder}/{folder}/", $"{folder}/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ImportTakesTheWordsOfACommand()
    {
        Ran ran = await Ran.AsyncOf("import", "ip", "link", "add", "bond0", "type", "bond", "mode", "active-backup", "miimon", "100");
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.Contains("        mode: active-backup\n        mii-monitor-interval: 100\n", ran.Output, StringComparison.Ordinal);
        (await Ran.AsyncOf("import", "modprobe", "bonding", "miimon=100", "mode=1")).Printed(ran.Output);
        (await Ran.AsyncOf("import", "ip", "link", "add", "bond0", "type", "bond", "mode", "9")).Failed(
            "arguments:1: option mode: invalid value (9); allowed values balance-rr 0, active-backup 1, balance-xor 2, broadcast 3, 802.3ad 4, balance-tlb 5, balance-alb 6");
    }

    [Fact]
    public async Task ImportWithApplyHasTheDaemonBringTheBondsAbout()
    {
        FakeEngine engine = new();
        await using RunningDaemon daemon = await RunningDaemon.StartAsync(engine);
        (await daemon.RunAsync("import", "--apply", "ip", "link", "add", "bond7", "type", "bond", "mode", "1")).Printed(
            "bond7: new bond mode=active-backup (live)\nbond7: up (live)\n");
        Assert.Equal(["start", "add bond7 [mode=active-backup] [] take_down=True force=False", "host bond7 up"], engine.Calls);
    }

    [Fact]
    public async Task ImportOfWhatIsNotThereFails()
    {
        string path = _directory.File("nosuch");
        (await Ran.AsyncOf("import", path)).Failed($"{path}: there is no such file");
    }

    [Fact]
    public async Task ShowBriefIsAsIfconfigPrintedIt()
    {
        FakeEngine engine = new() { State = [States.Bond0, States.Bond0 with { Name = "bond1", IsUp = false, Slaves = [], Addresses = [] }] };
        await using RunningDaemon daemon = await RunningDaemon.StartAsync(engine);
        Ran all = await daemon.RunAsync("show", "--brief");
        Assert.Equal(
            """
            bond0     Link encap:Ethernet  HWaddr 02:00:00:00:00:01
                      inet addr:192.168.1.1  Bcast:192.168.1.255  Mask:255.255.255.0
                      inet6 addr:fd00::1/64 Scope:Global
                      UP BROADCAST RUNNING MASTER MULTICAST  MTU:1500  Metric:1
                      RX packets:7224794 errors:33 dropped:1 overruns:22 frame:11
                      TX packets:3286647 errors:77 dropped:2 overruns:66 carrier:55
                      RX bytes:3  TX bytes:4

            eth0      Link encap:Ethernet  HWaddr 02:00:00:00:00:01
                      UP BROADCAST RUNNING SLAVE MULTICAST  MTU:1500  Metric:1
                      RX packets:3573025 errors:3 dropped:0 overruns:2 frame:1
                      TX packets:1643167 errors:7 dropped:1 overruns:6 carrier:5
                      RX bytes:1  TX bytes:2

            eth1      Link encap:Ethernet  HWaddr 02:00:00:00:00:01
                      UP BROADCAST RUNNING SLAVE MULTICAST  MTU:1500  Metric:1
                      RX packets:3651769 errors:30 dropped:0 overruns:20 frame:10
                      TX packets:1643480 errors:70 dropped:1 overruns:60 carrier:50
                      RX bytes:1  TX bytes:2

            eth9      not there; it is enslaved when it appears

            bond1     Link encap:Ethernet  HWaddr 02:00:00:00:00:01
                      BROADCAST MASTER MULTICAST  MTU:1500  Metric:1
                      RX packets:7224794 errors:0 dropped:1 overruns:0 frame:0
                      TX packets:3286647 errors:0 dropped:2 overruns:0 carrier:0
                      RX bytes:3  TX bytes:4

            """,
            all.Output);
        Assert.StartsWith("bond1", (await daemon.RunAsync("show", "bond1", "--brief")).Output, StringComparison.Ordinal);
        (await daemon.RunAsync("show", "bond2", "--brief")).Failed("ENODEV: there is no bond bond2");
    }
}
