using FastBond.Benchmarks.Peers;
using FastBond.Benchmarks.Reports;
using FastBond.Benchmarks.Traffic;
using FastBond.Core.Bonds;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Counters;

namespace FastBond.Benchmarks.Bonds;

/// <summary>
/// What the bond costs a frame that it sends, beside DPDK's net_bonding. Every variant of both takes a slice in every round, on the same CPU, ours
/// and theirs by turns.
/// </summary>
internal static class BondBenchmark
{
    private const string Program = "dpdk_bond", Bare = "bare";
    private const double ActiveBackupLimitNs = 0.1, SendLimit = 0.5, RecycleLimit = 0.6;
    private static readonly TimeSpan Rehearsal = TimeSpan.FromMilliseconds(1000);

    /// <summary>What is compared, and what DPDK calls it; it has no other hash policies, and announces without looking at what the host sends.</summary>
    private static readonly Variant[] Variants =
    [
        new("balance-rr", BondMode.BalanceRr, TransmitHashPolicy.Layer2, "balance-rr"),
        new("active-backup under a bridge", BondMode.ActiveBackup, TransmitHashPolicy.Layer2, "active-backup") { WatchesHost = true },
        new("active-backup", BondMode.ActiveBackup, TransmitHashPolicy.Layer2, "active-backup"),
        new("balance-xor layer2", BondMode.BalanceXor, TransmitHashPolicy.Layer2, "balance-xor-layer2"),
        new("balance-xor layer2+3", BondMode.BalanceXor, TransmitHashPolicy.Layer23, "balance-xor-layer2+3"),
        new("balance-xor layer3+4", BondMode.BalanceXor, TransmitHashPolicy.Layer34, "balance-xor-layer3+4"),
        new("balance-xor encap2+3", BondMode.BalanceXor, TransmitHashPolicy.Encap23),
        new("balance-xor encap3+4", BondMode.BalanceXor, TransmitHashPolicy.Encap34),
        new("balance-xor vlan+srcmac", BondMode.BalanceXor, TransmitHashPolicy.VlanSrcMac),
    ];

    /// <summary>Measures.</summary>
    /// <exception cref="FormatException">The arguments are not understood.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public static Report Run(Arguments arguments, CancellationToken cancellation)
    {
        BondOptions options = new(
            Slaves: arguments.Numbers("slaves", [2, 4, 8], quick: [2], most: 8),
            Flows: arguments.Numbers("flows", [1, 64, 65536], quick: [64], most: 65536),
            Rounds: arguments.Number("rounds", 9, quick: 5),
            Milliseconds: arguments.Number("ms", 5, quick: 3),
            cancellation);
        arguments.EnsureUnderstood();
        Report report = new("bond", "what the bond itself costs, ns per frame of 60 bytes, one core, bursts of 64, no device");
        report.Notes.Add($"Medians over {options.Rounds} rounds of slices of {options.Milliseconds} ms, lowest and highest round in parentheses; all on CPU {PollThread.Cpu}.");
        Dictionary<int, PeerProgram> peers = [];
        try
        {
            if (PeerProgram.IsBuilt(Program))
            {
                // Before this process's threads are kept off the CPU, which a child would inherit.
                foreach (int slaves in options.Slaves.Distinct())
                {
                    peers.Add(slaves, PeerProgram.Start(Program, PollThread.Cpu, slaves));
                }
            }
            else
            {
                report.Notes.Add("Without DPDK: libdpdk-dev is not installed, so bench/peers/dpdk_bond was not built.");
            }

            Rehearse(options.Slaves[0]);
            PollThread.Run(() =>
            {
                foreach (int flows in options.Flows)
                {
                    MeasureSent(report, flows, options, peers);
                }

                foreach (int flows in options.Flows)
                {
                    MeasureRecycled(report, flows, options, peers);
                }
            });
        }
        finally
        {
            foreach (PeerProgram peer in peers.Values)
            {
                peer.Dispose();
            }
        }

        return report;
    }

    /// <summary>
    /// Runs every variant until the runtime has compiled it for good. On a thread that isn't pinned, since those by which the runtime compiles inherit
    /// the pin.
    /// </summary>
    private static void Rehearse(int slaves)
    {
        using CounterBlock counters = CounterBlock.Allocate("bench", 1);
        using SendLoop send = new(slaves, 64, counters.Core(0));
        using RecycleLoop recycle = new(slaves, 64, counters.Core(0));
        TimeSpan slice = Rehearsal / (2 * (Variants.Length + 1));
        foreach (BondLoop loop in (BondLoop[])[send, recycle])
        {
            loop.Measure(null, slice, []);
            foreach (Variant variant in Variants)
            {
                loop.Measure(variant.Table(slaves), slice, []);
            }
        }
    }

    private static void MeasureSent(Report report, int flows, BondOptions options, Dictionary<int, PeerProgram> peers)
    {
        ReportTable table = report.Add(NewTable($"{Words(flows)}: what the bond adds to the same loop without one", peers, "whole turn, ns"));
        foreach (int slaves in options.Slaves)
        {
            using CounterBlock counters = CounterBlock.Allocate("bench", 1);
            using SendLoop loop = new(slaves, flows, counters.Core(0));
            Rounds rounds = new(options, slaves, flows, "send", loop, peers.GetValueOrDefault(slaves));
            for (int i = 0; i < Variants.Length; i++)
            {
                double[] ours = rounds.Ours(i, added: true);
                double[]? theirs = rounds.Theirs(i, added: true);
                Row row = NewRow(i, slaves, ours, theirs, rounds.Ours(i, added: false));
                bool isActiveBackup = Variants[i].Mode == BondMode.ActiveBackup;
                table.Rows.Add(row with
                {
                    Target = isActiveBackup ? Target.AtMost(ActiveBackupLimitNs, row.Ours.Median, "ns")
                        : row.Ratio is { } ratio ? Target.AtMost(SendLimit, ratio.Median) : null,
                });
            }
        }
    }

    private static void MeasureRecycled(Report report, int flows, BondOptions options, Dictionary<int, PeerProgram> peers)
    {
        ReportTable table = report.Add(NewTable(
            $"{Words(flows)}, with buffers: pool → rx → three header words written → tx → completion → pool; DPDK: alloc, the words, free", peers, "without a bond, ns"));
        foreach (int slaves in options.Slaves)
        {
            using CounterBlock counters = CounterBlock.Allocate("bench", 1);
            using RecycleLoop loop = new(slaves, flows, counters.Core(0));
            Rounds rounds = new(options, slaves, flows, "recycle", loop, peers.GetValueOrDefault(slaves));
            for (int i = 0; i < Variants.Length; i++)
            {
                Row row = NewRow(i, slaves, rounds.Ours(i, added: false), rounds.Theirs(i, added: false), rounds.Plain);
                table.Rows.Add(row with { Target = row.Ratio is { } ratio ? Target.AtMost(RecycleLimit, ratio.Median) : null });
            }
        }
    }

    private static ReportTable NewTable(string title, Dictionary<int, PeerProgram> peers, string more) =>
        new(title, "ns/frame", peers.Values.FirstOrDefault()?.Title ?? "", ["mode", "slaves"], more);

    private static Row NewRow(int variant, int slaves, double[] ours, double[]? theirs, double[] more) => new(
        [Variants[variant].Name, $"{slaves}"],
        Stat.Of([.. ours]),
        theirs is null ? null : Stat.Of([.. theirs]),
        theirs is null ? null : Stat.Of(ours, theirs, (mine, yours) => mine / yours),
        null,
        Stat.Of([.. more]).Median);

    private static string Words(int flows) => flows == 1 ? "1 flow" : $"{flows} flows";

    /// <summary>A bond.</summary>
    /// <param name="Name">What it is called in the results.</param>
    /// <param name="Mode">Its mode.</param>
    /// <param name="Policy">Its hash policy.</param>
    /// <param name="Peer">What <c>bench/peers/dpdk_bond.c</c> calls it; null if DPDK has no such bond.</param>
    private sealed record Variant(string Name, BondMode Mode, TransmitHashPolicy Policy, string? Peer = null)
    {
        /// <summary>Whether it looks at what the host sends for addresses to announce, as active-backup does unless it announces nothing.</summary>
        public bool WatchesHost { get; init; }

        public ForwardingTable Table(int slaves) => Tables.Of(slaves, Mode, Policy, WatchesHost);
    }

    /// <summary>What is measured, for how many rounds, and for how long each of them.</summary>
    private sealed record BondOptions(int[] Slaves, int[] Flows, int Rounds, int Milliseconds, CancellationToken Cancellation);

    /// <summary>Every variant's median of every round, ours and theirs.</summary>
    private sealed class Rounds
    {
        private readonly double[][] _ours;
        private readonly double[][]? _theirs;

        public Rounds(BondOptions options, int slaves, int flows, string how, BondLoop loop, PeerProgram? peer)
        {
            ForwardingTable?[] tables = [null, .. Variants.Select(variant => variant.Table(slaves))];
            TimeSpan duration = TimeSpan.FromMilliseconds(options.Milliseconds);
            _ours = new double[options.Rounds][];
            _theirs = peer is null ? null : new double[options.Rounds][];
            List<double> samples = [];

            // The first is not counted: it fetches what this loop needs into the caches.
            for (int round = -1; round < options.Rounds; round++)
            {
                options.Cancellation.ThrowIfCancellationRequested();
                double[] ours = new double[tables.Length];
                double[] theirs = new double[tables.Length];
                for (int i = 0; i < tables.Length; i++)
                {
                    samples.Clear();
                    loop.Measure(tables[i], duration, samples);
                    ours[i] = Stat.Of(samples).Median;
                    if (peer is not null && (i == 0 ? Bare : Variants[i - 1].Peer) is { } variant)
                    {
                        theirs[i] = peer.Ask($"{variant} {flows} {options.Milliseconds} {how}").GetProperty("ns").GetDouble();
                    }
                }

                if (round >= 0)
                {
                    _ours[round] = ours;
                    _theirs?[round] = theirs;
                }
            }
        }

        /// <summary>The loop without a bond, round by round.</summary>
        public double[] Plain => [.. _ours.Select(round => round[0])];

        public double[] Ours(int variant, bool added) => Column(_ours, variant, added);

        public double[]? Theirs(int variant, bool added) => _theirs is null || Variants[variant].Peer is null ? null : Column(_theirs, variant, added);

        private static double[] Column(double[][] rounds, int variant, bool added) =>
            [.. rounds.Select(round => round[variant + 1] - (added ? round[0] : 0))];
    }
}
