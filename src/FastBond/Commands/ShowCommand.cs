using System.CommandLine;
using FastBond.Api;

namespace FastBond.Commands;

/// <summary><c>show [BOND] [--json | --why]</c>: the state of one bond or of all, as /proc text or as <c>ip -d -j link</c> prints it.</summary>
internal static class ShowCommand
{
    public static Command Create(Globals globals)
    {
        Argument<string?> bond = new("BOND") { Description = "The bond's name; none: every bond.", Arity = ArgumentArity.ZeroOrOne };
        bond.Validators.Add(BondWords.CheckNames);
        Option<bool> json = new("--json") { Description = "JSON, as 'ip -d -j link' prints it." };
        Option<bool> why = new("--why") { Description = "Say of each unused slave why it isn't used." };
        Command command = new("show", "Show the state of bonds in the words of /proc/net/bonding.") { bond, json, why };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(why))
            {
                result.AddError("--json and --why exclude each other: the JSON always says why");
            }
        });
        command.SetAction(async parsed =>
        {
            string? name = parsed.GetValue(bond);
            string path = parsed.GetValue(json)
                ? ControlClient.Path("bonds", name)
                : ControlClient.Path("text", name) + (parsed.GetValue(why) ? "?why" : "");
            using ControlClient client = new(globals.SocketOf(parsed));
            Reply reply = await client.SendAsync(HttpMethod.Get, path);
            return reply.Report(parsed.InvocationConfiguration);
        });
        return command;
    }
}
