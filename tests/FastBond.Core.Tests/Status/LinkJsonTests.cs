using System.Text.Json;
using FastBond.Core.Bonds;
using FastBond.Core.Status;
using Xunit;

namespace FastBond.Core.Tests.Status;

/// <summary>The JSON against what <c>ip -d -j link</c> printed of a real kernel bond in the same state: keys, types, values, order.</summary>
public sealed class LinkJsonTests
{
    /// <summary>What a bond knows of an interface; ip tells more.</summary>
    private static readonly string[] Known = ["ifname", "flags", "mtu", "master", "operstate", "link_type", "address"];

    /// <summary>All but one: a slave of balance-tlb keeps its own MAC, and that mode isn't there yet.</summary>
    public static TheoryData<string> Recorded => [.. GoldenStates.Expected("iplink").Except(["tlb-dynamic0"])];

    [Fact]
    public void NoRecordingIsMissing() => Assert.Equal(56, Recorded.Count);

    [Theory]
    [MemberData(nameof(Recorded))]
    public void TellsWhatIpTells(string name)
    {
        JsonElement recorded = JsonElement.Parse(File.ReadAllText(GoldenFiles.PathOf("iplink", $"{name}.json")));
        List<JsonElement> expected = [.. recorded.EnumerateArray().Where(IsOfTheBond)];
        List<JsonElement> actual = Write(GoldenStates.Make(name));
        Assert.Equal(expected.Count, actual.Count);
        Assert.Equal("bond0", actual[0].GetProperty("ifname").GetString());
        foreach (JsonElement theirs in expected)
        {
            JsonElement ours = actual.Single(o => o.GetProperty("ifname").ValueEquals(theirs.GetProperty("ifname").GetString()));
            Assert.Equal(Interface(theirs), Interface(ours));
            Assert.Equal(Data(theirs), Data(ours));
        }
    }

    [Fact]
    public void OurOwnGoesUnderOneKey()
    {
        List<JsonElement> links = Write(
            GoldenStates.Make("active-backup-2slaves-miimon100"), (writer, slave) => writer.WriteString("of", slave?.Name ?? "bond"));
        Assert.Equal(["bond", "s0", "s1"], links.Select(l => l.GetProperty("fastbond").GetProperty("of").GetString()));
        Assert.Equal([7, 10, 11], links.Select(l => l.GetProperty("ifindex").GetInt32()));
    }

    private static List<JsonElement> Write(Bond bond, Action<Utf8JsonWriter, Slave?>? extras = null)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartArray();
            LinkJson.Write(writer, bond, 7, extras);
            writer.WriteEndArray();
        }

        return [.. JsonElement.Parse(stream.ToArray()).EnumerateArray()];
    }

    /// <summary>The recordings hold whatever else the machine had.</summary>
    private static bool IsOfTheBond(JsonElement link) =>
        link.GetProperty("ifname").ValueEquals("bond0") || (link.TryGetProperty("master", out JsonElement master) && master.ValueEquals("bond0"));

    /// <summary>A veth end whose peer was down from the first is "lowerlayerdown", which a NIC never is.</summary>
    private static IEnumerable<string> Interface(JsonElement link) =>
        Properties(link).Where(p => Known.Any(k => p.StartsWith($"\"{k}\":", StringComparison.Ordinal)))
            .Select(p => p.Replace("LOWERLAYERDOWN", "DOWN", StringComparison.Ordinal));

    private static IEnumerable<string> Data(JsonElement link)
    {
        JsonElement info = link.GetProperty("linkinfo");
        return info.TryGetProperty("info_slave_kind", out JsonElement kind)
            ? [$"{kind}", .. Properties(info.GetProperty("info_slave_data"))]
            : [$"{info.GetProperty("info_kind")}", .. Properties(info.GetProperty("info_data"))];
    }

    private static IEnumerable<string> Properties(JsonElement data) =>
        data.EnumerateObject().Select(p => $"\"{p.Name}\":{p.Value.GetRawText().Replace(" ", "", StringComparison.Ordinal)}");
}
