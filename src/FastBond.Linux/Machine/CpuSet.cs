using System.Globalization;
using FastBond.Linux.Native;

namespace FastBond.Linux.Machine;

/// <summary>A set of CPUs, and what threads may run on it.</summary>
internal sealed unsafe class CpuSet
{
    /// <summary>Words of a mask: as many CPUs as glibc's <c>cpu_set_t</c> holds.</summary>
    private const int Words = 1024 / 64;

    private readonly ulong[] _mask = new ulong[Words];

    private static readonly CpuSet AllowedAtStart = Read(thread: 0);

    /// <summary>Whether there is no CPU in it.</summary>
    public bool IsEmpty => !_mask.AsSpan().ContainsAnyExcept(0UL);

    /// <summary>The CPUs this process was allowed to run on when it first asked.</summary>
    public static CpuSet Online() => AllowedAtStart;

    /// <summary>A set of the CPUs given.</summary>
    public static CpuSet Of(IEnumerable<int> cpus)
    {
        CpuSet set = new();
        foreach (int cpu in cpus)
        {
            set._mask[cpu / 64] |= 1UL << cpu;
        }

        return set;
    }

    /// <summary>
    /// Whether threads can be pinned to the CPU. An affinity that the process was started with, as a service manager gives it to keep it on
    /// housekeeping CPUs, does not forbid it; a cpuset does.
    /// </summary>
    public static bool CanUse(int cpu)
    {
        if (cpu is < 0 or >= Words * 64)
        {
            return false;
        }

        CpuSet before = Read(thread: 0);
        bool can = Of([cpu]).Apply(thread: 0);
        before.Apply(thread: 0);
        return can;
    }

    /// <summary>Pins the calling thread to one CPU.</summary>
    public static void PinThisThread(int cpu) => Of([cpu]).Apply(thread: 0);

    /// <summary>
    /// Sets the calling thread's nice value and the time slice it asks for, in nanoseconds, 0 for the system's; without the privilege both stay as they are.
    /// Threads that are started from it have nice 0.
    /// </summary>
    public static void SetThisThreadsNice(int nice, uint sliceNs = 0) => _ = NativeMethods.PrioritizeThread(nice, sliceNs);

    /// <summary>The mask of a thread of any process.</summary>
    public static CpuSet Read(int thread)
    {
        CpuSet set = new();
        fixed (ulong* mask = set._mask)
        {
            _ = Libc.GetAffinity(thread, Words * sizeof(ulong), mask);
        }

        return set;
    }

    /// <summary>Whether the CPU is in the set.</summary>
    public bool Contains(int cpu) => cpu >= 0 && cpu < Words * 64 && (_mask[cpu / 64] >> cpu & 1) != 0;

    /// <summary>The set without some CPUs.</summary>
    public CpuSet Except(IEnumerable<int> cpus)
    {
        CpuSet without = Of(cpus);
        for (int i = 0; i < Words; i++)
        {
            without._mask[i] = _mask[i] & ~without._mask[i];
        }

        return without;
    }

    /// <summary>
    /// Lets every thread of this process run on this set only, the runtime's own too, but those whose names begin with
    /// <paramref name="namePrefix"/>.
    /// </summary>
    public void ApplyToAllThreadsExcept(string namePrefix)
    {
        foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            string name;
            try
            {
                name = File.ReadAllText(Path.Combine(task, "comm"));
            }
            catch (IOException)
            {
                // The thread ended meanwhile.
                continue;
            }

            if (!name.StartsWith(namePrefix, StringComparison.Ordinal))
            {
                Apply(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>The CPUs as a list like <c>0,2,3</c>.</summary>
    public override string ToString() => string.Join(',', Enumerable.Range(0, Words * 64).Where(Contains));

    private bool Apply(int thread)
    {
        fixed (ulong* mask = _mask)
        {
            return Libc.SetAffinity(thread, Words * sizeof(ulong), mask) == 0;
        }
    }
}
