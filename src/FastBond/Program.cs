using FastBond.Commands;

namespace FastBond;

/// <summary>The <c>fastbond</c> program.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => CommandLine.InvokeAsync(args, Console.Out, Console.Error);
}
