using System.Numerics;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;

namespace FastBond.Dataplane.Cores;

/// <summary>
/// One bond's share of one core: the ports on that core, the frame memory they use, and the turn that moves frames between them by the
/// bond's present <see cref="ForwardingTable"/>.
/// </summary>
/// <remarks>
/// <para>
/// Two threads: the <b>core</b>, which calls <see cref="Turn"/>, and the <b>control thread</b>, which publishes tables, gives commands and
/// takes events (<c>Lane.Control.cs</c>). Ports and pool belong to the core from the command that hands them over until the one that
/// takes them back has been carried out.
/// </para>
/// <para>
/// A release, in this order: publish a table without the slave → <see cref="WaitForGeneration"/> → <see cref="Detach"/> → wait → close the
/// socket → <see cref="ReclaimSocket"/> → wait. Forbidden: to close a port the core may still reach; to reclaim a socket the kernel still uses.
/// </para>
/// </remarks>
public sealed unsafe partial class Lane : IDisposable
{
    // An Ethernet header.
    private const uint ShortestFrame = 14;

    // Of so many full bursts one is looked at for the host's addresses; a power of two.
    private const uint FullBurstsToLook = 32;

    private readonly Port?[] _ports = new Port?[ForwardingTable.MaxSlaves];
    private readonly FramePool _pool;
    private readonly byte* _memory;
    private readonly CoreCounters _counters;
    private readonly int _burstSize;
    private readonly BurstScratch _scratch;
    private readonly TransmitChooser _chooser;
    private readonly LaneWatch _watch;
    private readonly Attachment[] _attached = new Attachment[ForwardingTable.MaxSlaves];
    private int _attachedCount;
    private Port? _host;
    private LaneFace? _face;
    private bool _hostBusy;
    private bool _hostFailing;
    private bool _looksAtHost;
    private bool _preparesHosts;
    private uint _fullBursts;
    private ForwardingTable _current = ForwardingTable.Empty;
    private ulong _busy;
    private ulong _failing;
    internal CoreMargin Margin;

    /// <summary>
    /// One round of work: commands, completions, a burst from each slave, a burst from the host, kicks. Returns how many frames and
    /// commands it handled. Called by one thread, the core's.
    /// </summary>
    public int Turn()
    {
        int work = CatchUp();
        ForwardingTable table = _current;
        FrameDescriptor* burst = _scratch.Burst;

        _host?.Reclaim();
        foreach (Attachment slave in Attached)
        {
            // Before anything is sent: with a full completion ring a device sends nothing.
            slave.Port.Reclaim();
            int count = slave.Port.Receive(burst, _burstSize);
            if (count > 0)
            {
                work += count;
                DeliverBurst(table, slave.Slot, burst, count);
            }
        }

        if (_host is { } host)
        {
            int count = host.Receive(burst, _burstSize);
            if (count > 0)
            {
                work += count;
                TransmitBurst(table, burst, count);
            }
        }

        KickBusy();
        if (--_turnsToLook == 0)
        {
            ForgetIdle();
            LookForStalls();
        }

        return work;
    }

    /// <summary>What the host sent goes to the slaves that the mode chooses.</summary>
    private void TransmitBurst(ForwardingTable table, FrameDescriptor* burst, int count)
    {
        BurstLengths lengths = BurstLengths.Of(burst, count);
        _counters.HostReceived(count, lengths.Sum);
        if (lengths.Shortest < ShortestFrame || lengths.Longest > MaxFrameLength)
        {
            count = DropBadLengths(burst, count);
            lengths = BurstLengths.Of(burst, count);
        }

        if (!table.Up)
        {
            Drop(CounterLayout.HostRow, DropReason.BondDown, burst, count);
            return;
        }

        if (_looksAtHost && MayLook(count) && _watch.Sent(_memory, burst, count))
        {
            EventQueued?.Invoke();
        }

        if (_preparesHosts)
        {
            count = PrepareHosts(table, burst, count);
            lengths = BurstLengths.Of(burst, count);
        }

        switch (table.Mode)
        {
            case BondMode.ActiveBackup:
                TransmitOn(table.ActiveSlot, burst, count, lengths.Sum);
                break;
            case BondMode.BalanceRr when _host is { SuperFrame: not 0 } host:
                TransmitOn(_chooser.ForSuperFrame(host.SuperFrame), burst, count, lengths.Sum);
                break;
            case BondMode.BalanceRr or BondMode.BalanceXor or BondMode.Ieee8023ad:
                Spread(table.Mode == BondMode.BalanceRr, burst, count, lengths.Shortest);
                break;
            case BondMode.Broadcast:
                Broadcast(table.Usable, burst, count, lengths.Sum);
                break;
            default:
                Drop(CounterLayout.HostRow, DropReason.NoSlave, burst, count);
                break;
        }
    }

    /// <summary>What a slave received goes to the host, unless the slave's inactive flag is set (modes.md section 5).</summary>
    private void DeliverBurst(ForwardingTable table, byte slot, FrameDescriptor* burst, int count)
    {
        uint bytes = BurstLengths.SumOf(burst, count);
        _counters.SlaveReceived(slot, count, bytes);
        if ((table.StampMask >> slot & 1) != 0 && _watch.Received(table, slot, _memory, burst, count))
        {
            EventQueued?.Invoke();
        }

        if (!table.Up || _host is null || (table.AcceptMask >> slot & 1) == 0)
        {
            DropReason reason = !table.Up ? DropReason.BondDown : _host is null ? DropReason.NoHost : DropReason.Suppressed;
            Drop(slot, reason, burst, count);
            return;
        }

        if (_face is { } face)
        {
            (count, bytes) = Translate(face, burst, count, slot);
        }

        int taken = _host.Transmit(burst, count);
        _hostBusy = true;
        if (taken < count)
        {
            bytes -= BurstLengths.SumOf(burst + taken, count - taken);
            Drop(CounterLayout.HostRow, DropReason.RingFull, burst + taken, count - taken);
        }

        _counters.HostTransmitted(taken, bytes);
    }

    private void TransmitOn(int slot, FrameDescriptor* burst, int count, uint bytes)
    {
        if (slot >= ForwardingTable.MaxSlaves)
        {
            Drop(CounterLayout.HostRow, DropReason.NoSlave, burst, count);
            return;
        }

        if (_ports[slot] is not { } port)
        {
            Drop(slot, DropReason.NoPort, burst, count);
            return;
        }

        int sent = port.Transmit(burst, count);
        _busy |= 1UL << slot;
        if (sent < count)
        {
            bytes -= BurstLengths.SumOf(burst + sent, count - sent);
            Drop(slot, DropReason.RingFull, burst + sent, count - sent);
        }

        _counters.SlaveTransmitted(slot, sent, bytes);
        _counters.BondTransmitted(sent, bytes);
    }

    /// <summary>
    /// Whether to look at what the host sent, for addresses to learn. Who has one says so again and again: of full bursts, behind which more
    /// frames wait, every so many will do.
    /// </summary>
    private bool MayLook(int count) => count < _burstSize || (++_fullBursts & (FullBurstsToLook - 1)) == 0;

    /// <summary>What is done to the host's frames before the mode decides: returns how many are left, in order.</summary>
    private int PrepareHosts(ForwardingTable table, FrameDescriptor* burst, int count)
    {
        if (_face is { } face)
        {
            (count, _) = Translate(face, burst, count, CounterLayout.HostRow);
        }

        return table.QueueSlots.Length > 0 && _classifier is { } classifier ? TransmitByQueue(table.QueueSlots, classifier, burst, count) : count;
    }

    /// <summary>Sends the frames whose queue is a usable slave's on that slave; returns how many are left, in order.</summary>
    private int TransmitByQueue(byte[] queueSlots, TransmitClassifier classifier, FrameDescriptor* burst, int count)
    {
        ushort* queues = _scratch.Queues;
        classifier.Classify(_memory, burst, count, queues);
        int left = 0;
        for (int start = 0; start < count; start += FrameSet.Capacity)
        {
            ulong others = 0;
            ulong slots = 0;
            int part = Math.Min(count - start, FrameSet.Capacity);
            for (int i = 0; i < part; i++)
            {
                ushort queue = queues[start + i];
                byte slot = queue < queueSlots.Length ? queueSlots[queue] : ForwardingTable.NoSlot;
                if (slot == ForwardingTable.NoSlot)
                {
                    others |= 1UL << i;
                }
                else
                {
                    _scratch.Chosen[slot] |= 1UL << i;
                    slots |= 1UL << slot;
                }
            }

            SendChosen(burst + start, slots);
            left += FrameSet.Copy(burst + start, others, burst + left);
        }

        return left;
    }

    /// <summary>Sends each frame on the slot chosen for it, each slave's in the order in which they came.</summary>
    private void Spread(bool roundRobin, FrameDescriptor* burst, int count, uint shortest)
    {
        for (; count > 0; burst += FrameSet.Capacity, count -= FrameSet.Capacity)
        {
            int part = Math.Min(count, FrameSet.Capacity);
            if (roundRobin)
            {
                _chooser.RoundRobin(_memory, burst, part, shortest);
            }
            else
            {
                _chooser.ByHash(_memory, burst, part, shortest);
            }

            SendChosen(burst, _chooser.Slots);
        }
    }

    /// <summary>Sends what was chosen for <paramref name="slots"/>; what was for none is dropped.</summary>
    private void SendChosen(FrameDescriptor* burst, ulong slots)
    {
        // What all slaves have in common is added up here and stored once: every addition to a word of memory waits for the one before it.
        ulong* chosen = _scratch.Chosen;
        ulong busy = 0;
        ulong bytes = 0;
        int frames = 0;
        for (; slots != 0; slots &= slots - 1)
        {
            int slot = BitOperations.TrailingZeroCount(slots);
            ulong set = chosen[slot];
            if (set == 0)
            {
                continue;
            }

            chosen[slot] = 0;
            if (_ports[slot] is not { } port)
            {
                Drop(slot, DropReason.NoPort, burst, set);
                continue;
            }

            int sent = port.Transmit(burst, set, out uint sentBytes);
            _counters.SlaveTransmitted(slot, sent, sentBytes);
            busy |= 1UL << slot;
            bytes += sentBytes;
            frames += sent;
            if (sent < BitOperations.PopCount(set))
            {
                Drop(slot, DropReason.RingFull, burst, FrameSet.Without(set, sent));
            }
        }

        _busy |= busy;
        _counters.BondTransmitted(frames, bytes);
        if (chosen[BurstScratch.NoSlave] != 0)
        {
            Drop(CounterLayout.HostRow, DropReason.NoSlave, burst, chosen[BurstScratch.NoSlave]);
            chosen[BurstScratch.NoSlave] = 0;
        }
    }

    /// <summary>A copy for each slave but the last, which gets the frames themselves.</summary>
    private void Broadcast(byte[] slots, FrameDescriptor* burst, int count, uint bytes)
    {
        if (slots.Length == 0)
        {
            Drop(CounterLayout.HostRow, DropReason.NoSlave, burst, count);
            return;
        }

        for (int i = 0; i < slots.Length - 1; i++)
        {
            FrameDescriptor* copies = _scratch.List;
            int copied = Copy(burst, copies, count);
            TransmitOn(slots[i], copies, copied, copied == count ? bytes : BurstLengths.SumOf(copies, copied));
            if (copied < count)
            {
                _counters.Dropped(slots[i], DropReason.NoFrame, count - copied);
            }
        }

        TransmitOn(slots[^1], burst, count, bytes);
    }

    private int Copy(FrameDescriptor* burst, FrameDescriptor* copies, int count)
    {
        int taken = _pool.Take(copies, count);
        for (int i = 0; i < taken; i++)
        {
            uint length = burst[i].Length;
            copies[i].Length = length;
            Buffer.MemoryCopy(_memory + burst[i].Address, _memory + copies[i].Address, length, length);
        }

        return taken;
    }

    /// <summary>Kicks the ports that have frames with their device; tells the control plane when that begins or ceases to fail.</summary>
    private void KickBusy()
    {
        for (ulong slots = _busy; slots != 0; slots &= slots - 1)
        {
            int slot = BitOperations.TrailingZeroCount(slots);
            int errno = _ports[slot]!.Kick();
            if (errno != 0 != ((_failing >> slot & 1) != 0))
            {
                _failing ^= 1UL << slot;
                TellKick((byte)slot, errno);
            }
        }

        if (_hostBusy)
        {
            int errno = _host!.Kick();
            if (errno != 0 != _hostFailing)
            {
                _hostFailing = errno != 0;
                TellKick(ForwardingTable.NoSlot, errno);
            }
        }
    }

    private void TellKick(byte slot, int errno) =>
        Tell(new LaneEvent(errno != 0 ? LaneEventKind.KickFailed : LaneEventKind.KickRecovered, slot, errno));

    /// <summary>Forgets the ports whose frames have all come back. Now and then: to kick one of them does no harm.</summary>
    private void ForgetIdle()
    {
        for (ulong slots = _busy; slots != 0; slots &= slots - 1)
        {
            int slot = BitOperations.TrailingZeroCount(slots);
            _busy = _ports[slot]!.InFlight > 0 ? _busy : _busy & ~(1UL << slot);
        }

        _hostBusy = _hostBusy && _host!.InFlight > 0;
    }

    /// <summary>Drops what is no frame, or longer than the slaves' MTU: one bad descriptor would stop a whole kick. Returns how many are left.</summary>
    private int DropBadLengths(FrameDescriptor* burst, int count)
    {
        int longest = MaxFrameLength;
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            FrameDescriptor frame = burst[i];
            if (frame.Length < ShortestFrame || frame.Length > longest)
            {
                Drop(CounterLayout.HostRow, frame.Length < ShortestFrame ? DropReason.TooShort : DropReason.TooLong, &frame, 1);
            }
            else
            {
                burst[kept++] = frame;
            }
        }

        return kept;
    }

    private void Drop(int row, DropReason reason, FrameDescriptor* burst, int count)
    {
        _pool.Free(burst, count);
        _counters.Dropped(row, reason, count);
    }

    private void Drop(int row, DropReason reason, FrameDescriptor* burst, ulong set) =>
        Drop(row, reason, _scratch.List, FrameSet.Copy(burst, set, _scratch.List));

    /// <summary>A slave's port, and its slot: what is done for every slave in every turn goes through a row of these.</summary>
    private readonly record struct Attachment(Port Port, byte Slot);
}
