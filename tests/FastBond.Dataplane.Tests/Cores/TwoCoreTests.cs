using FastBond.Core.Bonds;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Cores;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>Two cores of one bond, each with its share of every port, as the host's steering gives each flow to one of them.</summary>
public sealed class TwoCoreTests
{
    private const int Flows = 16, Frames = 60_000, Window = 100;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public void The_frames_of_a_flow_stay_in_order_while_both_cores_send()
    {
        LaneRig[] rigs = [new(2), new(2)];
        EventWait[] waits = [new(), new()];
        PollCore[] cores = [new(waits[0]), new(waits[1])];
        try
        {
            for (int i = 0; i < cores.Length; i++)
            {
                rigs[i].Host.Peer.Bell = cores[i].Wake;
                cores[i].Add(rigs[i].Lane);
                cores[i].Start();
                rigs[i].Lane.Publish(rigs[i].Table(BondMode.BalanceXor, policy: TransmitHashPolicy.Layer34));
                Assert.True(rigs[i].Lane.WaitForGeneration(1, Soon));
            }

            Stream(rigs);
            Assert.All(cores, core => Assert.True(core.Stop(Soon)));
        }
        finally
        {
            Array.ForEach(cores, core => core.Dispose());
            Array.ForEach(waits, wait => wait.Dispose());
            Array.ForEach(rigs, rig => rig.Dispose());
        }
    }

    /// <summary>Sends numbered frames of many flows by turns; on every slave each flow's must come in order, and all on one slave.</summary>
    private static void Stream(LaneRig[] rigs)
    {
        int[] last = new int[Flows];
        int[] slave = new int[Flows];
        Array.Fill(last, -1);
        Array.Fill(slave, -1);
        int sent = 0, received = 0;
        long start = Environment.TickCount64;
        while (received < Frames)
        {
            while (sent < Frames && sent - received < Window)
            {
                int flow = sent % Flows;
                Assert.True(rigs[flow % rigs.Length].Host.Peer.Transmit(TestFrame.Udp(flow, sent)));
                sent++;
            }

            for (int core = 0; core < rigs.Length; core++)
            {
                for (int slot = 0; slot < 2; slot++)
                {
                    foreach (int number in LaneRig.Received(rigs[core].Slaves[slot]))
                    {
                        int flow = number % Flows;
                        Assert.Equal(core, flow % rigs.Length);
                        Assert.True(number > last[flow], $"{number} of flow {flow} came after {last[flow]}");
                        Assert.True(slave[flow] < 0 || slave[flow] == slot, $"flow {flow} changed from slave {slave[flow]} to {slot}");
                        (last[flow], slave[flow]) = (number, slot);
                        received++;
                    }
                }
            }

            Assert.True(Environment.TickCount64 - start < Soon.TotalMilliseconds, $"{received} of {sent} frames came");
        }

        Assert.Equal(2, slave.Distinct().Count());
    }
}
