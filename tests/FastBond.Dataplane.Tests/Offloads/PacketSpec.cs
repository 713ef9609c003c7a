using System.Buffers.Binary;

namespace FastBond.Dataplane.Tests.Offloads;

/// <summary>
/// What a TCP or UDP packet says, and its frame, built byte by byte as RFC 791, 8200, 9293 and 768 have it: slow, plain, and independent of
/// the code under test.
/// </summary>
internal sealed record PacketSpec
{
    public const byte Fin = 0x01, Syn = 0x02, Rst = 0x04, Psh = 0x08, Ack = 0x10, Urg = 0x20, Ece = 0x40, Cwr = 0x80;

    public static readonly byte[] Timestamps = [1, 1, 8, 10, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0];

    /// <summary>VLAN tags, outermost first: TPID in the upper, TCI in the lower 16 bits.</summary>
    public uint[] Tags { get; init; } = [];

    public bool Ipv6 { get; init; }

    public bool Udp { get; init; }

    /// <summary>Flow number: addresses and ports.</summary>
    public byte Flow { get; init; }

    public byte TrafficClass { get; init; }

    public byte HopLimit { get; init; } = 64;

    public ushort Id { get; init; }

    /// <summary>The IPv4 fragment word: flags and offset.</summary>
    public ushort Fragment { get; init; } = 0x4000;

    /// <summary>IPv4 options, padded to 32-bit words.</summary>
    public byte[] Ipv4Options { get; init; } = [];

    /// <summary>IPv6 extension headers, each with its number.</summary>
    public (byte Type, byte[] Header)[] Extensions { get; init; } = [];

    /// <summary>The address that the pseudo-header has for the destination, if not the header's: the last one of a routing header.</summary>
    public byte[]? FinalDestination { get; init; }

    public uint Sequence { get; init; } = 1000;

    public uint Acknowledgment { get; init; } = 77;

    public byte Flags { get; init; } = Ack;

    public ushort Window { get; init; } = 500;

    public ushort Urgent { get; init; }

    public byte[] TcpOptions { get; init; } = [];

    public byte[] Payload { get; init; } = [];

    public int HeaderLength => 14 + (4 * Tags.Length) + NetworkLength + TransportLength;

    private int NetworkLength => Ipv6 ? 40 + Extensions.Sum(extension => extension.Header.Length) : 20 + Ipv4Options.Length;

    private int TransportLength => Udp ? 8 : 20 + TcpOptions.Length;

    private byte[] Source => Ipv6 ? [0xfd, 0, .. new byte[13], Flow] : [198, 18, Flow, 1];

    private byte[] Destination => Ipv6 ? [0xfd, 1, .. new byte[13], Flow] : [198, 19, Flow, 2];

    /// <summary>A run of bytes that no other seed has.</summary>
    public static byte[] Bytes(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The frame, its checksums right.</summary>
    public byte[] Build() => Build(partial: false);

    /// <summary>The frame as a host hands it on that leaves the checksum to the device: the field has the pseudo-header's sum.</summary>
    public byte[] BuildPartial() => Build(partial: true);

    /// <summary>The frames that a super-frame of this content stands for.</summary>
    public IEnumerable<PacketSpec> Cut(int segmentSize)
    {
        int count = (Payload.Length + segmentSize - 1) / segmentSize;
        for (int i = 0; i < count; i++)
        {
            bool first = i == 0, last = i == count - 1;
            int begin = i * segmentSize;
            yield return this with
            {
                Payload = Payload[begin..(last ? Payload.Length : begin + segmentSize)],
                Id = (ushort)(Id + i),
                Sequence = (uint)(Sequence + begin),
                Flags = (byte)(Flags & (last ? 0xff : ~(Fin | Psh)) & (first ? 0xff : ~Cwr)),
            };
        }
    }

    public static ushort Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += i % 2 == 0 ? (uint)bytes[i] << 8 : bytes[i];
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)sum;
    }

    private byte[] Build(bool partial)
    {
        List<byte> frame = [2, 0, 0, 0, 0, Flow, 2, 0, 0, 0, 1, Flow];
        foreach (uint tag in Tags)
        {
            frame.AddRange(Big(tag));
        }

        byte[] transport = Transport(partial);
        frame.AddRange(Big((ushort)(Ipv6 ? 0x86dd : 0x0800)));
        frame.AddRange(Ipv6 ? NetworkV6(transport.Length) : NetworkV4(transport.Length));
        frame.AddRange(transport);
        return [.. frame];
    }

    private byte[] NetworkV4(int transportLength)
    {
        byte[] header =
        [
            (byte)(0x40 | NetworkLength / 4), TrafficClass, .. Big((ushort)(NetworkLength + transportLength)), .. Big(Id), .. Big(Fragment),
            HopLimit, Protocol, 0, 0, .. Source, .. Destination, .. Ipv4Options,
        ];
        Big((ushort)~Sum(header)).CopyTo(header, 10);
        return header;
    }

    private byte[] NetworkV6(int transportLength)
    {
        List<byte> header =
        [
            (byte)(0x60 | TrafficClass >> 4), (byte)(TrafficClass << 4), 0x12, Flow, .. Big((ushort)(NetworkLength - 40 + transportLength)),
            Extensions.Length > 0 ? Extensions[0].Type : Protocol, HopLimit, .. Source, .. Destination,
        ];
        for (int i = 0; i < Extensions.Length; i++)
        {
            byte next = i + 1 < Extensions.Length ? Extensions[i + 1].Type : Protocol;
            header.AddRange([next, (byte)((Extensions[i].Header.Length / 8) - 1), .. Extensions[i].Header[2..]]);
        }

        return [.. header];
    }

    private byte Protocol => (byte)(Udp ? 17 : 6);

    private byte[] Transport(bool partial)
    {
        int length = TransportLength + Payload.Length;
        byte[] segment = Udp
            ? [.. Big((ushort)(4000 + Flow)), .. Big((ushort)53), .. Big((ushort)length), 0, 0, .. Payload]
            :
            [
                .. Big((ushort)(4000 + Flow)), .. Big((ushort)5201), .. Big(Sequence), .. Big(Acknowledgment), (byte)(TransportLength / 4 << 4), Flags,
                .. Big(Window), 0, 0, .. Big(Urgent), .. TcpOptions, .. Payload,
            ];
        byte[] pseudo = [.. Source, .. FinalDestination ?? Destination, .. Big((uint)length), 0, 0, 0, Protocol];
        ushort checksum = partial ? Sum(pseudo) : (ushort)~Sum([.. pseudo, .. segment]);
        Big(checksum == 0 && Udp && !partial ? ushort.MaxValue : checksum).CopyTo(segment, Udp ? 6 : 16);
        return segment;
    }

    private static byte[] Big(ushort value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Big(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
