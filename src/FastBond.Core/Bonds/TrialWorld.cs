using FastBond.Core.Frames;

namespace FastBond.Core.Bonds;

/// <summary>Interfaces of any name that do as they are told: for bonds that are only tried.</summary>
public sealed class TrialWorld : IEffects
{
    /// <summary>What the bond warned of, without its name.</summary>
    public IList<string> Warnings { get; } = [];

    /// <inheritdoc/>
    public SlaveDevice? FindDevice(string name) =>
        new() { Name = name, IfIndex = 1, Address = RandomAddress(), Carrier = true };

    /// <inheritdoc/>
    public Outcome SetSlaveAddress(Slave slave, HardwareAddress address) => Outcome.Ok;

    /// <inheritdoc/>
    public Outcome SetSlaveMtu(Slave slave, int mtu) => Outcome.Ok;

    /// <inheritdoc/>
    public Outcome OpenSlave(Slave slave) => Outcome.Ok;

    /// <inheritdoc/>
    public void CloseSlave(Slave slave, bool gone)
    {
    }

    /// <inheritdoc/>
    public void SetSlaveInactive(Slave slave, bool inactive)
    {
    }

    /// <inheritdoc/>
    public void SetSlaveReceiveFilter(Slave slave, bool carriesBondsFilter)
    {
    }

    /// <inheritdoc/>
    public void SetSlaveGroups(Slave slave, IReadOnlyList<HardwareAddress> groups)
    {
    }

    /// <inheritdoc/>
    public void SetBondAddress(HardwareAddress address)
    {
    }

    /// <inheritdoc/>
    public void SetBondCarrier(bool up)
    {
    }

    /// <inheritdoc/>
    public HardwareAddress RandomAddress() => new([2, 0, 0, 0, 0, 1]);

    /// <inheritdoc/>
    public void Send(Slave slave, ReadOnlySpan<byte> frame)
    {
    }

    /// <inheritdoc/>
    public void ResendMulticastReports()
    {
    }

    /// <inheritdoc/>
    public void Publish(ForwardingTable table)
    {
    }

    /// <inheritdoc/>
    public void Log(LogPriority priority, string message)
    {
        if (priority <= LogPriority.Warning)
        {
            int name = message.IndexOf(": ", StringComparison.Ordinal);
            Warnings.Add(message[(name + 2)..]);
        }
    }
}
