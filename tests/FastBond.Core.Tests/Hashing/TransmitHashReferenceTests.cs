using FastBond.Core.Hashing;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

public sealed class TransmitHashReferenceTests
{
    private const int MaxLength = 200;

    // Cut frames are slices of the whole ones: a read beyond the length would find the rest of the headers, and differ.
    [Fact]
    public void Equals_the_reference_on_random_frames_cut_to_every_length()
    {
        Assert.SkipUnless(HashReference.IsAvailable(), "python3 is not installed: the reference implementation can't run");
        FrameGenerator generator = new(20250101);
        List<ReadOnlyMemory<byte>> frames = [];
        for (int i = 0; i < 400; i++)
        {
            byte[] frame = generator.Next();
            for (int length = 0; length <= Math.Min(MaxLength, frame.Length); length++)
            {
                frames.Add(frame.AsMemory(0, length));
            }
        }

        for (int i = 0; i < 10_000; i++)
        {
            frames.Add(generator.Next());
        }

        Assert.Equal(MaxLength + 1, frames.Select(frame => frame.Length).Where(length => length <= MaxLength).Distinct().Count());
        AssertEqualsReference(frames);
    }

    [Fact]
    public void Equals_the_reference_on_noise_of_every_length()
    {
        Assert.SkipUnless(HashReference.IsAvailable(), "python3 is not installed: the reference implementation can't run");
        Random random = new(7);
        List<ReadOnlyMemory<byte>> frames = [];
        for (int length = 0; length <= MaxLength; length++)
        {
            for (int i = 0; i < 4; i++)
            {
                byte[] frame = new byte[length];
                random.NextBytes(frame);
                frames.Add(frame);
            }
        }

        AssertEqualsReference(frames);
    }

    private static void AssertEqualsReference(List<ReadOnlyMemory<byte>> frames)
    {
        List<uint[]> expected = HashReference.Compute(frames);
        Assert.Equal(frames.Count, expected.Count);
        for (int i = 0; i < frames.Count; i++)
        {
            ReadOnlySpan<byte> frame = frames[i].Span;
            for (int c = 0; c < HashReference.Cases.Length; c++)
            {
                (TransmitHashPolicy policy, HashVlan vlan) = HashReference.Cases[c];
                uint hash = TransmitHash.Compute(policy, vlan, frame);
                if (hash != expected[i][c])
                {
                    Assert.Fail($"{policy} {vlan}: {hash:x}, expected {expected[i][c]:x}: {Convert.ToHexString(frame)}");
                }
            }
        }
    }
}
