using System.Text.Json;
using FastBond.Core.Hashing;
using FastBond.Core.Options;
using Xunit;

namespace FastBond.Core.Tests.Hashing;

/// <summary>Every choice that a kernel bond made in the recordings.</summary>
public sealed class TransmitHashGoldenTests
{
    [Theory]
    [InlineData("untagged.jsonl", HashVlan.Offload, 6480)]
    [InlineData("untagged.jsonl", HashVlan.Inband, 6480)]
    [InlineData("tagged-inband.jsonl", HashVlan.Inband, 500)]
    [InlineData("tagged-offload.jsonl", HashVlan.Offload, 324)]
    public void Chooses_the_slave_that_the_kernel_chose(string file, HashVlan vlan, int rows)
    {
        Dictionary<int, string> descriptions = GoldenFiles.ReadJsonLines("hash", "frames.jsonl")
            .ToDictionary(row => row.GetProperty("id").GetInt32(), row => row.GetProperty("desc").GetString()!);
        List<JsonElement> vectors = GoldenFiles.ReadJsonLines("hash", file);
        Assert.Equal(rows, vectors.Count);
        List<string> wrong = [];
        foreach (JsonElement row in vectors)
        {
            string name = row.GetProperty("policy").GetString()!;
            Assert.True(OptionTable.XmitHashPolicy.TryParse(name, out int number));
            TransmitHashPolicy policy = (TransmitHashPolicy)number;
            byte[] frame = Convert.FromHexString(row.GetProperty("frame").GetString()!);
            int slaves = row.GetProperty("slaves").GetInt32();
            int expected = row.GetProperty("slave_index").GetInt32();
            uint hash = TransmitHash.Compute(policy, vlan, frame);
            uint index = new Reciprocal(slaves).Remainder(hash);
            if (index != expected || hash % (uint)slaves != expected)
            {
                int id = row.GetProperty("id").GetInt32();
                wrong.Add($"{name}, {slaves} slaves, frame {id} ({descriptions[id]}): {index}, the kernel chose {expected}");
            }
        }

        Assert.Empty(wrong);
    }
}
