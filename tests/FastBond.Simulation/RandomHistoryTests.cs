using System.Globalization;
using Xunit.Sdk;

namespace FastBond.Simulation;

/// <summary>Many random histories; a failure names its seed. FASTBOND_SIMULATION_SEEDS=N runs N of them.</summary>
public class RandomHistoryTests
{
    [Fact]
    public void Whatever_happens_the_invariants_hold_and_in_the_end_the_bond_works()
    {
        int seeds = int.Parse(Environment.GetEnvironmentVariable("FASTBOND_SIMULATION_SEEDS") ?? "500", CultureInfo.InvariantCulture);
        for (int seed = 0; seed < seeds; seed++)
        {
            RandomHistory history = new(seed);
            try
            {
                history.Run();
            }
            catch (Exception e)
            {
                string end = string.Join('\n', history.Lines.TakeLast(20));
                throw new XunitException($"seed {seed}: {e.Message}\n{end}", e);
            }
        }
    }

    [Fact]
    public void Same_seed_gives_the_same_history()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            RandomHistory first = new(seed);
            first.Run();
            RandomHistory second = new(seed);
            second.Run();
            Assert.Equal(first.Lines, second.Lines);
        }
    }
}
