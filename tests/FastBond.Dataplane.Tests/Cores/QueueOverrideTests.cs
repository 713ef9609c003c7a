using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>Option queue_id: frames that a classifier puts on a slave's queue leave by that slave, the others as the mode says.</summary>
public sealed unsafe class QueueOverrideTests
{
    private const byte None = ForwardingTable.NoSlot;

    [Theory]
    [InlineData(BondMode.ActiveBackup, 64)]
    [InlineData(BondMode.BalanceRr, 64)]
    [InlineData(BondMode.ActiveBackup, 256)]
    [InlineData(BondMode.BalanceRr, 256)]
    public void Frames_of_a_slaves_queue_leave_by_that_slave_in_order(BondMode mode, int burst)
    {
        using LaneRig rig = new(3, burstSize: burst) { Extras = new ForwardingTable { QueueSlots = [None, None, 2, None] } };
        rig.Lane.Classifier = new ByNumber(number => number % 3 == 0 ? 2 : 0);
        rig.Use(rig.Table(mode, usable: [0, 1], active: 0));
        Dictionary<int, List<int>> slots = rig.SendFromHost(Enumerable.Range(0, 150).Select(i => TestFrame.Udp(i, i)));
        foreach ((int number, List<int> at) in slots)
        {
            Assert.Equal(number % 3 == 0, Assert.Single(at) == 2);
        }

        Assert.Equal(150, slots.Count);
        Assert.Equal(50UL, rig.Counters.Sum(2, Counter.TxFrames));
    }

    [Fact]
    public void The_rotation_goes_on_as_if_the_others_were_not_there()
    {
        using LaneRig rig = new(3) { Extras = new ForwardingTable { QueueSlots = [None, 2] } };
        rig.Lane.Classifier = new ByNumber(number => number % 2);
        rig.Use(rig.Table(BondMode.BalanceRr));
        Dictionary<int, List<int>> slots = rig.SendFromHost(Enumerable.Range(0, 12).Select(i => TestFrame.Udp(i, i)));
        Assert.Equal([1, 2, 0, 1, 2, 0], slots.Where(pair => pair.Key % 2 == 0).OrderBy(pair => pair.Key).Select(pair => pair.Value[0]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(65535)]
    public void A_queue_of_no_usable_slave_means_nothing(int queue)
    {
        using LaneRig rig = new(2) { Extras = new ForwardingTable { QueueSlots = [None, None, 1, None] } };
        rig.Lane.Classifier = new ByNumber(_ => queue);
        rig.Use(rig.Table(BondMode.ActiveBackup, active: 0));
        rig.Host.Peer.Transmit(TestFrame.Udp(1, 1));
        rig.Lane.Turn();
        Assert.Equal(1, rig.Slaves[0].Peer.Waiting);
    }

    [Fact]
    public void Without_queue_ids_or_without_a_classifier_the_mode_decides()
    {
        using LaneRig rig = new(2);
        rig.Lane.Classifier = new ByNumber(_ => 1);
        rig.Use(rig.Table(BondMode.ActiveBackup, active: 0));
        rig.Host.Peer.Transmit(TestFrame.Udp(1, 1));
        rig.Lane.Turn();
        rig.Extras = new ForwardingTable { QueueSlots = [None, 1] };
        rig.Lane.Classifier = null;
        rig.Use(rig.Table(BondMode.ActiveBackup, active: 0));
        rig.Host.Peer.Transmit(TestFrame.Udp(1, 1));
        rig.Lane.Turn();
        Assert.Equal(2, rig.Slaves[0].Peer.Waiting);
    }

    private sealed class ByNumber(Func<int, int> queueOf) : TransmitClassifier
    {
        public override void Classify(byte* memory, FrameDescriptor* burst, int count, ushort* queues)
        {
            for (int i = 0; i < count; i++)
            {
                queues[i] = (ushort)queueOf(TestFrame.NumberOf(new ReadOnlySpan<byte>(memory + burst[i].Address, (int)burst[i].Length)));
            }
        }
    }
}
