using FastBond.Configuration;
using FastBond.Configuration.Import;
using FastBond.Configuration.Netplan;

namespace FastBond.Program.Tests.Configuration;

/// <summary>
/// Files as people have them, under tests/samples: what stands in the HOWTO, and what is written by the documentation of the tools. Each
/// folder holds the sources, the YAML they lead to (expected.yaml) and what there is to say of them (expected.txt).
/// </summary>
public sealed class ImportSampleTests
{
    private static readonly string Samples = Path.Combine(Repository.Root, "tests", "samples");

    public static TheoryData<string> Names => [.. Directory.GetDirectories(Samples).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ASampleLeadsToItsBond(string name)
    {
        string folder = Path.Combine(Samples, name);
        SourceText[] sources =
        [
            .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                .Where(path => !Path.GetFileName(path).StartsWith("expected.", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(path => new SourceText(Path.GetRelativePath(folder, path), File.ReadAllText(path))),
        ];
        ConfigurationReading reading = Importer.Read(sources);
        string yaml = NetplanWriter.Write(reading.Bonds);
        string said = string.Concat(reading.Problems.Select(problem => problem + "\n"));
        if (Environment.GetEnvironmentVariable("FASTBOND_WRITE_SAMPLES") is not null)
        {
            File.WriteAllText(Path.Combine(folder, "expected.yaml"), yaml);
            File.WriteAllText(Path.Combine(folder, "expected.txt"), said);
        }

        Assert.Equal(File.ReadAllText(Path.Combine(folder, "expected.yaml")), yaml);
        Assert.Equal(File.ReadAllText(Path.Combine(folder, "expected.txt")), said);

        // Printed, loaded again: the same bond.
        ConfigurationReading again = Read.Yaml(yaml);
        Assert.DoesNotContain(again.Problems, problem => problem.Severity == Severity.Error);
        Assert.Equal(yaml, NetplanWriter.Write(again.Bonds));
    }
}
