using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;

namespace FastBond.Simulation.Network;

/// <summary>
/// One poll core of a simulated host: a real <see cref="Lane"/> over memory ports, turned when it has something to do. Each turn is worked
/// out beforehand from the bond's state, and compared with what the lane did: every frame, every counter (<c>SimulatedCore.Check.cs</c>).
/// </summary>
internal sealed partial class SimulatedCore : IDisposable
{
    private const int BurstSize = 16;
    private const int Frames = 384;
    private const long InFlightSleepNs = VirtualTime.Millisecond;

    private readonly SimulatedHost _host;
    private readonly CounterBlock _counters;
    private readonly FrameMemory _memory;
    private readonly FramePool _pool;
    private readonly PortDevice _hostDevice;
    private readonly PortDevice?[] _devices = new PortDevice?[TurnPlan.Slots];
    private long _turnNs = long.MaxValue;

    public SimulatedCore(SimulatedHost host, int index, CounterBlock counters, int foreseenSlaves)
    {
        _host = host;
        Name = $"{host.Name}/core{index}";
        _counters = counters;
        _memory = FrameMemory.Allocate(Frames);
        _pool = new FramePool(_memory);
        Lane = new Lane(_pool, counters.Core(index), BurstSize, foreseenSlaves + 1, (uint)(index + 1), () => host.NowNs)
        {
            EventQueued = host.CoreHasNews,
        };
        _model = new TransmitModel(host.Bond);
        _hostDevice = new PortDevice(_pool, $"{Name}/host");
        Lane.SetHost(_hostDevice.Port);
        Lane.Turn();
    }

    public string Name { get; }

    public Lane Lane { get; }

    /// <summary>While the host's stack takes nothing from its port.</summary>
    public bool HostIsStalled
    {
        get;
        set
        {
            field = value;
            DeliverToStack();
            Wake();
        }
    }

    /// <summary>Gives a slave a queue on this core.</summary>
    public PortDevice Attach(byte slot, string name, bool newSlave)
    {
        PortDevice device = new(_pool, $"{Name}/{name}");
        CatchUp();
        Begin();
        _devices[slot] = device;
        Lane.Attach(slot, device.Port, newSlave);
        Lane.CatchUp();
        TurnPlan.Read(_counters, _after);
        _plan.Compare(Name, _before, _after, except: newSlave ? slot : -1);
        Wake();
        return device;
    }

    /// <summary>Takes a slave's queue away and its frames back; the bond's table no longer names the slot, or the slave is down.</summary>
    public void Detach(byte slot)
    {
        PortDevice device = _devices[slot]!;
        CatchUp();
        Holds(Lane.Wait(Lane.Detach(slot), TimeSpan.Zero), "did not detach");
        _devices[slot] = null;
        Begin();
        _plan.Drop(slot, DropReason.Abandoned, device.Port.InFlight);
        Holds(Lane.Wait(Lane.ReclaimSocket(device.Port.Socket, slot), TimeSpan.Zero), "did not reclaim");
        Finish(null);
        device.Dispose();
        CheckCensus();
    }

    /// <summary>The host's stack sends a frame; false if the port has no room for it.</summary>
    public bool FromHost(NetworkFrame frame)
    {
        bool taken = _hostDevice.Inject(frame);
        Wake();
        return taken;
    }

    /// <summary>The control plane sends a frame on a slave.</summary>
    public void Control(byte slot, NetworkFrame frame)
    {
        Holds(Lane.Send(slot, frame.Bytes), "takes no control frame");
        Mark(frame);
        _control.Enqueue((slot, frame));
        Wake();
    }

    /// <summary>The core has something to do: it turns shortly.</summary>
    public void Wake() => TurnAt(_host.Network.NowNs + _host.Network.Disorder.TurnDelayNs());

    /// <summary>Takes everything apart; in the end every frame must be free.</summary>
    public void Dispose()
    {
        CatchUp();
        Lane.Wait(Lane.SetHost(null), TimeSpan.Zero);
        Lane.Wait(Lane.ReclaimSocket(_hostDevice.Port.Socket), TimeSpan.Zero);
        bool leaks = _pool.FreeCount != Frames && _devices.All(static device => device is null);
        _hostDevice.Dispose();
        foreach (PortDevice? device in _devices)
        {
            device?.Dispose();
        }

        Lane.Dispose();
        _pool.Dispose();
        _memory.Dispose();
        Holds(!leaks, "some frames were never given back");
    }

    private void TurnAt(long timeNs)
    {
        if (timeNs < _turnNs)
        {
            _turnNs = timeNs;
            _host.Network.Time.At(timeNs, () =>
            {
                if (_turnNs == timeNs)
                {
                    _turnNs = long.MaxValue;
                    Turn();
                }
            });
        }
    }

    private void Turn()
    {
        CatchUp();
        Begin();
        PlanTransmission();
        PlanReception();
        Lane.Turn();
        Finish(_hostDevice);
        DeliverToStack();
        CheckCensus();
        if (_hostDevice.Received.Count > 0 || Array.Exists(_devices, static device => device?.Received.Count > 0))
        {
            Wake();
        }
        else if (Lane.HasFramesInFlight)
        {
            TurnAt(_host.Network.NowNs + InFlightSleepNs);
        }
    }

    private void DeliverToStack()
    {
        while (!HostIsStalled && _hostDevice.SendNext() is { } frame)
        {
            _host.Stack.Receive(frame);
        }
    }
}
