using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>scenarios.md, S18 to S21 (FAQ 8): where the bond's MAC comes from and what becomes of the slaves'.</summary>
public sealed class MacTests : ScenarioTest
{
    private const string Mac0 = "02:aa:00:00:00:00", Mac1 = "02:aa:00:00:00:01", Given = "00:11:22:33:44:55";

    [Theory]
    [InlineData("balance-rr")]
    [InlineData("active-backup")]
    [InlineData("balance-xor")]
    [InlineData("broadcast")]
    public void S18_S20_S21_the_first_slave_gives_its_mac_and_each_gets_its_own_back(string mode)
    {
        (NetworkNamespace place, FastBondProcess daemon) = Start($"bond0 mode={mode}");
        daemon.Do("enslave bond0 eth0");
        daemon.Do("enslave bond0 eth1");
        Assert.Equal((Mac0, Mac0, Mac0), Macs(place));
        Assert.Contains($"Permanent HW addr: {Mac1}", daemon.Show(), StringComparison.Ordinal);

        daemon.Do("release bond0 eth0");
        Assert.Equal((Mac0, Mac0, Mac0), Macs(place));
        daemon.WaitForLog("still in use by", Soon);
        daemon.Do("release bond0 eth1");
        (string bond, string eth0, string eth1) = Macs(place);
        Assert.Equal((Mac0, Mac1), (eth0, eth1));
        Assert.DoesNotContain(bond, new[] { Mac0, Mac1 });

        daemon.Do("enslave bond0 eth1 eth0");
        Assert.Equal((Mac1, Mac1, Mac1), Macs(place));
        daemon.Do("release bond0 eth0 eth1");
        (_, eth0, eth1) = Macs(place);
        Assert.Equal((Mac0, Mac1), (eth0, eth1));
    }

    [Theory]
    [InlineData("balance-rr")]
    [InlineData("active-backup")]
    [InlineData("balance-xor")]
    [InlineData("broadcast")]
    public void S19_a_mac_given_to_the_bond_goes_to_every_slave_present_or_to_come(string mode)
    {
        (NetworkNamespace place, FastBondProcess daemon) = Start($"bond0 mode={mode}");
        daemon.Do("enslave bond0 eth0");
        place.Ip($"link set bond0 address {Given}");
        Wait.Until(() => place.Link("eth0").Address == Given, Soon, "the slave has the bond's MAC");
        daemon.Do("enslave bond0 eth1");
        Assert.Equal((Given, Given, Given), Macs(place));
        Assert.Equal(Given, daemon.Status().Address);
        daemon.Do("release bond0 eth0 eth1");
        (_, string eth0, string eth1) = Macs(place);
        Assert.Equal((Mac0, Mac1), (eth0, eth1));
    }

    private static (string Bond, string Eth0, string Eth1) Macs(NetworkNamespace place)
    {
        IReadOnlyDictionary<string, LinkInfo> links = place.Links();
        return (links["bond0"].Address, links["eth0"].Address, links["eth1"].Address);
    }

    private (NetworkNamespace Place, FastBondProcess Daemon) Start(string words)
    {
        NetworkNamespace place = Lab.Namespace(), peers = Lab.Namespace();
        for (int n = 0; n < 2; n++)
        {
            VethPair.Create(new VethEnd(place, $"eth{n}") { Address = $"02:aa:00:00:00:{n:x2}" }, new VethEnd(peers, $"eth{n}"));
            peers.Ip($"link set eth{n} up");
        }
        return (place, Lab.Daemon(place, words));
    }
}
