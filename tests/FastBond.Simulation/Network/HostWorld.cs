using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Simulation.Network;

/// <summary>
/// The world of a bond in a simulated host: its interfaces lead into the network, its tables to real lanes. A device may vanish before the
/// bond hears of it.
/// </summary>
internal sealed class HostWorld(SimulatedHost host) : SimulatedWorld
{
    private ushort _addresses;

    public override Outcome OpenSlave(Slave slave)
    {
        Outcome outcome = base.OpenSlave(slave);
        if (outcome.Success)
        {
            Nic nic = host.NicNamed(slave.Name);
            nic.Update();
            nic.Open(slave, newSlave: true);
            nic.Poll.Start(nic.Device!.Carrier);
        }

        return outcome;
    }

    public override void CloseSlave(Slave slave, bool gone)
    {
        Nic nic = host.NicNamed(slave.Name);
        bool exists = Devices.ContainsKey(slave.Name);
        nic.Close(drain: exists && !gone);
        nic.Forget();
        base.CloseSlave(slave, gone || !exists);
        nic.Update();
    }

    public override void SetSlaveInactive(Slave slave, bool inactive)
    {
        if (Devices.ContainsKey(slave.Name))
        {
            base.SetSlaveInactive(slave, inactive);
        }
    }

    public override void SetSlaveReceiveFilter(Slave slave, bool carriesBondsFilter)
    {
        if (Devices.ContainsKey(slave.Name))
        {
            base.SetSlaveReceiveFilter(slave, carriesBondsFilter);
        }
    }

    public override void SetSlaveGroups(Slave slave, IReadOnlyList<HardwareAddress> groups)
    {
        if (Devices.ContainsKey(slave.Name))
        {
            base.SetSlaveGroups(slave, groups);
        }
    }

    public override void SetBondAddress(HardwareAddress address)
    {
        base.SetBondAddress(address);
        host.Network.Disturbed();
    }

    /// <summary>Every change of the bond's carrier that the host was shown.</summary>
    public List<bool> CarrierChanges { get; } = [];

    public override void SetBondCarrier(bool up)
    {
        base.SetBondCarrier(up);
        CarrierChanges.Add(up);
    }

    public override HardwareAddress RandomAddress()
    {
        _addresses++;
        return new([0x06, 0, 0, (byte)host.Index, (byte)(_addresses >> 8), (byte)_addresses]);
    }

    public override void Send(Slave slave, ReadOnlySpan<byte> frame)
    {
        // The ARP monitor of the balancing modes asks through slaves that are down as well: how else would it learn that they are up.
        bool mayBeDown = host.Bond.Options is { ArpInterval: > 0, Mode: not BondMode.ActiveBackup };
        if (!slave.IsActive && !mayBeDown)
        {
            throw new InvariantBrokenException($"{host.Name}: a control frame for {slave.Name}, which is a backup");
        }

        host.Cores[0].Control(slave.Slot, new NetworkFrame(host.Network.NextNumber(), FrameKind.Control, host, frame.ToArray()));
    }

    public override void ResendMulticastReports()
    {
        base.ResendMulticastReports();
        host.Stack.SendMulticastReport();
    }

    public override void Publish(ForwardingTable table)
    {
        base.Publish(table);
        host.Network.Disturbed();
        host.Network.History.Add(Happening.Published, host.Name, table.Generation);
        foreach (SimulatedCore core in host.Cores)
        {
            core.Lane.Publish(table);
            core.Wake();
        }
    }

    public override void Log(LogPriority priority, string message)
    {
        base.Log(priority, message);
        host.Network.History.Note(host.Name, message);
    }
}
