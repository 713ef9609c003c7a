using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Core.Tests.Options;

/// <summary>
/// Interfaces that do as they are told: what the recordings' machine had, veth ends s0…s7 with a peer each. Opening brings an interface
/// up, its carrier is its own.
/// </summary>
internal sealed class QuietWorld : IEffects
{
    private readonly Dictionary<string, SlaveDevice> _devices = new(StringComparer.Ordinal);

    public QuietWorld(params ReadOnlySpan<string> without)
    {
        for (int i = 0; i < 8; i++)
        {
            string name = $"s{i}";
            Set(new SlaveDevice
            {
                Name = name,
                IfIndex = 10 + i,
                Address = HardwareAddress.Parse($"02:5a:00:00:00:{i:x2}"),
                Carrier = !without.Contains(name),
                SpeedMbps = 10000,
                Duplex = Duplex.Full,
            });
        }
    }

    public List<string> LogLines { get; } = [];

    public void Set(SlaveDevice device) => _devices[device.Name] = device;

    public SlaveDevice? FindDevice(string name) => _devices.GetValueOrDefault(name);

    public Outcome SetSlaveAddress(Slave slave, HardwareAddress address)
    {
        Set(_devices[slave.Name] with { Address = address });
        return Outcome.Ok;
    }

    public Outcome SetSlaveMtu(Slave slave, int mtu) => Outcome.Ok;

    public Outcome OpenSlave(Slave slave)
    {
        Set(_devices[slave.Name] with { IsUp = true, Master = "bond0" });
        return Outcome.Ok;
    }

    public void CloseSlave(Slave slave, bool gone) => Set(_devices[slave.Name] with { IsUp = false, Master = null });

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

    public HardwareAddress RandomAddress() => HardwareAddress.Parse("02:00:00:00:00:01");

    /// <summary>Told of each frame that the bond sends.</summary>
    public Action<Slave, byte[]> OnSend { get; set; } = static (_, _) => { };

    public void Send(Slave slave, ReadOnlySpan<byte> frame) => OnSend(slave, frame.ToArray());

    public void ResendMulticastReports()
    {
    }

    public void Publish(ForwardingTable table)
    {
    }

    public void Log(LogPriority priority, string message) => LogLines.Add(message);
}
