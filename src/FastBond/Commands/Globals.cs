using System.CommandLine;

namespace FastBond.Commands;

/// <summary>Options that every command takes, and where a daemon is found by them.</summary>
internal sealed class Globals
{
    public Option<string?> Socket { get; } = new("--socket")
    {
        Description = "The daemon's control socket; else FASTBOND_SOCKET, else control.sock in the state directory.",
        HelpName = "PATH",
        Recursive = true,
    };

    public Option<string?> StateDirectory { get; } = new("--state-dir")
    {
        Description = "Where the daemon keeps its state; else FASTBOND_STATE_DIR, else /run/fastbond.",
        HelpName = "DIR",
        Recursive = true,
    };

    /// <summary>The state directory, absolute.</summary>
    public string StateDirectoryOf(ParseResult parsed) => StateDirectoryOf(parsed.GetValue(StateDirectory));

    /// <summary>The control socket's path, absolute.</summary>
    public string SocketOf(ParseResult parsed) => SocketOf(parsed.GetValue(Socket), StateDirectoryOf(parsed));

    /// <summary>The control socket's path where no option names it.</summary>
    public static string DefaultSocket() => SocketOf(null, StateDirectoryOf(null));

    private static string StateDirectoryOf(string? said) =>
        Path.GetFullPath(Given(said) ?? Given(Environment.GetEnvironmentVariable("FASTBOND_STATE_DIR")) ?? "/run/fastbond");

    private static string SocketOf(string? said, string stateDirectory) =>
        Path.GetFullPath(Given(said) ?? Given(Environment.GetEnvironmentVariable("FASTBOND_SOCKET")) ?? Path.Combine(stateDirectory, "control.sock"));

    private static string? Given(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
