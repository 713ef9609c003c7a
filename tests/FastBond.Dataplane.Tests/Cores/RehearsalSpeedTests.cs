using System.Reflection;
using System.Runtime.Loader;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

/// <summary>What a core that has rehearsed makes of its first traffic. Alone: it measures time.</summary>
[Collection(nameof(RehearsalSpeedTests))]
[CollectionDefinition(nameof(RehearsalSpeedTests), DisableParallelization = true)]
public sealed class RehearsalSpeedTests
{
    /// <summary>Without a rehearsal it is 5 and more.</summary>
    private const double MostTimesSlower = 1.5;

    [Fact]
    public void The_first_100_ms_of_traffic_are_as_fast_as_those_after_two_seconds()
    {
        double with = Measure(rehearsed: true), without = Measure(rehearsed: false);
        TestContext.Current.TestOutputHelper?.WriteLine($"{with:F2} times the time of later traffic, {without:F2} without a rehearsal");
        Assert.InRange(with, 0, MostTimesSlower);
        Assert.True(without > MostTimesSlower, $"{without}: the measurement doesn't tell cold code from warm");
    }

    /// <summary>Code that other tests have run is compiled and profiled already: the same assemblies anew are not.</summary>
    private static double Measure(bool rehearsed)
    {
        Type measured = new Anew().LoadFromAssemblyPath(typeof(FirstTraffic).Assembly.Location).GetType(typeof(FirstTraffic).FullName!)!;
        return (double)measured.GetMethod(nameof(FirstTraffic.Measure), BindingFlags.Static | BindingFlags.Public)!.Invoke(null, [rehearsed])!;
    }

    private sealed class Anew : AssemblyLoadContext
    {
        protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name!.StartsWith("FastBond.", StringComparison.Ordinal)
            ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll"))
            : null;
    }
}
