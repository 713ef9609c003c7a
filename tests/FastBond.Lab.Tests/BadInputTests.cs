using System.Text.RegularExpressions;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using Xunit;

namespace FastBond.Lab.Tests;

/// <summary>What bad input gets (scenarios.md, K16; every recorded row of it is in OptionGoldenTests): one clear line with the kernel's errno name, exit 1, nothing changed, nothing left behind.</summary>
public sealed partial class BadInputTests : ScenarioTest
{
    private static readonly string[] Devices = ["lo", "eth0", "eth1", "eth2", "port", "br0", "ib0", "bond0", "route0"];

    /// <summary>Command, errno name (empty: options.md has none), and what the line must name.</summary>
    public static TheoryData<string, string, string> Refused => new()
    {
        { "add bond1 nosuchoption=1", "", "nosuchoption" },
        { "add bond1 mode=nosuchmode", "EINVAL", "nosuchmode" },
        { "add bond1 mode=active-backup miimon=100ms", "EINVAL", "100ms" },
        { "add bond1 mode=balance-rr slaves=nosuchdevice", "ENODEV", "nosuchdevice" },
        { "add bond1 mode=balance-rr slaves=eth1,eth0", "EBUSY", "eth0" },
        { "add bond1 mode=balance-rr slaves=eth1,eth2", "EPERM", "eth2" },
        { "add bond0 mode=balance-rr", "EEXIST", "bond0" },
        { "add bondwithaverylongname mode=balance-rr", "EINVAL", "bondwithaverylongname" },
        { "delete nosuchbond", "ENODEV", "nosuchbond" },
        { "show nosuchbond", "ENODEV", "nosuchbond" },
        { "show nosuchbond --json", "ENODEV", "nosuchbond" },
        { "set nosuchbond miimon=50", "ENODEV", "nosuchbond" },
        { "set bond0 nosuchoption=1", "", "nosuchoption" },
        { "set bond0 miimon=abc", "EINVAL", "abc" },
        { "set bond0 miimon=-1", "EINVAL", "-1" },
        { "set bond0 mode=balance-rr", "ENOTEMPTY", "mode" },
        { "set bond0 fail_over_mac=active", "ENOTEMPTY", "fail_over_mac" },
        { "set bond0 ad_select=count", "EBUSY", "ad_select" },
        { "set bond0 miimon=0 updelay=100", "EPERM", "up delay" },
        { "set bond0 miimon=100 arp_interval=100", "EINVAL", "arp_interval" },
        { "set bond0 packets_per_slave=2", "EACCES", "packets_per_slave" },
        { "set bond0 miimon=200 num_grat_arp=256", "EINVAL", "256" },
        { "set bond0 active_slave=nosuchdevice", "ENODEV", "nosuchdevice" },
        { "set bond0 active_slave=eth1", "EINVAL", "eth1" },
        { "set bond0 eth1 queue_id=1", "", "eth1" },
        { "set bond0 eth0 queue_id=999", "EPERM", "999" },
        { "active bond0 nosuchdevice", "ENODEV", "nosuchdevice" },
        { "enslave nosuchbond eth1", "ENODEV", "nosuchbond" },
        { "enslave bond0 nosuchdevice", "ENODEV", "nosuchdevice" },
        { "enslave bond0 lo", "", "lo" },
        { "enslave bond0 eth0", "EBUSY", "eth0" },
        { "enslave bond0 port", "EBUSY", "port" },
        { "enslave bond0 eth2", "EPERM", "eth2" },
        { "enslave bond0 ib0", "EINVAL", "ib0" },
        { "enslave bond0 bond0", "EPERM", "bond0" },
        { "enslave bond0 eth1 nosuchdevice", "ENODEV", "nosuchdevice" },
        { "release bond0 eth1", "EINVAL", "eth1" },
        { "release nosuchbond eth0", "ENODEV", "nosuchbond" },
    };

    // One daemon for all rows: each must leave it as it was, so that the next finds the same.
    [Fact]
    public void Every_refused_request_is_one_line_and_changes_nothing()
    {
        NetworkNamespace place = Place(out TapDevice infiniBand);
        using TapDevice keep = infiniBand;
        FastBondProcess daemon = Lab.Daemon(place, "bond0 mode=active-backup miimon=100 slaves=eth0");
        place.Ip("link set bond0 up");
        daemon.WaitFor(status => status.ActiveSlave == "eth0" && status.Flags.Contains("UP"), Soon, "eth0 is active");
        Wait.Until(() => place.Link("bond0").IsOperational, Soon, "carrier");
        string before = Snapshot(place, daemon);
        List<string> faults = [];
        foreach ((string words, string errno, string named) in Refused.Select(row => row.Data))
        {
            CommandResult result = daemon.Try(words);
            faults.AddRange(Faults(result, errno, named));
            if (Snapshot(place, daemon) is string after && after != before)
            {
                faults.Add($"{words}: changed something:\n{Difference(before, after)}");
                before = after;
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [InlineData("bond0 nosuchoption=1 slaves=eth0", "", "nosuchoption")]
    [InlineData("bond0 mode=nosuchmode slaves=eth0", "EINVAL", "nosuchmode")]
    [InlineData("bond0 mode=active-backup slaves=eth0,nosuchdevice", "ENODEV", "nosuchdevice")]
    [InlineData("bond0 mode=active-backup slaves=eth0,lo", "", "lo")]
    [InlineData("bond0 mode=active-backup slaves=eth0,port", "EBUSY", "port")]
    [InlineData("bond0 mode=active-backup slaves=eth0,ib0", "EINVAL", "ib0")]
    [InlineData("bond0 mode=balance-rr slaves=ib0", "EOPNOTSUPP", "ib0")]
    [InlineData("eth1 mode=balance-rr slaves=eth0", "EEXIST", "eth1")]
    [InlineData("bond0 mode=balance-rr slaves=route0", "", "route0")]
    [InlineData("bond0 mode=balance-rr xdp_mode=zerocopy slaves=eth0", "", "zerocopy")]
    public void A_run_that_is_refused_leaves_everything_as_it_was(string words, string errno, string named)
    {
        NetworkNamespace place = Place(out TapDevice infiniBand);
        using TapDevice keep = infiniBand;
        place.Ip("link add route0 type veth peer name route1");
        place.Ip("address add 198.18.0.1/24 dev route0");
        place.Ip("link set route1 up");
        place.Ip("link set route0 up");
        place.Ip("route add default via 198.18.0.2 dev route0");
        string state = Lab.StateDirectory(), before = Settings(place);
        CommandResult result = FastBondProcess.Cli(place, state, "run " + words);
        Assert.Empty(Faults(result, errno, named));
        Assert.Equal(before, Settings(place));
        Assert.Empty(Directory.EnumerateFiles(state, "*", SearchOption.AllDirectories));
        Assert.Contains("default via 198.18.0.2", place.Ip("route show").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_daemon_on_the_same_socket_or_nic_is_refused_and_the_first_goes_on()
    {
        NetworkNamespace place = Place(out TapDevice infiniBand);
        using TapDevice keep = infiniBand;
        FastBondProcess daemon = Lab.Daemon(place, "bond0 mode=active-backup slaves=eth0");
        daemon.WaitFor(status => status.ActiveSlave == "eth0", Soon, "eth0 is active");
        string before = Snapshot(place, daemon);

        CommandResult sameSocket = daemon.Try("run bond1 mode=balance-rr slaves=eth1");
        Assert.Empty(Faults(sameSocket, "EBUSY", daemon.Socket));
        string other = daemon.Socket + "2";
        CommandResult sameNic = place.Try(
            [LabFacts.Product, "run", "bond1", "mode=balance-rr", "slaves=eth0", "--socket", other, "--state-dir", daemon.StateDirectory]);
        Assert.Empty(Faults(sameNic, "EBUSY", "eth0"));
        Assert.False(File.Exists(other));
        Assert.Equal(before, Snapshot(place, daemon));
        Assert.True(daemon.IsRunning);
    }

    [Theory]
    [InlineData("/proc/nosuchfolder/control.sock")]
    [InlineData("/dev/null/control.sock")]
    [InlineData("/tmp/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789/control.sock")]
    public void A_socket_path_that_cannot_be_is_refused(string socket)
    {
        NetworkNamespace place = Lab.Namespace();
        CommandResult result = place.Try([LabFacts.Product, "run", "--socket", socket, "--state-dir", Lab.StateDirectory()]);
        Assert.Empty(Faults(result, "", socket));
        Assert.False(Directory.Exists(Path.GetDirectoryName(socket)));
    }

    [Fact]
    public void Without_privileges_run_is_refused()
    {
        NetworkNamespace place = Lab.Namespace();
        string state = Lab.StateDirectory();
        string[] asNobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
        CommandResult result = place.Try([.. asNobody, LabFacts.Product, "run", "--socket", Path.Combine(state, "s"), "--state-dir", state]);
        Assert.Empty(Faults(result, "EPERM", "CAP_NET_ADMIN"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(state));
    }

    [Theory]
    [InlineData("show")]
    [InlineData("add bond0 mode=balance-rr")]
    [InlineData("delete bond0")]
    public void Without_a_daemon_a_command_says_so(string words)
    {
        CommandResult result = FastBondProcess.Cli(Lab.Namespace(), Lab.StateDirectory(), words);
        Assert.Empty(Faults(result, "", ".sock"));
    }

    [Theory]
    [InlineData("nosuchcommand")]
    [InlineData("set bond0")]
    [InlineData("enslave bond0")]
    [InlineData("run bond0 mode")]
    [InlineData("hash --policy layer2")]
    public void Usage_errors_end_with_2(string words)
    {
        CommandResult result = FastBondProcess.Cli(Lab.Namespace(), Lab.StateDirectory(), words);
        Assert.Equal(2, result.ExitCode);
        Assert.NotEmpty(result.Error);
    }

    [Theory]
    [InlineData("00112", 1)]
    [InlineData("ffffffffffff0200000000010800\n0g", 2)]
    public void Half_written_hex_is_refused_with_its_line_after_the_answers_before_it(string input, int line)
    {
        CommandResult result = FastBondProcess.Cli(Lab.Namespace(), Lab.StateDirectory(), "hash --policy layer2 --slaves 2", input + "\n");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"line {line}", result.Error, StringComparison.Ordinal);
        Assert.Equal(line - 1, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static IEnumerable<string> Faults(CommandResult result, string errno, string named)
    {
        if (result.ExitCode != 1)
        {
            yield return $"{result.CommandLine}: exit {result.ExitCode}, not 1";
        }
        if (result.Output.Length > 0)
        {
            yield return $"{result.CommandLine}: printed on stdout: {result.Output}";
        }
        // The daemon's log may tell of steps before the refusal; the refusal itself is one line and the last.
        string[] lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] refusals = [.. lines.Where(line => Refusal().IsMatch(line))];
        bool isRun = result.CommandLine.Contains(" run ", StringComparison.Ordinal);
        if (refusals.Length != 1 || lines[^1] != refusals[0] || (!isRun && lines.Length != 1))
        {
            yield return $"{result.CommandLine}: not one line 'fastbond: …': {result.Error}";
        }
        else if (!refusals[0].StartsWith($"fastbond: {errno}", StringComparison.Ordinal) || !refusals[0].Contains(named, StringComparison.Ordinal))
        {
            yield return $"{result.CommandLine}: the line does not say {errno} and {named}: {refusals[0]}";
        }
    }

    private static string Snapshot(NetworkNamespace place, FastBondProcess daemon) =>
        $"{string.Join(' ', daemon.Bonds())}\n{daemon.Text()}{Settings(place)}{string.Join('\n', Files(daemon.StateDirectory))}";

    private static string Settings(NetworkNamespace place) =>
        string.Concat(Devices.Where(place.Links().ContainsKey).Select(device => $"== {device}\n{DeviceState.Read(place, device)}"))
        + string.Join(' ', place.Links().Keys.Order(StringComparer.Ordinal)) + "\n";

    private static IOrderedEnumerable<string> Files(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static string Difference(string before, string after)
    {
        (string[] old, string[] now) = (before.Split('\n'), after.Split('\n'));
        return string.Join('\n', old.Except(now).Select(line => "- " + line).Concat(now.Except(old).Select(line => "+ " + line)));
    }

    [GeneratedRegex("^fastbond: .+", RegexOptions.None, 1000)]
    private static partial Regex Refusal();

    // eth0 and eth1 are free, eth2 is up, port is in a bridge, ib0 is InfiniBand.
    private NetworkNamespace Place(out TapDevice infiniBand)
    {
        NetworkNamespace place = Lab.Namespace(), peers = Lab.Namespace();
        foreach (string device in new[] { "eth0", "eth1", "eth2", "port" })
        {
            VethPair.Create(new VethEnd(place, device), new VethEnd(peers, device));
            peers.Ip($"link set {device} up");
        }
        infiniBand = new TapDevice(place, "ib0", TapDevice.InfiniBand);
        place.Ip("link set eth2 up");
        place.Ip("link add br0 type bridge");
        place.Ip("link set port master br0");
        return place;
    }
}
