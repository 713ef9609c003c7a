using System.ComponentModel;
using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Options;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Frames;
using FastBond.Linux.Machine;

namespace FastBond.Linux;

/// <content>The bond as a port of this process: its lanes are the user's queues, each run by a thread of his instead of a poll core.</content>
internal sealed partial class BondRuntime
{
    private static readonly string[] OptionsOfLanes = ["cores", "host_port", "idle", "gso"];

    private BondPort? _port;

    /// <summary>Makes the lanes anew as queues of a port, and the bond administratively up.</summary>
    public Outcome OpenPort(BondPortRequest request, out BondPort? port)
    {
        port = null;
        if (_port is not null)
        {
            return new Outcome(Errno.EBUSY, $"{Bond.Name} is open as a port already");
        }

        if (_host is not null)
        {
            return new Outcome(Errno.EINVAL, $"{Bond.Name} has a host interface; host_port=none would do");
        }

        List<HostAddress> addresses = [];
        foreach (BondAddress given in request.Addresses)
        {
            if (!IPAddress.TryParse(given.Address, out IPAddress? address))
            {
                return new Outcome(Errno.EINVAL, $"'{given.Address}' is no IP address");
            }

            addresses.Add(new HostAddress(address, [], default) { PrefixLength = given.PrefixLength });
        }

        Outcome outcome = PoolsFor(request.Pools, out FramePool[] pools);
        if (!outcome.Success)
        {
            return outcome;
        }

        BondEngineOptions options = Bond.EngineOptions;
        port = new BondPort(_context.Loop, this, options.Cores, pools, ownsPools: request.Pools.Count == 0);
        _port = port;
        port.EachCpu(cpu => _context.Cores.Reserve(cpu, options.ControlCpus));
        outcome = ReplaceLanes();
        if (!outcome.Success)
        {
            port.LetGo();
            ClosePort(port);
            port.Free();
            port = null;
            return outcome;
        }

        LimitFrames();
        port.Carrier = Bond.Carrier;
        HostIsPromiscuous = request.Promiscuous;
        SetHostAddresses(addresses, [], areAll: addresses.Count > 0 && !request.Promiscuous);
        Bond.SetUp(Clock.NowNs, up: true);
        Log(LogPriority.Info, $"{Bond.Name}: a port of this process, {pools.Length} queue(s)");
        return outcome;
    }

    /// <summary>Gives the lanes back to poll cores. The queues' threads are done with them.</summary>
    public void ClosePort(BondPort port)
    {
        if (_port != port)
        {
            return;
        }

        Bond.SetUp(Clock.NowNs, up: false);
        HostIsPromiscuous = false;
        SetHostAddresses([], [], areAll: true);
        port.EachCpu(_context.Cores.Unreserve);
        _port = null;
        _ = ReplaceLanes();
    }

    private Outcome PoolsFor(IReadOnlyList<FramePool> given, out FramePool[] pools)
    {
        int chunk = ChunkFor(Bond.Mtu);
        pools = [.. given];
        if (given.Count > 0)
        {
            return given.Count != _lanes.Count ? new Outcome(Errno.EINVAL, $"{given.Count} pool(s) for {_lanes.Count} queue(s)")
                : pools.Any(pool => pool.Memory.ChunkSize < chunk) ? new Outcome(Errno.EINVAL, $"the pool's frames are too short for an MTU of {Bond.Mtu}")
                : Outcome.Ok;
        }

        try
        {
            pools = [.. _lanes.Select(_ => BondPort.CreatePool(mtu: Bond.Mtu))];
            return Outcome.Ok;
        }
        catch (Win32Exception exception)
        {
            return new Outcome(Errno.ENOMEM, $"frames for a queue: {exception.Message}");
        }
    }

    private void OpenQueue(BondPort port, int index)
    {
        port.AddQueue(index, pool => new Lane(pool, _counters.Core(index), foreseenSockets: _foreseenSockets, seed: (uint)(index + 1))
        {
            FrameLimit = Math.Min(FramesOf(pool.Memory.ChunkSize), pool.Memory.FrameCount),
            MaxFrameLength = MaxHostFrame,
            EventQueued = _context.Loop.Wake,
            TransmitStallNs = TransmitStallNs,
            Classifier = Classifier,
        });
        Lane lane = port.LaneOf(index);
        lane.Publish(Bond.Table);
        _lanes.Add(lane);
        _cores.Add(null);
    }

    /// <summary>What makes the lanes anew waits until they are not in somebody's hands.</summary>
    private Outcome RefuseWhileInProcess(IReadOnlyList<OptionSetting> options) =>
        _port is not null && options.FirstOrDefault(option => OptionsOfLanes.Contains(option.Name.Replace('-', '_'))) is { Name: { } name }
            ? new Outcome(Errno.EBUSY, $"{name} can't change while {Bond.Name} is open as a port")
            : Outcome.Ok;

    /// <summary>The bond goes before its port.</summary>
    private void LoseInProcess()
    {
        if (_port is not { } port)
        {
            return;
        }

        if (!port.Lose(SlavePorts.CoreAnswer))
        {
            Log(LogPriority.Warning, $"{Bond.Name}: its port's thread doesn't call; it will find the bond gone");
        }

        port.EachCpu(_context.Cores.Unreserve);
        _port = null;
    }
}
