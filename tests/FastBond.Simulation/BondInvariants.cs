using FastBond.Core.Bonds;

namespace FastBond.Simulation;

/// <summary>What must hold between any two calls into a bond, worked out from the slaves' state by means other than its own.</summary>
internal static class BondInvariants
{
    public static void Check(BondSimulation simulation) => Check(simulation.Bond, simulation.World, simulation.NowNs, simulation.ChecksAddresses);

    public static void Check(Bond bond, SimulatedWorld world, long nowNs, bool checksAddresses)
    {
        // Where one slave carries all, what was heard of links is judged before the cores have to know.
        if (bond.Options.Mode != BondMode.ActiveBackup || bond.NextDueNs > nowNs)
        {
            CheckTable(bond, world);
        }

        CheckActive(bond);
        CheckWorld(bond, world);
        if (checksAddresses)
        {
            CheckAddresses(bond, world);
        }
    }

    private static void CheckTable(Bond bond, SimulatedWorld world)
    {
        ForwardingTable table = bond.Table;
        Assert.Same(world.Table, table);
        Assert.Equal(bond.IsUp, table.Up);
        Assert.Equal(bond.Options.Mode, table.Mode);
        Assert.Equal(bond.ActiveSlave?.Slot ?? ForwardingTable.NoSlot, table.ActiveSlot);
        Assert.Equal(bond.Slaves.Select(static slave => slave.Slot).Distinct().Count(), bond.Slaves.Count);
        Assert.Equal(Mask(bond.Slaves), table.SlaveMask);
        Assert.Equal(Mask(bond.Slaves.Where(static slave => !slave.IsInactive)), table.AcceptMask);

        bool anyFlag = bond.Options.Mode == BondMode.Broadcast;
        List<Slave> usable =
        [
            .. bond.Slaves.Where(slave => slave.IsUp && slave.Carrier && !slave.IsTransmitStalled && slave.Link == LinkState.Up && (slave.IsActive || anyFlag)),
        ];
        Assert.Equal(usable.Select(static slave => slave.Slot), table.Usable);
        Assert.Equal(bond.Slaves.Count, table.FirstUsableFrom.Length);
        for (int start = 0; start < bond.Slaves.Count; start++)
        {
            Slave? first = Enumerable.Range(0, bond.Slaves.Count)
                .Select(step => bond.Slaves[(start + step) % bond.Slaves.Count])
                .FirstOrDefault(usable.Contains);
            Assert.Equal(first?.Slot ?? ForwardingTable.NoSlot, table.FirstUsableFrom[start]);
        }

        bool watches = bond.IsUp && bond.Options.ArpInterval > 0;
        Assert.Equal(watches ? Mask(bond.Slaves) : 0, table.StampMask);
        Assert.Equal(watches ? Mask(bond.Slaves.Where(slave => (bond.Options.ArpValidate & (slave.IsActive ? 1 : 2)) != 0)) : 0, table.WatchMask);
        byte igmp = bond.Options.Mode != BondMode.BalanceRr
            ? ForwardingTable.NoSlot
            : (bond.ActiveSlave ?? usable.FirstOrDefault())?.Slot ?? ForwardingTable.NoSlot;
        Assert.Equal(igmp, table.IgmpSlot);
    }

    private static void CheckActive(Bond bond)
    {
        bool anyUp = bond.Slaves.Any(static slave => slave.Link == LinkState.Up);
        Assert.Equal(anyUp, bond.Carrier);
        if (bond.ActiveSlave is not null)
        {
            Assert.Contains(bond.ActiveSlave, bond.Slaves);
            Assert.NotEqual(LinkState.Down, bond.ActiveSlave.Link);
        }

        if (bond.PrimarySlave is not null)
        {
            Assert.Contains(bond.PrimarySlave, bond.Slaves);
            Assert.Equal(bond.Options.Primary, bond.PrimarySlave.Name);
        }

        if (bond.Options.Mode == BondMode.ActiveBackup)
        {
            // Without a current slave the ARP monitor lets one at a time try, for an interval.
            Slave? acting = bond.ActiveSlave ?? (bond.ProbingSlave?.Link == LinkState.Back ? bond.ProbingSlave : null);
            Assert.Equal(acting is null ? [] : [acting], bond.Slaves.Where(static slave => slave.IsActive));
            Assert.All(bond.Slaves, slave => Assert.Equal(!slave.IsActive && !bond.Options.AllSlavesActive, slave.IsInactive));
            Assert.True(bond.ActiveSlave is not null || !anyUp, "a link is up, but no slave is active");
        }
        else
        {
            // The ARP monitor takes the active flag from a slave that is down; the MII monitor doesn't.
            Assert.All(bond.Slaves, static slave => Assert.True(slave.Link != LinkState.Up || (slave.IsActive && !slave.IsInactive)));
        }
    }

    private static void CheckWorld(Bond bond, SimulatedWorld world)
    {
        Assert.Equal(bond.Carrier, world.BondCarrier);
        foreach (SimulatedDevice device in world.Devices.Values)
        {
            Slave? slave = bond.FindSlave(device.Name);
            Assert.Equal(slave is not null, device.IsOpen);
            if (slave is not null)
            {
                Assert.Equal(slave.IsInactive, device.IsInactive);
                bool carriesFilter = bond.Options.Mode != BondMode.ActiveBackup || slave == bond.ActiveSlave;
                Assert.Equal(carriesFilter, device.CarriesReceiveFilter);
                bool hears = bond.Options is { Mode: BondMode.ActiveBackup, ArpValidate: not 0 } && !slave.IsActive;
                Assert.Equal(hears ? bond.Options.NsIp6Targets.Count : 0, device.Groups.Count);
            }
        }
    }

    private static void CheckAddresses(Bond bond, SimulatedWorld world)
    {
        Assert.Equal(bond.Address, world.BondAddress);
        int failOverMac = bond.Options.Mode == BondMode.ActiveBackup ? bond.Options.FailOverMac : 0;
        foreach (SimulatedDevice device in world.Devices.Values)
        {
            Slave? slave = bond.FindSlave(device.Name);
            Assert.Equal(slave is null ? device.PermanentAddress : slave.Address, device.Address);
            Assert.Equal(slave is null ? 1500 : bond.Mtu, device.Mtu);
            if (slave is not null && failOverMac == 0)
            {
                Assert.Equal(bond.Address, slave.Address);
            }
        }

        if (failOverMac != 0)
        {
            // A device that has vanished takes no address, until the bond hears of it.
            List<Slave> present = [.. bond.Slaves.Where(slave => world.Devices.ContainsKey(slave.Name))];
            Assert.Equal(present.Count, present.Select(static slave => slave.Address).Distinct().Count());
            Slave? active = present.Find(slave => slave == bond.ActiveSlave);
            Assert.True(active is null || active.Address == bond.Address, "the active slave does not have the bond's MAC");
        }
    }

    private static ulong Mask(IEnumerable<Slave> slaves) => slaves.Aggregate(0UL, static (mask, slave) => mask | (1UL << slave.Slot));
}
