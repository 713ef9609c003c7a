using System.Text;
using FastBond.Core.Bonds;
using FastBond.Core.Ipoib;
using FastBond.Dataplane.Counters;

namespace FastBond.Linux;

/// <summary>
/// Prometheus text exposition: node_exporter's two names for bonds, as it would give them for a kernel bond, and our own beside them.
/// </summary>
internal static class Metrics
{
    /// <summary>All metrics of these bonds, UTF-8.</summary>
    public static byte[] Write(IReadOnlyCollection<BondRuntime> bonds)
    {
        StringBuilder text = new();
        Family(text, "node_bonding_slaves", "gauge", "Number of configured slaves per bonding interface.");
        foreach (BondRuntime runtime in bonds)
        {
            text.Append($"node_bonding_slaves{{master=\"{runtime.Bond.Name}\"}} {runtime.Bond.Slaves.Count}\n");
        }

        Family(text, "node_bonding_active", "gauge", "Number of active slaves per bonding interface.");
        foreach (BondRuntime runtime in bonds)
        {
            text.Append($"node_bonding_active{{master=\"{runtime.Bond.Name}\"}} {runtime.Bond.Slaves.Count(slave => slave.Link == LinkState.Up)}\n");
        }

        Family(text, "fastbond_slave_link_failures_total", "counter", "How often the slave's link was declared down.");
        foreach ((BondRuntime runtime, Slave slave) in Slaves(bonds))
        {
            text.Append($"fastbond_slave_link_failures_total{{master=\"{runtime.Bond.Name}\",slave=\"{slave.Name}\"}} {slave.LinkFailureCount}\n");
        }

        foreach (Counter counter in Enum.GetValues<Counter>())
        {
            string name = $"fastbond_slave_{CounterNames.Of(counter)}_total";
            Family(text, name, "counter", $"{CounterNames.Of(counter)} of the slave since it was enslaved.");
            foreach ((BondRuntime runtime, Slave slave) in Slaves(bonds))
            {
                text.Append($"{name}{{master=\"{runtime.Bond.Name}\",slave=\"{slave.Name}\"}} {runtime.Counters.Sum(slave.Slot, counter)}\n");
            }
        }

        Family(text, "fastbond_drop_total", "counter", "Frames dropped, by reason; those of the slaves and of the host side.");
        foreach (BondRuntime runtime in bonds)
        {
            foreach (DropReason reason in Enum.GetValues<DropReason>())
            {
                ulong dropped = runtime.Counters.Sum(CounterLayout.BondRow, reason) + runtime.Counters.Sum(CounterLayout.HostRow, reason);
                text.Append($"fastbond_drop_total{{master=\"{runtime.Bond.Name}\",reason=\"{CounterNames.Of(reason)}\"}} {dropped}\n");
            }
        }

        Family(text, "fastbond_face_frames_total", "counter", "Frames at the Ethernet face of an InfiniBand bond, by what became of them.");
        foreach (BondRuntime runtime in bonds)
        {
            foreach (FaceOutcome outcome in runtime.Face is null ? [] : Enum.GetValues<FaceOutcome>())
            {
                string name = CounterNames.Of(outcome);
                text.Append($"fastbond_face_frames_total{{master=\"{runtime.Bond.Name}\",outcome=\"{name}\"}} {runtime.Face!.Count(outcome)}\n");
            }
        }

        // What stops the cores: they wait for every collection.
        Family(text, "dotnet_collection_count_total", "counter", "Garbage collections, by generation.");
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            text.Append($"dotnet_collection_count_total{{generation=\"{generation}\"}} {GC.CollectionCount(generation)}\n");
        }

        Family(text, "dotnet_total_memory_bytes", "gauge", "Bytes on the managed heap, garbage included.");
        text.Append($"dotnet_total_memory_bytes {GC.GetTotalMemory(forceFullCollection: false)}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Family(StringBuilder text, string name, string type, string help) =>
        text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static IEnumerable<(BondRuntime Runtime, Slave Slave)> Slaves(IEnumerable<BondRuntime> bonds) =>
        bonds.SelectMany(runtime => runtime.Bond.Slaves, (runtime, slave) => (runtime, slave));
}
