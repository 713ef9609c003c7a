using System.Runtime.InteropServices;

namespace FastBond.Dataplane.Offloads;

/// <summary>
/// What stands in front of a frame on a port with offloads: which checksum is still to be finished, and how a super-frame is to be cut.
/// The legacy header of VIRTIO 1.2 section 5.1.6, 10 bytes, numbers in the machine's byte order.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Length)]
public record struct VirtioNetHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int Length = 10;

    /// <summary><see cref="Flags"/>: the checksum field holds the sum of the pseudo-header only.</summary>
    public const byte NeedsChecksum = 1;

    /// <summary><see cref="GsoType"/>: an ordinary frame.</summary>
    public const byte GsoNone = 0;

    /// <summary><see cref="GsoType"/>: TCP over IPv4.</summary>
    public const byte GsoTcpV4 = 1;

    /// <summary><see cref="GsoType"/>: TCP over IPv6.</summary>
    public const byte GsoTcpV6 = 4;

    /// <summary><see cref="GsoType"/>: UDP datagrams of one flow.</summary>
    public const byte GsoUdpL4 = 5;

    /// <summary>Bit of <see cref="GsoType"/>: the TCP header has CWR set, which belongs to the first segment alone.</summary>
    public const byte GsoEcn = 0x80;

    /// <summary><see cref="NeedsChecksum"/> and others.</summary>
    public byte Flags;

    /// <summary>Kind of super-frame.</summary>
    public byte GsoType;

    /// <summary>Bytes of all headers: a hint.</summary>
    public ushort HeaderLength;

    /// <summary>Bytes of payload in each segment but the last, which may have fewer.</summary>
    public ushort GsoSize;

    /// <summary>Where the bytes to be summed begin, counted from the destination MAC.</summary>
    public ushort ChecksumStart;

    /// <summary>Where the checksum field stands, counted from <see cref="ChecksumStart"/>.</summary>
    public ushort ChecksumOffset;
}
