using FastBond.Configuration;

namespace FastBond.Program.Tests.Configuration;

/// <summary>Reads configuration text in tests.</summary>
internal static class Read
{
    /// <summary>Reads YAML texts as the files a.yaml, b.yaml, …</summary>
    public static ConfigurationReading Yaml(params string[] texts) =>
        ConfigurationFiles.Read(texts.Select((text, i) => new SourceText($"{(char)('a' + i)}.yaml", text)));

    /// <summary>The only bond of a reading that has nothing to say.</summary>
    public static BondConfiguration OnlyBond(this ConfigurationReading reading)
    {
        Assert.Empty(reading.Problems.Select(problem => problem.ToString()));
        return Assert.Single(reading.Bonds);
    }

    /// <summary>"name=value name=value" of options.</summary>
    public static string Words(this IEnumerable<Setting> options) => string.Join(' ', options.Select(option => $"{option.Name}={option.Value}"));

    /// <summary>The slaves' names.</summary>
    public static string Names(this IEnumerable<SlaveConfiguration> slaves) => string.Join(' ', slaves.Select(slave => slave.Name));

    /// <summary>What there is to say, a line each.</summary>
    public static IReadOnlyList<string> Lines(this ConfigurationReading reading) => [.. reading.Problems.Select(problem => problem.ToString())];
}
