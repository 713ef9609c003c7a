using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastBond.Core.Frames;

namespace FastBond.Dataplane.Frames;

/// <summary>What there is to know of a burst's frame lengths, in one pass: a descriptor is 16 bytes, one vector.</summary>
internal readonly unsafe struct BurstLengths
{
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

    /// <summary>Bytes of the shortest frame.</summary>
    public uint Shortest { get; }

    /// <summary>Bytes of the longest frame.</summary>
    public uint Longest { get; }

    /// <summary>Looks at a burst of at least one frame.</summary>
    public static BurstLengths Of(FrameDescriptor* burst, int count)
    {
        Vector128<uint> sum = Vector128<uint>.Zero;
        Vector128<uint> shortest = Vector128<uint>.AllBitsSet;
        Vector128<uint> longest = Vector128<uint>.Zero;
        for (int i = 0; i < count; i++)
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
