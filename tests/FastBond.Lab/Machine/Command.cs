namespace FastBond.Lab.Machine;

/// <summary>What a command printed and how it ended.</summary>
/// <param name="CommandLine">The command, for messages.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record CommandResult(string CommandLine, int ExitCode, string Output, string Error)
{
    /// <summary>Whether it ended with 0.</summary>
    public bool Success => ExitCode == 0;

    /// <exception cref="LabException">It ended with another code than 0.</exception>
    public CommandResult EnsureSuccess() =>
        Success ? this : throw new LabException($"{CommandLine}: exit {ExitCode}\n{Error}{Output}");
}

/// <summary>The lab itself could not do what was asked: a command failed, a daemon did not start, a tool answered nonsense.</summary>
public sealed class LabException : Exception
{
    /// <summary>With what happened.</summary>
    public LabException(string message)
        : base(message)
    {
    }

    /// <summary>With what happened and why.</summary>
    public LabException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>Runs commands to their end, within a time limit.</summary>
public static class Command
{
    private static readonly TimeSpan UsualLimit = TimeSpan.FromSeconds(20);

    /// <summary>Runs a program and returns what came of it, whatever that is.</summary>
    /// <exception cref="LabException">It did not end in time; it has been killed.</exception>
    public static CommandResult Run(string file, IReadOnlyList<string> arguments, TimeSpan? limit = null, string? input = null)
    {
        using ChildProcess child = ChildProcess.Start(file, arguments, input);
        TimeSpan most = limit ?? UsualLimit;
        return child.WaitForExit(most)
            ? new CommandResult(child.CommandLine, child.ExitCode, child.Output, child.Error)
            : throw new LabException($"{child.CommandLine}: still running after {most.TotalSeconds} s\n{child.Error}{child.Output}");
    }

    /// <summary>Splits a command line at blanks: the lab's own commands have no other need.</summary>
    public static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
