using System.Runtime.InteropServices;
using FastBond.Linux.Machine;

namespace FastBond.Benchmarks;

/// <summary>What figures are worth nothing without: where they were taken, and how busy it was.</summary>
internal static class MachineFacts
{
    /// <summary>CPU, cores, kernel, runtime, load averages.</summary>
    public static void Print(TextWriter output)
    {
        string[] load = File.ReadAllText("/proc/loadavg").Split(' ');
        output.WriteLine($"CPU     {CpuModel()}, {Environment.ProcessorCount} usable ({CpuSet.Online()})");
        output.WriteLine($"kernel  {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()} {RuntimeInformation.OSArchitecture}, {RuntimeInformation.FrameworkDescription}");
        output.WriteLine($"load    {load[0]} {load[1]} {load[2]} (1, 5, 15 min); above 0 other work shares the machine: trust ratios, not rates");
        output.WriteLine();
    }

    private static string CpuModel()
    {
        // ARM64 kernels name no model.
        string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? "of unknown model" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
