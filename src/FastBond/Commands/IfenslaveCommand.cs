using System.Net.Http.Json;
using FastBond.Api;
using FastBond.Linux;

namespace FastBond.Commands;

/// <summary>
/// The program called as <c>ifenslave</c>: the old tool's grammar, for scripts that have it. Interfaces that are up are taken down first, as
/// the tool did.
/// </summary>
internal static class IfenslaveCommand
{
    /// <summary>The name it is called by.</summary>
    public const string Name = "ifenslave";

    private const string Usage =
        """
        usage: ifenslave [-f] [-v] BOND SLAVE…     enslave interfaces, in this order
               ifenslave -d BOND SLAVE…            detach them
               ifenslave -c BOND SLAVE             make one the active slave
               ifenslave BOND                      show a bond
               ifenslave [-a]                      show all bonds
               -d --detach  -c --change-active  -a --all-interfaces  -f --force  -v --verbose  -V --version  -h --help  -u --usage
        """;

    private enum Verb
    {
        Enslave,
        Detach,
        ChangeActive,
        ShowAll,
    }

    /// <summary>Runs one command line; exit codes as everywhere: 0, 1 refused, 2 usage.</summary>
    public static async Task<int> InvokeAsync(IReadOnlyList<string> args, string socketPath, TextWriter output, TextWriter error)
    {
        Verb verb = Verb.Enslave;
        bool verbose = false;
        List<string> names = [];
        foreach (string word in args.SelectMany(Options))
        {
            switch (word)
            {
                case "-d" or "--detach":
                    verb = Verb.Detach;
                    break;
                case "-c" or "--change-active":
                    verb = Verb.ChangeActive;
                    break;
                case "-a" or "--all-interfaces":
                    verb = Verb.ShowAll;
                    break;
                case "-v" or "--verbose":
                    verbose = true;
                    break;
                case "-f" or "--force":
                    // It meant "even if it isn't Ethernet"; what can be a slave is for the bond to say.
                    break;
                case "-V" or "--version":
                    output.WriteLine($"ifenslave (fastbond {CommandLine.Version})");
                    return 0;
                case "-h" or "--help" or "-u" or "--usage":
                    output.WriteLine(Usage);
                    return 0;
                default:
                    if (word.StartsWith('-') || !BondWords.IsName(word))
                    {
                        error.WriteLine($"ifenslave: '{word}' is no option and no name of an interface; see 'ifenslave --help'");
                        return 2;
                    }

                    names.Add(word);
                    break;
            }
        }

        return await RunAsync(verb, names, verbose, socketPath, output, error);
    }

    /// <summary>Single letters may stand together, as in <c>-vd</c>.</summary>
    private static IEnumerable<string> Options(string word) =>
        word.Length > 2 && word[0] == '-' && word[1] != '-' ? word.Skip(1).Select(letter => $"-{letter}") : [word];

    private static async Task<int> RunAsync(Verb verb, List<string> names, bool verbose, string socketPath, TextWriter output, TextWriter error)
    {
        bool complete = verb switch
        {
            Verb.Detach => names.Count >= 2,
            Verb.ChangeActive => names.Count == 2,
            Verb.ShowAll => names.Count == 0,
            _ => true,
        };
        if (!complete)
        {
            error.WriteLine("ifenslave: expected a bond and its slaves; see 'ifenslave --help'");
            return 2;
        }

        using ControlClient client = new(socketPath);
        Reply reply = (verb, names) switch
        {
            (Verb.ShowAll, _) or (_, []) => await client.SendAsync(HttpMethod.Get, ControlClient.Path("text", null)),
            (Verb.Enslave, [var bond]) => await client.SendAsync(HttpMethod.Get, ControlClient.Path("text", bond)),
            (Verb.Detach, [var bond, .. var slaves]) => await client.SendAsync(HttpMethod.Delete, ControlClient.Path("bonds", bond, string.Join(',', slaves))),
            (Verb.ChangeActive, [var bond, var slave]) => await client.SendAsync(
                HttpMethod.Patch, ControlClient.Path("bonds", bond),
                JsonContent.Create<IReadOnlyList<OptionSetting>>([new OptionSetting("active_slave", slave)], ApiJson.Default.IReadOnlyListOptionSetting)),
            (_, [var bond, .. var slaves]) => await client.SendAsync(
                HttpMethod.Put, ControlClient.Path("bonds", bond, string.Join(',', slaves)),
                JsonContent.Create(new EnslaveBody(TakeDown: true), ApiJson.Default.EnslaveBody)),
        };
        if (reply.Failure is not null)
        {
            error.WriteLine($"ifenslave: {reply.Failure}");
            return 1;
        }

        output.Write(reply.Body);
        if (verbose && names.Count > 1)
        {
            output.WriteLine($"{names[0]}: {verb switch { Verb.Detach => "detached", Verb.ChangeActive => "made active", _ => "enslaved" }} {string.Join(' ', names.Skip(1))}");
        }

        return 0;
    }
}
