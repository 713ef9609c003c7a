using FastBond.Lab.Frames;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Traffic;

/// <summary>Slaves of several queues, served by one and by two cores.</summary>
public sealed class QueueTests : ScenarioTest
{
    [Theory]
    [InlineData(2, "")]
    [InlineData(4, "")]
    [InlineData(2, "cores=0,1 idle=sleep")]
    [InlineData(4, "cores=0,1 idle=sleep")]
    public void Every_queue_is_served_and_the_order_of_each_flow_kept_both_ways(int queues, string cores)
    {
        const uint flows = 32;
        const int perFlow = 100;
        BackToBack hosts = BackToBack.Build(Lab, $"mode=balance-xor xmit_hash_policy=layer3+4 {cores}", queues: queues);
        FrameObserver atA = Lab.Observe(hosts.A.Place, "bond0"), atB = Lab.Observe(hosts.B.Place, "bond0");
        Assert.All(hosts.A.Status.Slaves.Concat(hosts.B.Status.Slaves), slave => Assert.Equal(queues, slave.Queues));
        AssertInOrder(hosts.A, hosts.B.Mac, atB);
        AssertInOrder(hosts.B, hosts.A.Mac, atA);

        void AssertInOrder(Host from, byte[] to, FrameObserver at)
        {
            byte[] mac = from.Mac;
            using FrameStream stream = new(
                from.Place, "bond0", n => new TestFrame(n % flows, n / flows).Build(to, mac), framesPerSecond: 10_000, count: flows * perFlow, at);
            Assert.Equal((int)flows * perFlow, stream.Finish());
            at.WaitForTestFrames((int)flows * perFlow, Soon);
            for (uint flow = 0; flow < flows; flow++)
            {
                Assert.Equal(Enumerable.Range(0, perFlow), at.TestFrames(flow).Select(frame => (int)frame.Sequence));
            }
        }
    }
}
