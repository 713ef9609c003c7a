using System.Buffers.Binary;
using System.Text.Json;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using FastBond.Core.Options;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

/// <summary>The vector forms against the definitions they must equal, here and (<see cref="VectorWidthTests"/>) on every narrower width.</summary>
public sealed unsafe class BurstHashTests
{
    private const int Burst = 64;
    private const byte OwnAddressLastByte = 0x5a;

    private static readonly TransmitHashPolicy[] Policies = Enum.GetValues<TransmitHashPolicy>();

    public static TheoryData<string, HashVlan> GoldenVectors => new()
    {
        { "untagged.jsonl", HashVlan.Offload },
        { "untagged.jsonl", HashVlan.Inband },
        { "tagged-inband.jsonl", HashVlan.Inband },
        { "tagged-offload.jsonl", HashVlan.Offload },
    };

    /// <summary>Bursts in the order of the recordings, and in one that puts every kind of frame beside every other.</summary>
    [Theory]
    [MemberData(nameof(GoldenVectors))]
    public void Golden_vectors_in_bursts_choose_the_slave_that_the_kernel_chose(string file, HashVlan vlan)
    {
        List<JsonElement> vectors = GoldenFiles.ReadJsonLines("hash", file);
        foreach (IGrouping<(string Policy, int Slaves), JsonElement> rows in vectors.GroupBy(row => (row.GetProperty("policy").GetString()!, row.GetProperty("slaves").GetInt32())))
        {
            Assert.True(OptionTable.XmitHashPolicy.TryParse(rows.Key.Policy, out int policy));
            Reciprocal slaves = new(rows.Key.Slaves);
            Random random = new(7);
            JsonElement[][] orders = [[.. rows], [.. rows.OrderBy(_ => random.Next())], [.. rows.OrderBy(row => row.GetProperty("frame").GetString()!.Length)]];
            foreach (JsonElement[] chunk in orders.SelectMany(order => order.Chunk(Burst)))
            {
                using FrameBurst burst = new([.. chunk.Select(row => Convert.FromHexString(row.GetProperty("frame").GetString()!))], random);
                byte[] indexes = burst.Remainders(slaves, burst.Hash((TransmitHashPolicy)policy, vlan));
                Assert.Equal(chunk.Select(row => row.GetProperty("slave_index").GetInt32()), indexes.Select(index => (int)index));
            }
        }
    }

    /// <summary>Every kind of frame in one burst; bursts of every length; cut to any length, none of them, or only to lengths the vectors read.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(28)]
    [InlineData(34)]
    [InlineData(38)]
    [InlineData(60)]
    public void Mixed_bursts_hash_as_their_frames_alone(int shortest)
    {
        FrameGenerator generator = new(100 + shortest);
        Random random = new(shortest);
        for (int round = 0; round < 400; round++)
        {
            byte[][] frames = [.. Enumerable.Range(0, 1 + (round % 70)).Select(_ => Frame(generator, random, shortest))];
            using FrameBurst burst = new(frames, random);
            AssertAsAlone(burst, frames);
        }
    }

    /// <summary>One frame that isn't the common case, at each place of a burst that is; and the other way round.</summary>
    [Fact]
    public void One_odd_frame_among_plain_ones_is_found_wherever_it_stands()
    {
        FrameGenerator generator = new(5);
        Random random = new(5);
        for (int round = 0; round < 40; round++)
        {
            for (int place = 0; place < 16; place++)
            {
                byte[] odd = Frame(generator, random, shortest: 38);
                byte[][] plain = [.. Enumerable.Range(0, 16).Select(i => i == place ? odd : Plain(random))];
                using FrameBurst amongPlain = new(plain, random);
                AssertAsAlone(amongPlain, plain);
                byte[][] same = [.. Enumerable.Range(0, 16).Select(i => i == place ? Plain(random) : odd)];
                using FrameBurst amongOdd = new(same, random);
                AssertAsAlone(amongOdd, same);
            }
        }
    }

    /// <summary>Each single bit of the headers that the vectors test, flipped in a plain frame.</summary>
    [Fact]
    public void Every_header_bit_counts_as_in_the_definition()
    {
        Random random = new(6);
        for (int bit = 0; bit < 64 * 8; bit += 8)
        {
            byte[][] frames = [.. Enumerable.Range(bit, 8).Select(flipped =>
            {
                byte[] frame = Plain(random);
                frame[flipped / 8] ^= (byte)(1 << (flipped % 8));
                return frame;
            })];
            using FrameBurst burst = new(frames, random);
            AssertAsAlone(burst, frames);
        }
    }

    [Fact]
    public void Every_ip_protocol_counts_as_in_the_definition()
    {
        Random random = new(8);
        for (int protocol = 0; protocol < 256; protocol += 8)
        {
            byte[][] frames = [.. Enumerable.Range(protocol, 8).Select(number =>
            {
                byte[] frame = Plain(random);
                frame[23] = (byte)number;
                return frame;
            })];
            using FrameBurst burst = new(frames, random);
            AssertAsAlone(burst, frames);
        }
    }

    [Fact]
    public void Igmp_is_found_in_mixed_bursts()
    {
        FrameGenerator generator = new(9);
        Random random = new(9);
        int found = 0;
        for (int round = 0; round < 2000; round++)
        {
            int shortest = round % 2 == 0 ? 28 : 0;
            byte[][] frames = [.. Enumerable.Range(0, 1 + (round % Burst)).Select(_ => MaybeIgmp(Frame(generator, random, shortest), random))];
            using FrameBurst burst = new(frames, random);
            foreach (HashVlan vlan in Enum.GetValues<HashVlan>())
            {
                ulong expected = 0;
                for (int i = 0; i < frames.Length; i++)
                {
                    fixed (byte* frame = frames[i])
                    {
                        expected |= EthernetFrame.IsIgmp(frame, frames[i].Length, vlan) ? 1UL << i : 0;
                    }
                }

                found += expected == 0 ? 0 : 1;
                Assert.Equal(expected, burst.FindIgmp(vlan));
            }
        }

        Assert.True(found > 500, $"{found} bursts with IGMP");
    }

    [Fact]
    public void Lengths_of_bursts_of_any_size()
    {
        Random random = new(10);
        for (int count = 1; count <= 100; count++)
        {
            int[] lengths = [.. Enumerable.Range(0, count).Select(_ => random.Next(0, 9000))];
            FrameDescriptor[] frames = [.. lengths.Select(length => new FrameDescriptor { Address = ulong.MaxValue, Length = (uint)length, Options = uint.MaxValue })];
            fixed (FrameDescriptor* burst = frames)
            {
                BurstLengths seen = BurstLengths.Of(burst, count);
                Assert.Equal((uint)lengths.Sum(), seen.Sum);
                Assert.Equal((uint)lengths.Min(), seen.Shortest);
                Assert.Equal((uint)lengths.Max(), seen.Longest);
                Assert.Equal((uint)lengths.Sum(), BurstLengths.SumOf(burst, count));
            }
        }
    }

    private static void AssertAsAlone(FrameBurst burst, byte[][] frames)
    {
        foreach (TransmitHashPolicy policy in Policies)
        {
            foreach (HashVlan vlan in (HashVlan[])[HashVlan.Offload, HashVlan.Inband])
            {
                uint[] hashes = burst.Hash(policy, vlan, OwnAddressLastByte);
                for (int i = 0; i < frames.Length; i++)
                {
                    uint expected = TransmitHash.Compute(policy, vlan, frames[i], OwnAddressLastByte);
                    Assert.True(expected == hashes[i], $"{policy} {vlan} frame {i} of {frames.Length}: {hashes[i]:x8}, alone {expected:x8}: {Convert.ToHexString(frames[i])}");
                }
            }
        }
    }

    /// <summary>A third plain, a third from the generator, a third cut to a length of at least <paramref name="shortest"/>.</summary>
    private static byte[] Frame(FrameGenerator generator, Random random, int shortest)
    {
        byte[] frame = random.Next(3) == 0 ? Plain(random) : generator.Next();
        int length = random.Next(3) == 0 ? random.Next(shortest, Math.Max(shortest, frame.Length) + 1) : Math.Max(frame.Length, shortest);
        Array.Resize(ref frame, length);
        return frame;
    }

    /// <summary>TCP or UDP over IPv4, the vectors' common case.</summary>
    private static byte[] Plain(Random random)
    {
        byte[] frame = new byte[64];
        random.NextBytes(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), EtherType.Ipv4);
        frame[14] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(20), (ushort)(random.Next(4) << 14 & 0xc000));
        frame[23] = (byte)(random.Next(2) == 0 ? IpProtocol.Tcp : IpProtocol.Udp);
        return frame;
    }

    private static byte[] MaybeIgmp(byte[] frame, Random random)
    {
        if (frame.Length >= 38 && random.Next(16) == 0)
        {
            int tag = random.Next(3) * 2;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)(tag == 0 ? EtherType.Ipv4 : EtherType.Vlan));
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12 + tag), EtherType.Ipv4);
            frame[23 + tag] = IpProtocol.Igmp;
        }

        return frame;
    }
}
