using System.Text.Json;

namespace FastBond.Core.Tests;

/// <summary>Finds the recordings of real kernel bonds under tests/golden.</summary>
internal static class GoldenFiles
{
    internal static string TestsDirectory { get; } = Path.Combine(RepositoryRoot(), "tests");

    internal static string PathOf(params string[] parts) => Path.Combine([TestsDirectory, "golden", .. parts]);

    internal static List<JsonElement> ReadJsonLines(params string[] parts)
    {
        List<JsonElement> rows = [];
        foreach (string line in File.ReadLines(PathOf(parts)))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            rows.Add(row.RootElement.Clone());
        }

        return rows;
    }

    private static string RepositoryRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "FastBond.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException($"no FastBond.sln above {AppContext.BaseDirectory}");
    }
}
