using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>An IPoIB bond on a lane: with the Ethernet face between host and slaves, and without.</summary>
public sealed class LaneFaceTests : IDisposable
{
    private static readonly byte[] FaceMac = [2, 0xfa, 0xce, 0, 0, 1];
    private static readonly byte[] NeighborMac = [2, 0x4b, 192, 0, 2, 2];
    private static readonly byte[] Own = Address20(0x48);
    private static readonly byte[] Neighbor = Address20(0x4c);

    private readonly LaneRig _rig = new(2) { Balanced = false };
    private readonly LaneFace _face;

    public LaneFaceTests()
    {
        EthernetFace face = new(new Nowhere(), new HardwareAddress(FaceMac));
        face.SetFabric(new HardwareAddress(Own), IpoibAddress.DefaultBroadcast, [new HardwareAddress(Own)]);
        face.SetHostAddresses([new FaceAddress(IpKey.From(IPAddress.Parse("192.0.2.1")), 24)]);
        face.FromFabric(1, [.. new byte[20], 8, 6, 0, 0, 0, 32, 8, 0, 20, 4, 0, 2, .. Neighbor, 192, 0, 2, 2, .. Own, 192, 0, 2, 1]);
        face.Settle();
        _face = new LaneFace(face.Map!);
        _rig.Lane.SetFace(_face);
        _rig.Use(_rig.Table(BondMode.ActiveBackup, active: 1));
    }

    public void Dispose()
    {
        _rig.Lane.SetFace(null);
        _rig.Dispose();
        _face.Dispose();
    }

    [Fact]
    public void Frames_of_the_host_leave_the_active_slave_as_ipoib()
    {
        byte[] packet = Packet(1, 2);
        _rig.Host.Peer.Transmit([.. NeighborMac, .. FaceMac, 8, 0, .. packet]);
        _rig.Lane.Turn();
        byte[] expected = [.. Neighbor, 8, 0, 0, 0, .. packet];
        Assert.Equal(expected, Take(_rig.Slaves[1]));
        Assert.Empty(Take(_rig.Slaves[0]));
        Assert.Equal((ulong)expected.Length, _rig.Counters.Sum(1, Counter.TxBytes));
    }

    [Fact]
    public void Frames_of_the_active_slave_reach_the_host_as_ethernet()
    {
        byte[] packet = [.. Packet(2, 1), .. new byte[40]];
        byte[] received = [.. new byte[20], 8, 0, 0, 0, .. packet];
        _rig.Slaves[0].Peer.Transmit(received);
        _rig.Slaves[1].Peer.Transmit(received);
        _rig.Lane.Turn();
        byte[] expected = [.. FaceMac, .. NeighborMac, 8, 0, .. packet];
        Assert.Equal(expected, Take(_rig.Host));
        Assert.Empty(Take(_rig.Host));
        Assert.Equal(1UL, _rig.SlaveDrops(0, DropReason.Suppressed));
        Assert.Equal((ulong)expected.Length, _rig.Counters.Sum(CounterLayout.HostRow, Counter.TxBytes));
    }

    [Fact]
    public void What_cannot_cross_is_dropped_and_counted_where_it_came_from()
    {
        byte[] lldp = [1, 0x80, 0xc2, 0, 0, 0x0e, .. FaceMac, 0x88, 0xcc, .. new byte[46]];
        _rig.Host.Peer.Transmit(lldp);
        _rig.Slaves[1].Peer.Transmit([.. new byte[20], 0x88, 0xcc, 0, 0, .. new byte[46]]);
        _rig.Lane.Turn();
        Assert.Equal((1UL, 1UL), (_rig.HostDrops(DropReason.NotTranslated), _rig.SlaveDrops(1, DropReason.NotTranslated)));
        Assert.Equal(2UL, _face.Counters[FaceOutcome.Protocol]);
        Assert.Empty(Take(_rig.Host));
        Assert.Empty(Take(_rig.Slaves[1]));
        Assert.False(_face.TryPeek(out _, out _));
    }

    [Fact]
    public void What_needs_the_control_plane_is_handed_up_in_order_and_rings_once_a_burst()
    {
        int rings = 0;
        _rig.Lane.EventQueued = () => rings++;
        byte[] arp = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, .. FaceMac, 8, 6, .. new byte[28]];
        byte[] unknown = [2, 0x4b, 192, 0, 2, 9, .. FaceMac, 8, 0, .. Packet(1, 9)];
        byte[] fabric = [.. new byte[20], 8, 6, 0, 0, .. new byte[56]];
        _rig.Slaves[1].Peer.Transmit(fabric);
        _rig.Host.Peer.Transmit(arp);
        _rig.Host.Peer.Transmit(unknown);
        _rig.Lane.Turn();
        Assert.Equal(2, rings);
        foreach ((byte[] expected, bool expectedFromHost) in ((byte[], bool)[])[(fabric, false), (arp, true), (unknown, true)])
        {
            Assert.True(_face.TryPeek(out ReadOnlySpan<byte> frame, out bool fromHost));
            Assert.Equal((Convert.ToHexString(expected), expectedFromHost), (Convert.ToHexString(frame), fromHost));
            _face.Release();
        }

        Assert.False(_face.TryPeek(out _, out _));
        Assert.Equal(0UL, _rig.HostDrops(DropReason.NotTranslated));
    }

    [Fact]
    public void A_control_plane_that_does_not_look_costs_frames_that_are_counted()
    {
        byte[] arp = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, .. FaceMac, 8, 6, .. new byte[28]];
        for (int i = 0; i < 200; i++)
        {
            _rig.Host.Peer.Transmit(arp);
            _rig.Lane.Turn();
        }

        Assert.Equal((128UL, 72UL), (_face.Counters[FaceOutcome.Punted], _face.Counters[FaceOutcome.PuntQueueFull]));
        Assert.Equal(72UL, _rig.HostDrops(DropReason.NotTranslated));
    }

    [Fact]
    public unsafe void A_frame_too_long_to_be_handed_up_comes_without_its_end()
    {
        const int Length = 9000;
        using FrameMemory memory = FrameMemory.Allocate(4, chunkSize: 16384);
        using FramePool pool = new(memory);
        FrameDescriptor frame;
        Assert.Equal(1, pool.Take(&frame, 1));
        frame.Length = Length;
        byte[] unknown = [2, 0x4b, 192, 0, 2, 9, .. FaceMac, 8, 0, .. Packet(1, 9)];
        unknown.CopyTo(new Span<byte>(memory.Pointer + frame.Address, Length));
        Assert.Equal(0, _face.Translate(pool, &frame, 1, fromHost: true, out int dropped));
        Assert.Equal((0, 4), (dropped, pool.FreeCount));
        Assert.True(_face.TryPeek(out ReadOnlySpan<byte> taken, out _));
        Assert.InRange(taken.Length, 3000, Length - 1);
        Assert.Equal(unknown, taken[..unknown.Length].ToArray());
    }

    [Fact]
    public void Mixed_bursts_keep_their_order()
    {
        for (byte i = 0; i < 30; i++)
        {
            byte[] type = (i % 3) switch { 0 => [8, 0], 1 => [8, 6], _ => [0x88, 0xcc] };
            _rig.Host.Peer.Transmit([.. NeighborMac, .. FaceMac, .. type, .. Packet(1, 2, i)]);
        }

        _rig.Lane.Turn();
        List<byte> marks = [];
        for (byte[] frame = Take(_rig.Slaves[1]); frame.Length > 0; frame = Take(_rig.Slaves[1]))
        {
            marks.Add(frame[^1]);
        }

        Assert.Equal([0, 3, 6, 9, 12, 15, 18, 21, 24, 27], marks);
    }

    [Fact]
    public void Without_a_face_the_host_port_has_ipoib_frames_as_they_are()
    {
        _rig.Lane.SetFace(null);
        byte[] sent = [.. Neighbor, 8, 0, 0, 0, .. Packet(1, 2)];
        byte[] received = [.. new byte[20], 8, 6, 0, 0, .. new byte[56]];
        _rig.Host.Peer.Transmit(sent);
        _rig.Slaves[1].Peer.Transmit(received);
        _rig.Slaves[0].Peer.Transmit(received);
        _rig.Lane.Turn();
        Assert.Equal(sent, Take(_rig.Slaves[1]));
        Assert.Equal(received, Take(_rig.Host));
        Assert.Empty(Take(_rig.Host));
    }

    [Fact]
    public void Translation_allocates_nothing()
    {
        byte[] here = [.. NeighborMac, .. FaceMac, 8, 0, .. Packet(1, 2)];
        byte[] there = [.. new byte[20], 8, 0, 0, 0, .. Packet(2, 1)];
        Turns(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Turns(20_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Turns(int count)
        {
            Span<byte> buffer = stackalloc byte[2048];
            for (int i = 0; i < count; i++)
            {
                _rig.Host.Peer.Transmit(here);
                _rig.Slaves[1].Peer.Transmit(there);
                _rig.Lane.Turn();
                Assert.True(_rig.Host.Peer.Receive(buffer) > 0);
                Assert.True(_rig.Slaves[1].Peer.Receive(buffer) > 0);
            }
        }
    }

    private static byte[] Address20(byte queuePair) => [0, 0, 0, queuePair, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 2, 0xc9, 3, 0, 0, 0, queuePair];

    private static byte[] Packet(byte from, byte to, byte mark = 0) =>
        [0x45, 0, 0, 21, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, from, 192, 0, 2, to, mark];

    private static byte[] Take(MemoryPort port)
    {
        byte[] frame = new byte[2048];
        return frame[..port.Peer.Receive(frame)];
    }

    private sealed class Nowhere : IFaceEffects
    {
        public bool SendToFabric(ReadOnlySpan<byte> frame) => true;

        public void SendToHost(ReadOnlySpan<byte> frame)
        {
        }

        public void Publish(FaceMap map)
        {
        }

        public void GroupsChanged()
        {
        }

        public void AskForReports()
        {
        }
    }
}
