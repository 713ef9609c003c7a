using System.Text.Json;
using FastBond.Lab.Machine;
using Xunit;

namespace FastBond.Lab.Tests.Harness;

/// <summary>The benchmarks run, compare with who is there, and leave results that programs can read. What they measure is no test's business.</summary>
public sealed class BenchTests : IDisposable
{
    private const string Program = "bench/FastBond.Benchmarks/bin/Release/net10.0/FastBond.Benchmarks", Peers = "bench/peers/build";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly string? Root = FindRoot();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastbond-bench-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Bond_is_measured_in_every_mode_and_beside_DPDK()
    {
        Assert.SkipUnless(File.Exists(Path.Combine(Root ?? "", Peers, "dpdk_bond")), "DPDK (libdpdk-dev) is not installed; './build.sh bench bond' installs it");
        JsonElement[] tables = Run("bond", "slaves=2", "flows=64", "rounds=1", "ms=1");
        Assert.Equal(2, tables.Length);
        Assert.All(tables, table => Assert.Equal(9, Rows(table).Length));
        Assert.All(tables, table => Assert.Equal(6, Rows(table).Count(row => row.TryGetProperty("peer", out _))));

        // What a bond adds can't be told from nothing in active-backup; the whole turn can.
        Assert.All(Rows(tables[1]), row => Assert.InRange(Median(row, "ours"), 0.1, 1e6));
        Assert.All(Rows(tables[1]).Where(row => row.TryGetProperty("peer", out _)), row => Assert.InRange(Median(row, "peer"), 0.1, 1e6));
    }

    [Fact]
    public void Bond_is_measured_where_there_is_no_DPDK()
    {
        JsonElement[] tables = Run("bond", "slaves=2", "flows=1", "rounds=1", "ms=1", "FASTBOND_PEERS=/nonexistent");
        Assert.All(tables, table => Assert.DoesNotContain(Rows(table), row => row.TryGetProperty("peer", out _)));
    }

    [Fact]
    public void Links_lose_no_frame_and_system_calls_are_counted()
    {
        Assert.SkipUnless(LabFacts.SkipReason.Length == 0, LabFacts.SkipReason);
        JsonElement[] tables = Run("afxdp", "bursts=64", "rounds=1", "ms=1");
        Assert.Equal(4, tables.Length);
        Assert.All(tables.SelectMany(Rows), row =>
        {
            Assert.Equal(0, row.GetProperty("lost").GetDouble());
            Assert.InRange(Median(row, "ratio"), 0.01, 100);
        });
        Assert.All(Rows(tables[0]), row => Assert.InRange(row.GetProperty("calls").GetDouble(), 1.0 / 64, 1));
    }

    [Theory]
    [InlineData("bond", "slaves=99")]
    [InlineData("bond", "colour=1")]
    [InlineData("nonsense", "--quick")]
    public void What_it_does_not_understand_it_refuses(string verb, string argument) => Assert.Equal(2, Try([verb, argument], []).ExitCode);

    private static JsonElement[] Rows(JsonElement table) => [.. table.GetProperty("rows").EnumerateArray()];

    private static double Median(JsonElement row, string name) => row.GetProperty(name).GetProperty("median").GetDouble();

    private static string? FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "build.sh")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName;
    }

    /// <summary>Runs a verb and returns the tables of its result. Arguments in capitals are variables of its environment.</summary>
    private JsonElement[] Run(string verb, params string[] arguments)
    {
        Try([verb, .. arguments.Where(argument => !char.IsUpper(argument[0]))], [.. arguments.Where(argument => char.IsUpper(argument[0]))]).EnsureSuccess();
        using JsonDocument result = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder.FullName, "out", "bench", verb + ".json")));
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "out", "bench", verb + ".md")));
        return [.. result.RootElement.GetProperty("tables").Clone().EnumerateArray()];
    }

    private CommandResult Try(string[] arguments, string[] environment)
    {
        Assert.SkipUnless(Root is not null && File.Exists(Path.Combine(Root, Program)), "the benchmarks are not built; './build.sh test' builds them");
        string native = $"FASTBOND_NATIVE={Root}/native/build/libfastbond.so", peers = $"FASTBOND_PEERS={Root}/{Peers}";
        return Command.Run("env", ["-C", _folder.FullName, native, peers, .. environment, Path.Combine(Root, Program), .. arguments], Limit);
    }
}
