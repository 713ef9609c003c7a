namespace FastBond.Core.Tests.Hashing;

/// <summary>
/// Frames with the structure that the dissectors walk (tags, PPPoE, IP in all nestings, GRE, ICMP errors, fragments, extension headers),
/// right most of the time and wrong in one field now and then. The same seed gives the same frames.
/// </summary>
internal sealed class FrameGenerator(int seed)
{
    private static readonly int[] Transports = [6, 17, 33, 50, 51, 132, 136, 2, 103, 59];
    private static readonly int[] IcmpTypes = [0, 1, 2, 3, 4, 5, 8, 11, 12, 13, 14, 15, 128, 129, 133, 136, 255];
    private static readonly int[] FragmentWords = [0, 0, 0, 0, 0x4000, 0x4000, 0x2000, 0x8000];
    private static readonly int[] Extensions = [0, 43, 60];
    private static readonly int[] PppProtocols = [0x0021, 0x0057, 0x0281, 0x0283, 0xc021];

    private static readonly int[] OtherTypes =
        [0x0806, 0x8035, 0x8847, 0x8848, 0x8906, 0x88f7, 0x8863, 0x88cc, 0x8809, 0x05dc, 0x0000, 0x6558];

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        (int type, byte[] payload) = Payload(OneIn(8) ? 18 : _random.Next(5));
        return [.. Bytes(12), .. Word(type), .. payload, .. Bytes(_random.Next(24))];
    }

    /// <summary>Something that an ethertype announces, with at most <paramref name="depth"/> headers inside.</summary>
    private (int Type, byte[] Bytes) Payload(int depth)
    {
        int kind = _random.Next(20);
        if (kind < 2)
        {
            return (OneOf(OtherTypes), Bytes(_random.Next(60)));
        }

        if (depth == 0 || kind < 13)
        {
            return OneIn(2) ? (0x0800, Ipv4(depth)) : (0x86dd, Ipv6(depth));
        }

        (int type, byte[] inner) = Payload(depth - 1);
        return kind switch
        {
            13 or 14 => (0x8100, [.. Bytes(2), .. Word(type), .. inner]),
            15 => (0x88a8, [.. Bytes(2), .. Word(type), .. inner]),
            16 or 17 => (0x8864, [Mostly(0x11), Mostly(0), .. Bytes(4), .. Word(PppProtocol(type)), .. inner]),
            _ => (OneIn(2) ? 0x88fb : 0x892f, [.. Bytes(4), .. Word(type), .. inner]),
        };
    }

    private byte[] Ipv4(int depth)
    {
        (int protocol, byte[] payload) = Transport(depth, icmp: 1);
        int headerWords = OneIn(6) ? _random.Next(16) : 5;
        int fragment = OneIn(8) ? _random.Next(0x4000) : OneOf(FragmentWords);
        return
        [
            (byte)(0x40 | headerWords), .. Bytes(5), .. Word(fragment), 64, (byte)protocol, .. Bytes(10),
            .. Bytes(Math.Max(0, headerWords - 5) * 4), .. payload,
        ];
    }

    private byte[] Ipv6(int depth)
    {
        (int protocol, byte[] payload) = Transport(depth, icmp: 58);
        if (OneIn(6))
        {
            payload = [(byte)protocol, .. Bytes(7), .. payload];
            protocol = 44;
        }

        for (int extensions = OneIn(4) ? _random.Next(1, 4) : 0; extensions > 0; extensions--)
        {
            int units = _random.Next(3);
            payload = [(byte)protocol, (byte)units, .. Bytes((units * 8) + 6), .. payload];
            protocol = OneOf(Extensions);
        }

        return [0x60, .. Bytes(5), (byte)protocol, 64, .. Bytes(32), .. payload];
    }

    private (int Protocol, byte[] Bytes) Transport(int depth, int icmp)
    {
        int kind = depth == 0 ? _random.Next(8) : _random.Next(18);
        switch (kind)
        {
            case < 5:
                return (OneIn(2) ? 6 : OneIn(2) ? OneOf(Transports) : _random.Next(256), Bytes(_random.Next(24)));

            case < 8:
                byte[] quoted = OneIn(2) ? Ipv4(0) : Ipv6(0);
                int protocol = OneIn(8) ? 59 - icmp : icmp; // 59 - icmp: the other IP version's ICMP
                byte[] identifier = OneIn(4) ? [0, 0] : Bytes(2);
                return (protocol, [(byte)OneOf(IcmpTypes), .. Bytes(3), .. identifier, .. Bytes(2), .. quoted]);

            case < 11:
                return (4, Ipv4(depth - 1));

            case < 14:
                return (41, Ipv6(depth - 1));

            default:
                return (47, Gre(depth - 1));
        }
    }

    private byte[] Gre(int depth)
    {
        int flags = (OneIn(3) ? 0x8000 : 0) | (OneIn(3) ? 0x2000 : 0) | (OneIn(3) ? 0x1000 : 0) | (OneIn(16) ? _random.Next(0x10000) : 0);
        (int type, byte[] payload) = Payload(depth);
        if (OneIn(4))
        {
            flags |= 0x0001 | (OneIn(8) ? 0 : 0x2000) | (OneIn(2) ? 0x0080 : 0);
            payload = [.. Bytes(2), .. Word(PppProtocol(type)), .. payload];
            type = 0x880b;
        }
        else if (OneIn(3))
        {
            payload = [.. Bytes(12), .. Word(type), .. payload];
            type = 0x6558;
        }

        int words = (flags >> 15) + ((flags >> 13) & 1) + ((flags >> 12) & 1) + ((flags & 7) == 1 ? (flags >> 7) & 1 : 0);
        return [.. Word(flags), .. Word(type), .. Bytes(words * 4), .. payload];
    }

    private int PppProtocol(int etherType) =>
        OneIn(8) ? OneOf(PppProtocols) : etherType == 0x0800 ? 0x0021 : etherType == 0x86dd ? 0x0057 : OneOf(PppProtocols);

    private byte Mostly(int value) => (byte)(OneIn(16) ? _random.Next(256) : value);

    private bool OneIn(int n) => _random.Next(n) == 0;

    private int OneOf(int[] values) => values[_random.Next(values.Length)];

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Word(int value) => [(byte)(value >> 8), (byte)value];
}
