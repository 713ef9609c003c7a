using System.CommandLine;
using FastBond.Configuration;

namespace FastBond.Commands;

/// <summary>What the commands that read a configuration have in common.</summary>
internal static class Configurations
{
    /// <summary><c>--config FILE</c>.</summary>
    public static Option<string?> FileOption(bool isRequired = false) => new("--config")
    {
        Description = "A configuration: netplan's YAML with a section fastbond, or a directory of such files.",
        HelpName = "FILE",
        Required = isRequired,
    };

    /// <summary>Says what there is to say, a line each.</summary>
    public static void Report(ConfigurationReading reading, TextWriter error)
    {
        foreach (Problem problem in reading.Problems)
        {
            error.WriteLine($"fastbond: {problem}");
        }
    }
}
