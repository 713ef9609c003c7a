using FastBond.Core.Bonds;
using FastBond.Core.Options;
using Xunit;

namespace FastBond.Core.Tests.Options;

/// <summary>How values are read (options.md section 1), beyond what the recordings show.</summary>
public sealed class OptionParsingTests
{
    [Theory]
    [InlineData("miimon", "maxval", "2147483647")]
    [InlineData("miimon", "off", "0")]
    [InlineData("miimon", "minval", "0")]
    [InlineData("miimon", "0100", "100")]
    [InlineData("miimon", "100\nmiimon 200", "100")]
    [InlineData("miimon", "\t100 ", "100")]
    [InlineData("num_grat_arp", "default", "1")]
    [InlineData("num-grat-arp", "7", "7")]
    [InlineData("num_peer_notif", "7", "7")]
    [InlineData("lp_interval", "minval", "1")]
    [InlineData("arp_missed_max", "maxval", "255")]
    [InlineData("arp_missed_max", "default", "2")]
    [InlineData("resend-igmp", "off", "0")]
    [InlineData("arp-validate", "filter_active", "filter_active 5")]
    [InlineData("arp_validate", "default", "none 0")]
    [InlineData("mode", "default", "balance-rr 0")]
    [InlineData("mode", "xor", "balance-xor 2")]
    [InlineData("mode", "rr", "balance-rr 0")]
    [InlineData("xmit_hash_policy", "l34", "layer3+4 1")]
    [InlineData("xmit_hash_policy", "l23", "layer2+3 2")]
    [InlineData("xmit_hash_policy", "l2", "layer2 0")]
    [InlineData("xmit-hash-policy", "xor24", "xor24 6")]
    [InlineData("ad_select", "actor_port_prio", "actor_port_prio 3")]
    [InlineData("use_carrier", "off", "0")]
    [InlineData("packets_per_slave", "default", "1")]
    public void Accepts(string name, string value, string shown)
    {
        TestBond test = new TestBond().Set("packets_per_slave", "9").Set(name, value);
        Assert.Equal(shown, test.Bond.GetOption(name));
    }

    [Theory]
    [InlineData("miimon", "")]
    [InlineData("miimon", "18446744073709551617")]
    [InlineData("miimon", "100ms")]
    [InlineData("miimon", "+100")]
    [InlineData("lp_interval", "off")]
    [InlineData("xmit_hash_policy", "6")]
    [InlineData("xmit_hash_policy", "xor24x")]
    [InlineData("xmit_hash_policy", "maxval")]
    [InlineData("mode", "")]
    [InlineData("mode", "Active-Backup")]
    [InlineData("use_carrier", "2")]
    [InlineData("primary_reselect", "3")]
    public void RefusesAndSaysWhatWouldDo(string name, string value)
    {
        Outcome outcome = new TestBond().TrySet(name, value);
        Assert.Equal(Errno.EINVAL, outcome.Error);
        Assert.StartsWith($"option {name}: invalid value ({value}); allowed values ", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SomeOptionsHaveNoDefaultByName()
    {
        Assert.Equal(Errno.EINVAL, new TestBond(BondMode.Ieee8023ad).TrySet("lacp_rate", "default").Error);
        Assert.Equal(Errno.EINVAL, new TestBond().Set("miimon", "100").TrySet("peer_notif_delay", "default").Error);
    }

    [Fact]
    public void NamesWhatIsAllowed()
    {
        Assert.Equal(
            "EINVAL: option mode: invalid value (foo); allowed values balance-rr 0, active-backup 1, balance-xor 2, broadcast 3, " +
            "802.3ad 4, balance-tlb 5, balance-alb 6",
            new TestBond().TrySet("mode", "foo").ToString());
        Assert.Equal(
            "EINVAL: option lp_interval: invalid value (0); allowed values 1 - 2147483647",
            new TestBond().TrySet("lp_interval", "0").ToString());
        Assert.Equal(
            "EACCES: option lacp_rate: mode dependency failed, not supported in mode balance-rr(0); it is for 802.3ad",
            new TestBond().TrySet("lacp_rate", "fast").ToString());
    }

    [Theory]
    [InlineData("mimon", "miimon")]
    [InlineData("primry", "primary")]
    [InlineData("xmit-hash-polcy", "xmit_hash_policy")]
    [InlineData("core", "cores")]
    [InlineData("moed", "mode")]
    [InlineData("fail-over", "fail_over_mac")]
    public void GuessesTheOptionMeant(string given, string meant) =>
        Assert.Equal($"EINVAL: unknown option '{given}'; did you mean '{meant}'?", new TestBond().TrySet(given, "1").ToString());

    [Theory]
    [InlineData("bogus-key")]
    [InlineData("x")]
    [InlineData("load")]
    [InlineData("arp_")]
    public void GuessesNothingWhereNothingIsNear(string given) =>
        Assert.Equal($"EINVAL: unknown option '{given}'", new TestBond().TrySet(given, "1").ToString());

    [Fact]
    public void MessagesStayOnOneLineWhateverTheText()
    {
        Outcome outcome = new TestBond().TrySet("a\u001b[31m\nb" + new string('x', 5000), "1");
        Assert.DoesNotContain(outcome.Message, char.IsControl);
        Assert.InRange(outcome.Message.Length, 1, 200);
    }

    [Theory]
    [InlineData("802.3ad")]
    [InlineData("lacp")]
    [InlineData("5")]
    [InlineData("balance-alb")]
    public void ModesToComeAreUnderstoodAndRefused(string mode)
    {
        TestBond test = new();
        Outcome outcome = test.TrySet("mode", mode);
        Assert.Equal(Errno.EOPNOTSUPP, outcome.Error);
        Assert.Contains(" isn't there yet; ", outcome.Message, StringComparison.Ordinal);
        Assert.Equal("balance-rr 0", test.Bond.GetOption("mode"));
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.1,10.0.0.2", "10.0.0.1 10.0.0.2")]
    [InlineData("10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2")]
    [InlineData("", "")]
    public void AListWithoutSignsReplacesTheTargets(string value, string shown) =>
        Assert.Equal(shown, new TestBond().Set("arp_ip_target", "+192.0.2.1").Set("arp_ip_target", value).Bond.GetOption("arp_ip_target"));

    [Theory]
    [InlineData("10.0.0.1,10.0.0.1", Errno.EINVAL)]
    [InlineData("10.0.0.1,255.255.255.255", Errno.EINVAL)]
    [InlineData("10.0.0.1,0.1.2.3", Errno.EINVAL)]
    [InlineData("10.0.0.1,host", Errno.EPERM)]
    [InlineData("10.0.0", Errno.EPERM)]
    [InlineData("1.2.3.4.5", Errno.EPERM)]
    [InlineData("-10.0.0.9", Errno.EINVAL)]
    [InlineData("-0.0.0.0", Errno.EINVAL)]
    [InlineData("1.0.0.0,2.0.0.0,3.0.0.0,4.0.0.0,5.0.0.0,6.0.0.0,7.0.0.0,8.0.0.0,9.0.0.0,10.0.0.0,11.0.0.0,12.0.0.0,13.0.0.0,14.0.0.0," +
                "15.0.0.0,16.0.0.0,17.0.0.0", Errno.EINVAL)]
    public void BadTargetsLeaveTheListAlone(string value, Errno error)
    {
        TestBond test = new TestBond().Set("arp_ip_target", "+192.0.2.1");
        Assert.Equal(error, test.TrySet("arp_ip_target", value).Error);
        Assert.Equal("192.0.2.1", test.Bond.GetOption("arp_ip_target"));
    }

    [Theory]
    [InlineData("fd00::1,fd00::2", "ok")]
    [InlineData("", "ok")]
    [InlineData("::", "EINVAL")]
    [InlineData("::1", "EINVAL")]
    [InlineData("ff02::1", "EINVAL")]
    [InlineData("fd00::1,fd00:0::1", "EINVAL")]
    [InlineData("fe80::1%eth0", "EINVAL")]
    [InlineData("[fd00::1]:80", "EINVAL")]
    [InlineData("10.0.0.1", "EINVAL")]
    public void NeighbourTargets(string value, string expected) =>
        Assert.StartsWith(expected, new TestBond().TrySet("ns_ip6_target", value).ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("02:00:00:00:00:01", "ok")]
    [InlineData("00:00:00:00:00:00", "ok")]
    [InlineData("2:0:0:0:0:1", "EINVAL")]
    [InlineData("02:00:00:00:00", "EINVAL")]
    [InlineData("02:00:00:00:00:00:01", "EINVAL")]
    [InlineData("ff:ff:ff:ff:ff:ff", "EINVAL")]
    public void ActorSystem(string value, string expected)
    {
        Outcome outcome = new TestBond(BondMode.Ieee8023ad).TrySet("ad_actor_system", value);
        Assert.StartsWith(expected, outcome.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2-4,6", "2-4,6")]
    [InlineData("6,2,3", "6,2-3")]
    [InlineData("0", "0")]
    [InlineData("none", "")]
    [InlineData("", "")]
    public void CpuLists(string text, string shown)
    {
        Assert.True(OptionText.TryParseCpuList(text, 16, out IReadOnlyList<int> cpus));
        Assert.Equal(shown, OptionText.FormatCpuList(cpus));
    }

    [Theory]
    [InlineData("4-2")]
    [InlineData("2,2")]
    [InlineData("1-3,2")]
    [InlineData("16")]
    [InlineData("-1")]
    [InlineData("1-")]
    [InlineData("1,,2")]
    [InlineData("0-99999999999")]
    [InlineData("a")]
    public void BadCpuLists(string text) => Assert.False(OptionText.TryParseCpuList(text, 16, out _));
}
