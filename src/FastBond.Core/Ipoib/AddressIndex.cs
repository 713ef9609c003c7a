using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastBond.Core.Ipoib;

/// <summary>
/// An immutable hash index for the cores: 128-bit keys, open addressing, at most half full, so that a miss ends soon.
/// </summary>
internal sealed class AddressIndex
{
    private const ulong Odd = 0x9e37_79b9_7f4a_7c15;

    private readonly Entry[] _entries;
    private readonly int _shift;

    /// <summary>An index of these keys; none may be (0, 0), and each comes once.</summary>
    internal AddressIndex(ReadOnlySpan<(IpKey Key, ulong Value)> pairs)
    {
        int bits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, 2 * pairs.Length)));
        _shift = 64 - bits;
        _entries = new Entry[1 << bits];
        foreach ((IpKey key, ulong value) in pairs)
        {
            int place = Place(key.High, key.Low);
            while (_entries[place].High != 0 || _entries[place].Low != 0)
            {
                place = (place + 1) & (_entries.Length - 1);
            }

            _entries[place] = new Entry { High = key.High, Low = key.Low, Value = value };
        }
    }

    /// <summary>The value of a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryFind(ulong high, ulong low, out ulong value)
    {
        Entry[] entries = _entries;
        for (int place = Place(high, low); ; place = (place + 1) & (entries.Length - 1))
        {
            ref Entry entry = ref entries[place];
            if (entry.Low == low && entry.High == high)
            {
                value = entry.Value;
                return (high | low) != 0;
            }

            if ((entry.High | entry.Low) == 0)
            {
                value = 0;
                return false;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Place(ulong high, ulong low) => (int)((((high * Odd) ^ low) * Odd) >> _shift);

    private struct Entry
    {
        public ulong High;
        public ulong Low;
        public ulong Value;
    }
}
