using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

public sealed unsafe class AllocationTests
{
    private const int Bursts = 250_000;
    private const int Burst = 4;

    /// <summary>Every mode that has a path of its own, and every policy of those that hash.</summary>
    public static TheoryData<BondMode, TransmitHashPolicy, int> Cases()
    {
        TheoryData<BondMode, TransmitHashPolicy, int> cases = new()
        {
            { BondMode.BalanceRr, TransmitHashPolicy.Layer2, 1 },
            { BondMode.BalanceRr, TransmitHashPolicy.Layer2, 0 },
            { BondMode.BalanceRr, TransmitHashPolicy.Layer2, 3 },
            { BondMode.ActiveBackup, TransmitHashPolicy.Layer2, 1 },
            { BondMode.Broadcast, TransmitHashPolicy.Layer2, 1 },
            { BondMode.Ieee8023ad, TransmitHashPolicy.Layer34, 1 },
        };
        foreach (TransmitHashPolicy policy in Enum.GetValues<TransmitHashPolicy>())
        {
            cases.Add(BondMode.BalanceXor, policy, 1);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_quarter_of_a_million_bursts_allocate_nothing(BondMode mode, TransmitHashPolicy policy, int packetsPerSlave)
    {
        using LaneRig rig = new(2, ringSize: 64) { Balanced = mode != BondMode.Broadcast };
        ForwardingTable[] tables = [rig.Table(mode, policy: policy, packetsPerSlave: packetsPerSlave), rig.Table(mode, [1], policy: policy, packetsPerSlave: packetsPerSlave)];
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
