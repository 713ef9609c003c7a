using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Simulation;

/// <summary>What happened in the world, and when.</summary>
internal sealed record Logged(long TimeNs, string Text);

/// <summary>A control frame that left on a slave.</summary>
internal sealed record SentFrame(long TimeNs, string Slave, byte[] Bytes);

/// <summary>
/// The host around a bond: interfaces with links that can be cut, a virtual clock, and a record of all the bond asked for. Any call
/// that may fail can be told to.
/// </summary>
internal class SimulatedWorld : IEffects
{
    private readonly Dictionary<string, SimulatedDevice> _devices = [];
    private byte _randomAddresses;
    private int _lastIfIndex;

    public long NowNs { get; set; }

    public IReadOnlyDictionary<string, SimulatedDevice> Devices => _devices;

    public List<Logged> Logs { get; } = [];

    public List<SentFrame> Frames { get; } = [];

    public List<long> ReportTimesNs { get; } = [];

    public ForwardingTable Table { get; private set; } = ForwardingTable.Empty;

    public HardwareAddress BondAddress { get; set; }

    public bool BondCarrier { get; private set; }

    /// <summary>Asked before each call that can fail, by its name; what it returns is the call's outcome. Null: it succeeds.</summary>
    public Func<string, SimulatedDevice, Outcome?> Fail { get; set; } = static (_, _) => null;

    /// <summary>Off where what is sent must not be remembered, as that takes memory.</summary>
    public bool KeepsFrames { get; set; } = true;

    /// <summary>Told of each frame that the bond sends.</summary>
    public Action<SentFrame> OnSend { get; set; } = static _ => { };

    public SimulatedDevice Add(string name, string address, int linkType = SlaveDevice.Ethernet, string broadcast = "")
    {
        SimulatedDevice device = new(name, ++_lastIfIndex, HardwareAddress.Parse(address))
        {
            LinkType = linkType,
            Broadcast = broadcast.Length == 0 ? default : HardwareAddress.Parse(broadcast),
        };
        _devices.Add(name, device);
        return device;
    }

    public void Delete(string name) => _devices.Remove(name);

    public void Rename(string from, string to)
    {
        _devices.Remove(from, out SimulatedDevice? device);
        device!.Name = to;
        _devices.Add(to, device);
    }

    public SlaveDevice? FindDevice(string name) =>
        _devices.TryGetValue(name, out SimulatedDevice? device) && Fail(nameof(FindDevice), device) is null
            ? new SlaveDevice
            {
                Name = name,
                IfIndex = device.IfIndex,
                LinkType = device.LinkType,
                Address = device.Address,
                Broadcast = device.Broadcast,
                PermanentAddress = device.PermanentAddress,
                Mtu = device.Mtu,
                IsUp = device.IsUp,
                Carrier = device.Carrier,
                SpeedMbps = device.SpeedMbps,
                Duplex = device.Duplex,
                Master = device.Master,
                IsBond = device.IsBond,
            }
            : null;

    public Outcome SetSlaveAddress(Slave slave, HardwareAddress address) => Do(nameof(SetSlaveAddress), slave, device =>
    {
        Assert.Equal(SlaveDevice.Ethernet, device.LinkType);
        device.Address = address;
    });

    public Outcome SetSlaveMtu(Slave slave, int mtu) => Do(nameof(SetSlaveMtu), slave, device => device.Mtu = mtu);

    public virtual Outcome OpenSlave(Slave slave) => Do(nameof(OpenSlave), slave, static device =>
    {
        Assert.False(device.IsOpen, "opened twice");
        Assert.False(device.IsUp, "opened while up");
        device.IsOpen = true;
        device.IsUp = true;
    });

    public virtual void CloseSlave(Slave slave, bool gone)
    {
        Assert.Equal(0UL, Table.SlaveMask & (1UL << slave.Slot));
        if (gone)
        {
            Assert.DoesNotContain(slave.Name, _devices.Keys);
            return;
        }

        SimulatedDevice device = _devices[slave.Name];
        Assert.True(device.IsOpen, "closed while not open");
        device.IsOpen = false;
        device.IsUp = false;
        device.IsInactive = null;
        device.CarriesReceiveFilter = false;
        device.Groups = [];
    }

    public virtual void SetSlaveInactive(Slave slave, bool inactive) => Open(slave).IsInactive = inactive;

    public virtual void SetSlaveReceiveFilter(Slave slave, bool carriesBondsFilter) => Open(slave).CarriesReceiveFilter = carriesBondsFilter;

    public virtual void SetSlaveGroups(Slave slave, IReadOnlyList<HardwareAddress> groups) => Open(slave).Groups = groups;

    public virtual void SetBondAddress(HardwareAddress address) => BondAddress = address;

    public virtual void SetBondCarrier(bool up) => BondCarrier = up;

    public virtual HardwareAddress RandomAddress() => new([0x06, 0, 0, 0, 0, ++_randomAddresses]);

    public virtual void Send(Slave slave, ReadOnlySpan<byte> frame)
    {
        if (!KeepsFrames)
        {
            return;
        }

        Assert.True(Open(slave).IsOpen);
        SentFrame sent = new(NowNs, slave.Name, frame.ToArray());
        Frames.Add(sent);
        OnSend(sent);
    }

    public virtual void ResendMulticastReports() => ReportTimesNs.Add(NowNs);

    public virtual void Publish(ForwardingTable table)
    {
        Assert.Equal(Table.Generation + 1, table.Generation);
        Table = table;
    }

    public virtual void Log(LogPriority priority, string message)
    {
        Assert.DoesNotContain('\n', message);
        Logs.Add(new Logged(NowNs, message));
    }

    private SimulatedDevice Open(Slave slave)
    {
        SimulatedDevice device = _devices[slave.Name];
        Assert.True(device.IsOpen, $"{slave.Name} is not open");
        return device;
    }

    private Outcome Do(string call, Slave slave, Action<SimulatedDevice> act)
    {
        if (!_devices.TryGetValue(slave.Name, out SimulatedDevice? device))
        {
            return new Outcome(Errno.ENODEV, $"{slave.Name}: there is no such interface");
        }

        if (Fail(call, device) is { } outcome)
        {
            return outcome;
        }

        act(device);
        return Outcome.Ok;
    }
}
