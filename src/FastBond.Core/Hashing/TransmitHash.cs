using System.Runtime.CompilerServices;
using FastBond.Core.Frames;

namespace FastBond.Core.Hashing;

/// <summary>
/// The transmit hash policies, one function a policy: the scalar definition (<see cref="BurstHash"/> is its faster twin), equal to a kernel bond's on a little-endian machine for
/// frames without a socket's hash. A frame begins with the destination MAC and has no FCS; only bytes within its length are read, and one
/// shorter than an Ethernet header hashes to 0. A frame in which a policy can't find what it wants above Ethernet is hashed by the Ethernet
/// header alone, as <see cref="Layer2"/>, unfolded. Nothing allocates, and no frame makes anything throw.
/// </summary>
public static unsafe class TransmitHash
{
    // Bit n: the transport header of IP protocol n < 64 begins with its ports (or SPI).
    private const ulong PortsFirst =
        (1UL << IpProtocol.Tcp) | (1UL << IpProtocol.Udp) | (1UL << IpProtocol.Dccp) | (1UL << IpProtocol.Esp);

    // Bit n: IP protocol n (mod 64) can't be an ICMP error, whose quoted packet must be hashed instead.
    private const ulong NeverQuotes = ~((1UL << IpProtocol.Icmp) | (1UL << IpProtocol.Icmpv6));

    // Where things stand in an untagged frame whose IPv4 header has 20 bytes, and in one of IPv6 without extension headers.
    private const int Ipv4Fragment = 20;
    private const int Ipv4Protocol = 23;
    private const int Ipv4Source = 26;
    private const int Ipv4Target = 30;
    private const int Ipv4Ports = 34;
    private const int Ipv6NextHeader = 20;
    private const int Ipv6Ports = 54;
    private const int PortsLength = 4;

    /// <summary>
    /// One frame's hash. The slave is the hash modulo the number of usable slaves; for <see cref="TransmitHashPolicy.Xor24"/>, of all.
    /// </summary>
    /// <param name="policy">A defined policy.</param>
    /// <param name="vlan">How the outermost VLAN tag is seen.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="ownAddressLastByte">Last byte of the bond's address; only <see cref="TransmitHashPolicy.Xor24"/> looks at it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such policy.</exception>
    public static uint Compute(TransmitHashPolicy policy, HashVlan vlan, ReadOnlySpan<byte> frame, byte ownAddressLastByte = 0)
    {
        fixed (byte* bytes = frame)
        {
            return policy switch
            {
                TransmitHashPolicy.Layer2 => Layer2(bytes, frame.Length, vlan),
                TransmitHashPolicy.Layer34 => Layer34(bytes, frame.Length, vlan),
                TransmitHashPolicy.Layer23 => Layer23(bytes, frame.Length, vlan),
                TransmitHashPolicy.Encap23 => Encap23(bytes, frame.Length, vlan),
                TransmitHashPolicy.Encap34 => Encap34(bytes, frame.Length, vlan),
                TransmitHashPolicy.VlanSrcMac => VlanSrcMac(bytes, frame.Length, vlan),
                TransmitHashPolicy.Xor24 => Xor24(bytes, frame.Length, ownAddressLastByte),
                _ => throw new ArgumentOutOfRangeException(nameof(policy)),
            };
        }
    }

    /// <summary>The hashes of a burst, as <see cref="Compute"/> of each frame; the policy is chosen once.</summary>
    /// <param name="policy">A defined policy.</param>
    /// <param name="vlan">How the outermost VLAN tag is seen.</param>
    /// <param name="memory">Start of the frame memory, which the descriptors' addresses count from.</param>
    /// <param name="frames">The burst's descriptors.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="hashes">Receives as many hashes.</param>
    /// <param name="ownAddressLastByte">Last byte of the bond's address; only <see cref="TransmitHashPolicy.Xor24"/> looks at it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such policy.</exception>
    public static void ComputeBurst(
        TransmitHashPolicy policy,
        HashVlan vlan,
        byte* memory,
        FrameDescriptor* frames,
        int count,
        uint* hashes,
        byte ownAddressLastByte = 0) =>
        ComputeBurst(policy, vlan, memory, frames, count, BurstLengths.Of(frames, count).Shortest, hashes, ownAddressLastByte);

    /// <summary>The same for a caller who knows that no frame is shorter than <paramref name="shortest"/>.</summary>
    internal static void ComputeBurst(
        TransmitHashPolicy policy,
        HashVlan vlan,
        byte* memory,
        FrameDescriptor* frames,
        int count,
        uint shortest,
        uint* hashes,
        byte ownAddressLastByte)
    {
        switch (policy)
        {
            case TransmitHashPolicy.Layer2:
                BurstHash.Compute<BurstHash.Layer2>(vlan, memory, frames, count, shortest, hashes);
                break;
            case TransmitHashPolicy.Layer34:
                BurstHash.Compute<BurstHash.Layer34>(vlan, memory, frames, count, shortest, hashes);
                break;
            case TransmitHashPolicy.Layer23:
                BurstHash.Compute<BurstHash.Layer23>(vlan, memory, frames, count, shortest, hashes);
                break;
            case TransmitHashPolicy.Encap23:
                BurstHash.Compute<BurstHash.Encap23>(vlan, memory, frames, count, shortest, hashes);
                break;
            case TransmitHashPolicy.Encap34:
                BurstHash.Compute<BurstHash.Encap34>(vlan, memory, frames, count, shortest, hashes);
                break;
            case TransmitHashPolicy.VlanSrcMac:
                BurstHash.Compute<BurstHash.VlanSrcMac>(vlan, memory, frames, count, shortest, hashes);
                break;
            case TransmitHashPolicy.Xor24:
                for (int i = 0; i < count; i++)
                {
                    hashes[i] = Xor24(memory + frames[i].Address, (int)frames[i].Length, ownAddressLastByte);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(policy));
        }
    }

    /// <summary>layer2: last bytes of both MACs and the ethertype.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Layer2(byte* frame, int length, HashVlan vlan) =>
        length < EthernetFrame.HeaderLength ? 0 : EthernetHash(frame, EthernetFrame.TagMetadataLength(frame, length, vlan));

    /// <summary>layer2+3: layer2 and the IP addresses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Layer23(byte* frame, int length, HashVlan vlan) =>
        length >= Ipv4Ports && Wire.BigEndian16(frame + EthernetFrame.TypeOffset) == EtherType.Ipv4 &&
        ((NeverQuotes >> frame[Ipv4Protocol]) & 1) != 0
            ? Fold(EthernetHash(frame, 0) ^ Ipv4Addresses(frame))
            : Dissected(TransmitHashPolicy.Layer23, frame, length, vlan);

    /// <summary>layer3+4: IP addresses and ports.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Layer34(byte* frame, int length, HashVlan vlan) =>
        IsIpv4WithPorts(frame, length)
            ? Fold(Wire.LittleEndian32(frame + Ipv4Ports) ^ Ipv4Addresses(frame)) >> 1
            : Dissected(TransmitHashPolicy.Layer34, frame, length, vlan);

    /// <summary>encap2+3: layer2 and the innermost IP addresses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Encap23(byte* frame, int length, HashVlan vlan) =>
        IsIpv4WithPorts(frame, length)
            ? Fold(EthernetHash(frame, 0) ^ Ipv4Addresses(frame))
            : Dissected(TransmitHashPolicy.Encap23, frame, length, vlan);

    /// <summary>encap3+4: the innermost IP addresses and ports.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Encap34(byte* frame, int length, HashVlan vlan) =>
        IsIpv4WithPorts(frame, length)
            ? Fold(Wire.LittleEndian32(frame + Ipv4Ports) ^ Ipv4Addresses(frame)) >> 1
            : Dissected(TransmitHashPolicy.Encap34, frame, length, vlan);

    /// <summary>vlan+srcmac: the source MAC's halves and, if the outermost tag is metadata, its whole TCI.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint VlanSrcMac(byte* frame, int length, HashVlan vlan)
    {
        if (length < EthernetFrame.HeaderLength)
        {
            return 0;
        }

        uint tci = EthernetFrame.TagMetadataLength(frame, length, vlan) == 0 ? 0 : Wire.BigEndian16(frame + 14);
        uint vendor = ((uint)frame[6] << 16) | Wire.BigEndian16(frame + 7);
        uint device = ((uint)frame[9] << 16) | Wire.BigEndian16(frame + 10);
        return tci ^ vendor ^ device;
    }

    /// <summary>xor24: last byte of the destination MAC and of the bond's own address, which its slaves carried in Linux 2.4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Xor24(byte* frame, int length, byte ownAddressLastByte) =>
        length < EthernetFrame.HeaderLength ? 0 : (uint)(frame[5] ^ ownAddressLastByte);

    /// <summary>
    /// The common case in one test: untagged IPv4, header of 20 bytes, not a fragment, ports whole and first in the transport header.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsIpv4WithPorts(byte* frame, int length)
    {
        if (length < Ipv4Ports + PortsLength)
        {
            return false;
        }

        uint typeAndVersion = Wire.LittleEndian32(frame + EthernetFrame.TypeOffset); // ethertype, version and IHL, TOS
        uint fragmentAndProtocol = Wire.LittleEndian32(frame + Ipv4Fragment); // fragment word, TTL, protocol
        uint unusual = ((typeAndVersion ^ 0x0045_0008) & 0x00ff_ffff) | (fragmentAndProtocol & 0xc000_ff3f);
        return (unusual | (~(PortsFirst >> (int)(fragmentAndProtocol >> 24)) & 1)) == 0;
    }

    // Everything else. Not inlined: the loops around the common case stay small.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint Dissected(TransmitHashPolicy policy, byte* frame, int length, HashVlan vlan)
    {
        if (length < EthernetFrame.HeaderLength)
        {
            return 0;
        }

        int tag = EthernetFrame.TagMetadataLength(frame, length, vlan);
        uint ethernet = EthernetHash(frame, tag);
        if (!TryPortsInPlace(frame + tag, length - tag, out Flow flow))
        {
            bool dissected = policy is TransmitHashPolicy.Encap23 or TransmitHashPolicy.Encap34
                ? FlowDissector.TryInnermost(frame + tag, length - tag, out flow)
                : FlowDissector.TryOneHeader(frame + tag, length - tag, out flow);
            if (!dissected)
            {
                return ethernet;
            }
        }

        return policy is TransmitHashPolicy.Layer23 or TransmitHashPolicy.Encap23
            ? Fold(ethernet ^ flow.Addresses)
            : Fold(flow.Key ^ flow.Addresses) >> 1;
    }

    /// <summary>
    /// The next most common: the same behind a tag, and IPv6 with the ports directly after its header. Both dissectors agree on them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryPortsInPlace(byte* frame, int length, out Flow flow)
    {
        if (IsIpv4WithPorts(frame, length))
        {
            flow = new Flow { Addresses = Ipv4Addresses(frame), Key = Wire.LittleEndian32(frame + Ipv4Ports) };
            return true;
        }

        if (length >= Ipv6Ports + PortsLength && Wire.BigEndian16(frame + EthernetFrame.TypeOffset) == EtherType.Ipv6 &&
            frame[Ipv6NextHeader] < 64 && ((PortsFirst >> frame[Ipv6NextHeader]) & 1) != 0)
        {
            uint addresses = FlowDissector.Ipv6Addresses(frame + EthernetFrame.HeaderLength);
            flow = new Flow { Addresses = addresses, Key = Wire.LittleEndian32(frame + Ipv6Ports) };
            return true;
        }

        flow = default;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint EthernetHash(byte* frame, int tag) =>
        (uint)(frame[5] ^ frame[11]) ^ Wire.BigEndian16(frame + tag + EthernetFrame.TypeOffset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Ipv4Addresses(byte* frame) =>
        Wire.LittleEndian32(frame + Ipv4Source) ^ Wire.LittleEndian32(frame + Ipv4Target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Fold(uint hash)
    {
        hash ^= hash >> 16;
        return hash ^ (hash >> 8);
    }
}
