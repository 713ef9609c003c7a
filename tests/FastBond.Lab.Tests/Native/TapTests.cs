using System.Runtime.InteropServices;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Offloads;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux.Native;
using Xunit;
using Libc = FastBond.Linux.Native.Libc;

namespace FastBond.Lab.Tests.Native;

/// <summary>TAP queues through the shim: the frames' other side is the host's own stack.</summary>
public sealed unsafe class TapTests : IDisposable
{
    private const string Name = "bond0", Address = "192.0.2.1";
    private const int Burst = 64, Room = 4096, Headroom = 256, Capacity = 2048;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);
    private static readonly byte[] Station = TestFrame.Mac("02:00:00:00:00:01");

    private readonly NetworkNamespace _place;
    private readonly List<int> _queues = [];
    private readonly byte* _memory = (byte*)NativeMemory.AllocZeroed(Burst, Room);
    private readonly FrameDescriptor* _frames = (FrameDescriptor*)NativeMemory.AllocZeroed(Burst, (nuint)sizeof(FrameDescriptor));

    public TapTests()
    {
        Assert.SkipUnless(LabFacts.SkipReason.Length == 0, LabFacts.SkipReason);
        _place = NetworkNamespace.Create();
    }

    public void Dispose()
    {
        CloseQueues();
        _place?.Dispose();
        NativeMemory.Free(_memory);
        NativeMemory.Free(_frames);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sixteen-letters-")]
    public void A_name_that_no_interface_can_have_is_EINVAL(string name) =>
        Assert.Equal(-(int)Errno.EINVAL, _place.Invoke(() => NativeMethods.TapOpen(name)));

    [Fact]
    public void A_device_of_another_kind_is_EINVAL()
    {
        _place.Ip($"link add {Name} type bridge");
        Assert.Equal(-(int)Errno.EINVAL, _place.Invoke(() => NativeMethods.TapOpen(Name)));
        Assert.Equal("bridge", (string)_place.IpJson($"-d link show {Name}")[0]!["linkinfo"]!["info_kind"]!);
    }

    [Fact]
    public void It_goes_with_its_last_queue_unless_it_is_persistent()
    {
        int first = Open();
        Open();
        Close(first);
        Assert.True(_place.Links().ContainsKey(Name));
        CloseQueues();
        Assert.False(_place.Links().ContainsKey(Name));

        Assert.Equal(0, NativeMethods.TapSetPersistent(Open(), 1));
        int index = _place.Link(Name).Index;
        _place.Ip($"address add {Address}/24 dev {Name}");
        CloseQueues();
        Assert.Equal(index, _place.Link(Name).Index);
        Assert.Equal(0, NativeMethods.TapSetPersistent(Open(), 0));
        Assert.Contains(Address, _place.Ip($"address show {Name}").Output, StringComparison.Ordinal);
        CloseQueues();
        Assert.False(_place.Links().ContainsKey(Name));
    }

    [Fact]
    public void Carrier_is_off_until_it_is_set_and_off_again_for_a_successor()
    {
        int queue = Open();
        _place.Ip($"link set {Name} up");
        Assert.False(_place.Link(Name).HasCarrier);
        Assert.Equal(0, NativeMethods.TapSetCarrier(queue, 1));
        Wait.Until(() => _place.Link(Name).HasCarrier, Soon, "carrier");
        Assert.Equal(0, NativeMethods.TapSetPersistent(queue, 1));
        CloseQueues();
        Assert.False(_place.Link(Name).HasCarrier);
        Open();
        Assert.False(_place.Link(Name).HasCarrier);
    }

    [Fact]
    public void Link_type_can_be_set_while_it_is_down()
    {
        int queue = Open();
        Assert.Equal(0, NativeMethods.TapSetLinkType(queue, 32));
        Assert.Equal("infiniband", (string)_place.IpJson($"link show {Name}")[0]!["link_type"]!);
        Assert.Equal(0, NativeMethods.TapSetLinkType(queue, 1));
        _place.Ip($"link set {Name} up");
        Assert.Equal(-(int)Errno.EBUSY, NativeMethods.TapSetLinkType(queue, 32));
    }

    [Fact]
    public void A_burst_written_is_received_by_the_host_in_order()
    {
        int queue = OpenUp();
        using FrameObserver host = new(_place, Name);
        for (int burst = 0; burst < 4; burst++)
        {
            for (int i = 0; i < Burst; i++)
            {
                Put(i, new TestFrame(1, (uint)((burst * Burst) + i)).Build(Mac(), Station, 60 + i));
            }
            Assert.Equal(Burst, NativeMethods.TapWrite(queue, _memory, _frames, Burst));
        }
        host.WaitForTestFrames(4 * Burst, Soon);
        Assert.Equal(Enumerable.Range(0, 4 * Burst).Select(i => new TestFrame(1, (uint)i)), host.TestFrames());
    }

    [Fact]
    public void Stale_bytes_in_front_of_a_frame_do_not_become_its_virtio_header()
    {
        int queue = OpenUp();
        using FrameObserver host = new(_place, Name);
        byte[] frame = new TestFrame(1, 0).Build(Mac(), Station);
        Put(0, frame);
        new Span<byte>(_memory + _frames[0].Address - VirtioNetHeader.Length, VirtioNetHeader.Length).Fill(0xff);
        Assert.Equal(1, NativeMethods.TapWrite(queue, _memory, _frames, 1));
        host.WaitForTestFrames(1, Soon);
        Assert.Equal(frame, host.Frames.First(seen => seen.Test is not null).Bytes);
    }

    [Fact]
    public void What_the_host_sends_is_read_in_bursts_and_what_is_too_long_is_told()
    {
        int queue = OpenUp();
        Assert.Equal(0, Read(queue));
        using PacketSocket host = new(_place, Name, receive: false);
        int[] lengths = [60, 1514, 61, 200];
        byte[][] sent = [.. lengths.Select((length, i) => new TestFrame(1, (uint)i).Build(Mac(), Station, length))];
        foreach (byte[] frame in sent)
        {
            Assert.True(host.Send(frame));
        }
        Assert.Equal(4, Read(queue));
        Assert.Equal(sent, Enumerable.Range(0, 4).Select(Bytes));

        foreach (byte[] frame in sent)
        {
            Assert.True(host.Send(frame));
        }
        _memory[_frames[1].Address + 200] = 0x5a;
        Assert.Equal(4, Read(queue, capacity: 200));
        Assert.Equal([60u, 201u, 61u, 200u], Enumerable.Range(0, 4).Select(i => _frames[i].Length));
        Assert.Equal(0x5a, _memory[_frames[1].Address + 200]);
    }

    [Fact]
    public void A_device_that_is_down_refuses_writes_and_has_nothing_to_read()
    {
        int queue = OpenUp();
        _place.Ip($"link set {Name} down");
        Put(0, new TestFrame(1, 0).Build(Mac(), Station));
        Assert.Equal(-(int)Errno.EIO, NativeMethods.TapWrite(queue, _memory, _frames, 1));
        Assert.Equal(0, Read(queue));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Steering_keeps_each_flow_on_its_queue_whatever_queue_we_write_on(bool vlan)
    {
        const int Flows = 64;
        int[] queues = [OpenUp(), Open(), Open()];
        Assert.Equal(0, NativeMethods.TapSetCarrier(queues[0], 1));
        Assert.Equal(-(int)Errno.EINVAL, NativeMethods.TapSteer(queues[0], 0));
        Assert.Equal(0, NativeMethods.TapSteer(queues[0], (uint)queues.Length));
        using PacketSocket host = new(_place, Name, receive: false);
        byte[] mac = Mac();
        HashSet<(uint Flow, int Queue)> seen = [];
        for (uint round = 0; round < 4; round++)
        {
            for (uint flow = 0; flow < Flows; flow++)
            {
                Assert.True(host.Send(new TestFrame(flow, round).Build(Station, mac, vlan: vlan ? 7 : null)));
            }
            for (int queue = 0; queue < queues.Length; queue++)
            {
                int count = Read(queues[queue]);
                for (int i = 0; i < count; i++)
                {
                    if (TestFrame.Parse(Bytes(i)) is { } test)
                    {
                        seen.Add((test.Flow, queue));
                        // An answer on another queue, which without steering would draw the flow to it.
                        byte[] answer = new TestFrame(test.Flow, 0).Build(mac, Station);
                        Swap(answer.AsSpan(26, 4), answer.AsSpan(30, 4));
                        Swap(answer.AsSpan(34, 2), answer.AsSpan(36, 2));
                        fixed (byte* bytes = answer)
                        {
                            Buffer.MemoryCopy(bytes, _memory + _frames[i].Address, Room - Headroom, answer.Length);
                        }
                        _frames[i].Length = (uint)answer.Length;
                        Assert.Equal(1, NativeMethods.TapWrite(queues[(queue + 1) % queues.Length], _memory, _frames + i, 1));
                    }
                }
            }
        }
        Assert.Equal(Flows, seen.Count);
        for (int queue = 0; queue < queues.Length; queue++)
        {
            Assert.InRange(seen.Count(flow => flow.Queue == queue), Flows / 3 / 3, Flows - (Flows / 3));
        }
    }

    [Fact]
    public void Offloads_bring_super_frames_with_their_header()
    {
        int queue = OpenUp();
        const uint Checksum = 1, Tso4 = 2;
        Assert.Equal(0, NativeMethods.TapSetOffload(queue, Checksum | Tso4));
        Assert.Contains("tcp-segmentation-offload: on", _place.Run($"ethtool -k {Name}").Output, StringComparison.Ordinal);
        Assert.Equal(0, NativeMethods.TapSetOffload(queue, 0));
        Assert.Contains("tcp-segmentation-offload: off", _place.Run($"ethtool -k {Name}").Output, StringComparison.Ordinal);
    }

    private static void Swap(Span<byte> a, Span<byte> b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            (a[i], b[i]) = (b[i], a[i]);
        }
    }

    private int Open()
    {
        int queue = _place.Invoke(() => NativeMethods.TapOpen(Name));
        Assert.True(queue >= 0, $"open: {queue}");
        _queues.Add(queue);
        return queue;
    }

    private int OpenUp()
    {
        int queue = Open();
        _place.Ip($"link set {Name} up");
        Assert.Equal(0, NativeMethods.TapSetCarrier(queue, 1));
        Wait.Until(() => _place.Link(Name).HasCarrier, Soon, "carrier");
        return queue;
    }

    private void Close(int queue)
    {
        _queues.Remove(queue);
        _ = Libc.Close(queue);
    }

    private void CloseQueues()
    {
        foreach (int queue in _queues.ToArray())
        {
            Close(queue);
        }
    }

    private byte[] Mac() => TestFrame.Mac(_place.Link(Name).Address);

    private void Put(int slot, byte[] frame)
    {
        _frames[slot] = new FrameDescriptor { Address = (ulong)((slot * Room) + Headroom), Length = (uint)frame.Length };
        Marshal.Copy(frame, 0, (nint)(_memory + _frames[slot].Address), frame.Length);
    }

    private int Read(int queue, uint capacity = Capacity)
    {
        for (int i = 0; i < Burst; i++)
        {
            _frames[i] = new FrameDescriptor { Address = (ulong)((i * Room) + Headroom) };
        }
        byte overflow;
        return NativeMethods.TapRead(queue, _memory, _frames, Burst, capacity, &overflow, 1);
    }

    private byte[] Bytes(int slot) => new Span<byte>(_memory + _frames[slot].Address, (int)_frames[slot].Length).ToArray();
}
