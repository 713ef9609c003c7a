using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FastBond.Dataplane.Offloads;
using Xunit;

namespace FastBond.Dataplane.Tests.Offloads;

public sealed unsafe class ChecksumTests : IDisposable
{
    private const int Size = 70_000, Guard = 0xa5;
    private readonly byte* _source = (byte*)NativeMemory.AlignedAlloc(Size, 64);
    private readonly byte* _target = (byte*)NativeMemory.AlignedAlloc(Size, 64);

    public ChecksumTests() => new Random(7).NextBytes(new Span<byte>(_source, Size));

    private delegate uint Adder(byte* bytes, int length);

    private delegate uint Copier(byte* source, byte* target, int length);

    private static readonly Adder[] Adders = [Checksums.Sum, Checksums.Sum512, Checksums.Sum256, Checksums.Sum128, Checksums.SumScalar];

    private static readonly Copier[] Copiers =
        [Checksums.CopyAndSum, Checksums.CopyAndSum512, Checksums.CopyAndSum256, Checksums.CopyAndSum128, Checksums.CopyAndSumScalar];

    public void Dispose()
    {
        NativeMemory.AlignedFree(_source);
        NativeMemory.AlignedFree(_target);
    }

    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 300), 536, 1279, 1448, 1460, 8948, 65_483, 65_535];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Every_width_adds_as_RFC_1071_says_at_every_alignment(int length)
    {
        for (int offset = 0; offset < 64; offset++)
        {
            uint expected = Expected(_source + offset, length);
            foreach (Adder sum in Adders)
            {
                Assert.Equal(expected, sum(_source + offset, length));
            }

            if (length > 300 && offset == 9)
            {
                break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Every_width_copies_these_bytes_and_no_other(int length)
    {
        foreach (Copier copy in Copiers)
        {
            foreach ((int from, int to) in ((int, int)[])[(0, 0), (1, 0), (0, 1), (7, 34), (63, 66)])
            {
                new Span<byte>(_target, length + 256).Fill(Guard);
                Assert.Equal(Expected(_source + from, length), copy(_source + from, _target + to, length));
                Assert.True(new ReadOnlySpan<byte>(_source + from, length).SequenceEqual(new ReadOnlySpan<byte>(_target + to, length)));
                Assert.Equal(-1, new ReadOnlySpan<byte>(_target, to).IndexOfAnyExcept((byte)Guard));
                Assert.Equal(-1, new ReadOnlySpan<byte>(_target + to + length, 256 - to).IndexOfAnyExcept((byte)Guard));
            }
        }
    }

    [Fact]
    public void No_sum_overflows()
    {
        new Span<byte>(_source, Size).Fill(0xff);
        Assert.All(Adders, sum => Assert.Equal(0xffffu, sum(_source, 65_536)));
        Assert.All(Adders, sum => Assert.Equal(Expected(_source, 65_535), sum(_source, 65_535)));
        Assert.Equal(0xffffu, Checksums.Fold(ulong.MaxValue));
        Assert.Equal(0u, Checksums.Fold(0));
        Assert.Equal(1u, Checksums.Fold(0x1_0000_0000));
        Assert.Equal(0xffff, Checksums.Finish(0));
        Assert.Equal(0, Checksums.Finish(0xffff));
    }

    [Fact]
    public void A_word_is_in_the_order_of_the_packet()
    {
        byte[] bytes = [0x12, 0x34];
        fixed (byte* start = bytes)
        {
            Assert.Equal(Checksums.Sum(start, 2), Checksums.Word(0x1234));
        }
    }

    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(false, true, 999)]
    [InlineData(true, false, 1448)]
    [InlineData(true, true, 0)]
    public void A_checksum_left_to_us_is_completed(bool ipv6, bool udp, int payload)
    {
        PacketSpec packet = new() { Ipv6 = ipv6, Udp = udp, Tags = [0x8100_0007], Payload = PacketSpec.Bytes(payload) };
        Assert.Equal(packet.Build(), Completed(packet.BuildPartial(), packet));
    }

    [Fact]
    public void A_UDP_checksum_of_zero_is_sent_as_ones()
    {
        // The two bytes of payload make up for the rest.
        PacketSpec empty = new() { Udp = true, Payload = [0, 0] };
        byte[] frame = empty.Build();
        PacketSpec packet = empty with { Payload = frame[40..42] };
        byte[] completed = Completed(packet.BuildPartial(), packet);
        Assert.Equal([0xff, 0xff], completed[40..42]);
        Assert.Equal(packet.Build(), completed);
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(0, 41)]
    [InlineData(65_535, 65_535)]
    public void A_field_outside_of_the_frame_is_left_alone(int start, int offset)
    {
        byte[] frame = PacketSpec.Bytes(42);
        byte[] before = [.. frame];
        VirtioNetHeader header = new() { Flags = VirtioNetHeader.NeedsChecksum, ChecksumStart = (ushort)start, ChecksumOffset = (ushort)offset };
        fixed (byte* bytes = frame)
        {
            PartialChecksum.Complete(bytes, frame.Length, &header);
        }

        Assert.Equal(before, frame);
    }

    private static byte[] Completed(byte[] frame, PacketSpec packet)
    {
        VirtioNetHeader header = new()
        {
            Flags = VirtioNetHeader.NeedsChecksum,
            ChecksumStart = (ushort)(packet.HeaderLength - (packet.Udp ? 8 : 20)),
            ChecksumOffset = (ushort)(packet.Udp ? 6 : 16),
        };
        fixed (byte* bytes = frame)
        {
            PartialChecksum.Complete(bytes, frame.Length, &header);
        }

        return frame;
    }

    private static uint Expected(byte* bytes, int length)
    {
        ushort sum = PacketSpec.Sum(new ReadOnlySpan<byte>(bytes, length));
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(sum) : sum;
    }
}
