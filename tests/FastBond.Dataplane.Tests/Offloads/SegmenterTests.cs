using FastBond.Dataplane.Offloads;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastBond.Dataplane.Tests.Offloads;

/// <summary>Byte for byte against <see cref="PacketSpec.Cut"/>.</summary>
public sealed unsafe class SegmenterTests : IDisposable
{
    private static readonly byte[] HopByHop = [0, 0, 5, 2, 0, 0, 1, 0];

    // Type 0 with one segment left: the destination of the header is an intermediate one.
    private static readonly byte[] Routing = [0, 0, 0, 1, 0, 0, 0, 0, .. Last];
    private static ReadOnlySpan<byte> Last => [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];

    private readonly OffloadRig _rig = new();

    public void Dispose() => _rig.Dispose();

    public static TheoryData<string> Kinds => [.. Specs.Keys];

    private static readonly Dictionary<string, PacketSpec> Specs = new(StringComparer.Ordinal)
    {
        ["TCP over IPv4"] = new(),
        ["TCP over IPv6"] = new() { Ipv6 = true },
        ["UDP over IPv4"] = new() { Udp = true },
        ["UDP over IPv6"] = new() { Ipv6 = true, Udp = true },
        ["timestamps"] = new() { TcpOptions = PacketSpec.Timestamps },
        ["a tag"] = new() { Tags = [0x8100_2005] },
        ["two tags"] = new() { Ipv6 = true, Tags = [0x88a8_0001, 0x8100_0002] },
        ["IPv4 options"] = new() { Ipv4Options = [0x94, 4, 0, 0] },
        ["extension header"] = new() { Ipv6 = true, Extensions = [(0, HopByHop)] },
        ["routing header"] = new() { Ipv6 = true, Extensions = [(0, HopByHop), (43, Routing)], FinalDestination = Last.ToArray() },
        ["fragmentable"] = new() { Fragment = 0 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Cuts_as_the_reference_does(string kind)
    {
        foreach ((int payload, int size) in ((int, int)[])[(1, 1), (1448, 1448), (1449, 1448), (2896, 1448), (65_000, 1460), (5000, 7), (999, 333), (3000, 1)])
        {
            PacketSpec super = Specs[kind] with
            {
                Payload = PacketSpec.Bytes(payload),
                Sequence = uint.MaxValue - 2000,
                Id = 0xfffe,
                TrafficClass = 2,
                Flags = PacketSpec.Ack | PacketSpec.Psh | PacketSpec.Fin | PacketSpec.Cwr | PacketSpec.Ece,
            };
            Assert.Equal(super.Cut(size).Select(frame => frame.Build()), _rig.Cut(super.BuildPartial(), OffloadRig.Header(super, size)));
            Assert.False(_rig.Segmenter.IsActive);
        }
    }

    [Fact]
    public void Cuts_any_packet_as_the_reference_does()
    {
        Gen<(PacketSpec, int, int)> packets =
            from ipv6 in Gen.Elements(false, true)
            from udp in Gen.Elements(false, true)
            from tags in Gen.Elements<uint[]>([], [0x8100_0064], [0x88a8_0001, 0x8100_0fff])
            from options in Gen.Choose(0, 10)
            from flags in Gen.Choose(0, 255)
            from numbers in Gen.Choose(0, int.MaxValue).Three()
            from payload in Gen.OneOf(Gen.Choose(1, 4000), Gen.Choose(60_000, 65_000))
            from size in Gen.OneOf(Gen.Choose(40, 1460), Gen.Elements(536, 1220, 1440, 1448, 1460))
            from atATime in Gen.Choose(1, OffloadRig.MaxBurst)
            let spec = new PacketSpec
            {
                Ipv6 = ipv6,
                Udp = udp,
                Tags = tags,
                TcpOptions = PacketSpec.Bytes(options * 4, numbers.Item1),
                Flags = (byte)flags,
                Sequence = (uint)numbers.Item1 * 2,
                Acknowledgment = (uint)numbers.Item2,
                Id = (ushort)numbers.Item3,
                Window = (ushort)numbers.Item2,
                Urgent = (ushort)numbers.Item1,
                TrafficClass = (byte)numbers.Item2,
                HopLimit = (byte)numbers.Item3,
                Flow = (byte)numbers.Item3,
                Payload = PacketSpec.Bytes(payload, numbers.Item1),
            }
            select (spec, size, atATime);
        Prop.ForAll(packets.ToArbitrary(), test =>
        {
            (PacketSpec super, int size, int atATime) = test;
            Assert.Equal(super.Cut(size).Select(frame => frame.Build()), _rig.Cut(super.BuildPartial(), OffloadRig.Header(super, size), atATime));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void A_super_frame_whose_checksum_is_not_left_to_us_is_cut_the_same(bool ipv6, bool udp)
    {
        PacketSpec super = new() { Ipv6 = ipv6, Udp = udp, Payload = PacketSpec.Bytes(9000) };
        VirtioNetHeader header = OffloadRig.Header(super, 1400) with { Flags = 0 };
        Assert.Equal(super.Cut(1400).Select(frame => frame.Build()), _rig.Cut(super.Build(), header));
    }

    [Fact]
    public void A_UDP_checksum_of_zero_is_sent_as_ones()
    {
        PacketSpec first = new() { Udp = true, Payload = [0, 0] };
        PacketSpec super = first with { Payload = [.. first.Build()[40..42], 1, 2] };
        List<byte[]> frames = _rig.Cut(super.BuildPartial(), OffloadRig.Header(super, 2));
        Assert.Equal([0xff, 0xff], frames[0][40..42]);
        Assert.Equal(super.Cut(2).Select(frame => frame.Build()), frames);
    }

    [Fact]
    public void A_segment_that_no_frame_can_hold_has_its_length_alone()
    {
        PacketSpec super = new() { Payload = PacketSpec.Bytes(4500) };
        Assert.True(_rig.TryBegin(super.BuildPartial(), OffloadRig.Header(super, 2000)));
        _rig.Put([]);
        byte[] before = new ReadOnlySpan<byte>(_rig.Memory, OffloadRig.MaxBurst * 2048).ToArray();
        Assert.Equal(2, _rig.Segmenter.Next(_rig.Memory, _rig.Burst, 2, _rig.Capacity));
        Assert.Equal([2054u, 2054u], [_rig.Burst[0].Length, _rig.Burst[1].Length]);
        Assert.True(new ReadOnlySpan<byte>(_rig.Memory, before.Length).SequenceEqual(before));

        // The last is short enough.
        Assert.Equal(1, _rig.Segmenter.Next(_rig.Memory, _rig.Burst, 2, _rig.Capacity));
        Assert.Equal(super.Cut(2000).Last().Build(), _rig.Bytes(_rig.Burst[0]));
    }

    [Fact]
    public void Without_frames_it_waits()
    {
        PacketSpec super = new() { Payload = PacketSpec.Bytes(3000) };
        Assert.True(_rig.TryBegin(super.BuildPartial(), OffloadRig.Header(super, 1448)));
        Assert.Equal(0, _rig.Segmenter.Next(_rig.Memory, _rig.Burst, 0, _rig.Capacity));
        Assert.True(_rig.Segmenter.IsActive);
    }

    [Fact]
    public void What_does_not_say_how_it_is_to_be_cut_is_refused()
    {
        PacketSpec tcp = new() { Payload = PacketSpec.Bytes(3000) };
        byte[] frame = tcp.BuildPartial();
        VirtioNetHeader good = OffloadRig.Header(tcp, 1000);
        Refused(frame, good with { GsoSize = 0 });
        Refused(frame, good with { GsoType = VirtioNetHeader.GsoTcpV6 });
        Refused(frame, good with { GsoType = VirtioNetHeader.GsoUdpL4 });
        Refused(frame, good with { GsoType = 3 });
        Refused(frame, good with { GsoType = VirtioNetHeader.GsoNone });
        Refused(frame[..40], good);
        Refused(frame[..54], good);
        Refused([], good);
        Refused((tcp with { Fragment = 0x2000 }).BuildPartial(), good);
        Refused((tcp with { Fragment = 100 }).BuildPartial(), good);
        Refused((tcp with { Tags = [0x8100_0001, 0x8100_0002, 0x8100_0003] }).BuildPartial(), good);
        Refused((tcp with { Ipv6 = true, Extensions = [(44, new byte[8])] }).BuildPartial(), good with { GsoType = VirtioNetHeader.GsoTcpV6 });
        frame[46] = 0x40;
        Refused(frame, good);
        Assert.False(_rig.Segmenter.IsActive);

        void Refused(byte[] bytes, VirtioNetHeader header) => Assert.False(_rig.TryBegin(bytes, header));
    }

    /// <summary>Whatever the bytes, segments stay within their frames and the sum of their payloads is the super-frame's.</summary>
    [Fact]
    public void Damaged_headers_harm_nobody()
    {
        Random random = new(11);
        int cut = 0;
        for (int i = 0; i < 20_000; i++)
        {
            PacketSpec super = Specs.Values.ElementAt(random.Next(Specs.Count)) with { Payload = PacketSpec.Bytes(random.Next(1, 4000)) };
            byte[] frame = super.BuildPartial();
            VirtioNetHeader header = OffloadRig.Header(super, random.Next(1, 1448));
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                frame[random.Next(12, super.HeaderLength)] = (byte)random.Next(256);
            }

            foreach (byte[] segment in _rig.Cut(frame[..random.Next(frame.Length + 1)], header))
            {
                Assert.InRange(segment.Length, 15, frame.Length);
                cut++;
            }
        }

        Assert.True(cut > 1000);
    }
}
