using System.Globalization;

namespace FastBond.Configuration;

/// <summary>Spans of time as netplan and systemd write them: "100", "1.5s", "1min 30s".</summary>
internal static class TimeText
{
    private const double MsPerSecond = 1000, MsPerMinute = 60 * MsPerSecond, MsPerHour = 60 * MsPerMinute;

    /// <summary>Reads a span into whole milliseconds.</summary>
    /// <param name="text">Numbers, each with a unit or none.</param>
    /// <param name="bareUnitMs">What a number without unit counts, in milliseconds.</param>
    /// <param name="milliseconds">The span, rounded to the nearest millisecond.</param>
    /// <returns>False if the text is no span, or one longer than any option takes.</returns>
    public static bool TryParse(string text, double bareUnitMs, out int milliseconds)
    {
        milliseconds = 0;
        double total = 0;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        bool any = false;
        while (rest.Length > 0)
        {
            int digits = Length(rest, static c => char.IsAsciiDigit(c) || c == '.');
            if (!double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return false;
            }

            rest = rest[digits..].TrimStart();
            int letters = Length(rest, char.IsAsciiLetter);
            double unit = letters == 0 ? bareUnitMs : Unit(rest[..letters]);
            bool endsBare = letters == 0 && rest.Length > 0;
            if (unit == 0 || endsBare)
            {
                return false;
            }

            total += number * unit;
            rest = rest[letters..].TrimStart();
            any = true;
        }

        total = Math.Round(total);
        if (!any || total > int.MaxValue)
        {
            return false;
        }

        milliseconds = (int)total;
        return true;
    }

    private static int Length(ReadOnlySpan<char> text, Func<char, bool> belongs)
    {
        int length = 0;
        while (length < text.Length && belongs(text[length]))
        {
            length++;
        }

        return length;
    }

    private static double Unit(ReadOnlySpan<char> name) => name switch
    {
        "us" or "usec" => 1 / MsPerSecond,
        "ms" or "msec" => 1,
        "s" or "sec" or "second" or "seconds" => MsPerSecond,
        "m" or "min" or "minute" or "minutes" => MsPerMinute,
        "h" or "hr" or "hour" or "hours" => MsPerHour,
        _ => 0,
    };
}
