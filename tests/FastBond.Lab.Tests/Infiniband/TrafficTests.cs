using FastBond.Lab.Ipoib;
using FastBond.Lab.Tools;
using Xunit;

namespace FastBond.Lab.Tests.Infiniband;

/// <summary>scenarios.md, I1 and I12.</summary>
public sealed class TrafficTests : ScenarioTest
{
    [Fact]
    public void Hosts_ping_each_other_and_a_native_peer()
    {
        IpoibHosts network = IpoibHosts.Build(Lab);
        Assert.Equal(0, Ping.Run(network.A.Place, "192.0.2.2").Lost);
        Assert.Equal(0, Ping.Run(network.A.Place, "fd00::2").Lost);
        Assert.Equal(0, Ping.Run(network.A.Place, "192.0.2.3").Lost);
        Assert.Equal(0, Ping.Run(network.A.Place, "fd00::3").Lost);
        Assert.True(network.Peer.Ping("192.0.2.1", Soon));
        Assert.True(network.Peer.Ping("fd00::2", Soon));
        Assert.Empty(network.Fabric.Faults);
    }
}
