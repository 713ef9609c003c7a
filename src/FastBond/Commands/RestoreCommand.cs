using System.CommandLine;
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
            return Privileges.InvokeAsync(
                error,
                [Privileges.NetAdmin],
                () => Task.FromResult(Engine.RestoreAll(globals.StateDirectoryOf(parsed), (_, line) => error.WriteLine(line))));
        });
        return command;
    }
}
