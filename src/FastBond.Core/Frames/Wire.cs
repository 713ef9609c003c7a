using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace FastBond.Core.Frames;

/// <summary>Unaligned loads and stores of frame bytes in a stated byte order, alike on every machine. Checks nothing: the caller has.</summary>
internal static unsafe class Wire
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint BigEndian16(byte* p)
    {
        ushort value = Unsafe.ReadUnaligned<ushort>(p);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint BigEndian32(byte* p)
    {
        uint value = Unsafe.ReadUnaligned<uint>(p);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void WriteBigEndian32(byte* p, uint value) =>
        Unsafe.WriteUnaligned(p, BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint LittleEndian32(byte* p)
    {
        uint value = Unsafe.ReadUnaligned<uint>(p);
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong LittleEndian64(byte* p)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(p);
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }
}
