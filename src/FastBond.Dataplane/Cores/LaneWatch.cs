using System.Diagnostics;
using System.Runtime.CompilerServices;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Rings;

namespace FastBond.Dataplane.Cores;

/// <summary>
/// What one lane sees for the monitors: when each slave last received, and copies of the ARP packets and neighbour discovery that the
/// <see cref="ForwardingTable"/> says to watch for. Under a table that asks for nothing it costs a test a burst.
/// </summary>
/// <remarks>
/// Two threads: the core notes, the control thread reads. A queue that is full loses the copy, not the frame; the control thread is woken
/// when it is half full, and otherwise looks when a monitor is due.
/// </remarks>
public sealed unsafe class LaneWatch
{
    private const int QueueLength = 256;

    // Of an ARP packet (RFC 826): what stands before the addresses, where it says how long the hardware addresses are, and the others' length.
    private const int ArpFixedLength = 8, ArpHardwareLength = 4, Ipv4Length = 4;

    // Ethertypes as they are loaded from a frame.
    private static readonly ushort Arp = InMemory(EtherType.Arp);
    private static readonly ushort Ipv6 = InMemory(EtherType.Ipv6);
    private static readonly ushort Vlan = InMemory(EtherType.Vlan);
    private static readonly ushort ServiceVlan = InMemory(EtherType.ServiceVlan);

    private readonly long[] _lastReceivedNs = new long[ForwardingTable.MaxSlaves + (CoreMemory.Line / sizeof(long))];
    private readonly RingArea _queue = RingArea.Allocate<WatchedFrame>(QueueLength);
    private readonly Func<long> _clock;
    private ProducerRing<WatchedFrame> _in;
    private ConsumerRing<WatchedFrame> _out;
    private long _lost;
    internal CoreMargin Margin;

    internal LaneWatch(Func<long>? clock)
    {
        _clock = clock ?? Stopwatch.GetTimestamp;
        _in = new ProducerRing<WatchedFrame>(_queue);
        _out = new ConsumerRing<WatchedFrame>(_queue);
    }

    private enum Kind
    {
        Other,
        Arp,
        NeighborDiscovery,
        Ipv6,
    }

    /// <summary>Copies that were lost, as the control plane had not taken the ones before. Rises only.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Now, in nanoseconds of the clock that all times here are of.</summary>
    internal long NowNs => _clock();

    /// <summary>When a slot last received what counts (<see cref="ForwardingTable.StampMask"/>); 0 for never since it was attached.</summary>
    public long LastReceivedNs(int slot) => Volatile.Read(ref _lastReceivedNs[slot]);

    /// <summary>Takes the oldest copy.</summary>
    public bool TryTake(out WatchedFrame frame)
    {
        if (_out.Peek(1) == 0)
        {
            frame = default;
            return false;
        }

        frame = *_out.Run(0, 1, out _);
        _out.Release(1);
        return true;
    }

    internal void Free() => _queue.Free();

    /// <summary>A slot has another slave, or none.</summary>
    internal void Forget(int slot) => Volatile.Write(ref _lastReceivedNs[slot], 0);

    /// <summary>Looks at what a slave received; true if the control thread should come soon. The frames are of any length.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool Received(ForwardingTable table, byte slot, byte* memory, FrameDescriptor* burst, int count)
    {
        long nowNs = _clock();
        bool copies = (table.WatchMask >> slot & 1) != 0;
        if (!copies && !table.StampsOnlyArpAndIpv6)
        {
            Volatile.Write(ref _lastReceivedNs[slot], nowNs);
            return false;
        }

        bool counts = !table.StampsOnlyArpAndIpv6;
        bool wake = false;
        for (int i = 0; i < count; i++)
        {
            byte* frame = memory + burst[i].Address;
            int length = (int)burst[i].Length;
            Kind kind = table.IsInfiniband ? KindOfIpoib(frame, length, out int payload) : KindOf(frame, length, out payload);
            counts |= kind != Kind.Other;
            if (copies && kind is Kind.Arp or Kind.NeighborDiscovery && Names(table.WatchedWords, frame + payload, kind))
            {
                wake |= Copy(slot, nowNs, frame, length);
            }
        }

        if (counts)
        {
            Volatile.Write(ref _lastReceivedNs[slot], nowNs);
        }

        return wake;
    }

    /// <summary>Looks at what the host sent; true if the control thread should come soon. The frames have an Ethernet header at least.</summary>
    internal bool Sent(byte* memory, FrameDescriptor* burst, int count)
    {
        bool wake = false;
        if (MayHoldWatched(memory, burst, count))
        {
            long nowNs = _clock();
            for (int i = 0; i < count; i++)
            {
                byte* frame = memory + burst[i].Address;
                if (KindOf(frame, (int)burst[i].Length, out _) is Kind.Arp or Kind.NeighborDiscovery)
                {
                    wake |= Copy(ForwardingTable.NoSlot, nowNs, frame, (int)burst[i].Length);
                }
            }
        }

        return wake;
    }

    /// <summary>
    /// The test that every frame of the host's pays for, without a branch in its loop: whether some frame is ARP or ICMPv6, behind one tag
    /// or none, or has more tags. Frames begin near their chunk's start, so the bytes are always there to be read.
    /// </summary>
    private static bool MayHoldWatched(byte* memory, FrameDescriptor* burst, int count)
    {
        const int Type = 12, NextHeader = 20, TagLength = 4;
        bool found = false;
        for (int i = 0; i < count; i++)
        {
            byte* frame = memory + burst[i].Address;
            ushort outer = Unsafe.ReadUnaligned<ushort>(frame + Type);
            byte* inner = frame + (outer == Vlan || outer == ServiceVlan ? TagLength : 0);
            ushort type = Unsafe.ReadUnaligned<ushort>(inner + Type);
            found |= type == Arp | type == Vlan | (type == Ipv6 & inner[NextHeader] == IpProtocol.Icmpv6);
        }

        return found;
    }

    private static Kind KindOf(byte* frame, int length, out int payload)
    {
        payload = EthernetFrame.HeaderLength;
        while (payload <= length)
        {
            ushort type = Unsafe.ReadUnaligned<ushort>(frame + payload - sizeof(ushort));
            if (type != Vlan && type != ServiceVlan)
            {
                return KindOf(type, frame + payload, length - payload);
            }

            payload += EthernetFrame.TagLength;
        }

        return Kind.Other;
    }

    private static Kind KindOfIpoib(byte* frame, int length, out int payload)
    {
        payload = IpoibFrame.HeaderLength;
        return length < payload
            ? Kind.Other
            : KindOf(Unsafe.ReadUnaligned<ushort>(frame + IpoibFrame.TypeOffset), frame + payload, length - payload);
    }

    private static Kind KindOf(ushort type, byte* packet, int length)
    {
        const int Ipv6HeaderLength = 40, DiscoveryLength = 24, NextHeader = 6;
        const byte Solicitation = 135, Advertisement = 136;
        if (type == Arp)
        {
            return length >= ArpFixedLength && length >= ArpFixedLength + (2 * (packet[ArpHardwareLength] + Ipv4Length)) ? Kind.Arp : Kind.Other;
        }

        if (type != Ipv6)
        {
            return Kind.Other;
        }

        bool isDiscovery = length >= Ipv6HeaderLength + DiscoveryLength && packet[NextHeader] == IpProtocol.Icmpv6 &&
            packet[Ipv6HeaderLength] is Solicitation or Advertisement;
        return isDiscovery ? Kind.NeighborDiscovery : Kind.Ipv6;
    }

    /// <summary>
    /// Whether it is from, for or about an address watched for: the rest of a segment's ARP must not crowd the queue. The last four
    /// bytes of an address tell it well enough.
    /// </summary>
    private static bool Names(uint[] words, byte* packet, Kind kind)
    {
        const int Ipv6Source = 20, DiscoveryTarget = 60;
        int arpSender = ArpFixedLength + packet[ArpHardwareLength];
        uint first = Unsafe.ReadUnaligned<uint>(packet + (kind == Kind.Arp ? arpSender : Ipv6Source));
        uint second = Unsafe.ReadUnaligned<uint>(packet + (kind == Kind.Arp ? (2 * arpSender) - ArpFixedLength + Ipv4Length : DiscoveryTarget));
        foreach (uint word in words)
        {
            if (word == first || word == second)
            {
                return true;
            }
        }

        return false;
    }

    private bool Copy(byte slot, long nowNs, byte* frame, int length)
    {
        if (_in.Reserve(1) == 0)
        {
            Volatile.Write(ref _lost, _lost + 1);
            return false;
        }

        WatchedFrame* place = _in.Run(0, 1, out _);
        place->TimeNs = nowNs;
        place->Slot = slot;
        place->Length = (byte)Math.Min(length, WatchedFrame.Capacity);
        new ReadOnlySpan<byte>(frame, place->Length).CopyTo(place->Storage);
        _in.Submit(1);
        return _in.Pending == QueueLength / 2;
    }

    private static ushort InMemory(ushort number) => BitConverter.IsLittleEndian ? (ushort)((number >> 8) | (number << 8)) : number;
}
