using System.Buffers.Binary;
using FastBond.Core.Frames;

namespace FastBond.Core.Ipoib;

/// <summary>
/// A neighbour discovery message (RFC 4861 section 4) with its IPv6 header, looked through once: sound or not, and which link-layer
/// address it tells; and the same message with an address of the other link in its place.
/// </summary>
internal readonly ref struct NeighborDiscoveryTranslation
{
    private const int HeaderLength = NeighborDiscoveryPacket.Ipv6HeaderLength;
    private const int AddressLength = NeighborDiscoveryPacket.AddressLength;
    private const int OptionUnit = 8;

    private readonly ReadOnlySpan<byte> _packet;
    private readonly int _options;

    private NeighborDiscoveryTranslation(ReadOnlySpan<byte> packet, int options, ReadOnlySpan<byte> linkLayer)
    {
        _packet = packet;
        _options = options;
        LinkLayer = linkLayer;
    }

    /// <summary>The message's type.</summary>
    internal byte Type => _packet[HeaderLength];

    /// <summary>Flags of an advertisement.</summary>
    internal byte Flags => _packet[HeaderLength + 4];

    internal IpKey Source => IpKey.From(_packet.Slice(8, AddressLength));

    internal IpKey Destination => IpKey.From(_packet.Slice(24, AddressLength));

    /// <summary>The target of a solicitation, an advertisement or a redirect.</summary>
    internal IpKey Target => IpKey.From(_packet.Slice(HeaderLength + NeighborDiscoveryPacket.TargetOffset, AddressLength));

    /// <summary>The link-layer address in it; empty if it tells none.</summary>
    internal ReadOnlySpan<byte> LinkLayer { get; }

    /// <summary>Looks through a message of a link whose addresses have that length. Bytes after the packet are padding.</summary>
    internal static FaceOutcome Parse(ReadOnlySpan<byte> bytes, int linkLayerLength, out NeighborDiscoveryTranslation message)
    {
        message = default;
        int length = HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        int fixedLength = HeaderLength + FixedLength(bytes[HeaderLength]);
        if (bytes.Length < length || length < fixedLength || bytes[7] != NeighborDiscoveryPacket.HopLimit)
        {
            return FaceOutcome.NeighborDiscoveryMalformed;
        }

        ReadOnlySpan<byte> packet = bytes[..length];
        if (!InternetChecksum.IsIcmpv6Right(packet.Slice(8, 2 * AddressLength), packet[HeaderLength..]))
        {
            return FaceOutcome.NeighborDiscoveryChecksum;
        }

        ReadOnlySpan<byte> linkLayer = default;
        for (ReadOnlySpan<byte> rest = packet[fixedLength..]; !rest.IsEmpty;)
        {
            int optionLength = rest.Length > 1 ? rest[1] * OptionUnit : 0;
            bool isLinkLayer = IsLinkLayer(rest[0]);
            if (optionLength == 0 || optionLength > rest.Length ||
                (isLinkLayer && optionLength != NeighborDiscoveryPacket.OptionLength(linkLayerLength)))
            {
                return FaceOutcome.NeighborDiscoveryMalformed;
            }

            linkLayer = isLinkLayer ? rest.Slice(optionLength - linkLayerLength, linkLayerLength) : linkLayer;
            rest = rest[optionLength..];
        }

        message = new NeighborDiscoveryTranslation(packet, fixedLength, linkLayer);

        // They would be taken for IPv4 neighbours.
        bool hasTarget = fixedLength > HeaderLength + NeighborDiscoveryPacket.TargetOffset + AddressLength - 1;
        bool isMapped = message.Source.IsIpv4 || message.Destination.IsIpv4 || (hasTarget && message.Target.IsIpv4);
        return isMapped ? FaceOutcome.NeighborDiscoveryMalformed : FaceOutcome.Passed;
    }

    /// <summary>
    /// Writes the packet with <paramref name="linkLayer"/> in every link-layer address option. Returns its length; 0 if it does not fit.
    /// </summary>
    internal int Write(Span<byte> into, ReadOnlySpan<byte> linkLayer)
    {
        int newLength = NeighborDiscoveryPacket.OptionLength(linkLayer.Length);
        if (into.Length < _packet.Length)
        {
            return 0;
        }

        _packet[.._options].CopyTo(into);
        int length = _options;
        for (ReadOnlySpan<byte> rest = _packet[_options..]; !rest.IsEmpty;)
        {
            ReadOnlySpan<byte> option = rest[..(rest[1] * OptionUnit)];
            int written = IsLinkLayer(option[0]) ? newLength : option.Length;
            if (into.Length < length + written)
            {
                return 0;
            }

            Span<byte> place = into.Slice(length, written);
            if (IsLinkLayer(option[0]))
            {
                place.Clear();
                place[0] = option[0];
                place[1] = (byte)(newLength / OptionUnit);
                linkLayer.CopyTo(place[^linkLayer.Length..]);
            }
            else
            {
                option.CopyTo(place);
            }

            length += written;
            rest = rest[option.Length..];
        }

        Span<byte> message = into[HeaderLength..length];
        BinaryPrimitives.WriteUInt16BigEndian(into[4..], (ushort)message.Length);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.OfIcmpv6(into.Slice(8, 2 * AddressLength), message));
        return length;
    }

    private static bool IsLinkLayer(byte option) =>
        option is NeighborDiscoveryPacket.SourceLinkLayerAddress or NeighborDiscoveryPacket.TargetLinkLayerAddress;

    /// <summary>Bytes of a message before its options.</summary>
    private static int FixedLength(byte type) => type switch
    {
        NeighborDiscoveryPacket.RouterSolicitation => 8,
        NeighborDiscoveryPacket.RouterAdvertisement => 16,
        NeighborDiscoveryPacket.Redirect => 40,
        _ => 24,
    };
}
