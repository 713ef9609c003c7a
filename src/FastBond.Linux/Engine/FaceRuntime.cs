using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Dataplane.Cores;

namespace FastBond.Linux;

/// <summary>
/// The Ethernet face of an InfiniBand bond in the real world: its control plane, its shares on the lanes, the multicast groups on the active
/// slave. Lives on the control thread, from the bond's first InfiniBand slave until its last.
/// </summary>
internal sealed class FaceRuntime : IFaceEffects
{
    /// <summary>The most frames taken from a lane before the control thread looks at anything else.</summary>
    private const int FramesAtOnce = 64;

    private static readonly FaceOutcome[] Outcomes = Enum.GetValues<FaceOutcome>();

    private readonly BondRuntime _runtime;
    private readonly HostInterface _host;
    private readonly Dictionary<Lane, LaneFace> _lanes = [];
    private readonly FaceCounters _formerLanes = new();
    private bool _fabricChanged = true;

    /// <summary>A face for this host interface, whose MAC it keeps.</summary>
    public FaceRuntime(BondRuntime runtime, HostInterface host, HardwareAddress address)
    {
        _runtime = runtime;
        _host = host;
        Face = new EthernetFace(this, address);
        Face.Settle();
    }

    /// <summary>The face's control plane.</summary>
    public EthernetFace Face { get; }

    /// <summary>When <see cref="Advance"/> must be called at the latest.</summary>
    public long NextDueNs => Face.NextDueNs;

    /// <summary>What became of frames, on all cores and in the control plane.</summary>
    public ulong Count(FaceOutcome outcome)
    {
        ulong sum = Face.Counters[outcome] + _formerLanes[outcome];
        foreach (LaneFace lane in _lanes.Values)
        {
            sum += lane.Counters[outcome];
        }

        return sum;
    }

    /// <summary>Puts the face between the host and the slaves on a lane.</summary>
    public void Attach(Lane lane)
    {
        LaneFace share = new(Face.Map!);
        _lanes.Add(lane, share);
        lane.SetFace(share);
    }

    /// <summary>Frees what a lane had that no core runs any more, or that has let go of the face.</summary>
    public void Detach(Lane lane)
    {
        if (_lanes.Remove(lane, out LaneFace? share))
        {
            foreach (FaceOutcome outcome in Outcomes)
            {
                _formerLanes.Count(outcome, share.Counters[outcome]);
            }

            share.Dispose();
        }
    }

    /// <summary>Takes the face off every lane. False if a core doesn't answer: then its share stays, since it may still be used.</summary>
    public bool Close()
    {
        bool answered = true;
        foreach (Lane lane in _lanes.Keys.ToArray())
        {
            if (lane.Wait(lane.SetFace(null), SlavePorts.CoreAnswer))
            {
                Detach(lane);
            }
            else
            {
                answered = false;
            }
        }

        return answered;
    }

    /// <summary>The active slave, or the set of slaves, has changed.</summary>
    public void FabricChanged() => _fabricChanged = true;

    /// <summary>
    /// Takes what the lanes have handed up and does what is due. False if there is more: the control thread must come back after the others had
    /// their turn.
    /// </summary>
    public bool Advance(long nowNs)
    {
        if (_fabricChanged)
        {
            _fabricChanged = false;
            Bond bond = _runtime.Bond;
            Slave? slave = bond.ActiveSlave ?? (bond.Slaves.Count > 0 ? bond.Slaves[0] : null);
            HardwareAddress broadcast = slave?.Broadcast ?? IpoibAddress.DefaultBroadcast;
            Face.SetFabric(slave?.Address ?? bond.Address, broadcast, [.. bond.Slaves.Select(static other => other.Address)]);
        }

        Face.Mtu = _runtime.Bond.Mtu;
        bool drained = true;
        foreach (LaneFace lane in _lanes.Values)
        {
            drained &= Drain(nowNs, lane);
        }

        if (Face.NextDueNs <= nowNs)
        {
            Face.Tick(nowNs);
        }

        Face.Settle();
        return drained;
    }

    /// <inheritdoc/>
    public bool SendToFabric(ReadOnlySpan<byte> frame) =>
        _runtime.Bond is { IsUp: true, ActiveSlave: { } active } && _runtime.Lanes[0].Send(active.Slot, frame);

    /// <inheritdoc/>
    public void SendToHost(ReadOnlySpan<byte> frame) => _host.Inject(frame);

    /// <inheritdoc/>
    public void Publish(FaceMap map)
    {
        foreach (LaneFace lane in _lanes.Values)
        {
            lane.Publish(map);
        }

        _runtime.HostsChanged();
    }

    /// <inheritdoc/>
    public void GroupsChanged() => _runtime.GroupsChanged();

    /// <inheritdoc/>
    public void AskForReports() => _host.AskForMulticastReports();

    private bool Drain(long nowNs, LaneFace lane)
    {
        for (int i = 0; i < FramesAtOnce; i++)
        {
            if (!lane.TryPeek(out ReadOnlySpan<byte> frame, out bool fromHost))
            {
                return true;
            }

            if (fromHost)
            {
                Face.FromHost(nowNs, frame);
            }
            else
            {
                Face.FromFabric(nowNs, frame);
            }

            lane.Release();
        }

        return false;
    }
}
