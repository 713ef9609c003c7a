using System.CommandLine;
using System.CommandLine.Completions;
using System.Net.Http.Json;
using FastBond.Api;
using FastBond.Linux;

namespace FastBond.Commands;

/// <summary>The commands that change a running daemon's bonds: one request of the control API each.</summary>
internal static class BondCommands
{
    public static Command Add(Globals globals)
    {
        Argument<string> bond = BondWords.BondArgument();
        Argument<string[]> words = Words();
        Option<bool> force = Force();
        Command command = new("add", "Create a bond in the running daemon.") { bond, words, force };
        command.SetAction(parsed =>
        {
            BondWords given = BondWords.Parse(parsed.GetRequiredValue(words));
            AddBondBody body = new(parsed.GetRequiredValue(bond), given.Options, given.Slaves, TakeDown: false, parsed.GetValue(force));
            return SendAsync(globals, parsed, HttpMethod.Post, "/v1/bonds", JsonContent.Create(body, ApiJson.Default.AddBondBody));
        });
        return command;
    }

    public static Command Delete(Globals globals)
    {
        Argument<string> bond = BondWords.BondArgument();
        Command command = new("delete", "Release a bond's slaves and delete it.") { bond };
        command.SetAction(parsed => SendAsync(globals, parsed, HttpMethod.Delete, ControlClient.Path("bonds", parsed.GetRequiredValue(bond))));
        return command;
    }

    public static Command Set(Globals globals)
    {
        Argument<string> bond = BondWords.BondArgument();
        Argument<string[]> words = new("[SLAVE] option=value")
        {
            Description = "Options of the bond, or of the slave named first; all are applied or none.",
            Arity = ArgumentArity.OneOrMore,
        };
        words.Validators.Add(result =>
        {
            bool namesSlave = result.Tokens is [{ Value: var first }, _, ..] && BondWords.IsName(first);
            BondWords.Check(result, namesSlave ? 1 : 0);
        });
        words.CompletionSources.Add(_ => Suggestions.BondOptions.Select(word => new CompletionItem(word)));
        Command command = new("set", "Change options of a bond or of one of its slaves.") { bond, words };
        command.SetAction(parsed =>
        {
            string[] given = parsed.GetRequiredValue(words);
            string? slave = given[0].Contains('=') ? null : given[0];
            List<OptionSetting> options = BondWords.ParseOptions(slave is null ? given : given[1..]);
            return PatchAsync(globals, parsed, parsed.GetRequiredValue(bond), slave, options);
        });
        return command;
    }

    public static Command Enslave(Globals globals)
    {
        Argument<string> bond = BondWords.BondArgument();
        Argument<string[]> slaves = Slaves();
        Option<bool> force = Force();
        Command command = new("enslave", "Add interfaces to a bond; they must be down.") { bond, slaves, force };
        command.SetAction(parsed =>
        {
            EnslaveBody body = new(Options: null, TakeDown: false, parsed.GetValue(force));
            string path = ControlClient.Path("bonds", parsed.GetRequiredValue(bond), string.Join(',', parsed.GetRequiredValue(slaves)));
            return SendAsync(globals, parsed, HttpMethod.Put, path, JsonContent.Create(body, ApiJson.Default.EnslaveBody));
        });
        return command;
    }

    public static Command Release(Globals globals)
    {
        Argument<string> bond = BondWords.BondArgument();
        Argument<string[]> slaves = Slaves();
        Command command = new("release", "Give interfaces of a bond back as they were found.") { bond, slaves };
        command.SetAction(parsed => SendAsync(
            globals, parsed, HttpMethod.Delete,
            ControlClient.Path("bonds", parsed.GetRequiredValue(bond), string.Join(',', parsed.GetRequiredValue(slaves)))));
        return command;
    }

    public static Command Active(Globals globals)
    {
        Argument<string> bond = BondWords.BondArgument();
        Argument<string> slave = new("SLAVE|none") { Description = "The slave to transmit on; none: let the bond choose." };
        Command command = new("active", "Choose the active slave.") { bond, slave };
        command.SetAction(parsed =>
        {
            string chosen = parsed.GetRequiredValue(slave);
            return PatchAsync(
                globals, parsed, parsed.GetRequiredValue(bond), slave: null, [new OptionSetting("active_slave", chosen == "none" ? "" : chosen)]);
        });
        return command;
    }

    /// <summary>The words of a bond to be created.</summary>
    public static Argument<string[]> Words()
    {
        Argument<string[]> words = new("option=value")
        {
            Description = "Options by the kernel's names, and slaves=A,B.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        words.Validators.Add(result => BondWords.Check(result));
        words.CompletionSources.Add(_ => Suggestions.BondOptions.Append("slaves=").Select(word => new CompletionItem(word)));
        return words;
    }

    /// <summary>The switch that lets the interface with the default route be enslaved.</summary>
    public static Option<bool> Force() => new("--force") { Description = "Enslave even the interface that carries the default route." };

    private static Argument<string[]> Slaves()
    {
        Argument<string[]> slaves = new("SLAVE") { Description = "Interface names.", Arity = ArgumentArity.OneOrMore };
        slaves.Validators.Add(BondWords.CheckNames);
        slaves.CompletionSources.Add(_ => Suggestions.Interfaces.Select(name => new CompletionItem(name)));
        return slaves;
    }

    private static Task<int> PatchAsync(Globals globals, ParseResult parsed, string bond, string? slave, IReadOnlyList<OptionSetting> options) =>
        SendAsync(
            globals, parsed, HttpMethod.Patch, ControlClient.Path("bonds", bond, slave),
            JsonContent.Create(options, ApiJson.Default.IReadOnlyListOptionSetting));

    private static async Task<int> SendAsync(Globals globals, ParseResult parsed, HttpMethod method, string path, HttpContent? body = null)
    {
        using ControlClient client = new(globals.SocketOf(parsed));
        Reply reply = await client.SendAsync(method, path, body);
        return reply.Report(parsed.InvocationConfiguration);
    }
}
