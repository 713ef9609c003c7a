using FastBond.Dataplane.Tests.Offloads;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Tests.Native;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Traffic;

/// <summary>TCP through whole bonds with <c>gso</c> on and off; the judges are the kernel's stacks at both ends.</summary>
public sealed class OffloadTests : ScenarioTest
{
    private static readonly string[] Faults = ["TcpInCsumErrors", "TcpInErrs", "IpInHdrErrors", "UdpInCsumErrors"];

    [Theory]
    [InlineData("balance-xor", "on")]
    [InlineData("balance-xor", "off")]
    [InlineData("balance-rr", "on")]
    [InlineData("active-backup", "on")]
    public void Bonds_carry_TCP_both_ways_and_damage_nothing(string mode, string gso)
    {
        BackToBack hosts = BackToBack.Build(Lab, $"mode={mode} gso={gso}");
        AssertCarries(hosts.A, hosts.B.Place, hosts.B.Address);
        IReadOnlyDictionary<string, long> a = hosts.A.Status.SuperFrames, b = hosts.B.Status.SuperFrames;
        if (gso == "off")
        {
            Assert.Empty(a);
            return;
        }
        Assert.All([a, b], bond => Assert.True(bond["segments_cut"] > 2 * bond["super_frames_received"] && bond["super_frames_received"] > 0, string.Join(' ', bond)));
        Assert.All([a, b], bond => Assert.True(bond["segments_joined"] > 2 * bond["super_frames_sent"] && bond["super_frames_sent"] > 0, string.Join(' ', bond)));
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public void A_plain_host_gets_whole_frames_with_their_checksums(string gso)
    {
        Switched network = Switched.Build(Lab, $"mode=active-backup gso={gso}");
        AssertCarries(network.A, network.C, Switched.AddressOfC);
    }

    [Fact]
    public void Segments_longer_than_the_slaves_MTU_are_dropped_and_counted()
    {
        Switched network = Switched.Build(Lab, "mode=active-backup");
        FrameObserver atC = Lab.Observe(network.C, "eth0");
        PacketSpec super = new() { Payload = PacketSpec.Bytes(8000) };
        Assert.True(SuperFrame.Send(network.A.Place, "bond0", super, segmentSize: 1600));
        Wait.Until(() => network.A.Status.HostDrops["too_long"] == 5, Soon, "five segments dropped");
        Assert.True(SuperFrame.Send(network.A.Place, "bond0", super, segmentSize: 1400));
        atC.WaitFor(frames => frames.Count(frame => frame.Bytes.Length > 1000) == 6, Soon, "the segments that fit");
        Assert.Equal(super.Cut(1400).Select(frame => frame.Build()), atC.Frames.Select(frame => frame.Bytes).Where(frame => frame[10] == 1));
        Assert.Equal(5, network.A.Status.HostDrops["too_long"]);
    }

    private static void AssertCarries(Host from, NetworkNamespace to, string address)
    {
        using Iperf3 server = new(to, address);
        Assert.True(server.Run(from.Place, seconds: 1).Bytes > 10_000_000);
        Assert.True(server.Run(from.Place, seconds: 1, reverse: true).Bytes > 10_000_000);
        foreach (NetworkNamespace place in new[] { from.Place, to })
        {
            Assert.All(Faults, counter => Assert.Equal(0, TapRelay.Counter(place, counter)));
        }
    }
}
