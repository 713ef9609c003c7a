using System.Buffers.Binary;

namespace FastBond.Lab.Frames;

/// <summary>A frame as it was on the wire.</summary>
/// <param name="TimeNs">When the kernel saw it: nanoseconds since 1970.</param>
/// <param name="Bytes">The whole frame, its VLAN tag in place, without FCS.</param>
public sealed record ObservedFrame(long TimeNs, byte[] Bytes)
{
    /// <summary>Its number if it is one of the lab's own frames.</summary>
    public TestFrame? Test { get; } = TestFrame.Parse(Bytes);

    /// <summary>Destination MAC.</summary>
    public ReadOnlySpan<byte> Destination => Bytes.AsSpan(0, 6);

    /// <summary>Source MAC.</summary>
    public ReadOnlySpan<byte> Source => Bytes.AsSpan(6, 6);

    /// <summary>VLAN id of an 802.1Q tag, or null.</summary>
    public int? Vlan =>
        BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(12)) == 0x8100 ? BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(14)) & 0xFFF : null;

    /// <summary>Ethertype, that behind the tag if there is one.</summary>
    public int EtherType => BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(Vlan is null ? 12 : 16));

    /// <summary>The clock that <see cref="TimeNs"/> is told by, now.</summary>
    public static long NowNs => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) * 100;
}
