using FastBond.Lab.Machine;

namespace FastBond.Lab.Tests.Native;

/// <summary>A state directory for one test, in memory; gone with the test.</summary>
internal sealed class StateFolder : IDisposable
{
    private static int _count;

    public string Path { get; } = System.IO.Path.Combine(LabFacts.MemoryRoot, $"fbt-{Environment.ProcessId}-s{Interlocked.Increment(ref _count)}");

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
