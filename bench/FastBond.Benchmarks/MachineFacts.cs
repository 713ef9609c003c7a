using System.Globalization;
using System.Runtime.InteropServices;
using FastBond.Linux.Machine;

namespace FastBond.Benchmarks;

/// <summary>What figures are worth nothing without: where and when they were taken, and how busy it was.</summary>
/// <param name="Date">UTC.</param>
/// <param name="Cpu">The processor's name.</param>
/// <param name="Cpus">The CPUs this process may use.</param>
/// <param name="Isolated">Those the scheduler leaves alone (<c>isolcpus</c>); empty for none.</param>
/// <param name="Kernel">Release and architecture.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="Load">Load averages over 1, 5 and 15 minutes.</param>
internal sealed record MachineFacts(string Date, string Cpu, string Cpus, string Isolated, string Kernel, string Runtime, string Load)
{
    /// <summary>Of now.</summary>
    public static MachineFacts Read() => new(
        DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
        CpuModel(),
        CpuSet.Online().ToString(),
        ReadLine("/sys/devices/system/cpu/isolated"),
        $"{ReadLine("/proc/sys/kernel/osrelease")} {RuntimeInformation.OSArchitecture}",
        RuntimeInformation.FrameworkDescription,
        string.Join(' ', ReadLine("/proc/loadavg").Split(' ')[..3]));

    private static string ReadLine(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "";

    private static string CpuModel()
    {
        // ARM64 kernels name no model.
        string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? "of unknown model" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
