using System.Globalization;

namespace FastBond.Benchmarks;

/// <summary>Options like <c>1,32,64</c>.</summary>
internal static class NumberList
{
    /// <summary>The numbers, all above 0, or null if it is no such list.</summary>
    public static int[]? Parse(string list)
    {
        List<int> numbers = [];
        foreach (string text in list.Split(','))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1)
            {
                return null;
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }
}
