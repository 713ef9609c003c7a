using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

public sealed unsafe class TransmitHashBurstTests
{
    private const int Count = 256;
    private const int Stride = 2048;
    private const byte OwnAddressLastByte = 0x5a;

    private static readonly TransmitHashPolicy[] Policies = Enum.GetValues<TransmitHashPolicy>();

    [Fact]
    public void A_burst_hashes_each_frame_as_if_alone()
    {
        byte[] memory = new byte[Count * Stride];
        FrameDescriptor[] frames = Fill(memory, seed: 11);
        uint[] hashes = new uint[Count + 1];
        foreach (TransmitHashPolicy policy in Policies)
        {
            foreach (HashVlan vlan in Enum.GetValues<HashVlan>())
            {
                foreach (int count in (int[])[0, 1, 3, Count])
                {
                    Array.Fill(hashes, 0xdeadbeef);
                    ComputeBurst(policy, vlan, memory, frames, count, hashes);
                    for (int i = 0; i < count; i++)
                    {
                        ReadOnlySpan<byte> frame = memory.AsSpan((int)frames[i].Address, (int)frames[i].Length);
                        Assert.Equal(TransmitHash.Compute(policy, vlan, frame, OwnAddressLastByte), hashes[i]);
                    }

                    Assert.All(hashes[count..], hash => Assert.Equal(0xdeadbeef, hash));
                }
            }
        }
    }

    [Fact]
    public void A_burst_allocates_nothing()
    {
        byte[] memory = new byte[Count * Stride];
        FrameDescriptor[] frames = Fill(memory, seed: 12);
        uint[] hashes = new uint[Count];
        HashAll(bursts: 100); // whatever compiling and starting up needs
        long before = GC.GetAllocatedBytesForCurrentThread();
        HashAll(bursts: 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void HashAll(int bursts)
        {
            for (int i = 0; i < bursts; i++)
            {
                for (int p = 0; p < Policies.Length; p++)
                {
                    ComputeBurst(Policies[p], HashVlan.Offload, memory, frames, Count, hashes);
                }
            }
        }
    }

    [Fact]
    public void Refuses_a_policy_that_does_not_exist() =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => TransmitHash.ComputeBurst((TransmitHashPolicy)7, HashVlan.Offload, null, null, 0, null));

    private static void ComputeBurst(
        TransmitHashPolicy policy, HashVlan vlan, byte[] memory, FrameDescriptor[] frames, int count, uint[] hashes)
    {
        fixed (byte* start = memory)
        fixed (FrameDescriptor* descriptors = frames)
        fixed (uint* results = hashes)
        {
            TransmitHash.ComputeBurst(policy, vlan, start, descriptors, count, results, OwnAddressLastByte);
        }
    }

    private static FrameDescriptor[] Fill(byte[] memory, int seed)
    {
        FrameGenerator generator = new(seed);
        FrameDescriptor[] frames = new FrameDescriptor[Count];
        for (int i = 0; i < Count; i++)
        {
            byte[] frame = generator.Next();
            int length = Math.Min(frame.Length, Stride);
            frame.AsSpan(0, length).CopyTo(memory.AsSpan(i * Stride));
            frames[i] = new FrameDescriptor { Address = (ulong)(i * Stride), Length = (uint)(i % 8 == 0 ? length / 2 : length) };
        }

        return frames;
    }
}
