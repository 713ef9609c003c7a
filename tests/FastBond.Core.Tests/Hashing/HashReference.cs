using System.Diagnostics;
using System.Globalization;
using FastBond.Core.Hashing;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

/// <summary>The independent implementation in tests/reference, asked about any number of frames in one process.</summary>
internal static class HashReference
{
    /// <summary>What each answer holds, in this order.</summary>
    public static readonly (TransmitHashPolicy Policy, HashVlan Vlan)[] Cases =
    [
        .. from vlan in (HashVlan[])[HashVlan.Offload, HashVlan.Inband]
           from policy in (TransmitHashPolicy[])
           [
               TransmitHashPolicy.Layer2, TransmitHashPolicy.Layer23, TransmitHashPolicy.Layer34,
               TransmitHashPolicy.Encap23, TransmitHashPolicy.Encap34, TransmitHashPolicy.VlanSrcMac,
           ]
           select (policy, vlan),
    ];

    /// <summary>Whether the machine has a Python to run it with.</summary>
    public static bool IsAvailable()
    {
        try
        {
            using Process python = Start("--version");
            python.StandardInput.Close();
            python.StandardOutput.ReadToEnd();
            python.WaitForExit();
            return python.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>For each frame its hashes, in the order of <see cref="Cases"/>.</summary>
    public static List<uint[]> Compute(IEnumerable<ReadOnlyMemory<byte>> frames)
    {
        using Process python = Start(Path.Combine(GoldenFiles.TestsDirectory, "reference", "hash_driver.py"));

        // The driver reads all its input before it answers, so neither side can block the other.
        foreach (ReadOnlyMemory<byte> frame in frames)
        {
            python.StandardInput.Write(Convert.ToHexString(frame.Span));
            python.StandardInput.Write('\n');
        }

        python.StandardInput.Close();
        List<uint[]> answers = [];
        while (python.StandardOutput.ReadLine() is string line)
        {
            answers.Add([.. line.Split(' ').Select(text => uint.Parse(text, CultureInfo.InvariantCulture))]);
        }

        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
        return answers;
    }

    private static Process Start(string argument) =>
        Process.Start(new ProcessStartInfo("python3", ["-B", argument])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
}
