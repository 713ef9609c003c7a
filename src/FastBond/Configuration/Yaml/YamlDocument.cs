using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace FastBond.Configuration.Yaml;

/// <summary>
/// Reads YAML text into nodes that know their lines. Depth is bounded, anchors can't contain themselves, and whatever the text is, the
/// worst that comes of it is an error with its line.
/// </summary>
internal sealed class YamlDocument
{
    /// <summary>Netplan's own nesting is less than ten.</summary>
    private const int MaxDepth = 32;

    private readonly Parser _parser;
    private readonly Stack<int> _openBrackets = new();
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);

    private YamlDocument(string text) => _parser = new Parser(new StringReader(text));

    /// <summary>The document's top node; null if the text is empty or, with <paramref name="error"/>, if it is broken.</summary>
    public static YamlNode? Read(string text, out (int Line, string Text)? error)
    {
        error = null;
        YamlDocument document = new(text);
        try
        {
            return document.ReadStream();
        }
        catch (YamlException broken)
        {
            error = FindTab(text) is { } line && broken.Message.Contains(" tab ", StringComparison.Ordinal)
                ? (line, "broken YAML: expected spaces as indentation, not a tab")
                : ((int)broken.End.Line, $"broken YAML: {broken.Message.TrimEnd('.').ReplaceLineEndings(" ")}");
        }
#pragma warning disable CA1031 // Whatever the parser stumbles over, it is the text that is at fault, and a file must not take the program down.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The parser is known to trip over "key: value" inside an open bracket.
            error = document._openBrackets.TryPeek(out int opened)
                ? (opened, "broken YAML: expected ',' or the closing bracket of what is opened here")
                : ((int)(document._parser.Current?.End.Line ?? 1), "broken YAML: expected a key or a value");
        }

        return null;
    }

    private static int? FindTab(string text)
    {
        int line = 0;
        foreach (ReadOnlySpan<char> content in text.AsSpan().EnumerateLines())
        {
            line++;
            if (content[..(content.Length - content.TrimStart().Length)].Contains('\t'))
            {
                return line;
            }
        }

        return null;
    }

    private YamlNode? ReadStream()
    {
        Next();
        YamlNode? root = null;
        while (Next() is not StreamEnd)
        {
            if (root is not null)
            {
                throw Expected("the end of the file after the first document");
            }

            Next();
            root = ReadNode(MaxDepth);
            Next();
        }

        return root is YamlScalar { IsNull: true } ? null : root;
    }

    private ParsingEvent Next() => _parser.MoveNext() ? _parser.Current! : throw new YamlException("the text ends too early");

    private YamlException Expected(string what) => new(_parser.Current!.Start, _parser.Current.End, $"expected {what}");

    /// <summary>The node that the current event begins; the parser is on its last event afterwards.</summary>
    private YamlNode ReadNode(int depth)
    {
        if (depth == 0)
        {
            throw Expected($"at most {MaxDepth} levels of nesting");
        }

        ParsingEvent current = _parser.Current!;
        int line = (int)current.Start.Line;
        YamlNode node = current switch
        {
            Scalar scalar => new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, line),
            SequenceStart list => new YamlSequence(Inside(list.Style == SequenceStyle.Flow, line, () => ReadItems(depth - 1)), line),
            MappingStart mapping => new YamlMapping(Inside(mapping.Style == MappingStyle.Flow, line, () => ReadEntries(depth - 1)), line),
            AnchorAlias alias => _anchors.GetValueOrDefault(alias.Value.Value) ?? throw Expected($"an anchor &{alias.Value.Value} before its alias"),
            _ => throw Expected("a value"),
        };
        if (current is NodeEvent { Anchor.IsEmpty: false } anchored)
        {
            _anchors[anchored.Anchor.Value] = node;
        }

        return node;
    }

    /// <summary>Remembers on which line a bracket was opened, for as long as it is open.</summary>
    private T Inside<T>(bool isBracket, int line, Func<T> read)
    {
        if (!isBracket)
        {
            return read();
        }

        _openBrackets.Push(line);
        T content = read();
        _openBrackets.Pop();
        return content;
    }

    private List<YamlNode> ReadItems(int depth)
    {
        List<YamlNode> items = [];
        while (Next() is not SequenceEnd)
        {
            items.Add(ReadNode(depth));
        }

        return items;
    }

    private List<(YamlScalar Key, YamlNode Value)> ReadEntries(int depth)
    {
        List<(YamlScalar, YamlNode)> entries = [];
        while (Next() is not MappingEnd)
        {
            YamlScalar key = ReadNode(depth) as YamlScalar ?? throw Expected("a word as key");
            Next();
            entries.Add((key, ReadNode(depth)));
        }

        return entries;
    }
}
