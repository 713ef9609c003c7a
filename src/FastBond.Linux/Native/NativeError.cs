using System.Runtime.InteropServices;
using FastBond.Core.Bonds;

namespace FastBond.Linux.Native;

/// <summary>The shim's and the C library's errors as outcomes.</summary>
internal static class NativeError
{
    /// <summary>Success for a result of at least 0, else the errno and "<paramref name="attempt"/>: why".</summary>
    public static Outcome ToOutcome(int result, string attempt) =>
        result >= 0 ? Outcome.Ok : new Outcome((Errno)(-result), $"{attempt}: {Marshal.GetPInvokeErrorMessage(-result)}");

    /// <summary>The last C library call's errno, as the negative number that the shim would answer.</summary>
    public static int Last => -Marshal.GetLastPInvokeError();
}
