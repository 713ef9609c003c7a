using System.CommandLine;
using FastBond.Core.Bonds;
using FastBond.Linux;

namespace FastBond.Commands;

/// <summary><c>restore</c>: puts back what a crashed daemon left on the interfaces. Needs no daemon.</summary>
internal static class RestoreCommand
{
    public static Command Create(Globals globals)
    {
        Command command = new("restore", "Put interfaces back as they were before a crash; needs no daemon.");
        command.SetAction(parsed =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error;
            Outcome outcome = Privileges.Check(Privileges.NetAdmin);
            if (outcome.Success)
            {
                outcome = Engine.RestoreAll(globals.StateDirectoryOf(parsed), (_, line) => error.WriteLine(line));
            }

            if (!outcome.Success)
            {
                error.WriteLine($"fastbond: {outcome}");
            }

            return outcome.Success ? 0 : 1;
        });
        return command;
    }
}
