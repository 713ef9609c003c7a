using System.Buffers.Binary;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.Offloads;

/// <summary>
/// Cuts super-frames and joins their segments again, so that this code is compiled before the first real one: its vector loops are not
/// compiled ahead of time, as they depend on the machine.
/// </summary>
internal sealed unsafe class OffloadRehearsal : IDisposable
{
    private const int Burst = 64, SegmentSize = 1448, Ip = 14, Tcp = 34, Headers = 54;
    private const byte Ack = 0x10;

    private readonly FrameMemory _memory = FrameMemory.Allocate(Burst);
    private readonly FramePool _pool;
    private readonly PinnedArray<byte> _super = new(Headers + (40 * SegmentSize));
    private readonly PinnedArray<FrameDescriptor> _burst = new(Burst);
    private readonly Segmenter _segmenter = new();
    private readonly Coalescer _coalescer = new(Burst);

    public OffloadRehearsal() => _pool = new FramePool(_memory);

    /// <summary>One super-frame of TCP over IPv4 there and back. Returns how many segments it was cut into, and how many packets they became.</summary>
    public (int Segments, int Packets) Play()
    {
        FrameDescriptor* burst = _burst.Pointer;
        VirtioNetHeader header = WriteSuperFrame();
        PartialChecksum.Complete(_super.Pointer, _super.Length, &header);
        _segmenter.TryBegin(_super.Pointer, _super.Length, &header);
        int taken = _pool.Take(burst, Burst);
        int cut = _segmenter.Next(_memory.Pointer, burst, taken, _memory.FrameCapacity);
        int packets = _coalescer.Join(_memory.Pointer, burst, cut);
        _pool.Free(burst, taken);
        return (cut, packets);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _memory.Dispose();
    }

    private VirtioNetHeader WriteSuperFrame()
    {
        Span<byte> frame = new(_super.Pointer, Headers);
        frame.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], EtherType.Ipv4);
        frame[Ip] = 0x45;
        frame[Ip + PacketLayout.Ipv4Protocol] = IpProtocol.Tcp;
        frame[Tcp + PacketLayout.TcpOffset] = 0x50;
        frame[Tcp + PacketLayout.TcpFlags] = Ack;
        return new VirtioNetHeader
        {
            GsoType = VirtioNetHeader.GsoTcpV4,
            GsoSize = SegmentSize,
            ChecksumStart = Tcp,
            ChecksumOffset = PacketLayout.TcpChecksum,
        };
    }
}
