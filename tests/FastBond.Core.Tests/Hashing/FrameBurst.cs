using System.Runtime.InteropServices;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

/// <summary>
/// Frames in a memory of their own, anywhere in it and in no order, each followed by bytes that change from one question to the next: an answer
/// that depended on them would not come out the same.
/// </summary>
internal sealed unsafe class FrameBurst : IDisposable
{
    private const int Stride = 2048;
    private const int MostOffset = 300;
    private const uint Untouched = 0xdeadbeef;

    private readonly byte* _memory;
    private readonly FrameDescriptor[] _frames;
    private readonly Random _random;

    public FrameBurst(byte[][] frames, Random random)
    {
        _random = random;
        _memory = (byte*)NativeMemory.Alloc((nuint)frames.Length * Stride);
        _frames = new FrameDescriptor[frames.Length];
        int[] places = [.. Enumerable.Range(0, frames.Length)];
        random.Shuffle(places);
        for (int i = 0; i < frames.Length; i++)
        {
            int address = (places[i] * Stride) + random.Next(MostOffset);
            frames[i].CopyTo(new Span<byte>(_memory + address, frames[i].Length));
            _frames[i] = new FrameDescriptor { Address = (ulong)address, Length = (uint)frames[i].Length };
        }
    }

    public uint[] Hash(TransmitHashPolicy policy, HashVlan vlan, byte ownAddressLastByte = 0)
    {
        ChangeSurroundings();
        uint[] hashes = new uint[_frames.Length + 16];
        Array.Fill(hashes, Untouched);
        fixed (FrameDescriptor* frames = _frames)
        fixed (uint* results = hashes)
        {
            TransmitHash.ComputeBurst(policy, vlan, _memory, frames, _frames.Length, results, ownAddressLastByte);
        }

        Assert.All(hashes[_frames.Length..], hash => Assert.Equal(Untouched, hash));
        return hashes[.._frames.Length];
    }

    public byte[] Remainders(Reciprocal divisor, uint[] values)
    {
        byte[] remainders = new byte[values.Length];
        fixed (uint* from = values)
        fixed (byte* to = remainders)
        {
            divisor.Remainders(from, values.Length, to);
        }

        return remainders;
    }

    public ulong FindIgmp(HashVlan vlan)
    {
        ChangeSurroundings();
        fixed (FrameDescriptor* frames = _frames)
        {
            return BurstIgmp.Find(vlan, _memory, frames, _frames.Length, BurstLengths.Of(frames, _frames.Length).Shortest);
        }
    }

    public void Dispose() => NativeMemory.Free(_memory);

    private void ChangeSurroundings()
    {
        foreach (FrameDescriptor frame in _frames)
        {
            int start = (int)frame.Address % Stride;
            int end = start + (int)frame.Length;
            byte* chunk = _memory + frame.Address - start;
            _random.NextBytes(new Span<byte>(chunk, start));
            _random.NextBytes(new Span<byte>(chunk + end, Math.Min(64, Stride - end)));
        }
    }
}
