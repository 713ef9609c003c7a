using FastBond.Dataplane.Offloads;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace FastBond.Dataplane.Tests.Offloads;

/// <summary>Random bursts of several flows, as they are and disturbed: what the host gets, cut again, is what came.</summary>
public sealed class CoalescerPropertyTests : IDisposable
{
    private readonly OffloadRig _joiner = new();
    private readonly OffloadRig _cutter = new();

    public void Dispose()
    {
        _joiner.Dispose();
        _cutter.Dispose();
    }

    [Fact]
    public void Cutting_what_was_joined_gives_back_every_frame_in_the_order_of_its_flow()
    {
        int frames = 0, packets = 0;
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            List<(int Flow, byte[] Bytes, bool Bad)> burst = Burst(new Random(seed));
            List<(VirtioNetHeader Header, byte[] Bytes)> joined = _joiner.Join([.. burst.Select(frame => frame.Bytes)]);
            frames += burst.Count;
            packets += joined.Count;
            List<byte[]> cut = [.. joined.SelectMany(Cut)];
            Assert.Equal(burst.Count, cut.Count);
            foreach (IGrouping<int, (int Flow, byte[] Bytes, bool Bad)> flow in burst.GroupBy(frame => frame.Flow))
            {
                HashSet<string> own = [.. flow.Select(frame => Convert.ToHexString(frame.Bytes))];
                Assert.Equal(flow.Select(frame => frame.Bytes), cut.Where(frame => own.Contains(Convert.ToHexString(frame))));
            }

            foreach ((int _, byte[] bytes, bool _) in burst.Where(frame => frame.Bad))
            {
                Assert.Contains(joined, packet => packet.Header == default && packet.Bytes.AsSpan().SequenceEqual(bytes));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

        // A coalescer that never joined would pass all that.
        Assert.True(packets * 3 < frames, $"{frames} frames in {packets} packets");
    }

    private IEnumerable<byte[]> Cut((VirtioNetHeader Header, byte[] Bytes) packet) =>
        packet.Header == default ? [packet.Bytes] : _cutter.Cut(packet.Bytes, packet.Header);

    /// <summary>Segments of up to six flows in random turns, some disturbed: lost, sent again, swapped, damaged, with flags, among other frames.</summary>
    private static List<(int Flow, byte[] Bytes, bool Bad)> Burst(Random random)
    {
        Queue<PacketSpec>[] flows = [.. Enumerable.Range(1, random.Next(1, 7)).Select(flow => new Queue<PacketSpec>(Flow(flow, random)))];
        bool disturbed = random.Next(2) == 0;
        int length = random.Next(2, OffloadRig.MaxBurst + 1), run = 0, flow = 0;
        List<(int, byte[], bool)> burst = [];
        while (burst.Count < length && flows.Any(queue => queue.Count > 0))
        {
            if (run-- <= 0 || flows[flow].Count == 0)
            {
                (flow, run) = (random.Next(flows.Length), random.Next(12));
                continue;
            }

            PacketSpec next = flows[flow].Dequeue();
            bool bad = false;
            byte[] bytes = next.Build();
            switch (disturbed ? random.Next(30) : int.MaxValue)
            {
                case 0:
                    continue;
                case 1:
                    bad = true;
                    bytes[random.Next(next.HeaderLength, bytes.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    flows[flow].Enqueue(next with { HopLimit = 9 });
                    break;
                case 3:
                    bytes = (next with { Payload = [], Window = (ushort)burst.Count }).Build();
                    break;
                case 4:
                    bytes = (next with { Flags = (byte)random.Next(256) }).Build();
                    break;
                case 5:
                    bytes = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, .. PacketSpec.Bytes(46, burst.Count)];
                    burst.Add((100, bytes, false));
                    continue;
                case 6:
                    bytes = (next with { Udp = true }).Build();
                    break;
                case 7:
                    bytes = (next with { TcpOptions = [1, 1, 8, 10, 0, 0, 0, (byte)burst.Count, 0, 0, 0, 0] }).Build();
                    break;
            }

            burst.Add((flow, bytes, bad));
        }

        // Frames that are alike can't be told apart afterwards.
        return [.. burst.DistinctBy(frame => Convert.ToHexString(frame.Item2))];
    }

    private static IEnumerable<PacketSpec> Flow(int flow, Random random)
    {
        int size = random.Next(4) == 0 ? random.Next(1, 1400) : 1400;
        PacketSpec stream = new()
        {
            Flow = (byte)flow,
            Ipv6 = random.Next(2) == 0,
            Tags = random.Next(4) == 0 ? [0x8100_0003] : [],
            TcpOptions = random.Next(2) == 0 ? PacketSpec.Timestamps : [],
            TrafficClass = (byte)random.Next(4),
            Id = (ushort)random.Next(65_536),
            Sequence = (uint)random.NextInt64(uint.MaxValue),
            Flags = random.Next(4) == 0 ? (byte)(PacketSpec.Ack | PacketSpec.Cwr | PacketSpec.Psh) : PacketSpec.Ack,
            Payload = PacketSpec.Bytes(Math.Min(size * random.Next(1, 50), 60_000), random.Next()),
        };
        return stream.Cut(size);
    }
}
