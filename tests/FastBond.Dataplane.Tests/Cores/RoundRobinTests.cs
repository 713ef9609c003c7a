using System.Text.Json;
using FastBond.Core.Bonds;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Counters;
using Xunit;

namespace FastBond.Dataplane.Tests.Cores;

public sealed class RoundRobinTests
{
    /// <summary>
    /// The recording: for each packets_per_slave and number of slaves a fresh bond, then phase after phase on the same bond.
    /// A slave's index is its slot.
    /// </summary>
    [Theory]
    [InlineData(1, 2, 5)]
    [InlineData(1, 3, 5)]
    [InlineData(2, 2, 2)]
    [InlineData(2, 3, 2)]
    [InlineData(3, 2, 2)]
    [InlineData(3, 3, 2)]
    [InlineData(8, 2, 2)]
    [InlineData(8, 3, 2)]
    public void Frames_leave_in_the_kernels_sequence(int packetsPerSlave, int slaves, int phases)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(GoldenPath()));
        JsonElement[] recorded = [.. golden.RootElement.EnumerateArray().Where(phase =>
            phase.GetProperty("packets_per_slave").GetInt32() == packetsPerSlave && phase.GetProperty("slaves").GetInt32() == slaves)];
        Assert.Equal(phases, recorded.Length);

        using LaneRig rig = new(slaves);
        byte[] all = [.. Enumerable.Range(0, slaves).Select(slot => (byte)slot)];
        foreach (JsonElement phase in recorded)
        {
            byte[] usable = phase.GetProperty("frames").GetString()!.EndsWith("p0 link down", StringComparison.Ordinal) ? all[1..] : all;
            rig.Use(rig.Table(BondMode.BalanceRr, usable, packetsPerSlave: packetsPerSlave));
            JsonElement[] sequence = [.. phase.GetProperty("sequence").EnumerateArray()];
            bool onlyIgmp = phase.GetProperty("frames").GetString()!.Contains("x IGMP", StringComparison.Ordinal);
            byte[][] frames = [.. sequence.Select((step, i) => IsIgmp(step) || onlyIgmp ? TestFrame.Igmp(i) : TestFrame.Raw(i))];
            Dictionary<int, List<int>> sent = rig.SendFromHost(frames);
            Assert.Equal(sequence.Select(step => step[step.GetArrayLength() - 1].GetInt32()), Enumerable.Range(0, frames.Length).Select(i => sent[i].Single()));
        }

        static bool IsIgmp(JsonElement step) => step[0].ValueKind == JsonValueKind.String && step[0].GetString() == "igmp";
    }

    /// <summary>Kernel bond: a random slave for each frame, IGMP still on its own.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void With_0_packets_per_slave_frames_are_spread_at_random(int slaves)
    {
        const int Frames = 3000;
        using LaneRig rig = new(slaves);
        rig.Use(rig.Table(BondMode.BalanceRr, packetsPerSlave: 0));
        Dictionary<int, List<int>> sent = rig.SendFromHost(Enumerable.Range(0, Frames).Select(i => i % 3 == 0 ? TestFrame.Igmp(i) : TestFrame.Raw(i)));
        int[] counts = new int[slaves];
        int repeats = 0;
        int last = -1;
        for (int i = 0; i < Frames; i++)
        {
            int slot = sent[i].Single();
            if (i % 3 == 0)
            {
                Assert.Equal(0, slot);
                continue;
            }

            counts[slot]++;
            repeats += slot == last ? 1 : 0;
            last = slot;
        }

        // 2000 frames: five standard deviations are 112 for two slaves and 105 for three.
        Assert.All(counts, count => Assert.InRange(count, (2000 / slaves) - 120, (2000 / slaves) + 120));
        Assert.InRange(repeats, (2000 / slaves) - 120, (2000 / slaves) + 120);
    }

    [Fact]
    public void Igmp_below_a_vlan_tag_is_igmp_only_where_the_tag_is_metadata()
    {
        using LaneRig rig = new(3);
        ForwardingTable table = rig.Table(BondMode.BalanceRr);
        rig.Use(table);
        Assert.Equal(0, rig.SendFromHost([TestFrame.TaggedIgmp(1)])[1].Single());
        rig.Use(With(table, HashVlan.Inband));
        Assert.Equal(1, rig.SendFromHost([TestFrame.TaggedIgmp(2)])[2].Single());

        static ForwardingTable With(ForwardingTable table, HashVlan vlan) => new()
        {
            Generation = table.Generation + 1,
            Up = true,
            Mode = table.Mode,
            FirstUsableFrom = table.FirstUsableFrom,
            Usable = table.Usable,
            IgmpSlot = table.IgmpSlot,
            HashVlan = vlan,
            SlaveMask = table.SlaveMask,
        };
    }

    [Fact]
    public void What_only_looks_like_igmp_is_not()
    {
        using LaneRig rig = new(2);
        rig.Use(rig.Table(BondMode.BalanceRr));
        byte[] raw = TestFrame.Raw(0);
        raw[23] = 2;
        byte[] cut = TestFrame.Igmp(1)[..20];
        rig.Host.Peer.Transmit(raw);
        rig.Host.Peer.Transmit(cut);
        rig.Host.Peer.Transmit(cut);
        rig.Lane.Turn();
        Assert.Equal(1, rig.Slaves[0].Peer.Waiting);
        Assert.Equal(2, rig.Slaves[1].Peer.Waiting);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void Without_a_usable_slave_frames_are_dropped_and_counted(int packetsPerSlave)
    {
        using LaneRig rig = new(2);
        rig.Use(rig.Table(BondMode.BalanceRr, [], packetsPerSlave: packetsPerSlave));
        Assert.Empty(rig.SendFromHost(Enumerable.Range(0, 10).Select(i => TestFrame.Raw(i))));
        Assert.Equal(10UL, rig.HostDrops(DropReason.NoSlave));
    }

    [Fact]
    public void Slots_of_8_and_above_take_part()
    {
        using LaneRig rig = new(11);
        rig.Use(rig.Table(BondMode.BalanceRr));
        Dictionary<int, List<int>> sent = rig.SendFromHost(Enumerable.Range(0, 100).Select(i => TestFrame.Raw(i)));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (i + 1) % 11), Enumerable.Range(0, 100).Select(i => sent[i].Single()));
    }

    private static string GoldenPath()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "FastBond.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return Path.Combine(directory!, "tests", "golden", "traces", "rr-sequence.json");
    }
}
