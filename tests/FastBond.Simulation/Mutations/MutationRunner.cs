using System.Diagnostics;

namespace FastBond.Simulation.Mutations;

/// <summary>
/// Breaks one rule after the other in a copy of the sources, builds it, and runs seeds until one fails. A rule that breaks unnoticed is a
/// hole in the simulator.
/// </summary>
internal static class MutationRunner
{
    private static readonly string[] Copied = ["src/FastBond.Core", "src/FastBond.Dataplane", "tests/FastBond.Simulation"];

    /// <summary>Runs every mutation over so many seeds; 0 if each was noticed.</summary>
    public static int Run(int seeds)
    {
        int unnoticed = 0;
        foreach (Mutation mutation in Mutation.All)
        {
            string verdict = Run(mutation, seeds) ?? "NOT NOTICED";
            unnoticed += verdict == "NOT NOTICED" ? 1 : 0;
            Console.WriteLine($"broken: {mutation.Rule} ({mutation.File})\n  {verdict}");
        }

        Console.WriteLine($"{Mutation.All.Count - unnoticed} of {Mutation.All.Count} broken rules were noticed within {seeds} seeds");
        return unnoticed == 0 ? 0 : 1;
    }

    public static string RepositoryRoot()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "FastBond.sln")))
        {
            root = Path.GetDirectoryName(root);
        }

        return root ?? throw new InvalidOperationException("not inside the repository");
    }

    /// <summary>What the first failing seed says; null if none fails.</summary>
    private static string? Run(Mutation mutation, int seeds)
    {
        string copy = Directory.CreateTempSubdirectory("fastbond-mutation").FullName;
        try
        {
            Copy(RepositoryRoot(), copy);
            string file = Path.Combine(copy, "src", mutation.File);
            File.WriteAllText(file, File.ReadAllText(file).Replace(mutation.Original, mutation.Broken, StringComparison.Ordinal));

            // What is broken on purpose need not please the analyzers.
            string project = Path.Combine(copy, "tests", "FastBond.Simulation");
            string[] how = ["-c", "Release", "-v", "quiet", "-nodeReuse:false", "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false"];
            (int built, string words) = Execute("dotnet", ["build", project, .. how]);
            if (built != 0)
            {
                throw new InvalidOperationException($"does not build: {words}");
            }

            string program = Path.Combine(project, "bin", "Release", "net10.0", "FastBond.Simulation");
            (int status, string said) = Execute(program, "simulate", "--seeds", $"{seeds}");
            return status == 0 ? null : said.Split('\n').First(static line => line.StartsWith("seed ", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static (int Status, string Said) Execute(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })
            ?? throw new InvalidOperationException($"{program} does not start");
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    private static void Copy(string from, string to)
    {
        IEnumerable<string> sources = Copied
            .SelectMany(directory => Directory.EnumerateFiles(Path.Combine(from, directory), "*", SearchOption.AllDirectories))
            .Where(static file => !file.Contains("/bin/", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal));
        string[] settings = ["Directory.Build.props", "Directory.Packages.props", "tests/Directory.Build.props", "FastBond.sln", ".editorconfig"];
        foreach (string file in sources.Concat(settings.Select(name => Path.Combine(from, name))))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
