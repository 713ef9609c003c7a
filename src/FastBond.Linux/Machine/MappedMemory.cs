using System.ComponentModel;
using FastBond.Dataplane.Frames;
using FastBond.Linux.Native;

namespace FastBond.Linux.Machine;

/// <summary>Makes frame memory that AF_XDP sockets can share: a memfd, mapped shared, on huge pages if the machine has any to spare.</summary>
internal static unsafe class MappedMemory
{
    private const long HugePage = 2 << 20;

    /// <summary>Maps memory for so many frames, resident from the start: no core may fault on it later.</summary>
    /// <param name="frames">How many frames.</param>
    /// <param name="chunkSize">Bytes of each frame's chunk, a power of two.</param>
    /// <param name="huge">Whether it lies on huge pages.</param>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static FrameMemory Map(int frames, int chunkSize, out bool huge)
    {
        long size = (long)frames * chunkSize;
        long rounded = (size + HugePage - 1) / HugePage * HugePage;
        nint address = TryMap(rounded, Libc.MfdHugetlb);
        huge = address != -1;
        if (!huge)
        {
            address = TryMap(size, 0);
        }

        if (address == -1)
        {
            throw new Win32Exception();
        }

        long mapped = huge ? rounded : size;
        return new FrameMemory((byte*)address, size, chunkSize, release: () => _ = Libc.Munmap((void*)address, (nuint)mapped));
    }

    private static nint TryMap(long size, uint flags)
    {
        int file = Libc.MemfdCreate("fastbond-frames", Libc.MfdCloexec | flags);
        if (file < 0)
        {
            return -1;
        }

        try
        {
            return Libc.Ftruncate(file, size) < 0
                ? -1
                : Libc.Mmap(null, (nuint)size, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared | Libc.MapPopulate, file, 0);
        }
        finally
        {
            _ = Libc.Close(file);
        }
    }
}
