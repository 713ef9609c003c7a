using FastBond.Core.Bonds;
using FastBond.Dataplane.Counters;

namespace FastBond.Simulation.Network;

/// <summary>
/// A network interface in its slot: the device of the operating system (which may be deleted and come back as another), the cable that is
/// plugged in, and, while it is a slave and up, a queue on each core.
/// </summary>
internal sealed class Nic : IStation
{
    private const int EnetDown = 100;
    private const int Enxio = 6;

    private readonly SimulatedHost _host;
    private readonly PortDevice?[] _queues;
    private bool _servicePlanned;

    public Nic(SimulatedHost host, int index, CableEnd end)
    {
        _host = host;
        _queues = new PortDevice?[host.Cores.Count];
        DeviceName = $"e{index}";
        Name = $"{host.Name}/{DeviceName}";
        End = end;
        Poll = new CarrierPoll(host, this);
    }

    public string Name { get; }

    /// <summary>The interface name of the device, present or future.</summary>
    public string DeviceName { get; set; }

    public CableEnd End { get; }

    /// <summary>The device as long as there is one.</summary>
    public SimulatedDevice? Device => _host.World.Devices.GetValueOrDefault(DeviceName);

    /// <summary>The slave whose queues are open, or were until it was taken down.</summary>
    public Slave? Slave { get; private set; }

    /// <summary>Since when it is a slave: what the cores copied before in its slot was another's.</summary>
    public long SinceNs { get; private set; }

    public CarrierPoll Poll { get; }

    /// <summary>While the hardware sends nothing, though the carrier is there.</summary>
    public bool IsHung
    {
        get;
        set
        {
            field = value;
            _host.Network.Disturbed();
            Serve();
        }
    }

    /// <summary>The most frames it sends at a time; 0 for all there are.</summary>
    public int ServiceLimit { get; set; }

    /// <summary>Whether it keeps what it cannot send until there is carrier again, instead of losing it.</summary>
    public bool HoldsWithoutCarrier { get; set; }

    /// <summary>Whether it transmits only when kicked; the kick tells when it is down or gone.</summary>
    public bool WantsKicks { get; set; }

    public bool IsLit => Device is { IsUp: true };

    public bool IsOpen => _queues[0] is not null;

    /// <summary>Opens a queue on every core for a slave.</summary>
    public void Open(Slave slave, bool newSlave)
    {
        Slave = slave;
        SinceNs = newSlave ? _host.NowNs : SinceNs;
        for (int i = 0; i < _queues.Length; i++)
        {
            PortDevice queue = _host.Cores[i].Attach(slave.Slot, DeviceName, newSlave);
            queue.Port.Peer.AskForKick(WantsKicks);
            queue.Port.Peer.OnKick = Kicked;
            _queues[i] = queue;
        }

        if (newSlave && _host.Counters.Sum(slave.Slot, Counter.RxFrames) + _host.Counters.Sum(slave.Slot, Counter.TxFrames) > 0)
        {
            throw new InvariantBrokenException($"{Name}: a new slave does not begin with its counters at 0");
        }
    }

    /// <summary>Closes the queues; what is in them is lost, unless there is time to send it.</summary>
    public void Close(bool drain)
    {
        if (!IsOpen)
        {
            return;
        }

        if (drain)
        {
            SendAll(int.MaxValue);
        }

        for (int i = 0; i < _queues.Length; i++)
        {
            _host.Cores[i].Detach(Slave!.Slot);
            _queues[i] = null;
        }
    }

    /// <summary>The slave was released, or its device is gone.</summary>
    public void Forget()
    {
        Slave = null;
        Poll.Stop();
    }

    /// <summary>Something the light of this end depends on has changed.</summary>
    public void Update() => End.Cable.Update();

    /// <summary>Sends what waits in the queues, a moment later.</summary>
    public void Serve()
    {
        if (!_servicePlanned)
        {
            _servicePlanned = true;
            _host.Network.Time.After(_host.Network.Disorder.ServiceDelayNs(), () =>
            {
                _servicePlanned = false;
                SendAll(ServiceLimit == 0 ? int.MaxValue : ServiceLimit);
            });
        }
    }

    public void Receive(CableEnd end, NetworkFrame frame)
    {
        if (Device is not { IsUp: true } device || !IsOpen || !Takes(device, frame))
        {
            _host.Network.History.Add(Happening.Filtered, Name, frame.Number);
            return;
        }

        int core = frame.Flow % _queues.Length;
        bool taken = _queues[core]!.Inject(frame);
        _host.Network.History.Add(taken ? Happening.Received : Happening.Missed, Name, frame.Number);
        _host.Cores[core].Wake();
    }

    public void SignalChanged(CableEnd end)
    {
        if (Device is { } device)
        {
            device.PeerIsUp = end.HasSignal;
            if (end.HasSignal)
            {
                Serve();
            }

            _host.HearCarrier(this, loss: !end.HasSignal);
        }
    }

    /// <summary>A NIC's own filter: its address, broadcast, and groups if it was told to.</summary>
    private static bool Takes(SimulatedDevice device, NetworkFrame frame) =>
        frame.IsBroadcast || (frame.IsMulticast ? device.CarriesReceiveFilter : frame.Bytes.AsSpan(0, 6).SequenceEqual(device.Address.AsSpan()));

    private int Kicked() => Device is null ? Enxio : IsLit ? 0 : EnetDown;

    private void SendAll(int limit)
    {
        if (!IsOpen || IsHung || !IsLit || (HoldsWithoutCarrier && !End.HasSignal))
        {
            return;
        }

        int left = 0;
        for (int i = 0; i < _queues.Length; i++)
        {
            PortDevice queue = _queues[i]!;
            int sent = 0;
            while (sent < limit && queue.SendNext() is { } frame)
            {
                sent++;
                End.Send(frame);
            }

            left += queue.Waiting;
            if (sent > 0)
            {
                _host.Cores[i].Wake();
            }
        }

        if (left > 0)
        {
            Serve();
        }
    }
}
