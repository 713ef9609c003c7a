using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FastBond.Core.Options;

/// <summary>How the text of an option's value is read (options.md section 1). Nothing here throws, whatever the text.</summary>
internal static class OptionText
{
    /// <summary>Longest word that is looked at, and longest interface name plus one (<c>IFNAMSIZ</c>).</summary>
    private const int MaxWord = 32;
    private const int InterfaceNameSize = 16;

    /// <summary>Text up to the first newline: what follows is not looked at.</summary>
    public static string FirstLine(string text)
    {
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }

    /// <summary>The first word of the first line, cut as the kernel cuts it.</summary>
    public static string Token(string text)
    {
        ReadOnlySpan<char> line = FirstLine(text).AsSpan().Trim();
        int end = 0;
        while (end < line.Length && end < MaxWord && !char.IsWhiteSpace(line[end]))
        {
            end++;
        }

        return line[..end].ToString();
    }

    /// <summary>
    /// A number only if the first line is made of decimal digits and white space: then it is the first group of digits. Digits beyond
    /// what 64 bits hold are still a number, larger than any range takes.
    /// </summary>
    public static bool TryParseNumber(string text, out long number)
    {
        number = 0;
        string line = FirstLine(text);
        foreach (char c in line)
        {
            if (!char.IsAsciiDigit(c) && !char.IsWhiteSpace(c))
            {
                return false;
            }
        }

        string digits = Token(line);
        if (digits.Length == 0)
        {
            return false;
        }

        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            number = long.MaxValue;
        }

        return true;
    }

    /// <summary>
    /// Four decimal numbers at the beginning of the text. Like the kernel's reader it stops at the first character that no address has
    /// in it, and says what it has left unread.
    /// </summary>
    public static bool TryParseIPv4Prefix(ReadOnlySpan<char> text, out IPAddress address, out int length)
    {
        address = IPAddress.None;
        length = 0;
        Span<byte> bytes = stackalloc byte[4];
        int octet = 0;
        int digits = 0;
        int value = 0;
        for (; length < text.Length; length++)
        {
            char c = text[length];
            if (char.IsAsciiDigit(c))
            {
                value = (value * 10) + (c - '0');
                digits++;
                if (value > 255)
                {
                    return false;
                }
            }
            else if (c == '.' && octet < 3 && digits > 0)
            {
                bytes[octet++] = (byte)value;
                digits = value = 0;
            }
            else if (c == '.' || char.IsAsciiHexDigit(c))
            {
                return false;
            }
            else
            {
                break;
            }
        }

        if (octet != 3 || digits == 0)
        {
            return false;
        }

        bytes[3] = (byte)value;
        address = new IPAddress(bytes);
        return true;
    }

    /// <summary>An IPv4 address and nothing else.</summary>
    public static bool TryParseIPv4(ReadOnlySpan<char> text, out IPAddress address) =>
        TryParseIPv4Prefix(text, out address, out int length) && length == text.Length;

    /// <summary>An IPv6 address without zone or port.</summary>
    public static bool TryParseIPv6(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.IPv6None;
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigit(c) && c is not (':' or '.'))
            {
                return false;
            }
        }

        if (!IPAddress.TryParse(text, out IPAddress? parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        address = parsed;
        return true;
    }

    /// <summary>The items of a list by comma or white space.</summary>
    public static string[] List(string text) =>
        FirstLine(text).Split([',', ' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether an interface could have this name (<c>dev_valid_name</c>).</summary>
    public static bool IsInterfaceName(string name)
    {
        if (name.Length is 0 or >= InterfaceNameSize || name is "." or "..")
        {
            return false;
        }

        foreach (char c in name)
        {
            if (c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>CPU numbers as the kernel's cpu lists have them: "2-4,6". Empty text or <c>none</c> is no CPU.</summary>
    public static bool TryParseCpuList(string text, int limit, out IReadOnlyList<int> cpus)
    {
        List<int> list = [];
        cpus = list;
        string line = FirstLine(text).Trim();
        if (line.Length == 0 || line == "none")
        {
            return true;
        }

        foreach (string item in line.Split(','))
        {
            int dash = item.IndexOf('-', StringComparison.Ordinal);
            if (!TryParseCpu(dash < 0 ? item : item[..dash], limit, out int first) ||
                !TryParseCpu(dash < 0 ? item : item[(dash + 1)..], limit, out int last) || last < first)
            {
                return false;
            }

            for (int cpu = first; cpu <= last; cpu++)
            {
                if (list.Contains(cpu))
                {
                    return false;
                }

                list.Add(cpu);
            }
        }

        return true;
    }

    /// <summary>CPU numbers as <see cref="TryParseCpuList"/> reads them.</summary>
    public static string FormatCpuList(IReadOnlyList<int> cpus)
    {
        List<string> parts = [];
        for (int i = 0; i < cpus.Count;)
        {
            int end = i;
            while (end + 1 < cpus.Count && cpus[end + 1] == cpus[end] + 1)
            {
                end++;
            }

            parts.Add(end == i ? $"{cpus[i]}" : $"{cpus[i]}-{cpus[end]}");
            i = end + 1;
        }

        return string.Join(',', parts);
    }

    private static bool TryParseCpu(string text, int limit, out int cpu) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out cpu) && cpu < limit;
}
