using System.Runtime.InteropServices;
using FastBond.Dataplane.Frames;

namespace FastBond.Benchmarks.Bonds;

/// <summary>Frame memory on huge pages where the kernel gives them, as the engine's is.</summary>
internal static unsafe partial class HugePages
{
    private const nuint Size = 2 << 20;
    private const int AdviceHugePage = 14;

    public static FrameMemory Allocate(int frames)
    {
        nuint size = ((nuint)frames * FrameMemory.DefaultChunkSize) + Size - 1 & ~(Size - 1);
        void* pointer = NativeMemory.AlignedAlloc(size, Size);

        // Refused advice costs speed and nothing else.
        _ = Advise(pointer, size, AdviceHugePage);
        NativeMemory.Clear(pointer, size);
        return new FrameMemory((byte*)pointer, (long)size, release: () => NativeMemory.AlignedFree(pointer));
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
