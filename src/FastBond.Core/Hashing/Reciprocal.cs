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
    // 0 for divisor 1, whose remainders are all 0.
    private readonly ulong _reciprocal;

    /// <summary>Prepares for a divisor of at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The divisor is less than 1.</exception>
    public Reciprocal(int divisor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(divisor, 1);
        Divisor = (uint)divisor;
        _reciprocal = unchecked((ulong.MaxValue / Divisor) + 1);
    }

    /// <summary>The divisor; 0 in a default value, whose remainders are all 0.</summary>
    public uint Divisor { get; }

    /// <summary>value mod divisor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Remainder(uint value) => (uint)Math.BigMul(unchecked(_reciprocal * value), Divisor, out _);
}
