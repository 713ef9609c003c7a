using System.Globalization;

namespace FastBond.Benchmarks;

/// <summary>What a verb is given: <c>--quick</c>, and <c>name=numbers</c> for whatever it asks about.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];

    public Arguments(params string[] arguments)
    {
        foreach (string argument in arguments)
        {
            if (argument == "--quick")
            {
                Quick = true;
            }
            else
            {
                string[] parts = argument.Split('=', 2);
                _given[parts[0]] = parts.Length == 2 ? parts[1] : "";
            }
        }
    }

    /// <summary>Whether it shall be short rather than exact.</summary>
    public bool Quick { get; }

    /// <summary>Numbers like <c>1,32,64</c>, each from <paramref name="least"/> to <paramref name="most"/>.</summary>
    /// <exception cref="FormatException">They are not.</exception>
    public int[] Numbers(string name, int[] usual, int[] quick, int least = 1, int most = int.MaxValue)
    {
        _known.Add(name);
        if (!_given.Remove(name, out string? text))
        {
            return Quick ? quick : usual;
        }

        int[] numbers = [.. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        return Array.TrueForAll(numbers, number => number >= least && number <= most)
            ? numbers
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name}={text}: not understood; numbers from {least} to {most} with commas between"));
    }

    /// <summary>A number above 0.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public int Number(string name, int usual, int quick) =>
        Numbers(name, [usual], [quick]) is [int number] ? number : throw new FormatException($"{name}: one number is wanted");

    /// <summary>Refuses what nobody asked about.</summary>
    /// <exception cref="FormatException">There is something.</exception>
    public void EnsureUnderstood()
    {
        if (_given.Count > 0)
        {
            throw new FormatException($"{_given.Keys.First()}: not understood; --quick{string.Concat(_known.Select(name => $", {name}="))}");
        }
    }
}
