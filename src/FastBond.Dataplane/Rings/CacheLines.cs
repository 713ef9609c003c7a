using System.Runtime.InteropServices;

namespace FastBond.Dataplane.Rings;

/// <summary>
/// Room at the end of an object that a core writes at every turn, so that the next object on the heap, which may be another core's, begins on
/// lines of its own: two of them, since the hardware prefetches lines in pairs. The runtime lays such a field out behind all others.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = (int)Size)]
internal struct CacheLines
{
    /// <summary>Bytes of a pair of cache lines.</summary>
    public const nuint Size = 128;
}
