using System.Buffers.Binary;
using System.Diagnostics;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Offloads;
using FastBond.Dataplane.Ports;

namespace FastBond.Dataplane.Cores;

/// <summary>
/// Runs the turn over private memory ports with mixed frames in every mode, so that the runtime has compiled, profiled and compiled it again
/// before the first real frame: a core that only ever spun on empty rings moves its first traffic at half the speed.
/// </summary>
internal sealed unsafe class Rehearsal : IDisposable
{
    private const int Slaves = 4;
    private const int Burst = 64;
    private const int RingSize = 256;
    private const int FrameLength = 64;

    private readonly FrameMemory _memory = FrameMemory.Allocate(4096);
    private readonly FramePool _pool;
    private readonly CounterBlock _counters = CounterBlock.Allocate("rehearsal", 1);
    private readonly Lane _lane;
    private readonly MemoryPort _host;
    private readonly MemoryPort[] _slaves;
    private uint _random = 1;

    public Rehearsal()
    {
        _pool = new FramePool(_memory);
        _lane = new Lane(_pool, _counters.Core(0), Burst);
        _host = new MemoryPort(_pool, RingSize);
        _slaves = new MemoryPort[Slaves];
        _lane.SetHost(_host);
        for (byte slot = 0; slot < Slaves; slot++)
        {
            _slaves[slot] = new MemoryPort(_pool, RingSize);
            _lane.Attach(slot, _slaves[slot]);
        }
    }

    /// <summary>Rehearses on this thread for about that long, or until <paramref name="wanted"/> says that the real thing is waiting.</summary>
    public static void Run(TimeSpan duration, Func<bool> wanted)
    {
        using Rehearsal rehearsal = new();
        using OffloadRehearsal offloads = new();
        ForwardingTable[] tables = [.. Tables()];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; Stopwatch.GetElapsedTime(start) < duration && !wanted(); i++)
        {
            rehearsal.Play(tables[i % tables.Length], turns: 16);
            offloads.Play();
        }
    }

    /// <summary>Turns under one table. Returns what came from the host, what the slaves sent, and what of the host's was dropped.</summary>
    public (ulong Received, ulong Sent, ulong Dropped) Play(ForwardingTable table, int turns)
    {
        (ulong Received, ulong Sent, ulong Dropped) before = Counts();
        _lane.Publish(table);
        for (int turn = 0; turn < turns; turn++)
        {
            Turn();
        }

        (ulong Received, ulong Sent, ulong Dropped) after = Counts();
        return (after.Received - before.Received, after.Sent - before.Sent, after.Dropped - before.Dropped);
    }

    public void Dispose()
    {
        _host.Dispose();
        foreach (MemoryPort port in _slaves)
        {
            port.Dispose();
        }

        _lane.Dispose();
        _counters.Dispose();
        _pool.Dispose();
        _memory.Dispose();
    }

    /// <summary>Every mode and policy, with all slaves and with one down.</summary>
    public static IEnumerable<ForwardingTable> Tables()
    {
        byte[] all = [0, 1, 2, 3];
        ForwardingTable Table(BondMode mode, TransmitHashPolicy policy = TransmitHashPolicy.Layer2, int packetsPerSlave = 1, bool oneDown = false) => new()
        {
            Up = true,
            Mode = mode,
            FirstUsableFrom = oneDown ? [1, 1, 2, 3] : all,
            Usable = oneDown ? [1, 2, 3] : all,
            ActiveSlot = 1,
            IgmpSlot = 1,
            PacketsPerSlave = packetsPerSlave,
            Policy = policy,
            AcceptMask = mode == BondMode.ActiveBackup ? 2UL : 15UL,
            SlaveMask = 15,
        };

        foreach (bool oneDown in (bool[])[false, true])
        {
            yield return Table(BondMode.BalanceRr, oneDown: oneDown);
            yield return Table(BondMode.BalanceRr, packetsPerSlave: 0, oneDown: oneDown);
            yield return Table(BondMode.ActiveBackup, oneDown: oneDown);
            yield return Table(BondMode.Broadcast, oneDown: oneDown);
            foreach (TransmitHashPolicy policy in Enum.GetValues<TransmitHashPolicy>())
            {
                yield return Table(BondMode.BalanceXor, policy, oneDown: oneDown);
            }
        }
    }

    private (ulong Received, ulong Sent, ulong Dropped) Counts() => (
        _counters.Sum(CounterLayout.HostRow, Counter.RxFrames),
        _counters.Sum(CounterLayout.BondRow, Counter.TxFrames),
        _counters.SumDrops(CounterLayout.HostRow) + _counters.Sum(CounterLayout.BondRow, DropReason.RingFull)
        + _counters.Sum(CounterLayout.BondRow, DropReason.NoPort) + _counters.Sum(CounterLayout.BondRow, DropReason.NoFrame));

    private void Turn()
    {
        Feed(_host, 1 + (int)(Random() % Burst));
        foreach (MemoryPort slave in _slaves)
        {
            Feed(slave, (int)(Random() % 8));
        }

        _lane.Turn();
        Drain(_host);
        foreach (MemoryPort slave in _slaves)
        {
            Drain(slave);
        }
    }

    private void Feed(MemoryPort port, int count)
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[Burst];
        count = port.Peer.TakePosted(burst, count);
        for (int i = 0; i < count; i++)
        {
            burst[i].Length = FrameLength;
            Write(new Span<byte>(_memory.Pointer + burst[i].Address, FrameLength));
        }

        port.Peer.Deliver(burst, count);
    }

    private static void Drain(MemoryPort port)
    {
        FrameDescriptor* burst = stackalloc FrameDescriptor[Burst];
        for (int count = port.Peer.Receive(burst, Burst); count > 0; count = port.Peer.Receive(burst, Burst))
        {
            port.Peer.Complete(burst, count);
        }
    }

    /// <summary>Mostly TCP and UDP over IPv4, some IPv6, VLAN, ICMP and IGMP, as a host sends them.</summary>
    private void Write(Span<byte> frame)
    {
        frame.Clear();
        uint random = Random();
        BinaryPrimitives.WriteUInt32BigEndian(frame[2..], random);
        BinaryPrimitives.WriteUInt32BigEndian(frame[8..], ~random);
        Span<byte> type = frame[12..];
        if (random % 8 == 1)
        {
            BinaryPrimitives.WriteUInt32BigEndian(type, 0x8100_0064);
            type = type[4..];
        }

        bool ipv6 = random % 8 == 2;
        BinaryPrimitives.WriteUInt16BigEndian(type, (ushort)(ipv6 ? 0x86dd : 0x0800));
        Span<byte> packet = type[2..];
        packet[0] = (byte)(ipv6 ? 0x60 : 0x45);
        packet[ipv6 ? 6 : 9] = (random % 16) switch { 3 => 1, 4 => 2, < 8 => 17, _ => 6 };
        BinaryPrimitives.WriteUInt32BigEndian(packet[16..], random * 2654435761);
        BinaryPrimitives.WriteUInt32BigEndian(packet[20..], random);
    }

    private uint Random()
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return _random;
    }
}
