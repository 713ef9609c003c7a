using System.Runtime.InteropServices;

namespace FastBond.Benchmarks.Afxdp;

/// <summary>How often the scheduler took the CPU from the calling thread: what was measured across such a moment tells of other work.</summary>
internal static unsafe partial class Preemptions
{
    private const int ThisThread = 1;

    // struct rusage on 64 bits: two struct timeval, then 14 longs, the last of which is ru_nivcsw.
    private const int UsageWords = 18, InvoluntarySwitches = 17;

    /// <summary>The count so far; rises only.</summary>
    public static long Count()
    {
        long* usage = stackalloc long[UsageWords];
        return GetUsage(ThisThread, usage) == 0 ? usage[InvoluntarySwitches] : 0;
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, long* usage);
}
