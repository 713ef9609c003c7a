using System.Runtime.ExceptionServices;
using FastBond.Linux.Machine;

namespace FastBond.Benchmarks;

/// <summary>A thread set up as the engine's poll threads are: pinned, nice −20 and never FIFO, the process's other threads kept off its CPU.</summary>
internal static class PollThread
{
    private const int Nice = -20;
    private const string Name = "fastbond-bench";

    /// <summary>The CPU it runs on: the last that this process may use.</summary>
    public static int Cpu { get; } = Enumerable.Range(0, Environment.ProcessorCount * 64).Last(CpuSet.Online().Contains);

    /// <summary>Runs something on such a thread to its end; what it throws is thrown here.</summary>
    public static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                CpuSet.PinThisThread(Cpu);
                CpuSet.SetThisThreadsNice(Nice);
                action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        })
        { Name = Name };

        CpuSet others = CpuSet.Online().Except([Cpu]);
        if (!others.IsEmpty)
        {
            others.ApplyToAllThreadsExcept(Name);
        }

        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
