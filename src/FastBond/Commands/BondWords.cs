using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using FastBond.Linux;

namespace FastBond.Commands;

/// <summary>The words after a bond's name: <c>option=value … [slaves=A,B]</c>.</summary>
/// <param name="Options">The options in the order given, their names spelled with <c>_</c>.</param>
/// <param name="Slaves">The interfaces of every <c>slaves=</c> word.</param>
internal sealed record BondWords(IReadOnlyList<OptionSetting> Options, IReadOnlyList<string> Slaves)
{
    /// <summary>Parses words that <see cref="Check"/> has passed.</summary>
    public static BondWords Parse(IEnumerable<string> words)
    {
        List<OptionSetting> options = [];
        List<string> slaves = [];
        foreach (OptionSetting setting in ParseOptions(words))
        {
            if (setting.Name == "slaves")
            {
                slaves.AddRange(setting.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            }
            else
            {
                options.Add(setting);
            }
        }

        return new BondWords(options, slaves);
    }

    /// <summary>Parses words that <see cref="Check"/> has passed, none of which has a meaning of its own.</summary>
    public static List<OptionSetting> ParseOptions(IEnumerable<string> words)
    {
        List<OptionSetting> options = [];
        foreach (string word in words)
        {
            int equals = word.IndexOf('=');
            options.Add(new OptionSetting(word[..equals].Replace('-', '_'), word[(equals + 1)..]));
        }

        return options;
    }

    /// <summary>Refuses a word that isn't <c>option=value</c>, the first <paramref name="names"/> words excepted.</summary>
    public static void Check(ArgumentResult result, int names = 0)
    {
        foreach (Token token in result.Tokens.Skip(names))
        {
            if (token.Value.IndexOf('=') <= 0)
            {
                result.AddError($"'{token.Value}' is not option=value");
                return;
            }
        }
    }

    /// <summary>An argument that names the bond.</summary>
    public static Argument<string> BondArgument()
    {
        Argument<string> bond = new("BOND") { Description = "The bond's name." };
        bond.CompletionSources.Add(_ => Suggestions.Bonds.Select(name => new CompletionItem(name)));
        bond.Validators.Add(CheckNames);
        return bond;
    }

    /// <summary>Whether the word can be meant as a name.</summary>
    public static bool IsName(string word) => word is not ("" or "." or "..") && !word.AsSpan().ContainsAny('=', '/');

    /// <summary>
    /// Refuses an option where an interface's name belongs, and names that no interface can have and no URL can carry. Whether there is
    /// such an interface is for the daemon to say.
    /// </summary>
    public static void CheckNames(ArgumentResult result)
    {
        foreach (Token token in result.Tokens)
        {
            if (!IsName(token.Value))
            {
                result.AddError($"'{token.Value}' stands where an interface's name belongs");
                return;
            }
        }
    }
}
