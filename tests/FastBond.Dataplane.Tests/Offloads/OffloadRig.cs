using System.Runtime.InteropServices;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Offloads;

namespace FastBond.Dataplane.Tests.Offloads;

/// <summary>Frame memory in which segments are cut and joined, as a host port does it.</summary>
internal sealed unsafe class OffloadRig : IDisposable
{
    public const int MaxBurst = 64;
    private const int SuperSize = 70_000;

    private readonly FrameMemory _memory;
    private readonly byte* _super = (byte*)NativeMemory.AllocZeroed(SuperSize);
    private readonly PinnedArray<FrameDescriptor> _burst = new(MaxBurst);

    public OffloadRig(int chunkSize = FrameMemory.DefaultChunkSize) => _memory = FrameMemory.Allocate(MaxBurst, chunkSize);

    public Segmenter Segmenter { get; } = new();

    public Coalescer Coalescer { get; } = new(MaxBurst);

    public byte* Memory => _memory.Pointer;

    public int Capacity => _memory.FrameCapacity;

    public FrameDescriptor* Burst => _burst.Pointer;

    /// <summary>The header in front of a super-frame of this packet.</summary>
    public static VirtioNetHeader Header(PacketSpec packet, int segmentSize) => new()
    {
        Flags = VirtioNetHeader.NeedsChecksum,
        GsoType = packet.Udp ? VirtioNetHeader.GsoUdpL4 : packet.Ipv6 ? VirtioNetHeader.GsoTcpV6 : VirtioNetHeader.GsoTcpV4,
        GsoSize = (ushort)segmentSize,
    };

    public bool TryBegin(byte[] super, VirtioNetHeader header)
    {
        super.CopyTo(new Span<byte>(_super, SuperSize));
        return Segmenter.TryBegin(_super, super.Length, &header);
    }

    /// <summary>All segments, taken so many at a time.</summary>
    public List<byte[]> Cut(byte[] super, VirtioNetHeader header, int atATime = MaxBurst)
    {
        List<byte[]> frames = [];
        if (!TryBegin(super, header))
        {
            return frames;
        }

        while (Segmenter.IsActive)
        {
            Reset();
            int count = Segmenter.Next(Memory, Burst, atATime, Capacity);
            for (int i = 0; i < count; i++)
            {
                frames.Add(Bytes(Burst[i]));
            }
        }

        return frames;
    }

    /// <summary>Joins a burst: each packet as it is written to the host, header and bytes.</summary>
    public List<(VirtioNetHeader Header, byte[] Bytes)> Join(IReadOnlyList<byte[]> frames)
    {
        Put(frames);
        int packets = Coalescer.Join(Memory, Burst, frames.Count);
        if (packets == frames.Count)
        {
            return [.. frames.Select(frame => (default(VirtioNetHeader), frame))];
        }

        List<(VirtioNetHeader, byte[])> written = [];
        MemoryPart* part = Coalescer.Parts;
        for (int i = 0; i < packets; i++)
        {
            List<byte> bytes = [];
            for (uint n = 0; n < Coalescer.PartCounts[i]; n++, part++)
            {
                bytes.AddRange(new ReadOnlySpan<byte>(part->Start, (int)part->Length));
            }

            written.Add((MemoryMarshal.Read<VirtioNetHeader>(bytes.ToArray()), [.. bytes[VirtioNetHeader.Length..]]));
        }

        return written;
    }

    /// <summary>Puts a burst into frame memory, with rubbish in front of each frame.</summary>
    public void Put(IReadOnlyList<byte[]> frames)
    {
        Reset();
        for (int i = 0; i < frames.Count; i++)
        {
            new Span<byte>(Memory + Burst[i].Address - VirtioNetHeader.Length, VirtioNetHeader.Length).Fill(0xee);
            Burst[i].Length = (uint)frames[i].Length;
            frames[i].CopyTo(new Span<byte>(Memory + Burst[i].Address, Capacity));
        }
    }

    public byte[] Bytes(FrameDescriptor frame) =>
        frame.Length > Capacity ? new byte[frame.Length] : new ReadOnlySpan<byte>(Memory + frame.Address, (int)frame.Length).ToArray();

    public void Dispose()
    {
        NativeMemory.Free(_super);
        _memory.Dispose();
    }

    private void Reset()
    {
        for (int i = 0; i < MaxBurst; i++)
        {
            Burst[i] = new FrameDescriptor { Address = (ulong)((i * _memory.ChunkSize) + _memory.Headroom), Options = 0xff };
        }
    }
}
