using FastBond.Simulation.Network;

namespace FastBond.Simulation.Fuzz;

/// <summary>Many networks, each with a life drawn from its seed. <c>./build.sh simulate</c> runs as many as wanted.</summary>
public class NetworkHistoryTests
{
    private const int Seeds = 300;

    [Fact]
    public void Whatever_happens_to_a_network_the_invariants_hold_and_in_the_end_every_host_reaches_every_other()
    {
        IReadOnlyCollection<SeedResult> results = SeedRunner.RunAll(0, Seeds, TimeSpan.MaxValue, Environment.ProcessorCount);
        SeedResult? failed = results.FirstOrDefault(static result => result.Failure is not null);
        Assert.True(failed is null, failed?.Failure);
        Assert.Equal(Seeds, results.Count);
        Assert.Empty(Reach.Missing(results.Aggregate(0UL, static (all, result) => all | result.Reached)));
    }

    [Fact]
    public void Same_seed_gives_the_same_history_to_the_bit()
    {
        HashSet<ulong> fingerprints = [];
        for (int seed = 0; seed < 10; seed++)
        {
            SeedResult first = SeedRunner.Run(seed);
            SeedResult second = SeedRunner.Run(seed);
            Assert.Equal(first, second);
            Assert.True(fingerprints.Add(first.Fingerprint), "two seeds have the same history");
        }
    }

    /// <summary>Something breaks in the middle of it: told is which seed it was, what went before, and how to see it again.</summary>
    [Fact]
    public void Seed_that_fails_says_so_and_fails_again_in_the_same_way()
    {
        const int Seed = 7;
        const int Happenings = 5000;
        SeedResult first = SeedRunner.Run(Seed, BreakAt(Happenings));
        Assert.Equal(first, SeedRunner.Run(Seed, BreakAt(Happenings)));
        Assert.NotEqual(first.Fingerprint, SeedRunner.Run(Seed).Fingerprint);
        string[] lines = first.Failure!.Split('\n');
        Assert.Equal($"seed {Seed}: broken on purpose", lines[0]);
        Assert.Equal($"again: ./build.sh simulate --seed {Seed} --trace", lines[^1]);
        // The first of all happened before anybody listened.
        Assert.Equal(Happenings + 1, first.Happenings);

        static Action<string> BreakAt(int happenings) => _ =>
        {
            if (--happenings == 0)
            {
                throw new InvariantBrokenException("broken on purpose");
            }
        };
    }
}
