using System.Numerics;
using FastBond.Core.Bonds;
using FastBond.Dataplane.Cores;

namespace FastBond.Linux;

/// <content>What the cores see, on its way to the control plane: frames that the monitors live on, rings that hang, kicks that fail; and what is due of it.</content>
internal sealed partial class BondRuntime
{
    /// <summary>Names the transmit queues of what the host sends, on all cores; null: all of them 0.</summary>
    public TransmitClassifier? Classifier
    {
        get;
        set
        {
            field = value;
            _lanes.ForEach(lane => lane.Classifier = value);
        }
    }

    private long TransmitStallNs => Bond.EngineOptions.TxStallMs * NanosecondsPerMillisecond;

    /// <summary>Does what is due, takes what the cores have to say, and renews the status file if anything has changed.</summary>
    public void Advance(long nowNs)
    {
        ulong refused = HearLanes(nowNs);
        Judge(nowNs);
        Suspect(refused);

        if (_face is not null && !_face.Advance(nowNs))
        {
            _context.Loop.Wake();
        }

        if (_dirty)
        {
            _dirty = false;
            WriteStatusFile();
            _context.Events.Look(this);
        }
    }

    /// <summary>Does what is due. What there is to say of it is said afterwards: to wake the log's thread may take longer than a fail-over.</summary>
    private void Judge(long nowNs)
    {
        _holdsLines = true;
        try
        {
            while (Bond.NextDueNs <= nowNs)
            {
                Bond.Tick(nowNs);
            }
        }
        finally
        {
            _holdsLines = false;
            _heldLines.ForEach(line => _context.Settings.Log(line.Priority, line.Message));
            _heldLines.Clear();
        }
    }

    /// <summary>
    /// Tells the bond what the cores have seen since it was last asked. Frames and stamps before the pass that judges by them; a ring as it
    /// is now, since an event that found no room says nothing. Returns a bit for each slot whose kicks have failed.
    /// </summary>
    private ulong HearLanes(long nowNs)
    {
        ulong stalled = 0, refused = 0;
        foreach (Lane lane in _lanes)
        {
            refused |= TakeEvents(lane);
            TakeWatched(lane);
            stalled |= lane.StalledMask;
        }

        bool judges = Bond.NextDueNs <= nowNs;
        foreach (SlaveAttachment? attachment in _attachments)
        {
            if (attachment is not { Slave: { } slave })
            {
                continue;
            }

            Bond.TransmitStalled(nowNs, slave, (stalled >> slave.Slot & 1) != 0);
            if (judges)
            {
                Bond.Heard(nowNs, slave, LastReceivedNs(slave));
            }
        }

        return refused;
    }

    private static ulong TakeEvents(Lane lane)
    {
        ulong refused = 0;
        while (lane.TryTakeEvent(out LaneEvent told))
        {
            // The host port's have no slot.
            if (told.Kind == LaneEventKind.KickFailed && told.Slot < ForwardingTable.MaxSlaves)
            {
                refused |= 1UL << told.Slot;
            }
        }

        return refused;
    }

    /// <summary>A failed kick is a hint, never a verdict; and none at all for a link that is known to be lost, as every burst until then has failed.</summary>
    private void Suspect(ulong refused)
    {
        for (; refused != 0; refused &= refused - 1)
        {
            if (_attachments[BitOperations.TrailingZeroCount(refused)] is { Slave.Carrier: true, Carrier: { } watch })
            {
                watch.Suspect();
            }
        }
    }

    private void TakeWatched(Lane lane)
    {
        while (lane.Watch.TryTake(out WatchedFrame frame))
        {
            if (frame.Slot == ForwardingTable.NoSlot)
            {
                Bond.FrameFromHost(frame.TimeNs, frame.Bytes);
            }
            else if (_attachments[frame.Slot] is { } attachment && frame.TimeNs >= attachment.SinceNs)
            {
                Bond.FrameReceived(frame.TimeNs, attachment.Slave, frame.Bytes);
            }
        }
    }

    private long LastReceivedNs(Slave slave)
    {
        long last = 0;
        foreach (Lane lane in _lanes)
        {
            last = Math.Max(last, lane.Watch.LastReceivedNs(slave.Slot));
        }

        return last;
    }
}
