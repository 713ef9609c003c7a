using FastBond.Lab.Frames;
using FastBond.Lab.Net;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>scenarios.md, S2, FAQ 7 and 9: which slave a frame leaves on; the "switch" with a static trunk is a second bond in balance-xor.</summary>
public sealed class TrunkTests : ScenarioTest
{
    private const int Count = 1000;

    [Fact]
    public void S2_FAQ7_round_robin_to_a_trunk_and_the_switch_spreads_its_answers()
    {
        BackToBack trunk = BackToBack.Build(Lab, "mode=balance-rr", optionsB: "mode=balance-xor xmit_hash_policy=layer3+4");
        IReadOnlyList<FrameObserver> fromA = trunk.ObserveSentByA(Lab);
        IReadOnlyList<FrameObserver> fromB = [.. trunk.Cables.Select(cable => Lab.Observe(cable.Panel, Cable.EndB))];
        FrameObserver atA = Lab.Observe(trunk.A.Place, "bond0"), atB = Lab.Observe(trunk.B.Place, "bond0");
        using FrameStream there = trunk.A.Stream(trunk.B.Mac, 5000, Count, receiver: atB);
        there.Finish();
        atB.WaitForTestFrames(Count, Soon);
        FrameObserver.WaitForTestFrames(fromA, Count, Soon);
        Assert.All(fromA, link => Assert.InRange(link.TestFrames().Count, (Count / 2) - 1, (Count / 2) + 1));

        const uint flows = 16;
        for (uint flow = 0; flow < flows; flow++)
        {
            using FrameStream back = trunk.B.Stream(trunk.A.Mac, 5000, 50, flow, atA);
            back.Finish();
        }
        atA.WaitForTestFrames((int)flows * 50, Soon);
        FrameObserver.WaitForTestFrames(fromB, (int)flows * 50, Soon);
        Assert.All(fromB, link => Assert.NotEmpty(link.TestFrames()));
        for (uint flow = 0; flow < flows; flow++)
        {
            Assert.Single(fromB, link => link.TestFrames(flow).Count > 0);
            Assert.Equal(Enumerable.Range(0, 50), atA.TestFrames(flow).Select(frame => (int)frame.Sequence));
        }
    }

    [Fact]
    public void S2_xor_keeps_a_destination_on_its_link_and_neighbouring_destinations_on_different_ones()
    {
        BackToBack trunk = BackToBack.Build(Lab, "mode=balance-xor");
        IReadOnlyList<FrameObserver> fromA = trunk.ObserveSentByA(Lab);
        foreach (byte last in new byte[] { 0x10, 0x11 })
        {
            using FrameStream stream = trunk.A.Stream([2, 0xdd, 0, 0, 0, last], 2000, Count, flow: last);
            Assert.Equal(Count, stream.Finish());
        }
        foreach (uint flow in new uint[] { 0x10, 0x11 })
        {
            FrameObserver link = Assert.Single(fromA, link => link.TestFrames(flow).Count > 0);
            link.WaitFor(frames => frames.Count(frame => frame.Test?.Flow == flow) == Count, Soon, "all frames of the destination");
        }
        Assert.All(fromA, link => Assert.NotEmpty(link.TestFrames()));
    }

    [Theory]
    [InlineData("mode=balance-rr", new[] { 100, 100, 100 }, new[] { 100, 0, 200 })]
    [InlineData("mode=active-backup", new[] { 300, 0, 0 }, new[] { 300, 0, 0 })]
    [InlineData("mode=balance-xor", new[] { 300, 0, 0 }, new[] { 300, 0, 0 })]
    public void FAQ9_policy_decides_who_transmits(string mode, int[] allUp, int[] secondDown)
    {
        BackToBack hosts = BackToBack.Build(Lab, mode, links: 3);
        IReadOnlyList<FrameObserver> fromA = hosts.ObserveSentByA(Lab);
        // layer2: last byte of the destination ^ that of A's MAC ^ the ethertype; this destination makes it a multiple of 2 and 3.
        byte[] to = [2, 0xdd, 0, 0, 0, 0];
        to[5] = (byte)Enumerable.Range(0, 256).First(last => (last ^ hosts.A.Mac[5] ^ 0x0800) % 6 == 0);
        AssertSpread(hosts, fromA, to, flow: 1, allUp);
        hosts.Cables[1].Cut();
        hosts.A.Daemon.WaitFor(status => status.Slave("eth1").MiiStatus == "DOWN", FailOverLimit, "eth1 down");
        AssertSpread(hosts, fromA, to, flow: 2, secondDown);
    }

    private static void AssertSpread(BackToBack hosts, IReadOnlyList<FrameObserver> fromA, byte[] to, uint flow, int[] expected)
    {
        using FrameStream stream = hosts.A.Stream(to, 3000, (uint)expected.Sum(), flow);
        stream.Finish();
        Machine.Wait.Until(() => fromA.Sum(link => link.TestFrames(flow).Count) >= expected.Sum(), Soon, "all frames on the links");
        foreach ((FrameObserver link, int count) in fromA.Zip(expected))
        {
            Assert.InRange(link.TestFrames(flow).Count, Math.Max(0, count - 1), count + (count > 0 ? 1 : 0));
        }
    }
}
