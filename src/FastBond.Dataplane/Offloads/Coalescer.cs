using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.Offloads;

/// <summary>A run of bytes in memory; as the kernel's <c>struct iovec</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct MemoryPart
{
    /// <summary>Its first byte.</summary>
    public byte* Start;

    /// <summary>How many bytes.</summary>
    public nuint Length;
}

/// <summary>
/// Joins the TCP segments of a burst that follow one another into super-frames (GRO) without moving payload: a super-frame is the first
/// segment's frame, its headers rewritten, and the payload of the others, to be written by one gather call.
/// </summary>
/// <remarks>
/// <para>
/// Segments are joined only if cutting the super-frame (<see cref="Segmenter"/>) gives them back: all headers alike but lengths,
/// checksums, sequence number, FIN and PSH (which end a super-frame), CWR (which only begins one) and IPv4 identification, which rises by
/// one or, in packets that must not be fragmented, stays the same: there it means nothing (RFC 6864 section 4.1). And only if the checksums
/// of each are right, since a super-frame tells the host that they are; a segment with a bad one goes on alone, for the host to judge.
/// </para>
/// <para>
/// Packets leave in the order in which each one's first frame came, and nothing of a flow overtakes: a segment that can't be joined to the
/// packet of its flow ends it, and what isn't understood (fragments, other than IP) ends all.
/// </para>
/// <para>Allocates nothing after its construction.</para>
/// </remarks>
public sealed unsafe class Coalescer
{
    /// <summary>The longest IP packet, header included, in bytes.</summary>
    private const int MaxPacketLength = 65_535;

    private const int None = -1;
    private const uint Closed = 0;

    private readonly PinnedArray<MemoryPart> _parts;
    private readonly PinnedArray<uint> _partCounts;
    private readonly PinnedArray<int> _order;
    private readonly PinnedArray<FrameDescriptor> _reordered;

    // The next frame of the same packet, for each frame.
    private readonly PinnedArray<int> _next;

    private readonly PinnedArray<Packet> _packets;

    // For each packet its flow's key while more may be joined, else Closed.
    private readonly PinnedArray<uint> _keys;
    private int _count;

    /// <summary>Takes bursts of up to <paramref name="maxBurst"/> frames.</summary>
    public Coalescer(int maxBurst)
    {
        _parts = new PinnedArray<MemoryPart>(maxBurst);
        _partCounts = new PinnedArray<uint>(maxBurst);
        _order = new PinnedArray<int>(maxBurst);
        _reordered = new PinnedArray<FrameDescriptor>(maxBurst);
        _next = new PinnedArray<int>(maxBurst);
        _packets = new PinnedArray<Packet>(maxBurst);
        _keys = new PinnedArray<uint>(maxBurst);
    }

    /// <summary>What to write, packet by packet, each with its <see cref="VirtioNetHeader"/> in front. Each part comes from a frame of its own.</summary>
    public MemoryPart* Parts => _parts.Pointer;

    /// <summary>How many parts each packet has.</summary>
    public uint* PartCounts => _partCounts.Pointer;

    /// <summary>
    /// Joins what can be joined. Returns the number of packets to be written: as many as frames if nothing was joined, and then
    /// <see cref="Parts"/> is not made, since the burst can go as it is. Frames need <see cref="VirtioNetHeader.Length"/> bytes in front.
    /// </summary>
    /// <param name="memory">Start of the frame memory, which the descriptors' addresses count from.</param>
    /// <param name="burst">The frames, in the order in which they came.</param>
    /// <param name="count">How many there are.</param>
    public int Join(byte* memory, FrameDescriptor* burst, int count)
    {
        _count = 0;
        for (int i = 0; i < count; i++)
        {
            Take(memory + burst[i].Address, (int)burst[i].Length, i);
        }

        if (_count < count)
        {
            MakeParts(memory, burst);
        }

        return _count;
    }

    /// <summary>
    /// Brings the joined burst into the order of its packets, so that the frames of the first packets are in front. Returns how many frames
    /// the first <paramref name="packets"/> have.
    /// </summary>
    public int Reorder(FrameDescriptor* burst, int count, int packets)
    {
        FrameDescriptor* reordered = _reordered.Pointer;
        for (int i = 0; i < count; i++)
        {
            reordered[i] = burst[_order.Pointer[i]];
        }

        new ReadOnlySpan<FrameDescriptor>(reordered, count).CopyTo(new Span<FrameDescriptor>(burst, count));
        int frames = 0;
        for (int i = 0; i < packets; i++)
        {
            frames += (int)PartCounts[i];
        }

        return frames;
    }

    private void Take(byte* frame, int length, int index)
    {
        if (!PacketLayout.TryParse(frame, length, out PacketLayout layout))
        {
            new Span<uint>(_keys.Pointer, _count).Clear();
            Begin(index, Closed);
        }
        else if (layout.Protocol != IpProtocol.Tcp)
        {
            Begin(index, Closed);
        }
        else
        {
            Take(new TcpSegment(frame, length, layout), index);
        }
    }

    private void Take(in TcpSegment segment, int index)
    {
        uint key = segment.FlowKey;
        bool isData = segment.IsData;
        bool endsPacket = (segment.Flags & (TcpSegment.Fin | TcpSegment.Psh)) != 0;
        int packet = new ReadOnlySpan<uint>(_keys.Pointer, _count).IndexOf(key);
        if (packet != None)
        {
            if (isData && _packets.Pointer[packet].TryAppend(segment))
            {
                ref Packet joined = ref _packets.Pointer[packet];
                _next.Pointer[joined.LastFrame] = index;
                _next.Pointer[index] = None;
                joined.LastFrame = index;
                if (endsPacket || segment.PayloadLength < joined.First.PayloadLength)
                {
                    _keys.Pointer[packet] = Closed;
                }

                return;
            }

            _keys.Pointer[packet] = Closed;
        }

        Begin(index, isData && !endsPacket ? key : Closed).First = segment;
    }

    private ref Packet Begin(int index, uint key)
    {
        _keys.Pointer[_count] = key;
        _next.Pointer[index] = None;
        ref Packet packet = ref _packets.Pointer[_count++];
        packet.FirstFrame = packet.LastFrame = index;
        packet.Segments = 1;
        packet.FirstIsValid = false;
        packet.JoinedLength = 0;
        return ref packet;
    }

    private void MakeParts(byte* memory, FrameDescriptor* burst)
    {
        int part = 0;
        for (int i = 0; i < _count; i++)
        {
            ref Packet packet = ref _packets.Pointer[i];
            FrameDescriptor first = burst[packet.FirstFrame];
            VirtioNetHeader* header = (VirtioNetHeader*)(memory + first.Address) - 1;
            *header = default;
            if (packet.Segments > 1)
            {
                packet.WriteHeaders(header, burst[packet.LastFrame], memory);
            }

            _partCounts.Pointer[i] = (uint)packet.Segments;
            Add(part++, packet.FirstFrame, (byte*)header, VirtioNetHeader.Length + (int)first.Length);
            for (int frame = _next.Pointer[packet.FirstFrame]; frame != None; frame = _next.Pointer[frame])
            {
                int headers = packet.First.Layout.Payload;
                Add(part++, frame, memory + burst[frame].Address + headers, (int)burst[frame].Length - headers);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(int part, int frame, byte* start, int length)
    {
        _order.Pointer[part] = frame;
        _parts.Pointer[part].Start = start;
        _parts.Pointer[part].Length = (nuint)length;
    }

    /// <summary>A packet in the making.</summary>
    private struct Packet
    {
        public TcpSegment First;
        public int FirstFrame;
        public int LastFrame;
        public int Segments;
        public bool FirstIsValid;

        // Payload of all segments but the first, in bytes.
        public int JoinedLength;
        private uint _idStep;

        /// <summary>Joins a segment of data if it continues the packet; both are then known to be undamaged.</summary>
        public bool TryAppend(in TcpSegment segment)
        {
            int payload = First.PayloadLength;
            if (segment.PayloadLength > payload ||
                segment.Sequence != First.Sequence + (uint)(payload + JoinedLength) ||
                First.Length - First.Layout.Network + JoinedLength + segment.PayloadLength > MaxPacketLength ||
                !segment.HasHeadersOf(First) ||
                (!segment.Layout.IsIpv6 && !HasNextId(segment)) ||
                !(FirstIsValid || First.HasValidChecksums()))
            {
                return false;
            }

            FirstIsValid = true;
            if (!segment.HasValidChecksums())
            {
                return false;
            }

            Segments++;
            JoinedLength += segment.PayloadLength;
            return true;
        }

        /// <summary>Makes the first frame's headers those of the super-frame.</summary>
        public readonly void WriteHeaders(VirtioNetHeader* header, FrameDescriptor last, byte* memory)
        {
            PacketLayout layout = First.Layout;
            byte* ip = First.Frame + layout.Network;
            byte* tcp = First.Frame + layout.Transport;
            uint tcpLength = (uint)(First.Length - layout.Transport + JoinedLength);
            if (layout.IsIpv6)
            {
                Unsafe.WriteUnaligned(ip + PacketLayout.Ipv6PayloadLength, (ushort)Checksums.Word(tcpLength));
            }
            else
            {
                Unsafe.WriteUnaligned(ip + PacketLayout.Ipv4TotalLength, (ushort)Checksums.Word(PacketLayout.Ipv4HeaderLength + tcpLength));
                Unsafe.WriteUnaligned<ushort>(ip + PacketLayout.Ipv4Checksum, 0);
                Unsafe.WriteUnaligned(ip + PacketLayout.Ipv4Checksum, Checksums.Finish(Checksums.Sum(ip, PacketLayout.Ipv4HeaderLength)));
            }

            tcp[PacketLayout.TcpFlags] |= (byte)(memory[last.Address + (uint)(layout.Transport + PacketLayout.TcpFlags)] & (TcpSegment.Fin | TcpSegment.Psh));
            ulong pseudo = (ulong)layout.PseudoHeaderSum(First.Frame) + Checksums.Word(tcpLength);
            Unsafe.WriteUnaligned(tcp + PacketLayout.TcpChecksum, (ushort)Checksums.Fold(pseudo));
            header->Flags = VirtioNetHeader.NeedsChecksum;
            header->GsoType = (byte)((layout.IsIpv6 ? VirtioNetHeader.GsoTcpV6 : VirtioNetHeader.GsoTcpV4) |
                ((First.Flags & TcpSegment.Cwr) != 0 ? VirtioNetHeader.GsoEcn : 0));
            header->HeaderLength = (ushort)layout.Payload;
            header->GsoSize = (ushort)First.PayloadLength;
            header->ChecksumStart = (ushort)layout.Transport;
            header->ChecksumOffset = PacketLayout.TcpChecksum;
        }

        private bool HasNextId(in TcpSegment segment)
        {
            uint difference = (ushort)(segment.Ipv4Id - First.Ipv4Id);
            if (Segments == 1)
            {
                _idStep = difference;
                return difference == 1 || (difference == 0 && !segment.IsFragmentable);
            }

            return difference == (uint)Segments * _idStep;
        }
    }
}
