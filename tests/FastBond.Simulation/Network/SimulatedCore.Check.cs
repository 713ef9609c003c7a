using FastBond.Core.Bonds;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;

namespace FastBond.Simulation.Network;

/// <content>What a turn must do, and whether it did.</content>
internal sealed partial class SimulatedCore
{
    private readonly TransmitModel _model;
    private readonly TurnPlan _plan = new();
    private readonly List<NetworkFrame> _burst = [];
    private readonly Queue<(byte Slot, NetworkFrame Frame)> _control = new();
    private readonly ulong[] _before = TurnPlan.NewReading();
    private readonly ulong[] _after = TurnPlan.NewReading();
    private readonly int[] _inFlight = new int[TurnPlan.Slots];

    /// <summary>Every frame has exactly one owner, and none has been seen where it wasn't.</summary>
    public void CheckCensus()
    {
        int[] census = _pool.Census();
        Holds(_pool.Violations == 0, "the ledger was violated");
        Holds(census.Sum() == Frames && census[FrameOwner.Pool] == _pool.FreeCount, "frames are miscounted");
        Holds(census[FrameOwner.Hand] == 0, "frames were left in hand");
        int owned = _pool.FreeCount;
        foreach (PortDevice? device in _devices.Append(_hostDevice))
        {
            if (device is not null)
            {
                int transmitting = census[FrameOwner.Transmitting(device.Port.Socket)];
                Holds(transmitting == device.Port.InFlight, "frames in transmission are miscounted");
                owned += transmitting + census[FrameOwner.Receiving(device.Port.Socket)];
            }
        }

        Holds(owned == Frames, "frames belong to sockets that are closed");
    }

    /// <summary>Takes over the table and carries out what was commanded; control frames leave past the table.</summary>
    private void CatchUp()
    {
        Begin();
        while (_control.TryDequeue(out (byte Slot, NetworkFrame Frame) sent))
        {
            _plan.Send(sent.Slot, sent.Frame);
        }

        Lane.CatchUp();
        Finish(null);
        Holds(Lane.Generation == _host.Bond.Table.Generation, "does not work with the table last published");
    }

    private void Begin()
    {
        _plan.Clear();
        TurnPlan.Read(_counters, _before);
        for (int slot = 0; slot < TurnPlan.Slots; slot++)
        {
            _inFlight[slot] = _devices[slot]?.Port.InFlight ?? 0;
        }
    }

    private void PlanTransmission()
    {
        const int HeaderLength = 14;
        int count = Math.Min(BurstSize, _hostDevice.Received.Count);
        _burst.Clear();
        for (int i = 0; i < count; i++)
        {
            NetworkFrame frame = _hostDevice.Dequeue();
            Mark(frame);
            _plan.Rise(CounterLayout.HostRow, Counter.RxFrames, frame);
            if (frame.Bytes.Length < HeaderLength || frame.Bytes.Length > Lane.MaxFrameLength)
            {
                _plan.Drop(CounterLayout.HostRow, frame.Bytes.Length < HeaderLength ? DropReason.TooShort : DropReason.TooLong);
            }
            else if (!_host.Bond.IsUp)
            {
                _plan.Drop(CounterLayout.HostRow, DropReason.BondDown);
            }
            else
            {
                _burst.Add(frame);
            }
        }

        _model.Plan(_burst, _plan);
    }

    /// <summary>modes.md section 5: what arrives on a slave with its inactive flag set is not delivered.</summary>
    private void PlanReception()
    {
        for (int slot = 0; slot < TurnPlan.Slots; slot++)
        {
            if (_devices[slot] is not { } device)
            {
                continue;
            }

            Slave? slave = _host.SlaveIn(slot);
            int count = Math.Min(BurstSize, device.Received.Count);
            for (int i = 0; i < count; i++)
            {
                NetworkFrame frame = device.Dequeue();
                _plan.Rise(slot, Counter.RxFrames, frame);
                if (!_host.Bond.IsUp)
                {
                    _plan.Drop(slot, DropReason.BondDown);
                }
                else if (slave is null || slave.IsInactive)
                {
                    _plan.Drop(slot, DropReason.Suppressed);
                }
                else
                {
                    _plan.ToHost.Add(frame);
                }
            }
        }
    }

    /// <summary>Takes from every device what the lane gave it, and compares with the plan.</summary>
    private void Finish(PortDevice? hostDevice)
    {
        TurnPlan.Read(_counters, _after);
        if (_plan.AtRandom.Count > 0)
        {
            FinishAtRandom();
        }
        else
        {
            FinishPlanned();
        }

        if (hostDevice is not null)
        {
            FinishReception(hostDevice);
        }

        _plan.Compare(Name, _before, _after);
    }

    private void FinishPlanned()
    {
        bool copies = _host.Bond.Options.Mode == BondMode.Broadcast;
        for (int slot = 0; slot < TurnPlan.Slots; slot++)
        {
            IReadOnlyList<NetworkFrame> expected = _plan.Out(slot);
            if (_devices[slot] is not { } device)
            {
                _plan.Drop(slot, DropReason.NoPort, expected.Count);
                continue;
            }

            int sent = device.Take(expected);
            CountSent(slot, expected, sent);

            // Only broadcast copies frames, and only copies can lack a frame to be made in.
            long uncopied = copies ? TurnPlan.Rise(_before, _after, slot, DropReason.NoFrame) : 0;
            long refused = expected.Count - sent - uncopied;
            Holds(refused <= 0 || IsFull(slot, sent), "dropped frames, though the slave's ring has room");
            _plan.Drop(slot, DropReason.NoFrame, uncopied);
            _plan.Drop(slot, DropReason.RingFull, refused);
        }
    }

    /// <summary>
    /// packets_per_slave 0: each frame on one slave that can transmit, it doesn't matter which; IGMP on its own, in between.
    /// </summary>
    private void FinishAtRandom()
    {
        int missing = _burst.Count - _plan.Dropped(CounterLayout.HostRow, DropReason.NoSlave);
        HashSet<NetworkFrame> seen = [];
        for (int slot = 0; slot < TurnPlan.Slots; slot++)
        {
            bool candidate = (_plan.Candidates >> slot & 1) != 0;
            int sent = 0;
            if (_devices[slot] is { } device)
            {
                List<NetworkFrame> allowed = _burst.FindAll(frame => _plan.Out(slot).Contains(frame) || (candidate && _plan.AtRandom.Contains(frame)));
                List<NetworkFrame> taken = device.TakeAnyOf(allowed);
                sent = taken.Count;
                CountSent(slot, taken, sent);
                Holds(taken.TrueForAll(seen.Add), "sent a frame on two slaves");
            }

            foreach (DropReason reason in (ReadOnlySpan<DropReason>)[DropReason.NoPort, DropReason.RingFull])
            {
                long dropped = TurnPlan.Rise(_before, _after, slot, reason);
                Holds(dropped == 0 || (_devices[slot] is null ? reason == DropReason.NoPort : IsFull(slot, sent)), "dropped frames without a reason");
                _plan.Drop(slot, reason, dropped);
                missing -= (int)dropped;
            }
        }

        Holds(missing == seen.Count, "lost sight of frames");
    }

    private void FinishReception(PortDevice device)
    {
        int taken = device.Take(_plan.ToHost);
        for (int i = 0; i < taken; i++)
        {
            _plan.Rise(CounterLayout.HostRow, Counter.TxFrames, _plan.ToHost[i]);
            _host.Stack.Judge(_plan.ToHost[i], Lane.Generation);
        }

        bool isFull = device.Port.InFlight == device.Port.Rings.Budget;
        Holds(taken == _plan.ToHost.Count || isFull, "dropped frames for the host, though its ring has room");
        _plan.Drop(CounterLayout.HostRow, DropReason.RingFull, _plan.ToHost.Count - taken);
    }

    private void CountSent(int slot, IReadOnlyList<NetworkFrame> frames, int sent)
    {
        if (sent == 0)
        {
            return;
        }

        Nic? nic = _host.NicIn(slot);
        for (int i = 0; i < sent; i++)
        {
            _plan.Rise(slot, Counter.TxFrames, frames[i]);
            _host.Network.History.Add(Happening.Transmitted, nic?.Name ?? Name, frames[i].Number);
        }

        nic?.Serve();
    }

    private bool IsFull(int slot, int sent) => _inFlight[slot] + sent == _devices[slot]!.Port.Rings.Budget;

    private void Mark(NetworkFrame frame)
    {
        frame.Epoch = _host.Network.Epoch;
        frame.Mode = _host.Bond.Options.Mode;
        frame.Generation = _host.Bond.Table.Generation;
    }

    private void Holds(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvariantBrokenException($"{Name}: {message}");
        }
    }
}
