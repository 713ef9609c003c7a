using FastBond.Dataplane.Counters;
using FastBond.Simulation.Network;

namespace FastBond.Simulation.Fuzz;

/// <summary>
/// What must have happened somewhere among the seeds for them to be worth running: every reason to drop a frame, and the rarer turns a
/// bond's life can take.
/// </summary>
internal static class Reach
{
    // A host always has its port, and a core's frames suffice for the copies of as many slaves as there are here; all slaves are Ethernet.
    private static readonly DropReason[] Reasons =
        [.. Enum.GetValues<DropReason>().Where(static reason => reason is not (DropReason.NoHost or DropReason.NoFrame or DropReason.NotTranslated))];

    private static readonly string[] Lines =
    [
        "making interface the new active one",
        " ms earlier",
        "link status up again after",
        "link status down again after",
        "enabling it in",
        "enabling it in 0 ms",
        "disabling it in",
        "now running without any active interface",
        "Primary slave changed to",
        "interface is gone",
        "prio updated, but",
        "interface is now up",
        "interface is now down",
    ];

    /// <summary>What has happened in a network, a bit for each thing.</summary>
    public static ulong Of(SimulatedNetwork network)
    {
        ulong reached = 0;
        for (int i = 0; i < Reasons.Length; i++)
        {
            DropReason reason = Reasons[i];
            ulong dropped = network.Hosts.Aggregate(0UL, (sum, host) =>
                sum + host.Counters.Sum(CounterLayout.BondRow, reason) + host.Counters.Sum(CounterLayout.HostRow, reason));
            bool seen = dropped > 0;
            reached |= seen ? 1UL << i : 0;
        }

        for (int i = 0; i < Lines.Length; i++)
        {
            bool seen = network.Hosts.Any(host => host.World.Logs.Exists(line => line.Text.Contains(Lines[i], StringComparison.Ordinal)));
            reached |= seen ? 1UL << (Reasons.Length + i) : 0;
        }

        return reached;
    }

    /// <summary>What is missing.</summary>
    public static IEnumerable<string> Missing(ulong reached) =>
        Reasons.Select(static reason => $"drop {reason}").Concat(Lines).Where((_, bit) => (reached >> bit & 1) == 0);
}
