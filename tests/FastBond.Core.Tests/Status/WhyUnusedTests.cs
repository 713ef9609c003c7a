using FastBond.Core.Bonds;
using FastBond.Core.Status;
using FastBond.Core.Tests.Options;
using Xunit;

namespace FastBond.Core.Tests.Status;

public sealed class WhyUnusedTests
{
    [Fact]
    public void ASlaveThatIsUsedHasNoReason()
    {
        Assert.All(
            new[] { BondMode.BalanceRr, BondMode.BalanceXor, BondMode.Broadcast },
            mode => Assert.Equal(["used", "used"], Reasons(Two(mode))));
        Assert.Equal(["used", "backup of active-backup, s0 is active"], Reasons(Two(BondMode.ActiveBackup)));
    }

    [Fact]
    public void TheBondIsDown() =>
        Assert.Equal(["bond0 is administratively down", "bond0 is administratively down"], Reasons(Two(BondMode.BalanceRr).Down()));

    [Fact]
    public void TheLinkIsDown() =>
        Assert.Equal(["used", "link down, no carrier"], Reasons(Two(BondMode.BalanceXor).SetCarrier("s1", false).RunMs(100)));

    [Fact]
    public void TheSlaveIsDown()
    {
        TestBond test = Two(BondMode.BalanceRr);
        test.Bond.AdminStateChanged(1, test.Bond.Slaves[0], up: false);
        Assert.Equal(["administratively down", "used"], Reasons(test));
    }

    [Fact]
    public void GoingDownAndGoingBackSayHowLongStill()
    {
        TestBond test = Two(BondMode.BalanceRr).Set("updelay", "500").Set("downdelay", "300").RunMs(1000);
        Assert.Equal(["used", "used"], Reasons(test));

        test.SetCarrier("s1", false).RunMs(0);
        Assert.Equal("link down, no carrier, going down, 300 ms left", Reasons(test)[1]);
        test.RunMs(1000);
        Assert.Equal("link down, no carrier", Reasons(test)[1]);

        test.SetCarrier("s1", true).RunMs(0);
        Assert.Equal("going back, 500 ms left of updelay", Reasons(test)[1]);
    }

    [Theory]
    [InlineData("none", "nothing")]
    [InlineData("filter", "neither ARP nor IPv6")]
    [InlineData("all", "no target")]
    [InlineData("filter_backup", "no target")]
    public void TheArpMonitorSaysWhatItMisses(string validate, string what)
    {
        TestBond test = new TestBond(BondMode.ActiveBackup)
            .Set("arp_interval", "100").Set("arp_ip_target", "10.9.0.2").Set("arp_validate", validate).Enslave("s0", "s1").Up();

        // The backup has heard something, and takes over when the active slave is given up.
        test.RunMs(250).Bond.Slaves[1].LastRxNs = test.Bond.NowNs;
        Assert.Equal([$"the ARP monitor hears {what} on it", "used"], Reasons(test.RunMs(100)));
        Assert.Equal(
            ["being probed by the ARP monitor, no answer yet", "no answer to the ARP monitor's probe, waiting for its next turn"],
            Reasons(test.RunMs(1000)).Order());
    }

    [Fact]
    public void AnActiveSlaveThatIsFailingStillCarriesAll() =>
        Assert.Equal(
            ["used", "backup of active-backup, s0 is active"],
            Reasons(Two(BondMode.ActiveBackup).Set("downdelay", "500").SetCarrier("s0", false).RunMs(100)));

    private static TestBond Two(BondMode mode) => new TestBond(mode).Set("miimon", "100").Enslave("s0", "s1").Up();

    private static string[] Reasons(TestBond test) => [.. test.Bond.Slaves.Select(s => WhyUnused.Reason(test.Bond, s) ?? "used")];
}
