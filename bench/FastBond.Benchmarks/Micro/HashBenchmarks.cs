using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Frames;

namespace FastBond.Benchmarks.Micro;

/// <summary>A burst of 64 hashes by each policy; TCP over IPv4 in chunks of 2048, as frames lie in a ring. The time is per frame.</summary>
public unsafe class HashBenchmarks
{
    private const int Burst = 64;

    private readonly FrameDescriptor[] _frames = GC.AllocateArray<FrameDescriptor>(Burst, pinned: true);
    private readonly uint[] _hashes = GC.AllocateArray<uint>(Burst, pinned: true);
    private FrameMemory _memory = null!;

    [ParamsAllValues]
    public TransmitHashPolicy Policy { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _memory = FrameMemory.Allocate(Burst);
        for (int i = 0; i < Burst; i++)
        {
            _frames[i] = new FrameDescriptor { Address = ((ulong)i * 2048) + 256, Length = 60 };
            Span<byte> frame = new(_memory.Pointer + _frames[i].Address, 60);
            BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x0800);
            frame[14] = 0x45;
            frame[23] = 6;
            BinaryPrimitives.WriteUInt32BigEndian(frame[26..], (uint)i * 2654435761);
            BinaryPrimitives.WriteUInt32BigEndian(frame[34..], (uint)i * 40503);
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _memory.Dispose();

    [Benchmark(OperationsPerInvoke = Burst)]
    public void ComputeBurst()
    {
        fixed (FrameDescriptor* frames = _frames)
        fixed (uint* hashes = _hashes)
        {
            TransmitHash.ComputeBurst(Policy, HashVlan.Offload, _memory.Pointer, frames, Burst, hashes);
        }
    }
}
