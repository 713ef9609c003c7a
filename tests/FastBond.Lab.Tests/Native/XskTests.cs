using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux.Native;
using Xunit;
using Libc = FastBond.Linux.Native.Libc;

namespace FastBond.Lab.Tests.Native;

/// <summary>AF_XDP through the shim, on one end of a veth pair; the other end is a plain kernel device.</summary>
public sealed class XskTests : IDisposable
{
    private const int Busy = -(int)Errno.EBUSY, NetDown = -(int)Errno.ENETDOWN, NoSuchDevice = -(int)Errno.ENXIO;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);
    private static readonly byte[] Broadcast = TestFrame.Mac("ff:ff:ff:ff:ff:ff"), Station = TestFrame.Mac("02:00:00:00:00:01");

    private readonly NetworkNamespace _here, _there;

    public XskTests()
    {
        Assert.SkipUnless(LabFacts.SkipReason.Length == 0, LabFacts.SkipReason);
        _here = NetworkNamespace.Create();
        _there = NetworkNamespace.Create();
    }

    public void Dispose()
    {
        _here?.Dispose();
        _there?.Dispose();
    }

    [Theory]
    [InlineData(nameof(XdpMode.Native), 1)]
    [InlineData(nameof(XdpMode.Generic), 2)]
    public void Program_is_attached_in_the_mode_asked_for_and_gone_when_closed(string mode, int shown)
    {
        int index = Connect();
        _here.Invoke(() =>
        {
            using (Attach(index, Enum.Parse<XdpMode>(mode)))
            {
                Assert.Equal(shown, (int)_here.IpJson("-d link show eth0")[0]!["xdp"]!["mode"]!);
            }
            Assert.False(_here.Link("eth0").HasXdp);
        });
    }

    [Theory]
    [InlineData(99, 1u, 2, -(int)Errno.ENODEV)]
    [InlineData(0, 0u, 2, -(int)Errno.EINVAL)]
    [InlineData(0, 1u, 4, -(int)Errno.EINVAL)]
    [InlineData(0, 1u, 0, -(int)Errno.EINVAL)]
    public void Attach_answers_why_not(int otherIndex, uint queues, int mode, int expected)
    {
        int index = Connect();
        _here.Invoke(() => Assert.Equal(expected, NativeMethods.XdpAttach(otherIndex > 0 ? otherIndex : index, queues, (XdpMode)mode, 0, out _)));
    }

    [Fact]
    public void Too_large_an_mtu_is_ERANGE()
    {
        int index = Connect(mtu: 3600);
        _here.Invoke(() => Assert.Equal(-(int)Errno.ERANGE, NativeMethods.XdpAttach(index, 1, XdpMode.Native, 0, out _)));
    }

    [Fact]
    public void Fewer_queues_than_the_peer_sends_on_is_ENOSPC()
    {
        int index = Connect(queues: 2);
        _here.Run("ethtool -L eth0 rx 1");
        _there.Run("ethtool -L eth0 tx 2");
        _here.Invoke(() => Assert.Equal(-(int)Errno.ENOSPC, NativeMethods.XdpAttach(index, 1, XdpMode.Native, 0, out _)));
    }

    [Fact]
    public void Zero_copy_is_refused_on_veth_without_leaving_anything_and_native_copy_goes_on()
    {
        int index = Connect();
        _here.Invoke(() =>
        {
            using XdpHandle xdp = Attach(index);
            int before = RingMappings();
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(-(int)Errno.EOPNOTSUPP, TestSocket.Open(xdp, index, 0, XdpMode.ZeroCopy, out _));
            }
            Assert.Equal(before, RingMappings());
            using (TestSocket socket = Open(xdp, index))
            {
                Assert.False(socket.IsZeroCopy);
                Assert.Equal(before + 4, RingMappings());
            }
            Assert.Equal(before, RingMappings());
        });
    }

    [Theory]
    [InlineData(nameof(XdpMode.Native))]
    [InlineData(nameof(XdpMode.Generic))]
    public void Frames_come_in_and_go_out_through_the_rings(string mode)
    {
        int index = Connect();
        using FrameObserver peer = new(_there, "eth0");
        using PacketSocket sender = new(_there, "eth0", receive: false);
        _here.Invoke(() =>
        {
            using XdpHandle xdp = Attach(index, Enum.Parse<XdpMode>(mode));
            using TestSocket socket = Open(xdp, index, Enum.Parse<XdpMode>(mode));
            for (uint i = 0; i < 200; i++)
            {
                byte[] sent = new TestFrame(1, i).Build(Broadcast, Station, 60 + (int)i);
                Assert.True(sender.Send(sent));
                Assert.Equal(sent, socket.Receive());
            }
            for (uint i = 0; i < 50; i++)
            {
                Assert.Equal(0, socket.Send(new TestFrame(2, i).Build(Broadcast, Station, 1514)));
            }
            peer.WaitForTestFrames(50, Soon);
            Assert.Equal(Enumerable.Range(0, 50).Select(i => new TestFrame(2, (uint)i)), peer.TestFrames());
            Assert.Equal(0u, socket.TxInRing);
            Assert.Equal(50u, socket.Completed);
            Assert.Equal(0, NativeMethods.XskGetStatistics(socket.Fd, out XskStatistics statistics));
            Assert.Equal(0ul, statistics.RxDropped + statistics.RxInvalidDescriptors + statistics.TxInvalidDescriptors + statistics.RxRingFull);
        });
    }

    [Fact]
    public void Each_queue_has_its_own_socket_and_a_queue_without_one_drops_and_counts()
    {
        int index = Connect(queues: 2);
        using FrameObserver ownStack = new(_here, "eth0");
        using PacketSocket sender = new(_there, "eth0", receive: false);
        _here.Invoke(() =>
        {
            using XdpHandle xdp = Attach(index, queues: 2);
            using TestSocket second = Open(xdp, index, queue: 1);
            const int Flows = 64;
            for (uint i = 0; i < Flows; i++)
            {
                Assert.True(sender.Send(new TestFrame(i, 0).Build(Broadcast, Station)));
            }
            int received = 0;
            ulong drops = 0;
            Wait.Until(
                () =>
                {
                    received += second.Receive(patienceMs: 0) is null ? 0 : 1;
                    Assert.Equal(0, NativeMethods.XdpUnboundDrops(xdp, out drops));
                    return received + (int)drops == Flows;
                },
                Soon, "all frames received or counted");
            Assert.NotEqual(0, received);
            Assert.NotEqual(0ul, drops);
            Assert.Empty(ownStack.TestFrames());
        });
    }

    [Theory]
    [InlineData(nameof(XdpMode.Native))]
    [InlineData(nameof(XdpMode.Generic))]
    public void Own_stack_gets_lldp_always_and_other_link_local_frames_only_while_inactive(string mode)
    {
        int index = Connect();
        byte[] lldp = LinkLocal(0x0e, 0x88cc, 2), stp = LinkLocal(0x00, 0x0027, 0x42), lacp = LinkLocal(0x02, 0x8809, 1);
        byte[] marker = LinkLocal(0x02, 0x8809, 2), oam = LinkLocal(0x02, 0x8809, 3), beyond = LinkLocal(0x10, 0x88f7, 0);
        byte[][] all = [lldp, stp, lacp, marker, oam, beyond];
        using FrameObserver ownStack = new(_here, "eth0");
        using PacketSocket sender = new(_there, "eth0", receive: false);
        _here.Invoke(() =>
        {
            using XdpHandle xdp = Attach(index, Enum.Parse<XdpMode>(mode));
            using TestSocket socket = Open(xdp, index, Enum.Parse<XdpMode>(mode));
            Exchange([stp, lacp, marker, oam, beyond], [lldp]);
            Assert.Equal(0, NativeMethods.XdpSetInactive(xdp, 1));
            Exchange([lacp, marker, beyond], [lldp, stp, oam]);
            Assert.Equal(0, NativeMethods.XdpSetInactive(xdp, 0));
            Exchange([stp, lacp, marker, oam, beyond], [lldp]);

            void Exchange(byte[][] redirected, byte[][] passed)
            {
                int before = ownStack.Frames.Count;
                foreach (byte[] frame in all)
                {
                    Assert.True(sender.Send(frame));
                }
                foreach (byte[] frame in redirected)
                {
                    Assert.Equal(frame, socket.Receive());
                }
                ownStack.WaitFor(frames => frames.Count >= before + passed.Length, Soon, "the frames that are passed");
                Assert.Equal(passed, ownStack.Frames.Skip(before).Select(frame => frame.Bytes));
                Assert.Null(socket.Receive(patienceMs: 0));
            }
        });
    }

    [Fact]
    public unsafe void A_link_without_an_ethernet_header_has_nothing_passed_by_what_stands_where_a_type_would()
    {
        const int Infiniband = 32, Headroom = 64;
        int tap = _here.Invoke(() => NativeMethods.TapOpen("ib0"));
        try
        {
            Assert.Equal(0, NativeMethods.TapSetLinkType(tap, Infiniband));
            _here.Ip("link set ib0 up");
            Assert.Equal(0, NativeMethods.TapSetCarrier(tap, 1));
            int index = _here.Link("ib0").Index;
            byte[] frame = new byte[100];
            (frame[12], frame[13], frame[20]) = (0x88, 0xcc, 0x08);
            _here.Invoke(() =>
            {
                using XdpHandle xdp = Attach(index, XdpMode.Generic);
                using TestSocket socket = Open(xdp, index, XdpMode.Generic);
                byte* memory = stackalloc byte[Headroom + 100];
                frame.CopyTo(new Span<byte>(memory + Headroom, 100));
                FrameDescriptor descriptor = new() { Address = Headroom, Length = 100 };
                Assert.Equal(1, NativeMethods.TapWrite(tap, memory, &descriptor, 1));
                Assert.Equal(frame, socket.Receive());
            });
        }
        finally
        {
            _ = Libc.Close(tap);
        }
    }

    [Fact]
    public void Kick_tells_what_is_wrong_with_the_link()
    {
        int index = Connect();
        byte[] frame = new TestFrame(1, 0).Build(Broadcast, Station);
        _here.Invoke(() =>
        {
            using XdpHandle xdp = Attach(index);
            using TestSocket socket = Open(xdp, index);
            Assert.Equal(0, socket.Send(frame));
            Assert.Equal(0u, socket.TxInRing);

            _there.Ip("link set eth0 down");
            Assert.Equal(Busy, socket.Send(frame));
            Assert.Equal(0u, socket.TxInRing);
            _there.Ip("link set eth0 up");
            Wait.Until(() => socket.Send(frame) == 0, Soon, "carrier is back");

            _here.Ip("link set eth0 down");
            Assert.Equal(NetDown, socket.Send(frame));
            Assert.Equal(1u, socket.TxInRing);
            Assert.Equal(NetDown, NativeMethods.XskWakeReceive(socket.Fd));

            _here.Ip("link delete eth0");
            Assert.Equal(NoSuchDevice, NativeMethods.XskKick(socket.Fd));
        });
    }

    [Fact]
    public void A_deleted_devices_socket_and_program_close_cleanly_and_its_successor_is_taken()
    {
        int index = Connect();
        _here.Invoke(() =>
        {
            XdpHandle xdp = Attach(index);
            TestSocket socket = Open(xdp, index);
            _here.Ip("link delete eth0");
            int successor = Connect();
            using XdpHandle again = Attach(successor);
            using TestSocket other = Open(again, successor);
            // In the wrong order on purpose: neither needs the other in order to close.
            xdp.Dispose();
            socket.Dispose();
            Assert.Equal(0, other.Send(new TestFrame(1, 0).Build(Broadcast, Station)));
        });
    }

    [Fact]
    public void A_program_held_by_a_living_process_is_EBUSY_and_free_soon_after_its_death()
    {
        int index = Connect();
        using StateFolder state = new();
        using ChildProcess holder = Holder.Start(_here, state.Path, "eth0");
        Assert.True(_here.Link("eth0").HasXdp);
        _here.Invoke(() => Assert.Equal(Busy, NativeMethods.XdpAttach(index, 1, XdpMode.Native, 0, out _)));
        holder.Signal(9);
        Assert.True(holder.WaitForExit(Soon));
        _here.Invoke(() =>
        {
            using XdpHandle xdp = Attach(index);
            using TestSocket socket = Open(xdp, index);
            Assert.Equal(0, socket.Send(new TestFrame(1, 0).Build(Broadcast, Station)));
        });
        Assert.False(_here.Link("eth0").HasXdp);
    }

    private static byte[] LinkLocal(byte last, ushort type, byte first)
    {
        byte[] frame = new byte[60];
        byte[] header = [0x01, 0x80, 0xc2, 0, 0, last, .. Station, (byte)(type >> 8), (byte)type, first];
        header.CopyTo(frame, 0);
        return frame;
    }

    private static XdpHandle Attach(int index, XdpMode mode = XdpMode.Native, uint queues = 1)
    {
        Assert.Equal(0, NativeMethods.XdpAttach(index, queues, mode, 0, out XdpHandle xdp));
        return xdp;
    }

    private static TestSocket Open(XdpHandle xdp, int index, XdpMode mode = XdpMode.Native, uint queue = 0)
    {
        Assert.Equal(0, TestSocket.Open(xdp, index, queue, mode, out TestSocket? socket));
        return socket!;
    }

    private static int RingMappings() => File.ReadLines("/proc/self/maps").Count(line => line.Contains("socket:", StringComparison.Ordinal));

    /// <summary>Makes eth0 at both ends, up and with carrier; answers its index here.</summary>
    private int Connect(int queues = 1, int mtu = 1500)
    {
        VethPair.Create(new VethEnd(_here, "eth0"), new VethEnd(_there, "eth0"), queues, mtu);
        VethPair.MakePlainPeer(_there, "eth0");
        _here.Ip("link set eth0 up");
        _there.Ip("link set eth0 up");
        return _here.Link("eth0").Index;
    }
}
