using System.Numerics;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using Xunit;

namespace FastBond.Dataplane.Tests.Frames;

public sealed unsafe class FrameSetTests
{
    [Fact]
    public void First_frames()
    {
        for (int count = 0; count < 64; count++)
        {
            Assert.Equal((1UL << count) - 1, FrameSet.First(count));
        }

        Assert.Equal(ulong.MaxValue, FrameSet.First(64));
        Assert.Equal(ulong.MaxValue, FrameSet.First(1000));
    }

    [Fact]
    public void Sets_against_lists()
    {
        Random random = new(1);
        FrameDescriptor[] burst = [.. Enumerable.Range(0, FrameSet.Capacity).Select(i => new FrameDescriptor { Address = (ulong)i })];
        FrameDescriptor[] list = new FrameDescriptor[FrameSet.Capacity];
        byte[] bytes = new byte[FrameSet.Capacity];
        for (int round = 0; round < 2000; round++)
        {
            ulong set = Next(random, round);
            ulong places = Next(random, round + 1);
            int[] members = [.. Enumerable.Range(0, FrameSet.Capacity).Where(i => (set >> i & 1) != 0)];
            int count = random.Next(members.Length + 2);
            Assert.Equal(SetOf(members.Skip(count)), FrameSet.Without(set, count));
            Assert.Equal(SetOf(members.Where((_, i) => (places >> i & 1) != 0)), FrameSet.Pick(set, places));
            random.NextBytes(bytes);
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] %= 5;
            }

            fixed (FrameDescriptor* frames = burst, copies = list)
            fixed (byte* start = bytes)
            {
                Assert.Equal(members.Length, FrameSet.Copy(frames, set, copies));
                for (byte value = 0; value < 5; value++)
                {
                    Assert.Equal(SetOf(Enumerable.Range(0, bytes.Length).Where(i => bytes[i] == value)), FrameSet.Equal(start, value));
                }
            }

            Assert.Equal(members.Select(i => (ulong)i), list.Take(members.Length).Select(frame => frame.Address));
        }
    }

    /// <summary>Dense, sparse, empty and full ones.</summary>
    private static ulong Next(Random random, int round) => (round % 5) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => (ulong)random.NextInt64() & (ulong)random.NextInt64() & (ulong)random.NextInt64(),
        _ => BitOperations.RotateLeft((ulong)random.NextInt64(), round),
    };

    private static ulong SetOf(IEnumerable<int> members) => members.Aggregate(0UL, (set, i) => set | (1UL << i));
}
