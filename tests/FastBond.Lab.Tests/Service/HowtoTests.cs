using System.Globalization;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using Xunit;

namespace FastBond.Lab.Tests.Service;

/// <summary>The HOWTO's own files and commands, brought about by a daemon: each leads to the bond that the HOWTO describes.</summary>
public sealed class HowtoTests : ScenarioTest
{
    [Theory]
    [InlineData("howto-by-hand")]
    [InlineData("howto-redhat")]
    public void Its_files_and_its_commands_lead_to_the_same_bond(string sample)
    {
        (NetworkNamespace place, NetworkNamespace peers, FastBondProcess daemon) = Host(2);
        Import(daemon, sample);
        BondStatus status = daemon.WaitFor(now => now.HasAllUp(2), Soon, "both slaves");
        Assert.Equal(["eth0", "eth1"], status.Slaves.Select(slave => slave.Name));
        Assert.Equal("balance-rr", (string)status.Option("mode")!);
        Assert.Contains("inet 192.168.1.1/24 brd 192.168.1.255", place.Ip("address show dev bond0").Output, StringComparison.Ordinal);
        Assert.Contains("Bonding Mode: load balancing (round-robin)", daemon.Show(), StringComparison.Ordinal);
        Assert.True(place.Link("bond0").IsUp);
        AssertListed(place, peers, daemon);
    }

    [Fact]
    public void Two_bonds_have_separate_state()
    {
        (NetworkNamespace _, NetworkNamespace peers, FastBondProcess daemon) = Host(4);
        Import(daemon, "howto-two-bonds");
        Assert.Equal(["bond0", "bond1"], daemon.Bonds());
        daemon.WaitFor(now => now.HasAllUp(2), Soon, "the slaves of bond0");
        daemon.WaitFor(now => now.HasAllUp(2), Soon, "the slaves of bond1", "bond1");
        peers.Ip("link set eth2 down");
        daemon.WaitFor(now => now.Slave("eth2").MiiStatus == "DOWN", Soon, "eth2 is down", "bond1");
        Assert.True(daemon.Status().HasAllUp(2));
        daemon.Do("set bond1 miimon=50");
        Assert.Equal((100, 50), ((int)daemon.Status().Option("miimon")!, (int)daemon.Status("bond1").Option("miimon")!));
    }

    [Fact]
    public void A_line_that_loads_itself_is_refused_and_nothing_is_made()
    {
        (NetworkNamespace place, NetworkNamespace _, FastBondProcess daemon) = Host(2);
        using ConfigurationFile file = new("alias bond0 bonding\nprobeall bond0 eth0 eth1 bond0\n", "modules.conf");
        CommandResult refused = daemon.Try($"import {file.Path} --apply");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"{file.Path}:2: bond0 loads itself", refused.Error, StringComparison.Ordinal);
        Assert.Empty(daemon.Bonds());
        Assert.DoesNotContain("bond0", place.Links().Keys);
    }

    /// <summary>S22: flags, one MAC, and the bond's counters as the sum of the slaves', as ifconfig listed them.</summary>
    private static void AssertListed(NetworkNamespace place, NetworkNamespace peers, FastBondProcess daemon)
    {
        peers.Ip("address add 192.168.1.2/24 dev eth0");
        // Round-robin to a peer that has its address on one link only: half of it is for nobody, and is counted all the same.
        _ = Ping.Run(place, "192.168.1.2", count: 20);
        string[] list = daemon.Do("show --brief").Output.TrimEnd('\n').Split("\n\n");
        Assert.Equal(["bond0", "eth0", "eth1"], list.Select(part => part.Split(' ')[0]));
        Assert.Equal(["MASTER", "SLAVE", "SLAVE"], list.Select(part => part.Contains(" MASTER ", StringComparison.Ordinal) ? "MASTER" : part.Contains(" SLAVE ", StringComparison.Ordinal) ? "SLAVE" : ""));
        Assert.All(list, part => Assert.Contains("HWaddr 02:AA:00:00:00:00\n", part, StringComparison.Ordinal));
        Assert.Contains("inet addr:192.168.1.1  Bcast:192.168.1.255  Mask:255.255.255.0", list[0], StringComparison.Ordinal);
        long[][] numbers = [.. list.Select(Counters)];
        Assert.True(numbers[0].Length >= 10 && numbers[0][0] > 0, list[0]);
        Assert.Equal(numbers[0], numbers[1].Zip(numbers[2], (first, second) => first + second));
    }

    /// <summary>Every number after a colon of the lines that count.</summary>
    private static long[] Counters(string part) =>
    [
        .. part.Split('\n').Where(line => line.TrimStart().StartsWith("RX ", StringComparison.Ordinal) || line.TrimStart().StartsWith("TX ", StringComparison.Ordinal))
            .SelectMany(line => line.Split(':').Skip(1)).Select(text => long.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture)),
    ];

    private static void Import(FastBondProcess daemon, string sample)
    {
        string folder = Path.Combine(LabFacts.Repository, "tests", "samples", sample);
        string[] files = [.. Directory.GetFiles(folder).Where(path => !Path.GetFileName(path).StartsWith("expected.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        daemon.Do($"import {string.Join(' ', files)} --apply");
    }

    private (NetworkNamespace Place, NetworkNamespace Peers, FastBondProcess Daemon) Host(int links)
    {
        NetworkNamespace place = Lab.Namespace(), peers = Lab.Namespace();
        for (int n = 0; n < links; n++)
        {
            VethPair.Create(new VethEnd(place, $"eth{n}") { Address = $"02:aa:00:00:00:{n:x2}" }, new VethEnd(peers, $"eth{n}"));
            VethPair.MakePlainPeer(peers, $"eth{n}");
            peers.Ip($"link set eth{n} up");
        }
        return (place, peers, Lab.Daemon(place));
    }
}
