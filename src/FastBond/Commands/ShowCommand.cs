using System.CommandLine;
using System.Text.Json;
using FastBond.Api;
using FastBond.Linux;

namespace FastBond.Commands;

/// <summary><c>show [BOND] [--json | --why | --brief]</c>: the state of one bond or of all, as /proc text, as <c>ip -d -j link</c> or as <c>ifconfig</c> prints it.</summary>
internal static class ShowCommand
{
    public static Command Create(Globals globals)
    {
        Argument<string?> bond = new("BOND") { Description = "The bond's name; none: every bond.", Arity = ArgumentArity.ZeroOrOne };
        bond.Validators.Add(BondWords.CheckNames);
        Option<bool> json = new("--json") { Description = "JSON, as 'ip -d -j link' prints it." };
        Option<bool> why = new("--why") { Description = "Say how each slave's frames come and go, and of an unused one why it isn't used." };
        Option<bool> brief = new("--brief") { Description = "Flags, addresses and counters, as ifconfig prints them." };
        Command command = new("show", "Show the state of bonds in the words of /proc/net/bonding.") { bond, json, why, brief };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(why))
            {
                result.AddError("--json and --why exclude each other: the JSON always says why");
            }
            else if (result.GetValue(brief) && (result.GetValue(json) || result.GetValue(why)))
            {
                result.AddError("--brief excludes --json and --why");
            }
        });
        command.SetAction(async parsed =>
        {
            string? name = parsed.GetValue(bond);
            string path = parsed.GetValue(json)
                ? ControlClient.Path("bonds", name)
                : ControlClient.Path("text", name) + (parsed.GetValue(why) ? "?why" : "");
            using ControlClient client = new(globals.SocketOf(parsed));
            Reply reply = parsed.GetValue(brief) ? await BriefAsync(client, name) : await client.SendAsync(HttpMethod.Get, path);
            return reply.Report(parsed.InvocationConfiguration);
        });
        return command;
    }

    private static async Task<Reply> BriefAsync(ControlClient client, string? name)
    {
        Reply reply = await client.SendAsync(HttpMethod.Get, "/v1/state");
        if (reply.Failure is not null)
        {
            return reply;
        }

        BondState[] bonds =
        [
            .. JsonSerializer.Deserialize(reply.Body, ApiJson.Default.IReadOnlyListBondState)!.Where(bond => name is null || bond.Name == name),
        ];
        return name is not null && bonds.Length == 0
            ? new Reply("", $"ENODEV: there is no bond {name}")
            : new Reply(string.Join('\n', bonds.Select(BriefText.Of)), null);
    }
}
