using System.CommandLine;
using FastBond.Core.Bonds;
using FastBond.Linux;
using FastBond.Logging;

namespace FastBond.Commands;

/// <summary><c>run [BOND option=value … [slaves=A,B]]</c>: the daemon, in the foreground.</summary>
internal static class RunCommand
{
    public static Command Create(Globals globals)
    {
        Argument<string?> bond = new("BOND") { Description = "A bond to create at once; none: an empty daemon.", Arity = ArgumentArity.ZeroOrOne };
        bond.Validators.Add(BondWords.CheckNames);
        Argument<string[]> words = BondCommands.Words();
        Option<bool> force = BondCommands.Force();
        Command command = new("run", "Run the daemon in the foreground; interfaces that are up are taken down first.") { bond, words, force };
        command.SetAction(parsed =>
        {
            string? name = parsed.GetValue(bond);
            BondWords given = BondWords.Parse(parsed.GetValue(words) ?? []);
            BondRequest? request = name is null ? null : new BondRequest(name, given.Options, given.Slaves, TakeDown: true, parsed.GetValue(force));
            TextWriter error = parsed.InvocationConfiguration.Error;
            return Privileges.InvokeAsync(
                error,
                [Privileges.NetAdmin, Privileges.NetRaw, Privileges.Bpf],
                () => RunAsync(request, globals.StateDirectoryOf(parsed), globals.SocketOf(parsed), error));
        });
        return command;
    }

    private static async Task<Outcome> RunAsync(BondRequest? bond, string stateDirectory, string socketPath, TextWriter error)
    {
        using StopSignals signals = new();
        using LogWriter log = new(error, LogWriter.StderrIsJournal(), TimeProvider.System);
        EngineSettings settings = new() { StateDirectory = stateDirectory, Log = log.Write, Version = CommandLine.Version };
        using Engine engine = new(settings);

        // Under a service manager the host's bond0 outlives a restart; a foreground run leaves nothing behind.
        bool isService = Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not null;
        return await new Daemon(log.Write, deleteByDefault: !isService).RunAsync(engine, socketPath, bond, signals.Requested, signals.Hurry);
    }
}
