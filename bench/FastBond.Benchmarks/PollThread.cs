using System.Runtime.ExceptionServices;
using FastBond.Linux.Machine;

namespace FastBond.Benchmarks;

/// <summary>Threads set up as the engine's poll threads are: pinned, nice −20 and never FIFO, the process's other threads kept off their CPUs.</summary>
internal static class PollThread
{
    private const int Nice = -20;
    private const string Name = "fastbond-bench";

    /// <summary>The CPUs that this process may use, the last one first: the first one has most of a machine's other work.</summary>
    public static IReadOnlyList<int> Cpus { get; } = [.. Enumerable.Range(0, Environment.ProcessorCount * 64).Where(CpuSet.Online().Contains).Reverse()];

    /// <summary>The CPU of a single thread.</summary>
    public static int Cpu => Cpus[0];

    /// <summary>Runs something on such a thread to its end; what it throws is thrown here.</summary>
    public static void Run(Action action) => Run(1, _ => action());

    /// <summary>Runs something on several such threads, each told its number from 0 and on a CPU of its own, to the end of all; the first failure is thrown here.</summary>
    public static void Run(int count, Action<int> action)
    {
        ExceptionDispatchInfo? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, count).Select(number => new Thread(() =>
        {
            try
            {
                CpuSet.PinThisThread(Cpus[number]);
                CpuSet.SetThisThreadsNice(Nice);
                action(number);
            }
            catch (Exception exception)
            {
                failure ??= ExceptionDispatchInfo.Capture(exception);
            }
        })
        { Name = Name })];

        CpuSet others = CpuSet.Online().Except(Cpus.Take(count));
        if (!others.IsEmpty)
        {
            others.ApplyToAllThreadsExcept(Name);
        }

        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        failure?.Throw();
    }
}
