using FastBond.Lab.Frames;
using FastBond.Lab.Ipoib;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Infiniband;

/// <summary>ARP and NS monitoring over the fabric: the kernel's bond can validate nothing there.</summary>
public sealed class MonitorTests : InfinibandTest
{
    private const string Interval = "arp_interval=100", Target = Interval + " arp_ip_target=192.0.2.3", Target6 = Interval + " ns_ip6_target=fd00::3";

    /// <summary>
    /// The target is the native peer: it understands questions of type 32 alone. With validation it is enough that the target does not answer, though
    /// the other host is still heard.
    /// </summary>
    [Theory]
    [InlineData(Target, false)]
    [InlineData(Target + " arp_validate=all", false)]
    [InlineData(Target6, true)]
    [InlineData(Target6 + " arp_validate=all", true)]
    public void A_slave_that_reaches_nobody_is_left_though_it_has_carrier(string monitor, bool ipv6)
    {
        bool validates = monitor.Contains("validate", StringComparison.Ordinal);
        IpoibHosts network = Build(monitor);
        Host a = network.A;
        a.Daemon.WaitFor(status => status.ActiveSlave is not null && status.HasAllUp(2), Soon, "a slave is active, both links up");
        for (int round = 0; round < 2; round++)
        {
            int active = a.Status.ActiveSlave == "ib0" ? 0 : 1;
            IpoibPort port = network.PortsOfA[active];
            network.Fabric.WaitFor(frame => IsQuestion(frame, port.Name, ipv6), Soon, "the target is asked");
            long silent = ObservedFrame.NowNs;
            (port.LosesEvery, port.IsSilent) = validates ? (1, false) : (0, true);
            a.Daemon.WaitFor(status => status.ActiveSlave == $"ib{1 - active}", Soon, $"ib{1 - active} is active");
            FabricFrame announced = network.Fabric.WaitFor(frame => frame.TimeNs > silent && frame.IsGratuitousArp(a.Address), Soon, "the fail-over is announced");
            TestContext.Current.TestOutputHelper?.WriteLine($"{monitor}: announced {(announced.TimeNs - silent) / 1e6:0} ms after the slave went silent");
            Assert.True(network.Peer.Ping(a.Address, Soon));
            (port.LosesEvery, port.IsSilent) = (0, false);
            a.Daemon.WaitFor(status => status.HasAllUp(2), Soon, "both links up");
        }
    }

    private static bool IsQuestion(FabricFrame frame, string port, bool ipv6) =>
        frame.Port == port && (ipv6 ? frame.Icmpv6Type == 135 : frame.IsArp && frame.Packet[7] == 1 && frame.Packet[55] == 3);
}
