using FastBond.Core.Bonds;

namespace FastBond.Program.Tests;

/// <summary>Command lines against a running daemon: what the engine is asked, and what the user gets to see.</summary>
public sealed class CommandTests
{
    public static TheoryData<string, string> Requests => new()
    {
        { "add bond0", "add bond0 [] [] take_down=False force=False" },
        {
            "add bond0 mode=active-backup xmit-hash-policy=layer3+4 slaves=eth0,eth1 arp_ip_target=192.0.2.1,192.0.2.2",
            "add bond0 [mode=active-backup xmit_hash_policy=layer3+4 arp_ip_target=192.0.2.1,192.0.2.2] [eth0,eth1] take_down=False force=False"
        },
        { "add bond0 slaves=eth0 slaves=eth1 --force", "add bond0 [] [eth0,eth1] take_down=False force=True" },
        { "delete bond0", "delete bond0" },
        { "delete wan0%2F", "delete wan0%2F" },
        { "set bond0 miimon=100 up-delay=200 miimon=50", "set bond0 [miimon=100 up_delay=200 miimon=50]" },
        { "set bond0 primary=", "set bond0 [primary=]" },
        { "set bond0 arp_ip_target=+192.0.2.7", "set bond0 [arp_ip_target=+192.0.2.7]" },
        { "set bond0 eth0 queue_id=2 prio=-5", "set bond0 eth0 [queue_id=2 prio=-5]" },
        { "enslave bond0 eth0 eth1", "enslave bond0 [eth0,eth1] take_down=False force=False []" },
        { "enslave --force bond0 eth0", "enslave bond0 [eth0] take_down=False force=True []" },
        { "release bond0 eth0 eth1", "release bond0 [eth0,eth1]" },
        { "active bond0 eth1", "set bond0 [active_slave=eth1]" },
        { "active bond0 none", "set bond0 [active_slave=]" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task ACommandAsksTheEngineAndPrintsNothing(string line, string call)
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        (await daemon.RunAsync(line.Split(' '))).Printed("");
        Assert.Equal(["start", call], daemon.Engine.Calls);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task ARefusalIsOneLineAndExitCodeOne(string line, string call)
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        daemon.Engine.Answer = new Outcome(Errno.EBUSY, "eth0: \"in use\" by bond1 – release it first");
        (await daemon.RunAsync(line.Split(' '))).Failed("EBUSY: eth0: \"in use\" by bond1 – release it first");
        Assert.Equal(["start", call], daemon.Engine.Calls);
    }

    [Fact]
    public async Task ShowPrintsTheTextAsItIs()
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        (await daemon.RunAsync("show")).Printed("");
        (await daemon.RunAsync("show", "--json")).Printed("[]\n");
        daemon.Engine.Bonds.AddRange(["bond0", "bond1"]);
        (await daemon.RunAsync("show")).Printed("text of bond0\n\ntext of bond1\n");
        (await daemon.RunAsync("show", "bond1")).Printed("text of bond1\n");
        (await daemon.RunAsync("show", "bond1", "--why")).Printed("text of bond1 with reasons\n");
        (await daemon.RunAsync("show", "--why")).Printed("text of bond0 with reasons\n\ntext of bond1 with reasons\n");
        (await daemon.RunAsync("show", "--json")).Printed("[\"bond0\",\"bond1\"]\n");
        (await daemon.RunAsync("show", "bond0", "--json")).Printed("[\"bond0\"]\n");
    }

    [Theory]
    [InlineData("nosuch")]
    [InlineData("a-name-longer-than-any-interface")]
    [InlineData("a b?d#é%2e")]
    public async Task AnUnknownBondIsNotShown(string name)
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        daemon.Engine.Bonds.Add("bond0");
        string line = $"ENODEV: there is no bond {name}";
        (await daemon.RunAsync("show", name)).Failed(line);
        (await daemon.RunAsync("show", name, "--json")).Failed(line);
        (await daemon.RunAsync("show", name, "--why")).Failed(line);
    }

    [Fact]
    public async Task TheEnginesBugIsOneLineHereAndItsStackInTheDaemonsLog()
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync(new FakeEngine { Bug = new InvalidOperationException("oops") });
        (await daemon.RunAsync("show")).Failed("EIO: internal error: oops");
        Assert.Contains(daemon.Lines, line => line.Contains("GET /v1/text", StringComparison.Ordinal) && line.Contains("oops", StringComparison.Ordinal));
        Assert.Contains("start", daemon.Engine.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("frobnicate")]
    [InlineData("--frobnicate")]
    [InlineData("delete")]
    [InlineData("delete bond0 bond1")]
    [InlineData("delete ..")]
    [InlineData("show mode=1")]
    [InlineData("show --json --why")]
    [InlineData("set bond0")]
    [InlineData("set bond0 eth0")]
    [InlineData("set bond0 eth0 eth1 prio=1")]
    [InlineData("set bond0 prio=1 eth0")]
    [InlineData("set bond0 . prio=1")]
    [InlineData("set bond0 =1")]
    [InlineData("add mode=1")]
    [InlineData("add bond0 eth0")]
    [InlineData("run mode=1")]
    [InlineData("run bond0 eth0")]
    [InlineData("run bond0 --config")]
    [InlineData("enslave bond0")]
    [InlineData("release bond0 ..")]
    [InlineData("active bond0")]
    [InlineData("active bond0 eth0 eth1")]
    [InlineData("show a/b")]
    [InlineData("show --socket")]
    [InlineData("hash")]
    [InlineData("hash --policy layer2")]
    [InlineData("hash --policy layer5 --slaves 2")]
    [InlineData("hash --policy layer2 --slaves 0")]
    public async Task UsageErrorsAreOneLineAndExitCodeTwo(string line)
    {
        Ran ran = await Ran.AsyncOf(["--state-dir", "/nonexistent", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal((2, ""), (ran.Code, ran.Output));
        Assert.Matches("^fastbond: [^\n]+; see 'fastbond --help'\n$", ran.Error);
    }

    [Fact]
    public async Task TheUsageErrorNamesTheWordThatIsWrong()
    {
        Assert.Contains("'frobnicate'", (await Ran.AsyncOf("frobnicate")).Error, StringComparison.Ordinal);
        Assert.Contains("'eth0' is not option=value", (await Ran.AsyncOf("add", "bond0", "eth0")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWordWithAnAtSignIsAName()
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        (await daemon.RunAsync("delete", "@eth0")).Printed("");
        Assert.Equal(["start", "delete @eth0"], daemon.Engine.Calls);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("set --help")]
    [InlineData("run -h")]
    public async Task HelpNeedsNoDaemon(string line)
    {
        Ran ran = await Ran.AsyncOf(line.Split(' '));
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.Contains("--socket <PATH>", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VersionIsTheProjects() => Assert.Matches(@"^fastbond \d+\.\d+\.\d+\n$", (await Ran.AsyncOf("--version")).Output);

    [Fact]
    public async Task NoDaemonIsSaidWithHowToStartOne()
    {
        using TempDirectory directory = new();
        string path = directory.File("control.sock");
        (await Ran.AsyncOf("show", "--state-dir", directory.Path)).Failed(
            $"no daemon answers on {path}: start one with 'fastbond run', or name its socket with --socket");
        string tooLong = "/" + new string('x', 107);
        (await Ran.AsyncOf("show", "--socket", tooLong)).Failed($"EINVAL: a socket's path holds at most 107 bytes, this one has 108: {tooLong}");
    }

    [Fact]
    public async Task TheSocketFollowsOptionThenEnvironmentThenStateDirectory()
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        string directory = Path.GetDirectoryName(daemon.SocketPath)!;
        daemon.Engine.Bonds.Add("bond0");
        Ran found = new(0, "text of bond0\n", "");
        Assert.Equal(found, await Ran.AsyncOf("show", "--state-dir", directory));
        Assert.Equal(found, await Ran.AsyncOf("--state-dir", directory, "show"));
        try
        {
            Environment.SetEnvironmentVariable("FASTBOND_STATE_DIR", directory);
            Assert.Equal(found, await Ran.AsyncOf("show"));
            Environment.SetEnvironmentVariable("FASTBOND_STATE_DIR", "/nonexistent");
            Environment.SetEnvironmentVariable("FASTBOND_SOCKET", daemon.SocketPath);
            Assert.Equal(found, await Ran.AsyncOf("show"));
            Assert.Equal(1, (await Ran.AsyncOf("show", "--socket", directory + "/other")).Code);
        }
        finally
        {
            Environment.SetEnvironmentVariable("FASTBOND_STATE_DIR", null);
            Environment.SetEnvironmentVariable("FASTBOND_SOCKET", null);
        }
    }
}
