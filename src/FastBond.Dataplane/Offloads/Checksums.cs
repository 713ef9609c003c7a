using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastBond.Dataplane.Offloads;

/// <summary>
/// The Internet checksum (RFC 1071) of payloads: the one's complement sum of 16-bit words as the machine loads them, which is the sum of the
/// words as they were sent in another byte order (section 2 (B)). Sums of parts add up if each part but the last has an even length.
/// </summary>
public static unsafe class Checksums
{
    // A sum is gathered in 64 bits, two words of 32 bits from each load: no length overflows it.
    private const ulong LowHalves = 0xffff_ffff;

    // Headers and small datagrams: done before vectors are set up.
    private const int ShortLength = 64;

    private interface IStore
    {
        static abstract bool Copies { get; }
    }

    /// <summary>The sum of bytes, folded to 16 bits. An odd last byte counts as if a zero followed.</summary>
    public static uint Sum(byte* bytes, int length) => Fold(Run<SumOnly>(bytes, null, length));

    /// <summary>Copies bytes and answers their sum, folded to 16 bits. The areas must not overlap.</summary>
    public static uint CopyAndSum(byte* source, byte* target, int length) => Fold(Run<CopyToo>(source, target, length));

    /// <summary>The checksum to be stored, as the machine stores 16 bits, for a sum that covered the field itself as 0.</summary>
    public static ushort Finish(ulong sum) => (ushort)~Fold(sum);

    /// <summary>A number below 65,536 as the word that it is in a packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Word(uint number) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness((ushort)number) : number;

    /// <summary>A sum in 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Fold(ulong sum)
    {
        sum = (sum & LowHalves) + (sum >> 32);
        sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
        sum = (sum & 0xffff) + (sum >> 16);
        return (uint)((sum & 0xffff) + (sum >> 16));
    }

    /// <summary>The sum by vectors of 512 bits, of any length.</summary>
    internal static uint Sum512(byte* bytes, int length) => Fold(Run512<SumOnly>(bytes, null, length));

    /// <summary>The sum by vectors of 256 bits, of any length.</summary>
    internal static uint Sum256(byte* bytes, int length) => Fold(Run256<SumOnly>(bytes, null, length));

    /// <summary>The sum by vectors of 128 bits, of any length.</summary>
    internal static uint Sum128(byte* bytes, int length) => Fold(Run128<SumOnly>(bytes, null, length));

    /// <summary>The sum without vectors: the definition.</summary>
    internal static uint SumScalar(byte* bytes, int length) => Fold(RunScalar<SumOnly>(bytes, null, length));

    /// <summary>As <see cref="CopyAndSum"/>, by vectors of 512 bits.</summary>
    internal static uint CopyAndSum512(byte* source, byte* target, int length) => Fold(Run512<CopyToo>(source, target, length));

    /// <summary>As <see cref="CopyAndSum"/>, by vectors of 256 bits.</summary>
    internal static uint CopyAndSum256(byte* source, byte* target, int length) => Fold(Run256<CopyToo>(source, target, length));

    /// <summary>As <see cref="CopyAndSum"/>, by vectors of 128 bits.</summary>
    internal static uint CopyAndSum128(byte* source, byte* target, int length) => Fold(Run128<CopyToo>(source, target, length));

    /// <summary>As <see cref="CopyAndSum"/>, without vectors.</summary>
    internal static uint CopyAndSumScalar(byte* source, byte* target, int length) => Fold(RunScalar<CopyToo>(source, target, length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Run<TStore>(byte* source, byte* target, int length)
        where TStore : struct, IStore =>
        length < ShortLength ? RunScalar<TStore>(source, target, length)
        : Vector512.IsHardwareAccelerated ? Run512<TStore>(source, target, length)
        : Vector256.IsHardwareAccelerated ? Run256<TStore>(source, target, length)
        : Vector128.IsHardwareAccelerated ? Run128<TStore>(source, target, length)
        : RunScalar<TStore>(source, target, length);

    private static ulong Run512<TStore>(byte* source, byte* target, int length)
        where TStore : struct, IStore
    {
        const int Size = 64;
        Vector512<ulong> low = default;
        Vector512<ulong> high = default;
        Vector512<ulong> mask = Vector512.Create(LowHalves);
        int i = 0;
        for (; i <= length - Size; i += Size)
        {
            Vector512<ulong> words = Vector512.Load((ulong*)(source + i));
            if (TStore.Copies)
            {
                words.Store((ulong*)(target + i));
            }

            low += words & mask;
            high += words >>> 32;
        }

        return Vector512.Sum(low + high) + Run128<TStore>(source + i, target + i, length - i);
    }

    private static ulong Run256<TStore>(byte* source, byte* target, int length)
        where TStore : struct, IStore
    {
        const int Size = 32;
        Vector256<ulong> low = default;
        Vector256<ulong> high = default;
        Vector256<ulong> mask = Vector256.Create(LowHalves);
        int i = 0;
        for (; i <= length - Size; i += Size)
        {
            Vector256<ulong> words = Vector256.Load((ulong*)(source + i));
            if (TStore.Copies)
            {
                words.Store((ulong*)(target + i));
            }

            low += words & mask;
            high += words >>> 32;
        }

        return Vector256.Sum(low + high) + Run128<TStore>(source + i, target + i, length - i);
    }

    private static ulong Run128<TStore>(byte* source, byte* target, int length)
        where TStore : struct, IStore
    {
        const int Size = 16;
        Vector128<ulong> low = default;
        Vector128<ulong> high = default;
        Vector128<ulong> mask = Vector128.Create(LowHalves);
        int i = 0;
        for (; i <= length - Size; i += Size)
        {
            Vector128<ulong> words = Vector128.Load((ulong*)(source + i));
            if (TStore.Copies)
            {
                words.Store((ulong*)(target + i));
            }

            low += words & mask;
            high += words >>> 32;
        }

        return Vector128.Sum(low + high) + RunScalar<TStore>(source + i, target + i, length - i);
    }

    private static ulong RunScalar<TStore>(byte* source, byte* target, int length)
        where TStore : struct, IStore
    {
        ulong sum = 0;
        int i = 0;
        for (; i <= length - sizeof(ulong); i += sizeof(ulong))
        {
            ulong words = Move<ulong, TStore>(source + i, target + i);
            sum += (words & LowHalves) + (words >> 32);
        }

        if ((length & sizeof(uint)) != 0)
        {
            sum += Move<uint, TStore>(source + i, target + i);
            i += sizeof(uint);
        }

        if ((length & sizeof(ushort)) != 0)
        {
            sum += Move<ushort, TStore>(source + i, target + i);
            i += sizeof(ushort);
        }

        if ((length & 1) != 0)
        {
            uint last = Move<byte, TStore>(source + i, target + i);
            sum += BitConverter.IsLittleEndian ? last : last << 8;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Move<T, TStore>(byte* source, byte* target)
        where T : unmanaged
        where TStore : struct, IStore
    {
        T value = Unsafe.ReadUnaligned<T>(source);
        if (TStore.Copies)
        {
            Unsafe.WriteUnaligned(target, value);
        }

        return value;
    }

    private readonly struct SumOnly : IStore
    {
        public static bool Copies => false;
    }

    private readonly struct CopyToo : IStore
    {
        public static bool Copies => true;
    }
}
