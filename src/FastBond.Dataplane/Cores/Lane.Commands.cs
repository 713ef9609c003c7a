using System.Runtime.CompilerServices;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Ports;

namespace FastBond.Dataplane.Cores;

/// <content>The core's side of what the control thread asks.</content>
public sealed unsafe partial class Lane
{
    // Frames that belong to no socket: a burst in hand, one at the host port, and room for control frames.
    private int FramesInHand => 4 * _burstSize;

    private ReadOnlySpan<Attachment> Attached => _attached.AsSpan(0, _attachedCount);

    private void Adopt(ForwardingTable table)
    {
        _current = table;
        _chooser.Adopt(table);
        DecideAboutHosts();
        Volatile.Write(ref _generation, table.Generation);
    }

    private void DecideAboutHosts()
    {
        // Who speaks IPoIB himself has nobody behind him.
        _looksAtHost = _current.WatchesHost && (_face is not null || !_current.IsInfiniband);
        _preparesHosts = _face is not null || _current.QueueSlots.Length > 0;
        _host?.SeparatesSuperFrames = _current.Mode == BondMode.BalanceRr;
    }

    private int RunCommands()
    {
        int count = 0;
        while (_commands.TryDequeue(out LaneCommand command))
        {
            Run(command);
            Volatile.Write(ref _done, _done + 1);
            count++;
        }

        return count;
    }

    private void Run(in LaneCommand command)
    {
        switch (command.Kind)
        {
            case LaneCommandKind.Attach:
                SetPort(command.Slot, command.Port);
                if (command.NewSlave)
                {
                    _counters.Clear(command.Slot);
                }

                break;
            case LaneCommandKind.Detach:
                SetPort(command.Slot, null);
                break;
            case LaneCommandKind.SetHost:
                _host = command.Port;
                _hostBusy = false;
                _hostFailing = false;
                DecideAboutHosts();
                ShareFrames();
                break;
            case LaneCommandKind.SetFace:
                _face = command.Face;
                DecideAboutHosts();
                break;
            case LaneCommandKind.ReclaimSocket:
                int abandoned = _pool.ReclaimSocket(command.Socket).Transmitted;
                _counters.Dropped(command.Slot == ForwardingTable.NoSlot ? CounterLayout.HostRow : command.Slot, DropReason.Abandoned, abandoned);
                break;
            case LaneCommandKind.SendFrame:
                SendFrame(command.Slot);
                break;
        }
    }

    private void SetPort(byte slot, Port? port)
    {
        ulong bit = 1UL << slot;
        SetStalled(slot, false);
        _watch.Forget(slot);
        _ports[slot] = port;
        _busy &= ~bit;
        _failing &= ~bit;
        _attachedCount = 0;
        for (byte other = 0; other < ForwardingTable.MaxSlaves; other++)
        {
            if (_ports[other] is { } present)
            {
                _attached[_attachedCount++] = new Attachment(present, other);
            }
        }

        ShareFrames();
    }

    /// <summary>Divides the frames among the sockets, each of which may hold its share twice: posted and in transmission.</summary>
    private void ShareFrames()
    {
        int sockets = _host?.SocketCount ?? 0;
        foreach (Attachment slave in Attached)
        {
            sockets += slave.Port.SocketCount;
        }

        int share = Math.Max(1, (FrameLimit - FramesInHand) / (2 * Math.Max(sockets, _foreseenSockets)));
        _host?.SetBudget(share);
        foreach (Attachment slave in Attached)
        {
            slave.Port.SetBudget(share);
        }
    }

    private void SendFrame(byte slot)
    {
        ControlFrame* frame = _controlOut.Peek(1) == 1 ? _controlOut.Run(0, 1, out _) : throw new InvalidOperationException("no control frame");
        FrameDescriptor descriptor;
        if (_pool.Take(&descriptor, 1) == 1)
        {
            descriptor.Length = frame->Length;
            new ReadOnlySpan<byte>(&frame->Bytes, frame->Length).CopyTo(new Span<byte>(_memory + descriptor.Address, frame->Length));
            TransmitOn(slot, &descriptor, 1, frame->Length);
        }
        else
        {
            _counters.Dropped(slot, DropReason.NoFrame, 1);
        }

        _controlOut.Release(1);
    }

    /// <summary>
    /// Takes a burst through the Ethernet face. Returns how many frames are left, and their bytes; those it had to drop are counted in
    /// <paramref name="row"/>. Not inlined: bonds without a face pay for one comparison.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (int Count, uint Bytes) Translate(LaneFace face, FrameDescriptor* burst, int count, int row)
    {
        int left = face.Translate(_pool, burst, count, fromHost: row == CounterLayout.HostRow, out int dropped);
        _counters.Dropped(row, DropReason.NotTranslated, dropped);
        if (left + dropped < count)
        {
            EventQueued?.Invoke();
        }

        return (left, BurstLengths.SumOf(burst, left));
    }

    private void Tell(in LaneEvent laneEvent)
    {
        // A full queue means that the control plane has not looked for a long time; what it missed it will poll.
        if (_events.TryEnqueue(laneEvent))
        {
            EventQueued?.Invoke();
        }
    }

    /// <summary>Whether frames are with a device: a sleeping core then looks again soon, since completions wake nobody.</summary>
    internal bool HasFramesInFlight
    {
        get
        {
            ForgetIdle();
            return _busy != 0 || _hostBusy;
        }
    }

    /// <summary>Copies the descriptors to wait on to <paramref name="descriptors"/> from <paramref name="count"/> on, growing it if need be.</summary>
    internal int AddWaitDescriptors(ref int[] descriptors, int count)
    {
        if (_host is { } host)
        {
            count = Append(host.WaitDescriptors, ref descriptors, count);
        }

        foreach (Attachment slave in Attached)
        {
            count = Append(slave.Port.WaitDescriptors, ref descriptors, count);
        }

        return count;
    }

    private static int Append(ReadOnlySpan<int> added, ref int[] descriptors, int count)
    {
        if (count + added.Length > descriptors.Length)
        {
            Array.Resize(ref descriptors, 2 * (count + added.Length));
        }

        added.CopyTo(descriptors.AsSpan(count));
        return count + added.Length;
    }
}
