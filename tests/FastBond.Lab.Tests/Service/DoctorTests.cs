using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using Xunit;

namespace FastBond.Lab.Tests.Service;

/// <summary>The doctor on a host: what it finds, with what mends it, and that it leaves everything as it was.</summary>
public sealed class DoctorTests : ScenarioTest
{
    [Fact]
    public void It_tells_what_is_in_the_way_and_changes_nothing()
    {
        ConfiguredHost host = new(Lab, ConfiguredHost.TwoSlaves, links: 5);
        NetworkNamespace place = host.Place;
        place.Ip("link add br0 type bridge");
        place.Ip("link set eth2 master br0");
        place.Ip("tuntap add tap0 mode tap");
        place.Ip("address add 198.18.3.1/24 dev eth3");
        place.Ip("link set eth3 up");
        place.Ip("route add default via 198.18.3.2 metric 9");
        place.Ip("link set eth4 mtu 9000");
        Wait.Until(() => place.Link("eth3").IsOperational, Soon, "eth3 has settled");
        string before = Everything(place);

        string report = host.Daemon.Do("doctor").Output;
        Assert.Equal(before, Everything(place));

        // What mends it stands below what is found.
        Dictionary<string, string[]> found = report.Split("\n\n").Select(part => part.TrimEnd('\n').Split('\n')).ToDictionary(lines => lines[0], lines => lines[1..]);
        Assert.Equal(["machine", "eth0", "eth1", "eth2", "eth3", "eth4"], found.Keys);
        Assert.Contains(found["machine"], line => line.StartsWith("  Linux ", StringComparison.Ordinal));
        Assert.Contains("  a slave of bond0 now", found["eth0"]);
        AssertMends(found["eth2"], "it belongs to br0, and is refused as a slave", "ip link set eth2 nomaster");
        AssertMends(found["eth3"], "it carries the default route (default via 198.18.3.2", "ip route delete default via 198.18.3.2");
        AssertMends(found["eth3"], "it has 198.18.3.1/24: a slave has no addresses", "ip address flush dev eth3");
        AssertMends(found["eth4"], "MTU 9000 is more than ", "ip link set eth4 mtu ");
        Assert.All(found.Where(part => part.Key != "machine"), part => Assert.Contains("veth, ", part.Value[0], StringComparison.Ordinal));

        // It was right: refused as it says, accepted once mended by its own commands.
        Assert.Contains("EBUSY", host.Daemon.Try("enslave bond0 eth2").Error, StringComparison.Ordinal);
        Assert.Contains("EBUSY", host.Daemon.Try("enslave bond0 eth3").Error, StringComparison.Ordinal);
        foreach (string command in found["eth2"].Concat(found["eth3"]).Where(line => line.StartsWith("    # ", StringComparison.Ordinal)).Select(line => line[6..]))
        {
            place.Run(command);
        }
        place.Ip("link set eth3 down");
        host.Daemon.Do("enslave bond0 eth2 eth3");
        host.Daemon.WaitFor(status => status.HasAllUp(4), Soon, "eth2 and eth3 are slaves");
    }

    [Fact]
    public void It_needs_no_daemon()
    {
        NetworkNamespace place = Lab.Namespace();
        CommandResult report = FastBondProcess.Cli(place, "/nonexistent", "doctor").EnsureSuccess();
        Assert.StartsWith("machine\n", report.Output, StringComparison.Ordinal);
        Assert.Equal("", report.Error);
    }

    private static void AssertMends(string[] lines, string finding, string command)
    {
        int at = Array.FindIndex(lines, line => line.StartsWith("  " + finding, StringComparison.Ordinal));
        Assert.True(at >= 0, $"'{finding}' is not among:\n{string.Join('\n', lines)}");
        Assert.StartsWith("    # " + command, lines[at + 1], StringComparison.Ordinal);
    }

    private static string Everything(NetworkNamespace place) =>
        place.Ip("-d address show").Output + place.Ip("route show table all").Output
        + string.Concat(place.Links().Keys.Order(StringComparer.Ordinal).Where(name => name != "lo").Select(name => DeviceState.Read(place, name)));
}
