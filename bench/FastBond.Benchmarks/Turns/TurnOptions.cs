using System.Diagnostics.CodeAnalysis;

namespace FastBond.Benchmarks.Turns;

/// <summary>What the <c>turn</c> benchmark measures, and for how long.</summary>
internal sealed class TurnOptions
{
    public int[] Bursts { get; private set; } = [1, 32, 64, 256];

    public int[] Slaves { get; private set; } = [2, 4, 8];

    public int[] Flows { get; private set; } = [1, 64, 65536];

    /// <summary>Rounds of which the median counts.</summary>
    public int Rounds { get; private set; } = 7;

    /// <summary>Length of one measurement of one round, in milliseconds.</summary>
    public int Milliseconds { get; private set; } = 10;

    public static bool TryParse(string[] arguments, [NotNullWhen(true)] out TurnOptions? options, [NotNullWhen(false)] out string? refusal)
    {
        options = new TurnOptions();
        foreach (string argument in arguments)
        {
            string[] parts = argument.Split('=', 2);
            int[]? values = parts.Length == 2 ? NumberList.Parse(parts[1]) : null;
            switch (parts[0])
            {
                case "bursts" when values is not null && Array.TrueForAll(values, value => value <= 256):
                    options.Bursts = values;
                    break;
                case "slaves" when values is not null && Array.TrueForAll(values, value => value <= 16):
                    options.Slaves = values;
                    break;
                case "flows" when values is not null && Array.TrueForAll(values, value => value <= 65536):
                    options.Flows = values;
                    break;
                case "rounds" when values is [int rounds]:
                    options.Rounds = rounds;
                    break;
                case "ms" when values is [int milliseconds]:
                    options.Milliseconds = milliseconds;
                    break;
                default:
                    refusal = $"{argument}: not understood; bursts up to 256, slaves up to 16, flows up to 65536, rounds and ms are numbers above 0";
                    options = null;
                    return false;
            }
        }

        refusal = null;
        return true;
    }
}
