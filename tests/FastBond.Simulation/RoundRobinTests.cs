using System.Text.Json;
using FastBond.Core.Bonds;

namespace FastBond.Simulation;

/// <summary>
/// What a core makes of balance-rr's table is what a kernel bond did (golden/traces/rr-sequence.json). The rule itself (modes.md section
/// 4): a counter, incremented first, divided by packets_per_slave, taken modulo all slaves, then the first that can transmit.
/// </summary>
public class RoundRobinTests
{
    [Fact]
    public void Table_gives_the_kernels_sequences()
    {
        using JsonDocument recordings = JsonDocument.Parse(File.ReadAllText(GoldenTrace.PathOf("rr-sequence.json")));
        int frames = 0;
        BondSimulation? simulation = null;
        foreach (JsonElement recording in recordings.RootElement.EnumerateArray())
        {
            string what = recording.GetProperty("frames").GetString()!;
            int slaves = recording.GetProperty("slaves").GetInt32();
            int packetsPerSlave = recording.GetProperty("packets_per_slave").GetInt32();
            if (what.StartsWith("48 x", StringComparison.Ordinal))
            {
                simulation = BalanceRr(slaves, packetsPerSlave);
            }
            else if (what.Contains("link down", StringComparison.Ordinal))
            {
                simulation!.SetPeers(false, "s0");
                simulation.RunFor(200);
            }
            else if (what.Contains("up again", StringComparison.Ordinal))
            {
                simulation!.SetPeers(true, "s0");
                simulation.RunFor(200);
            }

            bool allIgmp = what.Contains("x IGMP", StringComparison.Ordinal);
            string label = $"{slaves} slaves, {packetsPerSlave} packets: {what}";
            frames += Compare(simulation!.Bond.Table, recording.GetProperty("sequence"), allIgmp, label);
        }

        Assert.InRange(frames, 500, 5000);
    }

    private static BondSimulation BalanceRr(int slaves, int packetsPerSlave)
    {
        BondSimulation simulation = new(slaves: slaves);
        simulation.SetMiimon(100);
        for (int i = 0; i < slaves; i++)
        {
            simulation.Enslave([$"s{i}"]);
        }

        simulation.Set("packets_per_slave", packetsPerSlave);
        simulation.SetUp(true);
        return simulation;
    }

    /// <summary>The counter's value at the beginning is the kernel's secret: it is enough that one fits the whole sequence.</summary>
    private static int Compare(ForwardingTable table, JsonElement sequence, bool allIgmp, string what)
    {
        (bool Igmp, int Slave)[] kernels =
        [
            .. sequence.EnumerateArray()
                .Select(frame => (allIgmp || frame[0].ToString() == "igmp", frame[frame.GetArrayLength() - 1].GetInt32())),
        ];
        Assert.All(kernels.Where(static frame => frame.Igmp), frame => Assert.Equal(frame.Slave, table.IgmpSlot));
        int[] data = [.. kernels.Where(static frame => !frame.Igmp).Select(static frame => frame.Slave)];
        if (table.PacketsPerSlave == 0)
        {
            Assert.All(data, slave => Assert.Contains((byte)slave, table.FirstUsableFrom));
        }
        else
        {
            int positions = table.FirstUsableFrom.Length;
            IEnumerable<int> From(int start) => Enumerable.Range(start + 1, data.Length)
                .Select(counter => (int)table.FirstUsableFrom[counter / table.PacketsPerSlave % positions]);
            Assert.True(Enumerable.Range(0, positions * table.PacketsPerSlave).Any(start => data.SequenceEqual(From(start))), what);
        }

        return kernels.Length;
    }

    [Fact]
    public void Igmp_stays_on_the_current_slave_until_the_monitor_gives_it_up()
    {
        BondSimulation simulation = new(Hearing.Hinted, slaves: 2);
        simulation.SetMiimon(100, downdelay: 2);
        simulation.Enslave("s0", "s1");
        simulation.SetUp(true);
        Assert.Equal(0, simulation.Bond.Table.IgmpSlot);

        simulation.SetPeers(false, "s0");
        Assert.Equal(0, simulation.Bond.Table.IgmpSlot);
        Assert.Equal([(byte)1, (byte)1], simulation.Bond.Table.FirstUsableFrom);
        simulation.RunFor(400);
        Assert.Equal(1, simulation.Bond.Table.IgmpSlot);
        Assert.Single(simulation.World.ReportTimesNs);
    }

    [Fact]
    public void Slots_stay_while_positions_move()
    {
        BondSimulation simulation = new(slaves: 3);
        simulation.SetMiimon(100);
        simulation.Enslave("s0", "s1", "s2");
        simulation.SetUp(true);
        simulation.Release("s0");
        Assert.Equal([(byte)1, (byte)2], simulation.Bond.Table.FirstUsableFrom);
        simulation.Enslave(["s0"]);
        Assert.Equal([(byte)1, (byte)2, (byte)0], simulation.Bond.Table.FirstUsableFrom);
        Assert.Equal(0b111UL, simulation.Bond.Table.AcceptMask);
    }
}
