using System.Diagnostics;
using System.Runtime.Intrinsics;
using Xunit;

namespace FastBond.Tests;

/// <summary>Runs tests of this program again, in processes of their own whose runtime is denied the wider vectors.</summary>
internal static class NarrowVectors
{
    /// <summary>Each setting, and the bits of the widest vectors that are left.</summary>
    public static TheoryData<string, int> Settings => new()
    {
        { "DOTNET_EnableAVX512=0", 256 },
        { "DOTNET_PreferredVectorBitWidth=256", 256 },
        { "DOTNET_EnableAVX2=0", 128 },
        { "DOTNET_EnableHWIntrinsic=0", 0 },
    };

    /// <summary>Bits of the widest vectors that this process uses.</summary>
    public static int Widest =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    /// <summary>Whether this process has the vectors that the one which started it wanted it to have.</summary>
    public static bool AreAsExpected => Environment.GetEnvironmentVariable(Variable) is not { } expected || expected == $"{Widest}";

    private const string Variable = "FASTBOND_WIDEST_VECTORS";

    /// <summary>Runs the tests of some classes, one of which must check <see cref="AreAsExpected"/>.</summary>
    public static void Run(string setting, int widest, params Type[] classes)
    {
        Assert.SkipUnless(Vector256.IsHardwareAccelerated, "the machine has no AVX2: what it has was tested already");
        string[] knob = setting.Split('=');
        ProcessStartInfo start = new(Environment.ProcessPath!, classes.SelectMany(type => (string[])["-class", type.FullName!]).Append("-noColor"))
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment[knob[0]] = knob[1];
        start.Environment[Variable] = $"{widest}";
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, $"{setting}: exit {child.ExitCode}\n{output}");
        Assert.Matches(@"Total: \d{2,}, Errors: 0, Failed: 0, Skipped: 0", output);
    }
}
