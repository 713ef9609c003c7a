using System.Globalization;
using System.Net;
using FastBond.Core.Bonds;

namespace FastBond.Simulation.Arp;

/// <summary>A garbage collection stops every core: probing and being answered makes no garbage.</summary>
public class ArpAllocationTests
{
    private static readonly byte[] Reply = ArpFrames.Reply(ArpFrames.Bond, ArpFrames.Peer, "10.9.0.2", "10.9.0.1");
    private static readonly byte[] Question = ArpFrames.Request(ArpFrames.Bond, "10.9.0.1", "10.9.0.2");
    private static readonly byte[] Advertisement = ArpFrames.Advertisement(ArpFrames.Bond, ArpFrames.Peer, "fd09::2", "fd09::1");
    private static readonly byte[] Guest = ArpFrames.Request("02:77:00:00:00:05", "10.9.0.5", "10.9.0.2", 0x8100000a);

    [Theory]
    [InlineData(BondMode.BalanceRr, "none")]
    [InlineData(BondMode.BalanceXor, "all")]
    [InlineData(BondMode.ActiveBackup, "filter")]
    [InlineData(BondMode.ActiveBackup, "all")]
    public void Quiet_bond_allocates_nothing(BondMode mode, string validate)
    {
        BondSimulation simulation = new();
        simulation.SetMode(mode);
        simulation.Set("arp_interval", 100);
        simulation.Set("arp_ip_target", string.Join(',', Enumerable.Range(2, 16).Select(static i => string.Create(CultureInfo.InvariantCulture, $"10.9.0.{i}"))));
        simulation.Set("ns_ip6_target", "fd09::2");
        simulation.Set("arp_validate", validate);
        simulation.SetAddress(ArpFrames.Bond);
        simulation.Bond.SetHostAddresses(
            0,
            [
                new(IPAddress.Parse("10.9.0.1"), [], default) { PrefixLength = 24 },
                new(IPAddress.Parse("fd09::1"), [0x8100000a], default) { PrefixLength = 64 },
            ]);
        simulation.Enslave("s0", "s1", "s2");
        simulation.SetUp(true);
        simulation.World.KeepsFrames = false;
        long nowNs = Run(simulation.Bond, simulation.NowNs, passes: 1000);
        Assert.All(simulation.Bond.Slaves, static slave => Assert.Equal(LinkState.Up, slave.Link));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(simulation.Bond, nowNs, passes: 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static long Run(Bond bond, long nowNs, int passes)
    {
        const long LaterNs = 100_000;
        for (int i = 0; i < passes; i++)
        {
            foreach (Slave slave in (List<Slave>)bond.Slaves)
            {
                bond.Heard(nowNs + LaterNs, slave, nowNs + LaterNs);
                bond.FrameReceived(nowNs + LaterNs, slave, Reply);
                bond.FrameReceived(nowNs + LaterNs, slave, Advertisement);
                bond.FrameReceived(nowNs + LaterNs + 1, slave, Question);
            }

            bond.FrameFromHost(nowNs + LaterNs, Guest);
            nowNs = bond.NextDueNs;
            bond.Tick(nowNs);
        }

        return nowNs;
    }
}
