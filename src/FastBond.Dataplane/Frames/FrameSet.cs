using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FastBond.Core.Frames;

namespace FastBond.Dataplane.Frames;

/// <summary>Sets of a burst's frames, as bits: bit i is frame i. So frames are dealt out to slaves without being copied into lists.</summary>
public static unsafe class FrameSet
{
    /// <summary>The most frames a set can tell apart.</summary>
    public const int Capacity = 64;

    /// <summary>The first <paramref name="count"/> frames.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong First(int count) => count >= Capacity ? ulong.MaxValue : (1UL << count) - 1;

    /// <summary>Copies the frames of a set, in order; returns how many they are.</summary>
    public static int Copy(FrameDescriptor* burst, ulong set, FrameDescriptor* list)
    {
        int count = 0;
        for (; set != 0; set &= set - 1)
        {
            list[count++] = burst[BitOperations.TrailingZeroCount(set)];
        }

        return count;
    }

    /// <summary>What is left of a set without its first <paramref name="count"/> frames.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Without(ulong set, int count) => count >= BitOperations.PopCount(set) ? 0 : Later(set, count);

    /// <summary>Those frames of <paramref name="set"/> whose places among them are <paramref name="places"/>.</summary>
    public static ulong Pick(ulong set, ulong places)
    {
        if (Bmi2.X64.IsSupported)
        {
            return Bmi2.X64.ParallelBitDeposit(places, set);
        }

        ulong picked = 0;
        for (; set != 0; set &= set - 1, places >>= 1)
        {
            picked |= (places & 1) != 0 ? set & (0 - set) : 0;
        }

        return picked;
    }

    /// <summary>The frames whose byte among the <see cref="Capacity"/> in <paramref name="bytes"/> is <paramref name="value"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Equal(byte* bytes, byte value)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            return Vector512.Equals(Vector512.Load(bytes), Vector512.Create(value)).ExtractMostSignificantBits();
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<byte> wanted = Vector256.Create(value);
            ulong low = Vector256.Equals(Vector256.Load(bytes), wanted).ExtractMostSignificantBits();
            ulong high = Vector256.Equals(Vector256.Load(bytes + Vector256<byte>.Count), wanted).ExtractMostSignificantBits();
            return low | (high << Vector256<byte>.Count);
        }

        ulong set = 0;
        for (int i = 0; i < Capacity; i += Vector128<byte>.Count)
        {
            set |= (ulong)Vector128.Equals(Vector128.Load(bytes + i), Vector128.Create(value)).ExtractMostSignificantBits() << i;
        }

        return set;
    }

    private static ulong Later(ulong set, int count)
    {
        for (; count > 0; count--)
        {
            set &= set - 1;
        }

        return set;
    }
}
