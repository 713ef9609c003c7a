using System.Runtime.InteropServices;

namespace FastBond.Linux.Native;

/// <summary>
/// The C library's calls that .NET has none of. Each answers as the manual page says: -1 on error, with the errno in
/// <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    /// <summary>Event bits of poll(2) and, with the same numbers, epoll(7).</summary>
    public const short PollIn = 1, PollOut = 4, PollErr = 8, PollHup = 16;

    /// <summary>Flags of eventfd(2), timerfd_create(2), epoll_create1(2) and memfd_create(2).</summary>
    public const int EfdCloexec = 0x80000, EfdNonblock = 0x800, TfdCloexec = 0x80000, TfdNonblock = 0x800, EpollCloexec = 0x80000;

    /// <summary><c>MFD_CLOEXEC</c>, <c>MFD_HUGETLB</c>.</summary>
    public const uint MfdCloexec = 1, MfdHugetlb = 4;

    /// <summary>Protection and flags of mmap(2).</summary>
    public const int ProtRead = 1, ProtWrite = 2, MapShared = 1, MapPopulate = 0x8000;

    /// <summary><c>CLOCK_MONOTONIC</c>.</summary>
    public const int ClockMonotonic = 1;

    /// <summary><c>TFD_TIMER_ABSTIME</c>.</summary>
    public const int TimerAbsolute = 1;

    /// <summary>Flags of open(2).</summary>
    public const int OpenReadWrite = 2, OpenCreate = 0x40, OpenCloexec = 0x80000;

    /// <summary>Operations of flock(2).</summary>
    public const int LockExclusive = 2, LockNonBlocking = 4;

    /// <summary><c>PRIO_PROCESS</c>; with a thread id it means that thread.</summary>
    public const int PrioProcess = 0;

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "timerfd_create", SetLastError = true)]
    public static partial int TimerFdCreate(int clock, int flags);

    [LibraryImport(Library, EntryPoint = "timerfd_settime", SetLastError = true)]
    public static partial int TimerFdSetTime(int fd, int flags, in TimerSpec value, TimerSpec* old);

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int fd, void* interest);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, void* events, int max, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollFd* fds, nuint count, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MemfdCreate(string name, uint flags);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Ftruncate(int fd, long length);

    /// <summary>Answers -1, not a null pointer, on error.</summary>
    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Munmap(void* address, nuint length);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(int fd, int operation);

    [LibraryImport(Library, EntryPoint = "gettid")]
    public static partial int GetThreadId();

    /// <summary><paramref name="thread"/>: a thread id, 0 for the caller; <paramref name="mask"/>: <paramref name="bytes"/> bytes of CPU bits.</summary>
    [LibraryImport(Library, EntryPoint = "sched_setaffinity", SetLastError = true)]
    public static partial int SetAffinity(int thread, nuint bytes, ulong* mask);

    /// <summary>EINVAL if <paramref name="bytes"/> holds fewer bits than the kernel may have CPUs (128 do).</summary>
    [LibraryImport(Library, EntryPoint = "sched_getaffinity", SetLastError = true)]
    public static partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    /// <summary>-1 is an answer as well as an error: the last error tells which.</summary>
    [LibraryImport(Library, EntryPoint = "getpriority", SetLastError = true)]
    public static partial int GetPriority(int which, int who);
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollFd
{
    public int Fd;
    public short Events;
    public short Returned;
}

/// <summary><c>struct itimerspec</c> of a 64-bit system.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimerSpec
{
    public long IntervalSeconds;
    public long IntervalNanoseconds;
    public long ValueSeconds;
    public long ValueNanoseconds;
}
