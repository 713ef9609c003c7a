using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;

namespace FastBond.Commands;

/// <summary>The grammar of the command line, and the exit codes: 0, 1 refused or failed (one line on stderr), 2 usage.</summary>
internal static class CommandLine
{
    /// <summary>The program's version without the revision it was built from, as the first line of the status text shows it.</summary>
    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Parses and runs one command line.</summary>
    public static Task<int> InvokeAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        // Words such as "@eth0" or "-1" are values here, never response files or bundles of flags.
        ParserConfiguration parser = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };
        ParseResult parsed = Root().Parse(args, parser);
        if (parsed.Action is ParseErrorAction)
        {
            error.WriteLine($"fastbond: {parsed.Errors[^1].Message.TrimEnd('.')}; see 'fastbond --help'");
            return Task.FromResult(2);
        }

        // No default exception handler: a bug shows its stack. No termination timeout: `run` handles its signals itself.
        InvocationConfiguration invocation = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return parsed.InvokeAsync(invocation);
    }

    private static RootCommand Root()
    {
        Globals globals = new();
        RootCommand root = new("FastBond bonds network interfaces in user mode, as the Linux bonding driver does in the kernel.")
        {
            globals.Socket,
            globals.StateDirectory,
            RunCommand.Create(globals),
            RestoreCommand.Create(globals),
            BondCommands.Add(globals),
            BondCommands.Delete(globals),
            BondCommands.Set(globals),
            BondCommands.Enslave(globals),
            BondCommands.Release(globals),
            BondCommands.Active(globals),
            ShowCommand.Create(globals),
            EventsCommand.Create(globals),
            ConfigurationCommands.Check(globals),
            ConfigurationCommands.Reload(globals),
            ConfigurationCommands.Confirm(globals),
            ImportCommand.Create(globals),
            DoctorCommand.Create(globals),
            ManualCommand.Create(),
            HashCommand.Create(),
        };
        foreach (Option option in root.Options)
        {
            if (option is VersionOption version)
            {
                version.Action = new VersionAction();
            }
            else if (option is HelpOption help)
            {
                // Not those of other systems' shells.
                help.Aliases.Remove("/h");
                help.Aliases.Remove("/?");
            }
        }

        return root;
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"fastbond {Version}");
            return 0;
        }
    }
}
