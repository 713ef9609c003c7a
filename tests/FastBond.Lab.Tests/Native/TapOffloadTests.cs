using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FastBond.Dataplane.Tests.Offloads;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using Xunit;

namespace FastBond.Lab.Tests.Native;

/// <summary>Super-frames from and to the kernel's own stacks, whose checks are the judge.</summary>
public sealed class TapOffloadTests : IDisposable
{
    private const int SocketLevelUdp = 17, UdpSegment = 103, Port = 5000;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly TapRelay _relay;

    public TapOffloadTests()
    {
        Assert.SkipUnless(LabFacts.SkipReason.Length == 0, LabFacts.SkipReason);
        _relay = new TapRelay();
    }

    public void Dispose() => _relay?.Dispose();

    [Theory]
    [InlineData(TapRelay.AddressB)]
    [InlineData(TapRelay.AddressB6)]
    public async Task A_TCP_stream_arrives_unchanged_in_super_frames_at_both_ends(string address)
    {
        const int size = 64 << 20;
        _relay.Start();
        IPEndPoint end = new(IPAddress.Parse(address), Port);
        using Socket listener = InPlace(_relay.B, end, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(end);
        listener.Listen();
        using Socket client = InPlace(_relay.A, end, SocketType.Stream, ProtocolType.Tcp);
        using CancellationTokenSource limit = new(Soon);
        Task<Socket> accepting = listener.AcceptAsync(limit.Token).AsTask();
        await client.ConnectAsync(end, limit.Token);
        using Socket server = await accepting;
        byte[] sent = PacketSpec.Bytes(size), received = new byte[size];
        Task<int> sending = client.SendAsync(sent, limit.Token).AsTask();
        for (int got = 0; got < size;)
        {
            int more = await server.ReceiveAsync(received.AsMemory(got), limit.Token);
            Assert.NotEqual(0, more);
            got += more;
        }
        Assert.Equal(size, await sending);
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(received));
        Assert.Equal(0, _relay.Stop());

        Assert.True(_relay.PortA.SuperFramesReceived > 100, $"{_relay.PortA.SuperFramesReceived} super-frames from A");
        Assert.True(_relay.PortA.SegmentsCut > 10 * _relay.PortA.SuperFramesReceived, $"{_relay.PortA.SegmentsCut} segments");
        Assert.True(_relay.PortB.SuperFramesSent > 100, $"{_relay.PortB.SuperFramesSent} super-frames to B");
        Assert.True(_relay.PortB.SegmentsJoined > _relay.PortA.SegmentsCut / 2, $"{_relay.PortB.SegmentsJoined} of {_relay.PortA.SegmentsCut} joined");
        Assert.InRange(_relay.Longest, 1000u, 1514u);
        foreach (NetworkNamespace place in new[] { _relay.A, _relay.B })
        {
            Assert.Equal(0, TapRelay.Counter(place, "TcpInCsumErrors"));
            Assert.Equal(0, TapRelay.Counter(place, "TcpInErrs"));
            Assert.Equal(0, TapRelay.Counter(place, "IpInHdrErrors"));
        }
    }

    [Theory]
    [InlineData(TapRelay.AddressB)]
    [InlineData(TapRelay.AddressB6)]
    public void Datagrams_of_one_call_arrive_one_by_one(string address)
    {
        const int count = 40, size = 1200;
        _relay.Start();
        IPEndPoint end = new(IPAddress.Parse(address), Port);
        using Socket server = InPlace(_relay.B, end, SocketType.Dgram, ProtocolType.Udp);
        server.ReceiveTimeout = (int)Soon.TotalMilliseconds;
        server.Bind(end);
        using Socket client = InPlace(_relay.A, end, SocketType.Dgram, ProtocolType.Udp);
        client.SetRawSocketOption(SocketLevelUdp, UdpSegment, MemoryMarshal.AsBytes([size]));
        byte[] sent = PacketSpec.Bytes((count * size) - 7), datagram = new byte[2 * size];
        Assert.Equal(sent.Length, client.SendTo(sent, end));
        for (int i = 0; i < count; i++)
        {
            int length = server.Receive(datagram);
            Assert.Equal(sent.AsSpan(i * size, Math.Min(size, sent.Length - (i * size))), datagram.AsSpan(0, length));
        }
        Assert.Equal(0, TapRelay.Counter(_relay.B, address.Contains(':', StringComparison.Ordinal) ? "Udp6InCsumErrors" : "UdpInCsumErrors"));
    }

    public static TheoryData<string> Kinds => [.. Specs.Keys];

    private static readonly Dictionary<string, PacketSpec> Specs = new(StringComparer.Ordinal)
    {
        ["TCP over IPv4"] = new() { TcpOptions = PacketSpec.Timestamps, Flags = PacketSpec.Ack | PacketSpec.Psh | PacketSpec.Fin },
        ["TCP over IPv6"] = new() { Ipv6 = true },
        ["TCP with CWR"] = new() { Flags = PacketSpec.Ack | PacketSpec.Cwr },
        ["a tag"] = new() { Tags = [0x8100_0064] },
        ["a tag and IPv6"] = new() { Ipv6 = true, Tags = [0x8100_2064] },
        ["UDP"] = new() { Udp = true },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_super_frame_from_the_kernel_is_cut_as_the_reference_does(string kind)
    {
        PacketSpec super = Specs[kind] with { Payload = PacketSpec.Bytes(50_000), Id = 7 };
        Assert.True(SuperFrame.Send(_relay.A, TapRelay.Device, super, segmentSize: 1400));
        Assert.Equal(super.Cut(1400).Select(frame => frame.Build()), Own(_relay.Read(_relay.PortA, 36)));
        Assert.Equal((1UL, 36UL), (_relay.PortA.SuperFramesReceived, _relay.PortA.SegmentsCut));
    }

    [Fact]
    public void A_burst_holds_the_segments_of_one_super_frame_or_none_if_they_are_separated()
    {
        _relay.PortA.SeparatesSuperFrames = true;
        using PacketSocket host = new(_relay.A, TapRelay.Device, receive: false);
        byte[] small = new TestFrame(1, 0).Build(TestFrame.Mac("02:00:00:00:00:01"), TestFrame.Mac("02:00:00:00:00:02"));
        PacketSpec super = Specs["TCP over IPv4"] with { Payload = PacketSpec.Bytes(50_000) };
        Assert.True(host.Send(small) && host.Send(small));
        Assert.True(SuperFrame.Send(_relay.A, TapRelay.Device, super, segmentSize: 1400));
        Assert.True(host.Send(small));
        Assert.True(SuperFrame.Send(_relay.A, TapRelay.Device, super, segmentSize: 500));
        Assert.True(SuperFrame.Send(_relay.A, TapRelay.Device, super, segmentSize: 1400));
        List<(ulong SuperFrame, int Frames)> bursts = _relay.Bursts(_relay.PortA, 172);
        Assert.Equal([(1, 36), (2, 64), (2, 36), (3, 36)], bursts.Where(burst => burst.SuperFrame != 0));
        Assert.True(bursts[0].SuperFrame == 0 && bursts[0].Frames >= 2, $"{bursts[0]}");
    }

    [Theory]
    [InlineData("TCP over IPv4")]
    [InlineData("TCP over IPv6")]
    [InlineData("TCP with CWR")]
    [InlineData("a tag")]
    [InlineData("a tag and IPv6")]
    public void A_super_frame_for_the_kernel_arrives_whole(string kind)
    {
        PacketSpec super = Specs[kind] with { Payload = PacketSpec.Bytes(1800) };
        using FrameObserver host = new(_relay.A, TapRelay.Device);
        Assert.Equal(3, _relay.Write(_relay.PortA, [.. super.Cut(600).Select(frame => frame.Build())]));
        host.WaitFor(frames => frames.Any(frame => frame.Bytes.Length > 1000), Soon, "the super-frame");
        Assert.Equal(super.BuildPartial(), host.Frames.Single(frame => frame.Bytes.Length > 600).Bytes);
        Assert.Equal((1UL, 3UL), (_relay.PortA.SuperFramesSent, _relay.PortA.SegmentsJoined));
    }

    [Fact]
    public void Segments_longer_than_a_frame_are_told_by_their_length()
    {
        _relay.A.Ip($"link set {TapRelay.Device} mtu 9000");
        PacketSpec super = Specs["TCP over IPv6"] with { Payload = PacketSpec.Bytes(5100) };
        Assert.True(SuperFrame.Send(_relay.A, TapRelay.Device, super, segmentSize: 2500));
        List<byte[]> frames = Own(_relay.Read(_relay.PortA, 3));
        Assert.Equal([2574, 2574, 174], frames.Select(frame => frame.Length));
        Assert.Equal(super.Cut(2500).Last().Build(), frames[2]);
    }

    [Fact]
    public void A_host_interface_that_is_down_takes_no_packet_and_no_frame_is_lost()
    {
        _relay.A.Ip($"link set {TapRelay.Device} down");
        PacketSpec super = Specs["TCP over IPv4"] with { Payload = PacketSpec.Bytes(3000) };
        int free = _relay.Pool.FreeCount;
        Assert.Equal(0, _relay.Write(_relay.PortA, [.. super.Cut(1000).Select(frame => frame.Build())]));
        Assert.Equal((free, 0L), (_relay.Pool.FreeCount, _relay.Pool.Violations));
    }

    /// <summary>Without what the kernel sends of itself.</summary>
    private static List<byte[]> Own(List<byte[]> frames) => [.. frames.Where(frame => frame.Length > 1792 || frame[10] == 1)];

    private static Socket InPlace(NetworkNamespace place, IPEndPoint end, SocketType type, ProtocolType protocol) =>
        place.Invoke(() => new Socket(end.AddressFamily, type, protocol));
}
