using FastBond.Commands;

namespace FastBond.Program.Tests;

/// <summary>What a command line left behind: exit code, stdout, stderr.</summary>
internal sealed record Ran(int Code, string Output, string Error)
{
    public static async Task<Ran> AsyncOf(params string[] args)
    {
        StringWriter output = new();
        StringWriter error = new();
        int code = await CommandLine.InvokeAsync(args, output, error);
        return new Ran(code, output.ToString(), error.ToString());
    }

    /// <summary>Asserts success with this on stdout and nothing on stderr.</summary>
    public void Printed(string output) => Assert.Equal(new Ran(0, output, ""), this);

    /// <summary>Asserts exit 1, nothing on stdout and exactly this line on stderr.</summary>
    public void Failed(string line) => Assert.Equal(new Ran(1, "", $"fastbond: {line}\n"), this);
}

/// <summary>A directory that is gone with the test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fastbond-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
