using FastBond.Core.Bonds;
using FastBond.Core.Hashing;
using FastBond.Core.Options;
using Xunit;

namespace FastBond.Core.Tests.Options;

public sealed class EngineOptionTests
{
    [Fact]
    public void AreTyped()
    {
        BondEngineOptions defaults = new TestBond().Bond.EngineOptions;
        Assert.Equal(
            (null, XdpMode.Auto, null, HostPortKind.Tap, null, 200),
            (defaults.Idle, defaults.XdpMode, defaults.RingSize, defaults.HostPort, defaults.OnStop, defaults.TxStallMs));
        Assert.True(defaults.Gso);
        Assert.Empty(defaults.Cores);

        TestBond test = new();
        Assert.True(test.TryApply(
            ("cores", "2-4,6"), ("control-cpus", "0"), ("idle", "spin"), ("xdp_mode", "zerocopy"), ("ring", "512"), ("hash_vlan", "inband"),
            ("host_port", "none"), ("on_stop", "keep"), ("tx_stall", "50"), ("gso", "off")).Success);
        BondEngineOptions set = test.Bond.EngineOptions;
        Assert.Equal([2, 3, 4, 6], set.Cores);
        Assert.Equal([0], set.ControlCpus);
        Assert.Equal(
            (IdlePolicy.Spin, XdpMode.ZeroCopy, 512, HostPortKind.None, StopPolicy.Keep, 50),
            (set.Idle, set.XdpMode, set.RingSize, set.HostPort, set.OnStop, set.TxStallMs));
        Assert.False(set.Gso);
        Assert.Equal(HashVlan.Inband, test.Bond.Options.HashVlan);
        Assert.Equal(HashVlan.Inband, test.Bond.Table.HashVlan);
        Assert.Equal("2-4,6", test.Bond.GetOption("cores"));
    }

    [Theory]
    [InlineData("idle", "sleep")]
    [InlineData("xdp_mode", "native")]
    [InlineData("ring", "64")]
    [InlineData("on_stop", "delete")]
    [InlineData("tx_stall", "0")]
    [InlineData("gso", "off")]
    [InlineData("host_port", "none")]
    [InlineData("control_cpus", "1")]
    public void GoBackToTheDefault(string name, string value)
    {
        TestBond test = new();
        string before = test.Bond.GetOption(name)!;
        test.Set(name, value);
        Assert.Equal(value, test.Bond.GetOption(name));
        Assert.Equal(before, test.Set(name, before).Bond.GetOption(name));
    }

    [Theory]
    [InlineData("cores", "1,x")]
    [InlineData("idle", "busy")]
    [InlineData("xdp_mode", "zc")]
    [InlineData("ring", "32")]
    [InlineData("ring", "8192")]
    [InlineData("ring", "96")]
    [InlineData("hash_vlan", "0")]
    [InlineData("host_port", "veth")]
    [InlineData("gso", "1")]
    [InlineData("on_stop", "")]
    [InlineData("tx_stall", "-1")]
    public void RefuseAndSayWhatWouldDo(string name, string value)
    {
        Outcome outcome = new TestBond().TrySet(name, value);
        Assert.Equal(Errno.EINVAL, outcome.Error);
        Assert.StartsWith($"option {name}: invalid value ({value}); allowed values ", outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cores", "1", "ENOTEMPTY")]
    [InlineData("ring", "64", "ENOTEMPTY")]
    [InlineData("host_port", "none", "ENOTEMPTY")]
    [InlineData("gso", "off", "ENOTEMPTY")]
    [InlineData("xdp_mode", "native", "ENOTEMPTY")]
    [InlineData("control_cpus", "0", "ok")]
    [InlineData("idle", "spin", "ok")]
    [InlineData("hash_vlan", "inband", "ok")]
    [InlineData("on_stop", "keep", "ok")]
    [InlineData("tx_stall", "100", "ok")]
    public void SomeAreFixedWhileThereAreSlaves(string name, string value, string expected) =>
        Assert.StartsWith(expected, new TestBond().Enslave("s0").TrySet(name, value).ToString(), StringComparison.Ordinal);
}
