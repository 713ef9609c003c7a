using System.CommandLine;
using FastBond.Configuration;
using FastBond.Core.Bonds;
using FastBond.Linux;
using FastBond.Linux.Restore;
using FastBond.Logging;
using FastBond.Service;

namespace FastBond.Commands;

/// <summary><c>run [BOND option=value … [slaves=A,B]] [--config FILE]</c>: the daemon, in the foreground.</summary>
internal static class RunCommand
{
    public static Command Create(Globals globals)
    {
        Argument<string?> bond = new("BOND") { Description = "A bond to create at once; none: an empty daemon.", Arity = ArgumentArity.ZeroOrOne };
        bond.Validators.Add(BondWords.CheckNames);
        Argument<string[]> words = BondCommands.Words();
        Option<bool> force = BondCommands.Force();
        Option<string?> config = Configurations.FileOption();
        Command command = new("run", "Run the daemon in the foreground; interfaces that are up are taken down first.") { bond, words, force, config };
        command.SetAction(parsed =>
        {
            string? name = parsed.GetValue(bond);
            BondWords given = BondWords.Parse(parsed.GetValue(words) ?? []);
            BondRequest? request = name is null ? null : new BondRequest(name, given.Options, given.Slaves, TakeDown: true, parsed.GetValue(force));
            TextWriter error = parsed.InvocationConfiguration.Error;
            string stateDirectory = globals.StateDirectoryOf(parsed);
            DaemonPlan plan = new(globals.SocketOf(parsed), request)
            {
                MemoryPath = Path.Combine(stateDirectory, $"configuration-{NetworkNamespaceId.Current().Inode}.yaml"),
                Force = parsed.GetValue(force),
            };
            if (parsed.GetValue(config) is { } file)
            {
                plan = plan with { ConfigurationPath = Path.GetFullPath(file), Configuration = ConfigurationFiles.Read(Path.GetFullPath(file)) };
                Configurations.Report(plan.Configuration, error);
                if (plan.Configuration.HasErrors)
                {
                    return Task.FromResult(1);
                }
            }

            return Privileges.InvokeAsync(
                error, [Privileges.NetAdmin, Privileges.NetRaw, Privileges.Bpf], () => RunAsync(plan, stateDirectory, error));
        });
        return command;
    }

    private static async Task<Outcome> RunAsync(DaemonPlan plan, string stateDirectory, TextWriter error)
    {
        using StopSignals signals = new();
        using LogWriter log = new(error, LogWriter.StderrIsJournal(), TimeProvider.System);
        using ServiceManager manager = ServiceManager.FromEnvironment();
        EngineSettings settings = new() { StateDirectory = stateDirectory, Log = log.Write, Version = CommandLine.Version };
        using Engine engine = new(settings);

        // Under a service manager the host's bond0 outlives a restart; a foreground run leaves nothing behind.
        plan = plan with { DeleteByDefault = Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is null };
        return await new Daemon(log.Write, manager).RunAsync(engine, plan, signals.Requested, signals.Hurry);
    }
}
