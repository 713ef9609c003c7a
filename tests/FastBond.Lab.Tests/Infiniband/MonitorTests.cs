using FastBond.Lab.Ipoib;
using FastBond.Lab.Machine;
using FastBond.Lab.Tools;
using Xunit;

namespace FastBond.Lab.Tests.Infiniband;

/// <summary>The ARP and NS monitor on InfiniBand slaves, with answers validated, which a kernel bond cannot do there.</summary>
public sealed class MonitorTests : InfinibandTest
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData("arp_ip_target=192.0.2.3", "all", "192.0.2.3")]
    [InlineData("arp_ip_target=192.0.2.3", "none", "192.0.2.3")]
    [InlineData("ns_ip6_target=fd00::3", "all", "fd00::3")]
    public void A_port_whose_frames_are_lost_is_left_and_taken_back(string target, string validate, string address)
    {
        IpoibHosts network = Build();
        network.A.Daemon.Do($"set bond0 arp_interval={Interval.TotalMilliseconds} {target} arp_validate={validate}");
        Wait.For(2 * Interval);
        network.A.Daemon.WaitFor(status => status.HasAllUp(2) && status.HasCarrier, Soon, "every slave up");
        Wait.For(4 * Interval);
        long[] failures = [.. network.A.Status.Slaves.Select(slave => slave.LinkFailureCount)];
        Wait.For(4 * Interval);
        Assert.Equal(failures, network.A.Status.Slaves.Select(slave => slave.LinkFailureCount));
        Assert.Equal(0, Ping.Run(network.A.Place, address).Lost);

        int active = network.A.Status.ActiveSlave == "ib0" ? 0 : 1;
        network.PortsOfA[active].LosesEvery = 1;
        network.A.Daemon.WaitFor(status => status.ActiveSlave == $"ib{1 - active}", (4.5 * Interval) + Scheduling, "the other is the active slave");
        Assert.Equal(0, Ping.Run(network.A.Place, address).Lost);

        // A backup is judged by what it hears, and that one hears still.
        network.PortsOfA[active].LosesEvery = 0;
        network.A.Daemon.WaitFor(status => status.HasAllUp(2), Soon, "every slave up");
        Assert.Equal($"ib{1 - active}", network.A.Status.ActiveSlave);
    }
}
