using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FastBond.Benchmarks.Veth;

/// <summary>What the <c>veth</c> benchmark measures, and for how long.</summary>
internal sealed class VethOptions
{
    public const int MaxBurst = 256;
    private const int ShortestFrame = 60, LongestFrame = 1514;

    public int[] Bursts { get; private set; } = [32, 64, 256];

    /// <summary>Frame lengths in bytes without FCS.</summary>
    public int[] Lengths { get; private set; } = [60];

    /// <summary>Rounds of which the median counts.</summary>
    public int Rounds { get; private set; } = 9;

    /// <summary>Length of one measurement of one round, in milliseconds.</summary>
    public int Milliseconds { get; private set; } = 20;

    public static bool TryParse(string[] arguments, [NotNullWhen(true)] out VethOptions? options, [NotNullWhen(false)] out string? refusal)
    {
        options = new VethOptions();
        foreach (string argument in arguments)
        {
            string[] parts = argument.Split('=', 2);
            int[]? values = parts.Length == 2 ? NumberList.Parse(parts[1]) : null;
            switch (parts[0])
            {
                case "--quick" when parts.Length == 1:
                    options.Bursts = [64];
                    options.Rounds = 3;
                    options.Milliseconds = 10;
                    break;
                case "bursts" when values is not null && Array.TrueForAll(values, value => value <= MaxBurst):
                    options.Bursts = values;
                    break;
                case "lengths" when values is not null && Array.TrueForAll(values, value => value is >= ShortestFrame and <= LongestFrame):
                    options.Lengths = values;
                    break;
                case "rounds" when values is [int rounds]:
                    options.Rounds = rounds;
                    break;
                case "ms" when values is [int milliseconds]:
                    options.Milliseconds = milliseconds;
                    break;
                default:
                    refusal = string.Create(
                        CultureInfo.InvariantCulture,
                        $"{argument}: not understood; --quick, bursts up to {MaxBurst}, lengths from {ShortestFrame} to {LongestFrame}, rounds and ms are numbers above 0");
                    options = null;
                    return false;
            }
        }

        refusal = null;
        return true;
    }
}
