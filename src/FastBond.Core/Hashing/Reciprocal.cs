using System.Runtime.CompilerServices;

namespace FastBond.Core.Hashing;

/// <summary>
/// Divides by a number that is known long before the dividend, without a division: the exact remainder of any 32-bit value by
/// multiplication with the 64-bit reciprocal (Lemire, Kaser, Kurz: "Faster remainder by direct computation", 2019). With
/// c = ceil(2^64 / d) = (2^64 + e) / d, e &lt; d, the low 64 bits of c·n times d are 2^64·(n mod d) + e·n, exact as long as
/// e·n &lt; 2^64: true for every 32-bit d and n.
/// </summary>
public readonly struct Reciprocal
{
    /// <summary>The greatest divisor for <see cref="Remainders"/>.</summary>
    public const int MaxBurstDivisor = 128;

    // 0 for divisor 1, whose remainders are all 0.
    private readonly ulong _reciprocal;

    // 2^16 mod divisor, for bursts.
    private readonly uint _upperHalf;

    /// <summary>Prepares for a divisor of at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The divisor is less than 1.</exception>
    public Reciprocal(int divisor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(divisor, 1);
        Divisor = (uint)divisor;
        _reciprocal = unchecked((ulong.MaxValue / Divisor) + 1);
        _upperHalf = 0x1_0000 % Divisor;
    }

    /// <summary>The divisor; 0 in a default value, whose remainders are all 0.</summary>
    public uint Divisor { get; }

    /// <summary>value mod divisor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Remainder(uint value) => (uint)Math.BigMul(unchecked(_reciprocal * value), Divisor, out _);

    /// <summary>Each value mod divisor, for divisors up to <see cref="MaxBurstDivisor"/>.</summary>
    public unsafe void Remainders(uint* values, int count, byte* remainders)
    {
        int done = BurstHash.FramesAtOnce switch
        {
            8 => Together<Lanes256>(values, count, remainders),
            4 => Together<Lanes128>(values, count, remainders),
            _ => 0,
        };
        for (; done < count; done++)
        {
            remainders[done] = (byte)Remainder(values[done]);
        }
    }

    /// <summary>
    /// The same in 32 bits. A value's upper half h counts as h·(2^16 mod d) in n, which is then below d·2^16. With c = (2^32 + e) / d the low
    /// 32 bits of c·n are 2^32·(n mod d)/d + e·n/d; their upper 16 bits and one, times d, are above 2^16·(n mod d) by no more than
    /// d + e·n/2^16 &lt; d + d²: less than 2^16 for every d up to 128.
    /// </summary>
    private unsafe int Together<TLanes>(uint* values, int count, byte* remainders)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes divisor = TLanes.Create(Divisor);
        TLanes reciprocal = TLanes.Create((uint)((_reciprocal + uint.MaxValue) >> 32));
        TLanes upperHalf = TLanes.Create(_upperHalf);
        TLanes lowerHalf = TLanes.Create(0xffff);
        TLanes one = TLanes.Create(1);
        int done = 0;
        for (; done <= count - TLanes.Count; done += TLanes.Count)
        {
            TLanes value = TLanes.Load(values + done);
            TLanes small = (value & lowerHalf) + ((value >>> 16) * upperHalf);
            TLanes fraction = small * reciprocal;
            TLanes.StoreBytes((((fraction >>> 16) + one) * divisor) >>> 16, remainders + done);
        }

        return done;
    }
}
