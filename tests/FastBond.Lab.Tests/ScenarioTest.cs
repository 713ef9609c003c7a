using FastBond.Lab.Machine;
using FastBond.Lab.Product;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests;

/// <summary>
/// A test with FastBond in the lab. At its end frames must be conserved, daemons stop cleanly and nothing be left behind; what was made
/// goes in any case. A test that fails prints the daemons' logs.
/// </summary>
public abstract class ScenarioTest : IDisposable
{
    /// <summary>The monitor's period in all scenarios.</summary>
    protected static readonly TimeSpan Miimon = TimeSpan.FromMilliseconds(100);

    /// <summary>What a busy machine of two cores may add to anything.</summary>
    protected static readonly TimeSpan Scheduling = TimeSpan.FromMilliseconds(50);

    /// <summary>Loss of carrier to fail-over: one period, the slack of one more that scenarios.md allows, and scheduling.</summary>
    protected static readonly TimeSpan FailOverLimit = (2 * Miimon) + Scheduling;

    /// <summary>For what has no limit of its own.</summary>
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    protected ScenarioTest() => Assert.SkipUnless(LabFacts.ProductSkipReason.Length == 0, LabFacts.ProductSkipReason);

    protected LabRun Lab { get; } = new();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        bool failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        IReadOnlyList<string> faults = [];
        try
        {
            faults = failed ? [] : Lab.Finish();
        }
        finally
        {
            if (failed || faults.Count > 0)
            {
                PrintLogs();
            }
            Lab.Dispose();
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private void PrintLogs()
    {
        foreach (FastBondProcess daemon in Lab.Daemons)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"--- {daemon.Place.Name}\n{string.Join('\n', daemon.Log)}");
        }
    }
}
