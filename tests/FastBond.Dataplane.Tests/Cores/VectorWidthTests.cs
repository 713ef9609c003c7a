using FastBond.Dataplane.Tests.Frames;
using FastBond.Tests;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>What a lane chooses, on every width of vectors.</summary>
public sealed class VectorWidthTests
{
    public static TheoryData<string, int> Settings => NarrowVectors.Settings;

    [Theory]
    [MemberData(nameof(Settings))]
    public void Every_width_chooses_alike(string setting, int widest) =>
        NarrowVectors.Run(setting, widest, typeof(VectorsInUseTests), typeof(FrameSetTests), typeof(TransmitTests), typeof(RoundRobinTests));
}

/// <summary>What this process uses.</summary>
public sealed class VectorsInUseTests
{
    [Fact]
    public void The_vectors_are_those_that_were_left() =>
        Assert.True(NarrowVectors.AreAsExpected, $"the widest vectors have {NarrowVectors.Widest} bits");
}
