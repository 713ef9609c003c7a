using FastBond.Core.Frames;
using FastBond.Dataplane.Offloads;
using Xunit;

namespace FastBond.Dataplane.Tests.Offloads;

/// <summary>What is joined, what is not, and in which order it leaves; <see cref="CoalescerPropertyTests"/> has the rest.</summary>
public sealed unsafe class CoalescerTests : IDisposable
{
    private static readonly uint[] Tags = [0x8100_0005, 0x8100_0006];
    private static readonly PacketSpec Tcp = new() { TcpOptions = PacketSpec.Timestamps };

    private readonly OffloadRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    [InlineData(true, 2)]
    public void Segments_that_follow_one_another_become_the_super_frame_they_were(bool ipv6, int tags)
    {
        PacketSpec super = Tcp with
        {
            Ipv6 = ipv6,
            Tags = Tags[..tags],
            Payload = PacketSpec.Bytes((40 * 1400) + 1),
            Flags = PacketSpec.Ack | PacketSpec.Psh,
            Id = 0xfff0,
            Sequence = uint.MaxValue - 5000,
        };
        (VirtioNetHeader header, byte[] bytes) = Assert.Single(_rig.Join([.. super.Cut(1400).Select(frame => frame.Build())]));
        Assert.Equal(super.BuildPartial(), bytes);
        int transport = super.HeaderLength - 20 - PacketSpec.Timestamps.Length;
        Assert.Equal(
            new VirtioNetHeader
            {
                Flags = VirtioNetHeader.NeedsChecksum,
                GsoType = ipv6 ? VirtioNetHeader.GsoTcpV6 : VirtioNetHeader.GsoTcpV4,
                GsoSize = 1400,
                HeaderLength = (ushort)super.HeaderLength,
                ChecksumStart = (ushort)transport,
                ChecksumOffset = 16,
            },
            header);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    public void A_super_frame_is_no_longer_than_an_IP_packet_can_be(bool ipv6, int excess)
    {
        const int longest = 65_535, last = 300;
        int headers = (ipv6 ? 40 : 20) + 20 + PacketSpec.Timestamps.Length;
        int size = (longest - headers - last) / 45;
        PacketSpec[] specs = [.. (Tcp with { Ipv6 = ipv6, Payload = PacketSpec.Bytes(46 * size) }).Cut(size)];
        specs[45] = specs[45] with { Payload = specs[45].Payload[..(longest - headers - (45 * size) + excess)] };
        List<(VirtioNetHeader Header, byte[] Bytes)> packets = _rig.Join([.. specs.Select(spec => spec.Build())]);
        Assert.Equal(excess == 0 ? [46] : [45, 1], packets.Select(packet => Segments(packet.Header, packet.Bytes)));
        Assert.Equal(excess == 0 ? 14 + longest : 14 + headers + (45 * size), packets[0].Bytes.Length);
    }

    [Fact]
    public void Flows_that_come_interleaved_are_joined_each_by_itself()
    {
        PacketSpec[] flows = [.. Enumerable.Range(1, 8).Select(flow => Tcp with
        {
            Flow = (byte)flow,
            Ipv6 = flow % 2 == 0,
            Payload = PacketSpec.Bytes(8 * 1000, flow),
        })];
        byte[][][] segments = [.. flows.Select(flow => flow.Cut(1000).Select(frame => frame.Build()).ToArray())];
        List<(VirtioNetHeader Header, byte[] Bytes)> packets =
            _rig.Join([.. Enumerable.Range(0, 8).SelectMany(i => segments.Select(flow => flow[i]))]);
        Assert.Equal(flows.Select(flow => flow.BuildPartial()), packets.Select(packet => packet.Bytes));
    }

    public static TheoryData<string> Differences => [.. Different.Keys];

    /// <summary>Changes to the second of two segments after which they must not be joined.</summary>
    private static readonly Dictionary<string, Func<PacketSpec, PacketSpec>> Different = new(StringComparer.Ordinal)
    {
        ["a gap"] = s => s with { Sequence = s.Sequence + 1 },
        ["sent again"] = s => s with { Sequence = Tcp.Sequence },
        ["acknowledgment"] = s => s with { Acknowledgment = s.Acknowledgment + 1 },
        ["window"] = s => s with { Window = 501 },
        ["urgent pointer"] = s => s with { Urgent = 1 },
        ["URG"] = s => s with { Flags = PacketSpec.Ack | PacketSpec.Urg },
        ["SYN"] = s => s with { Flags = PacketSpec.Ack | PacketSpec.Syn },
        ["RST"] = s => s with { Flags = PacketSpec.Ack | PacketSpec.Rst },
        ["CWR"] = s => s with { Flags = PacketSpec.Ack | PacketSpec.Cwr },
        ["ECE"] = s => s with { Flags = PacketSpec.Ack | PacketSpec.Ece },
        ["no ACK"] = s => s with { Flags = 0 },
        ["timestamps"] = s => s with { TcpOptions = [.. s.TcpOptions[..^1], 0xf1] },
        ["length of the options"] = s => s with { TcpOptions = [.. s.TcpOptions, 1, 1, 1, 1] },
        ["no options"] = s => s with { TcpOptions = [] },
        ["longer"] = s => s with { Payload = PacketSpec.Bytes(1001) },
        ["no payload"] = s => s with { Payload = [] },
        ["ECN mark"] = s => s with { TrafficClass = 3 },
        ["TTL"] = s => s with { HopLimit = 63 },
        ["IP id skips one"] = s => s with { Id = (ushort)(s.Id + 1) },
        ["IP id of the first, and may be fragmented"] = s => s with { Id = Tcp.Id, Fragment = 0 },
        ["may be fragmented"] = s => s with { Fragment = 0 },
        ["is a fragment"] = s => s with { Fragment = 0x2000 },
        ["IPv4 options"] = s => s with { Ipv4Options = [1, 1, 1, 1] },
        ["flow"] = s => s with { Flow = 9 },
        ["IP version"] = s => s with { Ipv6 = true },
        ["a tag"] = s => s with { Tags = [0x8100_0001] },
        ["UDP"] = s => s with { Udp = true },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void Segments_that_differ_are_not_joined(string difference)
    {
        PacketSpec[] two = [.. (Tcp with { Payload = PacketSpec.Bytes(2000) }).Cut(1000)];
        Assert.Single(_rig.Join([two[0].Build(), two[1].Build()]));
        PacketSpec first = difference.EndsWith("may be fragmented", StringComparison.Ordinal) && difference != "may be fragmented" ? two[0] with { Fragment = 0 } : two[0];
        byte[][] frames = [first.Build(), Different[difference](two[1]).Build()];
        Assert.Equal(frames, _rig.Join(frames).Select(packet => packet.Bytes));
    }

    [Theory]
    [InlineData(12, "source address")]
    [InlineData(5, "destination MAC")]
    [InlineData(17, "flow label")]
    public void Bytes_that_no_checksum_covers_must_be_the_same(int offset, string what)
    {
        byte[][] frames = [.. (Tcp with { Ipv6 = true, Payload = PacketSpec.Bytes(2000) }).Cut(1000).Select(frame => frame.Build())];
        frames[1][offset] ^= 1;
        Assert.True(_rig.Join(frames).Count == 2, what);
    }

    [Fact]
    public void A_bad_checksum_goes_on_alone_and_unmarked()
    {
        byte[][] frames = [.. (Tcp with { Payload = PacketSpec.Bytes(5000) }).Cut(1000).Select(frame => frame.Build())];
        frames[2][500] ^= 0x10;
        List<(VirtioNetHeader Header, byte[] Bytes)> packets = _rig.Join(frames);
        Assert.Equal([2, 1, 2], packets.Select(packet => Segments(packet.Header, packet.Bytes)));
        Assert.Equal(default, packets[1].Header);
        Assert.Equal(frames[2], packets[1].Bytes);
    }

    [Fact]
    public void A_damaged_byte_anywhere_prevents_that_segment_from_being_joined()
    {
        foreach (bool ipv6 in (bool[])[false, true])
        {
            byte[][] good = [.. (Tcp with { Ipv6 = ipv6, Payload = PacketSpec.Bytes(300) }).Cut(100).Select(frame => frame.Build())];
            for (int damaged = 0; damaged < 3; damaged++)
            {
                for (int offset = 0; offset < good[0].Length; offset++)
                {
                    byte[][] frames = [.. good.Select(frame => (byte[])frame.Clone())];
                    frames[damaged][offset] ^= 0x40;
                    List<(VirtioNetHeader Header, byte[] Bytes)> packets = _rig.Join(frames);
                    Assert.Contains(packets, packet => packet.Header == default && packet.Bytes.AsSpan().SequenceEqual(frames[damaged]));
                }
            }
        }
    }

    [Theory]
    [InlineData(PacketSpec.Psh)]
    [InlineData(PacketSpec.Fin)]
    public void PSH_and_FIN_end_a_super_frame(byte flag)
    {
        PacketSpec[] specs = [.. (Tcp with { Payload = PacketSpec.Bytes(6000) }).Cut(1000)];
        byte[][] frames = [.. specs.Select((spec, i) => (i == 2 ? spec with { Flags = (byte)(spec.Flags | flag) } : spec).Build())];
        List<(VirtioNetHeader Header, byte[] Bytes)> packets = _rig.Join(frames);
        Assert.Equal([3, 3], packets.Select(packet => Segments(packet.Header, packet.Bytes)));
        Assert.Equal(PacketSpec.Ack | flag, packets[0].Bytes[47]);
        Assert.Equal(PacketSpec.Ack, packets[1].Bytes[47]);
    }

    [Fact]
    public void A_short_segment_ends_a_super_frame()
    {
        PacketSpec stream = Tcp with { Payload = PacketSpec.Bytes(1500) };
        byte[][] frames =
        [
            .. stream.Cut(1000).Select(frame => frame.Build()),
            .. (stream with { Sequence = stream.Sequence + 1500, Id = 2 }).Cut(500).Select(frame => frame.Build()),
        ];
        Assert.Equal([2, 3], _rig.Join(frames).Select(packet => Segments(packet.Header, packet.Bytes)));
    }

    [Fact]
    public void CWR_begins_a_super_frame_and_is_told()
    {
        PacketSpec super = Tcp with { Payload = PacketSpec.Bytes(3000), Flags = PacketSpec.Ack | PacketSpec.Cwr };
        (VirtioNetHeader header, byte[] bytes) = Assert.Single(_rig.Join([.. super.Cut(1000).Select(frame => frame.Build())]));
        Assert.Equal(VirtioNetHeader.GsoTcpV4 | VirtioNetHeader.GsoEcn, header.GsoType);
        Assert.Equal(super.BuildPartial(), bytes);
    }

    [Fact]
    public void A_constant_identification_is_joined_where_it_means_nothing()
    {
        PacketSpec[] specs = [.. (Tcp with { Payload = PacketSpec.Bytes(3000) }).Cut(1000).Select(spec => spec with { Id = 0 })];
        Assert.Single(_rig.Join([.. specs.Select(spec => spec.Build())]));
        Assert.Equal(3, _rig.Join([.. specs.Select(spec => (spec with { Fragment = 0 }).Build())]).Count);

        // Rising and constant don't mix.
        byte[][] mixed = [specs[0].Build(), (specs[1] with { Id = 1 }).Build(), (specs[2] with { Id = 1 }).Build()];
        Assert.Equal([2, 1], _rig.Join(mixed).Select(packet => Segments(packet.Header, packet.Bytes)));
    }

    [Fact]
    public void Nothing_of_a_flow_overtakes()
    {
        PacketSpec[] data = [.. (Tcp with { Payload = PacketSpec.Bytes(4000) }).Cut(1000)];
        byte[] ack = (Tcp with { Payload = [], Sequence = data[2].Sequence }).Build();
        byte[][] frames = [data[0].Build(), data[1].Build(), ack, data[2].Build(), data[3].Build()];
        Assert.Equal([2, 1, 2], _rig.Join(frames).Select(packet => Segments(packet.Header, packet.Bytes)));

        // What may belong to the flow, as nobody can tell.
        byte[] fragment = (Tcp with { Fragment = 0x2000, Payload = [1, 2, 3] }).Build();
        frames[2] = fragment;
        Assert.Equal([2, 1, 2], _rig.Join(frames).Select(packet => Segments(packet.Header, packet.Bytes)));

        // Another flow's doesn't matter: it leaves after the packet that began before it.
        byte[] other = (Tcp with { Flow = 3, Udp = true, Payload = [1] }).Build();
        frames[2] = other;
        List<(VirtioNetHeader Header, byte[] Bytes)> packets = _rig.Join(frames);
        Assert.Equal([4, 1], packets.Select(packet => Segments(packet.Header, packet.Bytes)));
        Assert.Equal(other, packets[1].Bytes);
    }

    [Fact]
    public void A_padded_segment_is_not_joined()
    {
        byte[][] frames = [.. (new PacketSpec { Payload = PacketSpec.Bytes(4) }).Cut(2).Select(frame => (byte[])[.. frame.Build(), 0, 0, 0, 0])];
        Assert.Equal(frames, _rig.Join(frames).Select(packet => packet.Bytes));
    }

    [Fact]
    public void If_the_host_refuses_a_packet_the_frames_before_it_are_in_front()
    {
        PacketSpec[] flows = [.. Enumerable.Range(0, 3).Select(flow => Tcp with { Flow = (byte)flow, Payload = PacketSpec.Bytes(3000, flow) })];
        byte[][] frames = [.. Enumerable.Range(0, 3).SelectMany(i => flows.Select(flow => flow.Cut(1000).ElementAt(i).Build()))];
        _rig.Put(frames);
        Assert.Equal(3, _rig.Coalescer.Join(_rig.Memory, _rig.Burst, 9));
        ulong[] before = [.. Enumerable.Range(0, 9).Select(i => _rig.Burst[i].Address)];
        Assert.Equal(6, _rig.Coalescer.Reorder(_rig.Burst, 9, packets: 2));
        Assert.Equal(((int[])[0, 3, 6, 1, 4, 7, 2, 5, 8]).Select(i => before[i]), Enumerable.Range(0, 9).Select(i => _rig.Burst[i].Address));
    }

    [Fact]
    public void Neither_cutting_nor_joining_allocates()
    {
        PacketSpec super = Tcp with { Payload = PacketSpec.Bytes(60_000) };
        byte[] bytes = super.BuildPartial();
        VirtioNetHeader header = OffloadRig.Header(super, 1448);
        _rig.Put([]);
        Run(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int times)
        {
            FrameDescriptor* burst = _rig.Burst;
            for (int i = 0; i < times; i++)
            {
                _rig.TryBegin(bytes, header);
                int count = _rig.Segmenter.Next(_rig.Memory, burst, OffloadRig.MaxBurst, _rig.Capacity);
                if (_rig.Coalescer.Join(_rig.Memory, burst, count) != 1 || _rig.Coalescer.Reorder(burst, count, 1) != count)
                {
                    throw new InvalidOperationException();
                }
            }
        }
    }

    [Fact]
    public void The_rehearsal_cuts_and_joins()
    {
        using OffloadRehearsal rehearsal = new();
        Assert.Equal((40, 1), rehearsal.Play());
        Assert.Equal((40, 1), rehearsal.Play());
    }

    private static int Segments(VirtioNetHeader header, byte[] bytes) =>
        header.GsoSize == 0 ? 1 : (bytes.Length - header.HeaderLength + header.GsoSize - 1) / header.GsoSize;
}
