using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Configuration;

/// <summary>Interfaces of any name that do as they are told.</summary>
internal sealed class TrialWorld : IEffects
{
    /// <summary>What the bond warned of, without its name.</summary>
    public List<string> Warnings { get; } = [];

    public SlaveDevice? FindDevice(string name) =>
        new() { Name = name, IfIndex = 1, Address = RandomAddress(), Carrier = true };

    public Outcome SetSlaveAddress(Slave slave, HardwareAddress address) => Outcome.Ok;

    public Outcome SetSlaveMtu(Slave slave, int mtu) => Outcome.Ok;

    public Outcome OpenSlave(Slave slave) => Outcome.Ok;

    public void CloseSlave(Slave slave, bool gone)
    {
    }

    public void SetSlaveInactive(Slave slave, bool inactive)
    {
    }

    public void SetSlaveReceiveFilter(Slave slave, bool carriesBondsFilter)
    {
    }

    public void SetSlaveGroups(Slave slave, IReadOnlyList<HardwareAddress> groups)
    {
    }

    public void SetBondAddress(HardwareAddress address)
    {
    }

    public void SetBondCarrier(bool up)
    {
    }

    public HardwareAddress RandomAddress() => new([2, 0, 0, 0, 0, 1]);

    public void Send(Slave slave, ReadOnlySpan<byte> frame)
    {
    }

    public void ResendMulticastReports()
    {
    }

    public void Publish(ForwardingTable table)
    {
    }

    public void Log(LogPriority priority, string message)
    {
        if (priority <= LogPriority.Warning)
        {
            int name = message.IndexOf(": ", StringComparison.Ordinal);
            Warnings.Add(message[(name + 2)..]);
        }
    }
}
