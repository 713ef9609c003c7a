using FastBond.Core.Bonds;
using FastBond.Core.Options;
using Xunit;

namespace FastBond.Core.Tests.Options;

public sealed class SlaveOptionTests
{
    [Theory]
    [InlineData("s0", "16", "ok")]
    [InlineData("s0", "0", "ok")]
    [InlineData("s0", "17", "EPERM")]
    [InlineData("s0", "-1", "EPERM")]
    [InlineData("s0", "", "EPERM")]
    [InlineData("s0", "x", "EPERM")]
    [InlineData("s1", "5", "EPERM")]
    [InlineData("s2", "1", "EPERM")]
    [InlineData("eth9", "1", "EPERM")]
    public void QueueId(string slave, string value, string expected)
    {
        TestBond test = new TestBond().Enslave("s0", "s1").SetSlave("s0", "queue_id", "5");
        Assert.StartsWith(expected, test.TrySetSlave(slave, "queue-id", value).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BondMode.ActiveBackup, "s0", "-2147483648", "ok")]
    [InlineData(BondMode.ActiveBackup, "s0", "2147483647", "ok")]
    [InlineData(BondMode.ActiveBackup, "s0", "2147483648", "EINVAL")]
    [InlineData(BondMode.ActiveBackup, "s0", "high", "EINVAL")]
    [InlineData(BondMode.ActiveBackup, "s2", "1", "EINVAL")]
    [InlineData(BondMode.ActiveBackup, "eth9", "1", "ENODEV")]
    [InlineData(BondMode.BalanceXor, "s0", "1", "EACCES")]
    [InlineData(BondMode.BalanceXor, "eth9", "x", "EACCES")]
    public void Prio(BondMode mode, string slave, string value, string expected) =>
        Assert.StartsWith(expected, new TestBond(mode).Enslave("s0", "s1").TrySetSlave(slave, "prio", value).ToString(), StringComparison.Ordinal);

    [Fact]
    public void AHigherPrioTakesOver()
    {
        TestBond test = new TestBond(BondMode.ActiveBackup).Enslave("s0", "s1").Up();
        Assert.Equal("s0", test.Bond.ActiveSlave!.Name);
        test.SetSlave("s1", "prio", "1");
        Assert.Equal("s1", test.Bond.ActiveSlave!.Name);
    }

    [Fact]
    public void OursAreSettledBeforeTheInterfaceIsASlave()
    {
        TestBond test = new TestBond()
            .SetSlave("s0", "xdp_mode", "native")
            .SetSlave("s0", "lladdr", "00:00:10:86:fe:80:00:00:00:00:00:00:ec:0d:9a:03:00:11:22:33")
            .SetSlave("s0", "linktype", "infiniband")
            .SetSlave("s1", "linktype", "1");
        SlaveEngineOptions s0 = test.Bond.EngineOptions.ForSlave("s0");
        Assert.Equal((XdpMode.Native, 20, 32, true), (s0.XdpMode, s0.LinkLayerAddress.Length, s0.LinkType, s0.LinkLayerBroadcast.IsEmpty));
        Assert.Equal(1, test.Bond.EngineOptions.ForSlave("s1").LinkType);
        Assert.Same(SlaveEngineOptions.None, test.Bond.EngineOptions.ForSlave("s2"));

        test.SetSlave("s0", "xdp_mode", "default").SetSlave("s0", "lladdr", "").SetSlave("s0", "linktype", "default");
        Assert.Equal(SlaveEngineOptions.None, test.Bond.EngineOptions.ForSlave("s0"));

        test.Enslave("s0");
        Assert.Equal(Errno.EBUSY, test.TrySetSlave("s0", "xdp_mode", "generic").Error);
    }

    [Theory]
    [InlineData("xdp_mode", "zc")]
    [InlineData("lladdr", "02:00:00")]
    [InlineData("lladdr_broadcast", "x")]
    [InlineData("linktype", "772")]
    [InlineData("queue", "1")]
    public void RefusesAndSaysWhatWouldDo(string name, string value)
    {
        Outcome outcome = new TestBond().TrySetSlave("s0", name, value);
        Assert.Equal(Errno.EINVAL, outcome.Error);
        Assert.True(outcome.Message.Contains("allowed values", StringComparison.Ordinal) || outcome.Message.EndsWith("did you mean 'queue_id'?", StringComparison.Ordinal));
    }

    [Fact]
    public void SeveralAreAllOrNone()
    {
        TestBond test = new TestBond().Enslave("s0");
        Assert.Equal(Errno.EACCES, test.Bond.ApplyToSlave(1, "s0", [("queue_id", "3"), ("prio", "1")]).Error);
        Assert.Equal(0, test.Bond.Slaves[0].QueueId);
    }
}
