using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>Option tx_stall: a device that takes frames and completes none while its carrier stays, which a kernel bond never notices.</summary>
public sealed class TransmitStallTests : ScenarioTest
{
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData("mode=active-backup miimon=100")]
    [InlineData("mode=active-backup arp_interval=1000 arp_ip_target=192.0.2.3")]
    public void A_transmit_ring_that_hangs_is_a_failed_link_until_it_moves(string options)
    {
        Switched network = Switched.Build(Lab, options);
        FastBondProcess daemon = network.A.Daemon;
        daemon.WaitFor(status => status.ActiveSlave == "eth0", Soon, "eth0 is the active slave");
        using ChildProcess events = Listen(daemon);
        using FrameStream stream = network.A.Stream(TestFrame.Mac(network.C.Link("eth0").Address), 1000);
        long failures = network.A.Status.Slave("eth0").LinkFailureCount;
        network.Cables[0].Hang();
        TimeSpan took = Wait.Until(() => network.A.Status.ActiveSlave == "eth1", Stall + FailOverLimit, "eth1 is the active slave");
        Assert.True(took > Stall, $"{took} is too early");
        Assert.Equal(0, Ping.Run(network.A.Place, Switched.AddressOfC).Lost);

        const string reason = "transmit ring hangs: no frame completed for 200 ms though the carrier is up";
        SlaveStatus hung = network.A.Status.Slave("eth0");
        Assert.Equal(("DOWN", failures + 1), (hung.MiiStatus, hung.LinkFailureCount));
        Assert.True(network.A.Place.Link("eth0").HasCarrier);
        daemon.WaitForLog($"bond0: (slave eth0): {reason}", Soon);
        Assert.Contains($"Not used: {reason}", daemon.Do("show bond0 --why").Output, StringComparison.Ordinal);
        Assert.Contains($"\"why_unused\":\"{reason}\"", network.A.Status.ToString(), StringComparison.Ordinal);
        Wait.Until(() => events.Output.Contains($"bond0 eth0: link up -> down ({reason})", StringComparison.Ordinal), Soon, "the event");

        network.Cables[0].Unhang();
        daemon.WaitForLog("bond0: (slave eth0): transmit ring completes frames again", Soon);
        daemon.WaitFor(status => status.HasAllUp(2), Soon, "eth0 up again");
        Assert.Equal("eth1", network.A.Status.ActiveSlave);
    }

    [Fact]
    public void Zero_leaves_a_ring_that_hangs_alone()
    {
        Switched network = Switched.Build(Lab, "mode=active-backup miimon=100 tx_stall=0");
        using FrameStream stream = network.A.Stream(TestFrame.Mac(network.C.Link("eth0").Address), 1000);
        network.Cables[0].Hang();
        Wait.For(5 * Stall);
        Assert.Equal("eth0", network.A.Status.ActiveSlave);
        Assert.True(network.A.Status.HasAllUp(2));

        // Hanging for so long already when it begins to matter.
        network.A.Daemon.Do("set bond0 tx_stall=200");
        network.A.Daemon.WaitFor(status => status.ActiveSlave == "eth1", Stall + FailOverLimit, "eth1 is the active slave");
        network.Cables[0].Unhang();
    }

    /// <summary>Starts the command that prints events, and returns when it does.</summary>
    private static ChildProcess Listen(FastBondProcess daemon)
    {
        ChildProcess events = daemon.Place.Start([LabFacts.Product, "events", "--socket", daemon.Socket]);
        int reports = 0;
        Wait.Until(
            () =>
            {
                daemon.Do($"set bond0 resend_igmp={++reports}");
                return events.Output.Contains("resend_igmp", StringComparison.Ordinal);
            },
            Soon,
            "an event is printed");
        return events;
    }
}
