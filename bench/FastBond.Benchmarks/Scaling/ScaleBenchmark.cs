using FastBond.Benchmarks.Afxdp;
using FastBond.Benchmarks.Bonds;
using FastBond.Benchmarks.Reports;
using FastBond.Benchmarks.Traffic;
using FastBond.Core.Bonds;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Counters;

namespace FastBond.Benchmarks.Scaling;

/// <summary>
/// What a second poll core is worth: the first core's lane alone and both cores' lanes at once, by turns. The lanes share what lanes of one bond share, the
/// forwarding table and the block of counters.
/// </summary>
internal static class ScaleBenchmark
{
    private const int Cores = 2, Slaves = 2, Flows = 64, Length = 60;
    private const double MemoryLimit = 1.9, VethLimit = 1.8;

    private static readonly Way[] Ways =
    [
        new("balance-rr", BondMode.BalanceRr, Spread.Frames),
        new("active-backup", BondMode.ActiveBackup, Spread.One),
        new("balance-xor layer3+4", BondMode.BalanceXor, Spread.Frames),
    ];

    /// <summary>Measures.</summary>
    /// <exception cref="FormatException">The arguments are not understood.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop; what it had made is gone.</exception>
    public static Report Run(Arguments arguments, CancellationToken cancellation)
    {
        int rounds = arguments.Number("rounds", 15, quick: 5), milliseconds = arguments.Number("ms", 20, quick: 10);
        arguments.EnsureUnderstood();
        Report report = new("scale", "one poll core and two, a lane each");
        if (PollThread.Cpus.Count < Cores)
        {
            report.Notes.Add("Skipped: this process may use one CPU only.");
            return report;
        }

        report.Notes.Add(
            $"Medians over {rounds} rounds of slices of {milliseconds} ms on CPUs {string.Join(" and ", PollThread.Cpus.Take(Cores))}; the rate of two is the sum of both, each the "
            + "median of its own samples. CPUs that share a physical core, or with other work on them, scale less.");
        TimeSpan duration = TimeSpan.FromMilliseconds(milliseconds);
        Memory(report.Add(NewTable("memory ports, frames recycled", "M frames/s")), rounds, duration);
        Veth(report.Add(NewTable("two-queue veth pairs, AF_XDP: frames written by the host → two links, whose far ends drop", "k frames/s")), rounds, duration, cancellation);
        return report;
    }

    private static ReportTable NewTable(string title, string unit) => new(title, unit, "one core", ["mode"]);

    private static void Memory(ReportTable table, int rounds, TimeSpan duration)
    {
        using CounterBlock counters = CounterBlock.Allocate("bench", Cores);
        RecycleLoop[] loops = [.. Enumerable.Range(0, Cores).Select(core => new RecycleLoop(Slaves, Flows, counters.Core(core)))];
        Measure(
            table,
            rounds,
            MemoryLimit,
            (core, way) =>
            {
                List<double> samples = [];
                loops[core].Measure(Tables.Of(Slaves, way.Mode, TransmitHashPolicy.Layer34), duration, samples);
                return 1e3 / Stat.Of(samples).Median;
            });
        Array.ForEach(loops, loop => loop.Dispose());
    }

    private static void Veth(ReportTable table, int rounds, TimeSpan duration, CancellationToken cancellation)
    {
        using VethLinks links = new(queues: Cores);
        XdpEnd[] near = [.. Enumerable.Range(0, Slaves).Select(links.AttachNear)];
        try
        {
            LaneSession[] sessions = [.. Enumerable.Range(0, Cores).Select(core => new LaneSession(near, [], queue: core))];
            Measure(table, rounds, VethLimit, (core, way) => 1e6 / sessions[core].Measure(way, BondLoop.Burst, Length, duration, cancellation).Ns);
            Array.ForEach(sessions, session => session.Dispose());
        }
        finally
        {
            Array.ForEach(near, end => end.Dispose());
        }
    }

    /// <summary>Measures every way and adds a row for each.</summary>
    /// <param name="table">Where the results go.</param>
    /// <param name="rounds">How many slices of each kind.</param>
    /// <param name="limit">How often the rate of one core two shall have.</param>
    /// <param name="slice">The rate of a core in a slice of one way; called on that core.</param>
    private static void Measure(ReportTable table, int rounds, double limit, Func<int, Way, double> slice)
    {
        // Off the pinned threads, since those by which the runtime compiles inherit the pin.
        for (int i = 0; i < 2 * rounds; i++)
        {
            Array.ForEach(Ways, way => slice(0, way));
        }

        double[,,] rates = new double[Ways.Length, rounds, Cores + 1];
        using Barrier barrier = new(Cores);
        PollThread.Run(Cores, core =>
        {
            try
            {
                Alternate(core);
            }
            catch
            {
                // The other one must not wait for ever.
                barrier.RemoveParticipant();
                throw;
            }
        });

        for (int way = 0; way < Ways.Length; way++)
        {
            double[] alone = [.. Enumerable.Range(0, rounds).Select(round => rates[way, round, Cores])];
            double[] together = [.. Enumerable.Range(0, rounds).Select(round => Enumerable.Range(0, Cores).Sum(core => rates[way, round, core]))];
            Stat ratio = Stat.Of(together, alone, (two, one) => two / one);
            table.Rows.Add(new Row([Ways[way].Name], Stat.Of([.. together]), Stat.Of([.. alone]), ratio, Target.AtLeast(limit, ratio.Median)));
        }

        void Alternate(int core)
        {
            for (int round = 0; round < rounds; round++)
            {
                for (int way = 0; way < Ways.Length; way++)
                {
                    barrier.SignalAndWait();
                    if (core == 0)
                    {
                        rates[way, round, Cores] = slice(0, Ways[way]);
                    }

                    barrier.SignalAndWait();
                    rates[way, round, core] = slice(core, Ways[way]);
                }
            }
        }
    }
}
