using FastBond.Core.Bonds;
using Xunit;

namespace FastBond.Core.Tests.Options;

/// <summary>Several options at once, and what options do to each other.</summary>
public sealed class OptionApplyTests
{
    [Fact]
    public void TheOrderGivenDoesNotMatter()
    {
        TestBond test = new();
        Assert.True(test.TryApply(("updelay", "200"), ("primary", "s1"), ("miimon", "100"), ("mode", "active-backup")).Success);
        Assert.Equal(("active-backup 1", "100", "200"), (Get(test, "mode"), Get(test, "miimon"), Get(test, "updelay")));
        Assert.Equal("s1", test.Bond.Options.Primary);
    }

    [Theory]
    [InlineData("min_links", "x", Errno.EINVAL)]
    [InlineData("lacp_rate", "fast", Errno.EACCES)]
    [InlineData("nonsense", "1", Errno.EINVAL)]
    [InlineData("mode", "4", Errno.EOPNOTSUPP)]
    [InlineData("active_slave", "s0", Errno.EINVAL)]
    [InlineData("active_slave", "eth9", Errno.ENODEV)]
    [InlineData("queue_id", "s7:1", Errno.EPERM)]
    [InlineData("slaves", "+s0", Errno.EINVAL)]
    [InlineData("ring", "100", Errno.EINVAL)]
    public void OneRefusalAndNothingIsChanged(string name, string value, Errno error)
    {
        TestBond test = new TestBond(BondMode.ActiveBackup).Set("miimon", "100");
        BondOptions before = test.Bond.Options;
        test.World.LogLines.Clear();
        Outcome outcome = test.TryApply(("miimon", "50"), ("updelay", "120"), ("num_grat_arp", "3"), ("tx_stall", "500"), (name, value));
        Assert.Equal(error, outcome.Error);
        Assert.Same(before, test.Bond.Options);
        Assert.Equal(("100", "200"), (Get(test, "miimon"), Get(test, "tx_stall")));
        Assert.Empty(test.World.LogLines);
    }

    [Theory]
    [InlineData("arp_interval", "100")]
    [InlineData("arp_validate", "all")]
    public void BothMonitorsInOneRequestAreRefused(string name, string value)
    {
        TestBond test = new(BondMode.ActiveBackup);
        Assert.Equal(Errno.EINVAL, test.TryApply((name, value), ("miimon", "100")).Error);
        Assert.Equal(("0", "0", "none 0"), (Get(test, "miimon"), Get(test, "arp_interval"), Get(test, "arp_validate")));
        Assert.True(test.TryApply((name, value), ("miimon", "0")).Success);
    }

    [Fact]
    public void OneAfterTheOtherTheLaterMonitorWins()
    {
        TestBond test = new TestBond(BondMode.ActiveBackup).Set("miimon", "100").Set("updelay", "200").Set("arp_interval", "500");
        Assert.Equal(("0", "0", "500"), (Get(test, "miimon"), Get(test, "updelay"), Get(test, "arp_interval")));
        Assert.DoesNotContain(test.World.LogLines, IsNoTargets);

        // Targets may still come until it runs.
        test.Up();
        Assert.Contains(test.World.LogLines, IsNoTargets);
        test.Set("arp_validate", "all").Set("miimon", "50");
        Assert.Equal(("50", "100"), (Get(test, "miimon"), Get(test, "updelay")));
        Assert.Equal(("0", "none 0"), (Get(test, "arp_interval"), Get(test, "arp_validate")));

        static bool IsNoTargets(string line) => line.Contains("no ARP targets have been specified", StringComparison.Ordinal);
    }

    [Fact]
    public void EveryModeWriteForgetsValidation()
    {
        TestBond test = new TestBond(BondMode.ActiveBackup).Set("arp_interval", "100").Set("arp_validate", "all");
        test.Set("mode", "active-backup");
        Assert.Equal(("none 0", "100"), (Get(test, "arp_validate"), Get(test, "arp_interval")));
    }

    [Fact]
    public void ALaterWriteOfTheSameOptionWins()
    {
        TestBond test = new();
        Assert.True(test.TryApply(
            ("miimon", "100"), ("miimon", "70"), ("arp_ip_target", "+10.0.0.1"), ("arp-ip-target", "+10.0.0.2")).Success);
        Assert.Equal(("70", "10.0.0.1 10.0.0.2"), (Get(test, "miimon"), Get(test, "arp_ip_target")));
    }

    [Fact]
    public void WritesOfOneRequestSeeEachOther()
    {
        TestBond test = new TestBond().Enslave("s0", "s1");
        Assert.Equal(Errno.EPERM, test.TryApply(("queue_id", "s0:3"), ("queue_id", "s1:3")).Error);
        Assert.Equal("s0:0 s1:0", Get(test, "queue_id"));
        Assert.True(test.TryApply(("queue_id", "s0:3"), ("queue_id", "s1:4")).Success);
        Assert.True(test.TryApply(("queue_id", "s0:5"), ("queue_id", "s1:3")).Success);
        Assert.Equal("s0:5 s1:3", Get(test, "queue_id"));
    }

    [Fact]
    public void MonitoringIsOnUnlessSomethingWasSaidOfIt()
    {
        Assert.Equal([("mode", "1"), ("miimon", "100")], Bond.WithMonitoringDefault([("mode", "1")]));
        Assert.Equal([("miimon", "0")], Bond.WithMonitoringDefault([("miimon", "0")]));
        Assert.Equal([("arp-interval", "0")], Bond.WithMonitoringDefault([("arp-interval", "0")]));
    }

    [Fact]
    public void TheBondRemembersThatMonitoringIsADefault()
    {
        TestBond test = new();
        Assert.False(test.Bond.ApplyAtCreation(1, [("updelay", "x")]).Success);
        Assert.False(test.Bond.Options.MonitoringByDefault);
        Assert.True(test.Bond.ApplyAtCreation(1, [("updelay", "200")]).Success);
        Assert.Equal(("100", "200", true), (Get(test, "miimon"), Get(test, "updelay"), test.Bond.Options.MonitoringByDefault));
        test.Set("min_links", "1");
        Assert.True(test.Bond.Options.MonitoringByDefault);
        test.Set("miimon", "100");
        Assert.False(test.Bond.Options.MonitoringByDefault);
    }

    [Fact]
    public void SlavesComeAndGoByOption()
    {
        TestBond test = new TestBond().Set("slaves", "+s0").Set("slaves", "+s1").Set("slaves", "-s0");
        Assert.Equal("s1", Get(test, "slaves"));
        Assert.Equal(Errno.EBUSY, test.TrySet("slaves", "+s1").Error);
        Assert.Equal(Errno.ENODEV, test.TrySet("slaves", "-eth9").Error);
    }

    [Fact]
    public void ActiveSlaveIsChosenByHand()
    {
        TestBond test = new TestBond(BondMode.ActiveBackup).Set("miimon", "100").Enslave("s0", "s1").Up();
        Assert.Equal("s1", Get(test.Set("active_slave", "s1"), "active_slave"));
        test.Set("active_slave", "");
        Assert.NotEqual("", Get(test, "active_slave"));
        Assert.Equal(Errno.EINVAL, test.TrySet("active_slave", "s5").Error);
    }

    private static string Get(TestBond test, string name) => test.Bond.GetOption(name)!;
}
