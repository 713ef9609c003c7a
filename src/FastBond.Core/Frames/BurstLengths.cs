using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastBond.Core.Frames;

/// <summary>What there is to know of a burst's frame lengths, in one pass.</summary>
internal readonly unsafe struct BurstLengths
{
    private const int PerStep = 8;

    // The length's place among a descriptor's four 32-bit words.
    private const int Length = 2;

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
        Vector128<uint> sum = Vector128<uint>.Zero;
        Vector128<uint> shortest = Vector128<uint>.AllBitsSet;
        Vector128<uint> longest = Vector128<uint>.Zero;
        int i = 0;
        if (Avx512F.IsSupported && Vector512.IsHardwareAccelerated && count >= PerStep)
        {
            Vector512<uint> sums = Vector512<uint>.Zero;
            Vector512<uint> shortests = Vector512<uint>.AllBitsSet;
            Vector512<uint> longests = Vector512<uint>.Zero;
            for (; i <= count - PerStep; i += PerStep)
            {
                // Length and options of eight descriptors.
                ulong* words = (ulong*)(burst + i);
                Vector512<uint> ends = Avx512F.UnpackHigh(Vector512.Load(words), Vector512.Load(words + Vector512<ulong>.Count)).AsUInt32();
                sums += ends;
                shortests = Vector512.Min(shortests, ends);
                longests = Vector512.Max(longests, ends);
            }

            Vector256<uint> sumHalves = sums.GetLower() + sums.GetUpper();
            Vector256<uint> shortestHalves = Vector256.Min(shortests.GetLower(), shortests.GetUpper());
            Vector256<uint> longestHalves = Vector256.Max(longests.GetLower(), longests.GetUpper());
            sum = sumHalves.GetLower() + sumHalves.GetUpper();
            shortest = Vector128.Min(shortestHalves.GetLower(), shortestHalves.GetUpper());
            longest = Vector128.Max(longestHalves.GetLower(), longestHalves.GetUpper());

            // Two lengths are left of each; the lower joins the upper, where those of single descriptors are.
            sum += Vector128.Shuffle(sum, Vector128.Create(2u, 3, 0, 1));
            shortest = Vector128.Min(shortest, Vector128.Shuffle(shortest, Vector128.Create(2u, 3, 0, 1)));
            longest = Vector128.Max(longest, Vector128.Shuffle(longest, Vector128.Create(2u, 3, 0, 1)));
        }

        for (; i < count; i++)
        {
            Vector128<uint> frame = Vector128.Load((uint*)(burst + i));
            sum += frame;
            shortest = Vector128.Min(shortest, frame);
            longest = Vector128.Max(longest, frame);
        }

        return new BurstLengths(sum[Length], shortest[Length], longest[Length]);
    }

    /// <summary>Bytes of all frames of a burst.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint SumOf(FrameDescriptor* burst, int count)
    {
        uint sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += burst[i].Length;
        }

        return sum;
    }
}
