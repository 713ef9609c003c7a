using System.Net;
using FastBond.Core.Bonds;

namespace FastBond.Simulation;

/// <summary>A garbage collection stops every core: a bond to which nothing happens makes no garbage.</summary>
public class AllocationTests
{
    [Theory]
    [InlineData(BondMode.BalanceRr)]
    [InlineData(BondMode.ActiveBackup)]
    [InlineData(BondMode.BalanceXor)]
    [InlineData(BondMode.Broadcast)]
    public void Quiet_bond_allocates_nothing(BondMode mode)
    {
        BondSimulation simulation = new();
        simulation.SetMode(mode);
        simulation.SetMiimon(100, 2, 2);
        simulation.Bond.SetHostAddresses(0, [new HostAddress(IPAddress.Parse("192.0.2.1"), [], default)]);
        simulation.Enslave("s0", "s1", "s2");
        simulation.SetUp(true);
        simulation.RunFor(2000);
        Slave s0 = simulation.Slave("s0");
        long nowNs = Tick(simulation.Bond, s0, simulation.NowNs, 1000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Tick(simulation.Bond, s0, nowNs, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>What the control thread does on a quiet day: tells what it read, and ticks.</summary>
    private static long Tick(Bond bond, Slave slave, long nowNs, int passes)
    {
        for (int i = 0; i < passes; i++)
        {
            bond.CarrierChanged(nowNs, slave, true);
            nowNs = bond.NextDueNs;
            bond.Tick(nowNs);
        }

        return nowNs;
    }
}
