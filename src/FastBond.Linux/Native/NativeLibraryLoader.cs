using System.Runtime.InteropServices;
using FastBond.Core.Frames;

namespace FastBond.Linux.Native;

/// <summary>
/// Finds libfastbond.so when the first call into it is made: beside the executable, or where the environment variable
/// <c>FASTBOND_NATIVE</c> (a file) says. What never calls it works without it.
/// </summary>
internal static unsafe class NativeLibraryLoader
{
    /// <summary>Environment variable that names the library's file.</summary>
    public const string PathVariable = "FASTBOND_NATIVE";

    /// <summary>Name used in every import.</summary>
    public const string LibraryName = "fastbond";

    private static readonly int[] StructureSizes =
    [
        sizeof(XskConfig), sizeof(XskRings), sizeof(XskStatistics), sizeof(FrameDescriptor), sizeof(NativeLink),
        sizeof(NativeAddress), sizeof(NativeEvent), sizeof(NativeChannels), sizeof(NativeRoute),
    ];

    /// <summary>Loads the library for a declared import; other libraries are found as usual.</summary>
    /// <exception cref="DllNotFoundException">It is not there, cannot be loaded, or was built against another header.</exception>
    public static nint Resolve(string name)
    {
        if (name != LibraryName)
        {
            return 0;
        }

        string file = Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } said
            ? said
            : Path.Combine(AppContext.BaseDirectory, "libfastbond.so");
        if (!File.Exists(file))
        {
            throw new DllNotFoundException($"{file} is not there; build it with `make -C native`, or name it in {PathVariable}");
        }

        nint handle = NativeLibrary.Load(file);
        CheckStructures(handle, file);
        return handle;
    }

    private static void CheckStructures(nint handle, string file)
    {
        int expected = StructureSizes.Length;
        uint* sizes = stackalloc uint[expected];
        bool same = NativeLibrary.TryGetExport(handle, "fb_abi_sizes", out nint export) &&
            ((delegate* unmanaged[Cdecl]<uint*, int, int>)export)(sizes, expected) == expected;
        for (int i = 0; same && i < expected; i++)
        {
            same = sizes[i] == StructureSizes[i];
        }

        if (!same)
        {
            throw new DllNotFoundException($"{file} was built from another version of FastBond; build it anew with `make -C native`");
        }
    }
}
