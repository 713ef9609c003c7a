using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Offloads;

namespace FastBond.Benchmarks.Micro;

/// <summary>Super-frames cut into segments of 1448 bytes, 40 in all, and the burst of them joined again. The time is per segment.</summary>
public unsafe class OffloadBenchmarks
{
    private const int Segments = 40, SegmentSize = 1448, Headers = 54, Ip = 14, Tcp = 34;

    private readonly PinnedArray<byte> _super = new(Headers + (Segments * SegmentSize));
    private readonly PinnedArray<FrameDescriptor> _byFlow = new(Segments);
    private readonly PinnedArray<FrameDescriptor> _burst = new(Segments);
    private readonly Segmenter _segmenter = new();
    private readonly Coalescer _coalescer = new(Segments);
    private FrameMemory _memory = null!;

    /// <summary>Flows that take turns in the burst, one super-frame each.</summary>
    [Params(1, 4, 40)]
    public int Flows { get; set; }

    /// <summary>UDP is cut too, but only looked at when it comes to joining.</summary>
    [Params(false, true)]
    public bool Udp { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _memory = FrameMemory.Allocate(Segments);
        for (int i = 0; i < Segments; i++)
        {
            ulong address = (ulong)((i * _memory.ChunkSize) + _memory.Headroom);
            _burst.Pointer[i] = new FrameDescriptor { Address = address, Length = Headers + SegmentSize };
            _byFlow.Pointer[(i % Flows * (Segments / Flows)) + (i / Flows)].Address = address;
        }

        Cut();
    }

    [GlobalCleanup]
    public void Cleanup() => _memory.Dispose();

    [Benchmark(OperationsPerInvoke = Segments)]
    public void Cut()
    {
        int each = Segments / Flows;
        for (int flow = 0; flow < Flows; flow++)
        {
            VirtioNetHeader header = WriteHeaders(flow);
            _segmenter.TryBegin(_super.Pointer, Headers + (each * SegmentSize), &header);
            _segmenter.Next(_memory.Pointer, _byFlow.Pointer + (flow * each), each, _memory.FrameCapacity);
        }
    }

    /// <summary>Joining rewrites headers, so the burst is made anew each time: subtract <see cref="Cut"/>.</summary>
    [Benchmark(OperationsPerInvoke = Segments)]
    public int CutAndJoin()
    {
        Cut();
        return _coalescer.Join(_memory.Pointer, _burst.Pointer, Segments);
    }

    private VirtioNetHeader WriteHeaders(int flow)
    {
        Span<byte> headers = new(_super.Pointer, Headers);
        headers.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(headers[12..], EtherType.Ipv4);
        headers[Ip] = 0x45;
        headers[Ip + 9] = (byte)(Udp ? 17 : 6);
        headers[Ip + 15] = (byte)flow;
        headers[Tcp + 12] = 0x50;
        headers[Tcp + 13] = 0x10;
        return new VirtioNetHeader { GsoType = Udp ? VirtioNetHeader.GsoUdpL4 : VirtioNetHeader.GsoTcpV4, GsoSize = SegmentSize };
    }
}
