using System.Text;

namespace FastBond.Configuration.Import;

/// <summary>Splits lines as a shell does: quotes, backslashes, comments. Nothing is expanded.</summary>
internal static class ShellWords
{
    /// <summary>The words of a line; null if a quote isn't closed.</summary>
    public static List<string>? Split(string line)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool isWord = false;
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c == '\\' && quote == '"' && i + 1 < line.Length && line[i + 1] is '"' or '\\' ? line[++i] : c);
                }
            }
            else if (c is '"' or '\'')
            {
                (quote, isWord) = (c, true);
            }
            else if (c == '\\' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                isWord = true;
            }
            else if (char.IsWhiteSpace(c) || (c == '#' && !isWord))
            {
                End();
                if (c == '#')
                {
                    break;
                }
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }

        End();
        return quote == '\0' ? words : null;

        void End()
        {
            if (isWord)
            {
                words.Add(word.ToString());
                word.Clear();
                isWord = false;
            }
        }
    }

    /// <summary>The lines of a text with their numbers; one that ends in a backslash goes on in the next. Comments and empty lines are left out.</summary>
    public static IEnumerable<(string Line, Place Place)> Lines(SourceText source)
    {
        StringBuilder joined = new();
        int number = 0;
        int first = 1;
        foreach (string raw in source.Text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            bool goesOn = raw.EndsWith('\\');
            joined.Append(goesOn ? raw[..^1] : raw);
            if (goesOn)
            {
                joined.Append(' ');
                continue;
            }

            string line = joined.ToString().Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                yield return (line, new Place(source.File, first));
            }

            joined.Clear();
            first = number + 1;
        }

        if (joined.ToString().Trim() is { Length: > 0 } last && last[0] != '#')
        {
            yield return (last, new Place(source.File, first));
        }
    }
}
