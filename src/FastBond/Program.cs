using FastBond.Commands;

namespace FastBond;

/// <summary>The <c>fastbond</c> program.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => CalledAs() == IfenslaveCommand.Name
        ? IfenslaveCommand.InvokeAsync(args, Globals.DefaultSocket(), Console.Out, Console.Error)
        : CommandLine.InvokeAsync(args, Console.Out, Console.Error);

    /// <summary>The name we were called by, which the runtime replaces by the file's own.</summary>
    private static string CalledAs() => Path.GetFileName(File.ReadAllText("/proc/self/cmdline").Split('\0')[0]);
}
