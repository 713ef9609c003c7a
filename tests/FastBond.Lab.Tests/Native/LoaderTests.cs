using FastBond.Linux.Machine;
using FastBond.Linux.Native;
using Xunit;

namespace FastBond.Lab.Tests.Native;

/// <summary>Finding libfastbond.so, and the C library's calls.</summary>
public sealed class LoaderTests
{
    [Fact]
    public void The_library_beside_the_program_has_the_structures_we_know() =>
        Assert.NotEqual(0, NativeLibraryLoader.Resolve(NativeLibraryLoader.LibraryName));

    [Fact]
    public void Other_libraries_are_not_its_business() => Assert.Equal(0, NativeLibraryLoader.Resolve("libc"));

    [Theory]
    [InlineData("/nowhere/libfastbond.so", "/nowhere/libfastbond.so is not there; build it with `make -C native`, or name it in FASTBOND_NATIVE")]
    [InlineData("libc.so.6", "was built from another version of FastBond")]
    public void What_cannot_be_used_is_one_line(string file, string message)
    {
        string path = file.StartsWith('/')
            ? file
            : File.ReadLines("/proc/self/maps").Select(line => line.Split(' ')[^1]).First(mapped => mapped.EndsWith(file, StringComparison.Ordinal));
        string? before = Environment.GetEnvironmentVariable(NativeLibraryLoader.PathVariable);
        Environment.SetEnvironmentVariable(NativeLibraryLoader.PathVariable, path);
        try
        {
            DllNotFoundException refused = Assert.Throws<DllNotFoundException>(() => NativeLibraryLoader.Resolve(NativeLibraryLoader.LibraryName));
            Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(NativeLibraryLoader.PathVariable, before);
        }
    }

    [Fact]
    public unsafe void Epoll_tells_by_their_keys_which_of_its_descriptors_are_ready()
    {
        int first = Libc.EventFd(0, Libc.EfdCloexec | Libc.EfdNonblock), second = Libc.EventFd(0, Libc.EfdCloexec | Libc.EfdNonblock);
        int timer = Libc.TimerFdCreate(Libc.ClockMonotonic, Libc.TfdCloexec | Libc.TfdNonblock);
        try
        {
            using Epoll epoll = new();
            epoll.Watch(first, 1);
            epoll.Watch(second, 0x1234_5678_9abc_def0);
            epoll.Watch(timer, 3);
            Assert.Equal(0, epoll.Wait(0));

            ulong one = 1;
            Assert.Equal(8, Libc.Write(second, &one, 8));
            Assert.Equal(1, epoll.Wait(0));
            Assert.Equal(0x1234_5678_9abc_def0u, epoll.Key(0));
            Assert.Equal(8, Libc.Write(first, &one, 8));
            Assert.Equal(2, epoll.Wait(0));
            HashSet<ulong> ready = [epoll.Key(0), epoll.Key(1)];
            Assert.Equal([1, 0x1234_5678_9abc_def0], ready);

            epoll.Forget(first);
            Assert.Equal(8, Libc.Read(second, &one, 8));
            TimerSpec soon = new() { ValueNanoseconds = 1 };
            Assert.Equal(0, Libc.TimerFdSetTime(timer, 0, soon, null));
            Assert.Equal(1, epoll.Wait(1000));
            Assert.Equal(3ul, epoll.Key(0));
        }
        finally
        {
            _ = Libc.Close(first);
            _ = Libc.Close(second);
            _ = Libc.Close(timer);
        }
    }

    [Fact]
    public unsafe void Threads_are_pinned_and_reniced_one_by_one()
    {
        const int Nice = -5;
        const int Words = 16;
        ulong* before = stackalloc ulong[Words], now = stackalloc ulong[Words];
        ulong pinned = 0;
        int nice = 0, childsNice = 0;
        Assert.Equal(0, Libc.GetAffinity(0, Words * sizeof(ulong), before));
        Assert.SkipUnless((before[0] & 1) != 0, "this process may not run on CPU 0");
        Thread thread = new(() =>
        {
            ulong* mask = stackalloc ulong[Words];
            new Span<ulong>(mask, Words).Clear();
            mask[0] = 1;
            _ = Libc.SetAffinity(Libc.GetThreadId(), Words * sizeof(ulong), mask);
            mask[0] = 0;
            _ = Libc.GetAffinity(0, Words * sizeof(ulong), mask);
            pinned = mask[0];
            CpuSet.SetThisThreadsNice(Nice, sliceNs: 500_000);
            nice = Libc.GetPriority(Libc.PrioProcess, 0);
            Thread child = new(() => childsNice = Libc.GetPriority(Libc.PrioProcess, 0));
            child.Start();
            child.Join();
        });
        thread.Start();
        thread.Join();
        Assert.Equal((1ul, Nice, 0), (pinned, nice, childsNice));
        Assert.Equal(0, Libc.GetAffinity(0, Words * sizeof(ulong), now));
        Assert.Equal(before[0], now[0]);
        Assert.NotEqual(Nice, Libc.GetPriority(Libc.PrioProcess, 0));
    }
}
