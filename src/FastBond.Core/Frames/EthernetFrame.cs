using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using FastBond.Core.Hashing;

namespace FastBond.Core.Frames;

/// <summary>
/// A view of an Ethernet frame (destination MAC first, no FCS): its addresses, VLAN tags and payload. The static questions on pointers
/// are for the burst loop, which has no time for a view.
/// </summary>
public readonly ref struct EthernetFrame
{
    /// <summary>Both MACs and the ethertype, in bytes.</summary>
    public const int HeaderLength = 14;

    /// <summary>A VLAN tag: TPID and TCI, in bytes.</summary>
    public const int TagLength = 4;

    /// <summary>Where the ethertype, or the TPID of the outermost tag, stands.</summary>
    internal const int TypeOffset = 12;

    private readonly ReadOnlySpan<byte> _frame;

    private EthernetFrame(ReadOnlySpan<byte> frame, int tagCount)
    {
        _frame = frame;
        TagCount = tagCount;
    }

    /// <summary>The destination MAC.</summary>
    public ReadOnlySpan<byte> Destination => _frame[..6];

    /// <summary>The source MAC.</summary>
    public ReadOnlySpan<byte> Source => _frame[6..12];

    /// <summary>How many VLAN tags stand in front of the ethertype.</summary>
    public int TagCount { get; }

    /// <summary>The ethertype after all VLAN tags; a number below 0x0600 is an 802.3 length.</summary>
    public ushort Type => BinaryPrimitives.ReadUInt16BigEndian(_frame[(TypeOffset + (TagCount * TagLength))..]);

    /// <summary>What follows the ethertype, padding included.</summary>
    public ReadOnlySpan<byte> Payload => _frame[(HeaderLength + (TagCount * TagLength))..];

    /// <summary>A VLAN tag, counted from the outermost: TPID in the upper, TCI in the lower 16 bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tag.</exception>
    public uint Tag(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, TagCount);
        return BinaryPrimitives.ReadUInt32BigEndian(_frame[(TypeOffset + (index * TagLength))..]);
    }

    /// <summary>Views <paramref name="bytes"/>; false if they end before the ethertype.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out EthernetFrame frame)
    {
        frame = default;
        int type = TypeOffset;
        while (type + sizeof(ushort) <= bytes.Length)
        {
            if (!EtherType.IsVlan(BinaryPrimitives.ReadUInt16BigEndian(bytes[type..])))
            {
                frame = new EthernetFrame(bytes, (type - TypeOffset) / TagLength);
                return true;
            }

            type += TagLength;
        }

        return false;
    }

    /// <summary>The broadcast MAC.</summary>
    public static ReadOnlySpan<byte> Broadcast => [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

    /// <summary>Writes MACs, VLAN tags and ethertype.</summary>
    /// <param name="buffer">Receives the header.</param>
    /// <param name="destination">The destination MAC.</param>
    /// <param name="source">The source MAC.</param>
    /// <param name="vlanTags">Tags, outermost first: TPID in the upper, TCI in the lower 16 bits.</param>
    /// <param name="type">The ethertype after the tags.</param>
    /// <returns>The header's length in bytes: where the payload begins.</returns>
    /// <exception cref="ArgumentException">The buffer is too short, or an address is not a MAC.</exception>
    public static int WriteHeader(
        Span<byte> buffer, ReadOnlySpan<byte> destination, HardwareAddress source, IReadOnlyList<uint> vlanTags, ushort type)
    {
        if (destination.Length != HardwareAddress.EthernetLength || source.Length != HardwareAddress.EthernetLength)
        {
            throw new ArgumentException($"an Ethernet address has {HardwareAddress.EthernetLength} bytes", nameof(source));
        }

        destination.CopyTo(buffer);
        source.AsSpan().CopyTo(buffer[6..]);
        int offset = TypeOffset;
        for (int i = 0; i < vlanTags.Count; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(buffer[offset..], vlanTags[i]);
            offset += TagLength;
        }

        BinaryPrimitives.WriteUInt16BigEndian(buffer[offset..], type);
        return offset + sizeof(ushort);
    }

    /// <summary>
    /// Whether the destination is one of 01:80:c2:00:00:00 to 0f, which bridges never forward (IEEE 802.1Q table 8-1): LACP, LLDP, STP.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe bool IsLinkLocal(byte* frame, int length) =>
        length >= HeaderLength && Wire.LittleEndian32(frame) == 0x00c2_8001 && frame[4] == 0 && frame[5] < 0x10;

    /// <summary>
    /// Whether balance-rr must take the frame for IGMP: ethertype IPv4 and protocol 2, fragment or not. Under
    /// <see cref="HashVlan.Offload"/> the outermost tag is metadata, as it is to a kernel bond below a VLAN device; in band it
    /// hides the packet.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe bool IsIgmp(byte* frame, int length, HashVlan vlan)
    {
        const int Ipv4HeaderLength = 20, ProtocolOffset = 9;
        int tag = TagMetadataLength(frame, length, vlan);
        return length >= HeaderLength + tag + Ipv4HeaderLength &&
            Wire.BigEndian16(frame + tag + TypeOffset) == EtherType.Ipv4 &&
            frame[tag + HeaderLength + ProtocolOffset] == IpProtocol.Igmp;
    }

    /// <summary>
    /// <see cref="TagLength"/> if the outermost VLAN tag counts as metadata and is there, whole and with an ethertype after it; else 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe int TagMetadataLength(byte* frame, int length, HashVlan vlan) =>
        vlan == HashVlan.Offload && length >= HeaderLength + TagLength && EtherType.IsVlan(Wire.BigEndian16(frame + TypeOffset))
            ? TagLength
            : 0;
}
