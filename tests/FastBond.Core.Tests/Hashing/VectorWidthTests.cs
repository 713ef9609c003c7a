using FastBond.Core.Hashing;
using FastBond.Tests;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

/// <summary>The hash tests on every width of vectors.</summary>
public sealed class VectorWidthTests
{
    public static TheoryData<string, int> Settings => NarrowVectors.Settings;

    [Theory]
    [MemberData(nameof(Settings))]
    public void Every_width_gives_the_same_answers(string setting, int widest) =>
        NarrowVectors.Run(setting, widest, typeof(VectorsInUseTests), typeof(BurstHashTests), typeof(TransmitHashBurstTests), typeof(ReciprocalTests));
}

/// <summary>What this process uses.</summary>
public sealed class VectorsInUseTests
{
    [Fact]
    public void As_many_frames_are_hashed_together_as_fit_into_the_vectors_up_to_256_bits()
    {
        Assert.True(NarrowVectors.AreAsExpected, $"the widest vectors have {NarrowVectors.Widest} bits");
        Assert.Equal(NarrowVectors.Widest switch { >= 256 => 8, 128 => 4, _ => 1 }, BurstHash.FramesAtOnce);
    }
}
