using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastBond.Core.Frames;

/// <summary>What there is to know of a burst's frame lengths, in one pass.</summary>
internal readonly unsafe struct BurstLengths
{
    // Descriptors in two vectors of 256 bits.
    private const int PerStep = 4;

    private BurstLengths(uint sum, uint shortest, uint longest)
    {
        Sum = sum;
        Shortest = shortest;
        Longest = longest;
    }

    /// <summary>Bytes of all frames.</summary>
    public uint Sum { get; }

    /// <summary>Bytes of the shortest frame; without a frame the greatest number.</summary>
    public uint Shortest { get; }

    /// <summary>Bytes of the longest frame; without a frame 0.</summary>
    public uint Longest { get; }

    /// <summary>Looks at a burst.</summary>
    public static BurstLengths Of(FrameDescriptor* burst, int count)
    {
        FrameDescriptor* end = burst + count;
        uint sum = 0;
        uint longest = 0;

        // The shortest has the greatest complement: so both extremes are maxima, which can be found together.
        uint complement = 0;
        if (Avx2.IsSupported && Vector256.IsHardwareAccelerated && count >= PerStep)
        {
            Vector256<uint> sums = Vector256<uint>.Zero;
            Vector256<uint> shortests = Vector256<uint>.AllBitsSet;
            Vector256<uint> longests = Vector256<uint>.Zero;
            for (FrameDescriptor* last = end - PerStep; burst <= last; burst += PerStep)
            {
                Vector256<uint> ends = EndsOf(burst);
                sums += ends;
                shortests = Vector256.Min(shortests, ends);
                longests = Vector256.Max(longests, ends);
            }

            // Lengths lie in every other word: there is room for the complements between them.
            Vector256<ulong> low = Vector256.Create((ulong)uint.MaxValue);
            Vector256<uint> extremes = ((longests.AsUInt64() & low) | ((~shortests).AsUInt64() << 32)).AsUInt32();
            Vector128<uint> half = Vector128.Max(extremes.GetLower(), extremes.GetUpper());
            Vector128<uint> quarter = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(2u, 3, 0, 1)));
            ulong pair = quarter.AsUInt64().ToScalar();
            longest = (uint)pair;
            complement = (uint)(pair >> 32);
            sum = (uint)Vector256.Sum(sums.AsUInt64());
        }

        for (; burst < end; burst++)
        {
            uint length = burst->Length;
            sum += length;
            longest = Math.Max(longest, length);
            complement = Math.Max(complement, ~length);
        }

        return new BurstLengths(sum, ~complement, longest);
    }

    /// <summary>Bytes of all frames of a burst.</summary>
    public static uint SumOf(FrameDescriptor* burst, int count)
    {
        FrameDescriptor* end = burst + count;
        uint sum = 0;
        if (Avx2.IsSupported && Vector256.IsHardwareAccelerated && count >= PerStep)
        {
            Vector256<uint> sums = Vector256<uint>.Zero;
            for (FrameDescriptor* last = end - PerStep; burst <= last; burst += PerStep)
            {
                sums += EndsOf(burst);
            }

            sum = (uint)Vector256.Sum(sums.AsUInt64());
        }

        for (; burst < end; burst++)
        {
            sum += burst->Length;
        }

        return sum;
    }

    /// <summary>Length and options of four descriptors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> EndsOf(FrameDescriptor* burst) =>
        Avx2.UnpackHigh(Vector256.Load((ulong*)burst), Vector256.Load((ulong*)(burst + (PerStep / 2)))).AsUInt32();
}
