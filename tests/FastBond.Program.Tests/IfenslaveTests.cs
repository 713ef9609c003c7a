using FastBond.Commands;
using FastBond.Core.Bonds;

namespace FastBond.Program.Tests;

/// <summary>The program called as ifenslave.</summary>
public sealed class IfenslaveTests
{
    [Theory]
    [InlineData("bond0 eth0 eth1", "enslave bond0 [eth0,eth1] take_down=True force=False []")]
    [InlineData("-f bond0 eth0", "enslave bond0 [eth0] take_down=True force=False []")]
    [InlineData("-d bond0 eth0 eth1", "release bond0 [eth0,eth1]")]
    [InlineData("--detach bond0 eth0", "release bond0 [eth0]")]
    [InlineData("-c bond0 eth1", "set bond0 [active_slave=eth1]")]
    [InlineData("--change-active bond0 eth1", "set bond0 [active_slave=eth1]")]
    public async Task ItAsksTheEngine(string line, string call)
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        Assert.Equal(new Ran(0, "", ""), await RunAsync(line, daemon.SocketPath));
        Assert.Equal(["start", call], daemon.Engine.Calls);
        daemon.Engine.Answer = new Outcome(Errno.EINVAL, "no");
        Assert.Equal(new Ran(1, "", "ifenslave: EINVAL: no\n"), await RunAsync(line, daemon.SocketPath));
    }

    [Fact]
    public async Task ItShowsBonds()
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        daemon.Engine.Bonds.AddRange(["bond0", "bond1"]);
        Assert.Equal(new Ran(0, "text of bond1\n", ""), await RunAsync("bond1", daemon.SocketPath));
        Assert.Equal(new Ran(0, "text of bond0\n\ntext of bond1\n", ""), await RunAsync("-a", daemon.SocketPath));
        Assert.Equal(new Ran(0, "text of bond0\n\ntext of bond1\n", ""), await RunAsync("--all-interfaces", daemon.SocketPath));
        Assert.Equal(new Ran(1, "", "ifenslave: ENODEV: there is no bond bond7\n"), await RunAsync("bond7", daemon.SocketPath));
    }

    [Fact]
    public async Task VerboseSaysWhatWasDone()
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        Assert.Equal(new Ran(0, "bond0: enslaved eth0 eth1\n", ""), await RunAsync("-v bond0 eth0 eth1", daemon.SocketPath));
        Assert.Equal(new Ran(0, "bond0: detached eth0\n", ""), await RunAsync("-vd bond0 eth0", daemon.SocketPath));
    }

    [Theory]
    [InlineData("-x bond0 eth0")]
    [InlineData("-d bond0")]
    [InlineData("-c bond0 eth0 eth1")]
    [InlineData("-a bond0")]
    [InlineData("bond0 mode=1")]
    public async Task UsageErrorsAreOneLineAndExitCodeTwo(string line)
    {
        Ran ran = await RunAsync(line, "/nonexistent/socket");
        Assert.Equal((2, ""), (ran.Code, ran.Output));
        Assert.Matches("^ifenslave: [^\n]+; see 'ifenslave --help'\n$", ran.Error);
    }

    [Theory]
    [InlineData("-h", "usage: ifenslave ")]
    [InlineData("--usage", "usage: ifenslave ")]
    [InlineData("-V", "ifenslave (fastbond ")]
    public async Task HelpAndVersionNeedNoDaemon(string line, string begins)
    {
        Ran ran = await RunAsync(line, "/nonexistent/socket");
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.StartsWith(begins, ran.Output, StringComparison.Ordinal);
    }

    private static async Task<Ran> RunAsync(string line, string socket)
    {
        StringWriter output = new();
        StringWriter error = new();
        int code = await IfenslaveCommand.InvokeAsync(line.Split(' '), socket, output, error);
        return new Ran(code, output.ToString(), error.ToString());
    }
}
