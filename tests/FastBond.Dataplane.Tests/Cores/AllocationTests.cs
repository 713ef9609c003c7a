using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

public sealed unsafe class AllocationTests
{
    private const int Bursts = 1_000_000;
    private const int Burst = 4;

    [Theory]
    [InlineData(BondMode.BalanceRr, TransmitHashPolicy.Layer2)]
    [InlineData(BondMode.ActiveBackup, TransmitHashPolicy.Layer2)]
    [InlineData(BondMode.BalanceXor, TransmitHashPolicy.Layer34)]
    [InlineData(BondMode.BalanceXor, TransmitHashPolicy.Encap34)]
    [InlineData(BondMode.Broadcast, TransmitHashPolicy.Layer2)]
    public void A_million_bursts_allocate_nothing(BondMode mode, TransmitHashPolicy policy)
    {
        using LaneRig rig = new(2, ringSize: 64) { Balanced = mode != BondMode.Broadcast };
        ForwardingTable[] tables = [rig.Table(mode, policy: policy), rig.Table(mode, [1], policy: policy)];
        Fill(rig);
        Run(rig, tables, 1000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(rig, tables, Bursts);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.Equal((ulong)(Bursts + 1000) * Burst, rig.Counters.Sum(CounterLayout.HostRow, Counter.RxFrames));
    }

    /// <summary>The device's part, without a copy: what was transmitted is completed, chunks posted are delivered as they lie.</summary>
    private static void Run(LaneRig rig, ForwardingTable[] tables, int bursts)
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[2 * Burst];
        for (int i = 0; i < bursts; i++)
        {
            if (i % (Bursts / 8) == 0)
            {
                rig.Lane.Publish(tables[i / (Bursts / 8) % 2]);
            }

            int count = rig.Host.Peer.TakePosted(burst, Burst);
            for (int j = 0; j < count; j++)
            {
                burst[j].Length = TestFrame.Length;
            }

            rig.Host.Peer.Deliver(burst, count);
            rig.Lane.Turn();
            foreach (MemoryPort slave in rig.Slaves)
            {
                slave.Peer.Complete(burst, slave.Peer.Receive(burst, 2 * Burst));
            }
        }
    }

    /// <summary>Writes a flow into every frame that the device will deliver.</summary>
    private static void Fill(LaneRig rig)
    {
        for (int i = 0; i < 32; i++)
        {
            Assert.True(rig.Host.Peer.Transmit(TestFrame.Udp(i, i)));
        }

        FrameDescriptor* burst = stackalloc FrameDescriptor[64];
        rig.Pool.Free(burst, rig.Host.Receive(burst, 64));
        rig.Host.Reclaim();
    }
}
