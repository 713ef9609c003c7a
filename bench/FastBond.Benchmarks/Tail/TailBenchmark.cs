using System.Globalization;
using System.Text.Json;
using FastBond.Benchmarks.Bonds;
using FastBond.Benchmarks.Peers;
using FastBond.Benchmarks.Reports;
using FastBond.Lab.Machine;

namespace FastBond.Benchmarks.Tail;

/// <summary>What a poll core feels of the process around it: how long bursts take, the longest too.</summary>
internal static class TailBenchmark
{
    private const double MostTimesMedian = 3;
    private const long PauseNs = 1_000_000;
    private static readonly TimeSpan Rehearsal = TimeSpan.FromSeconds(1);
    private static readonly (string Name, double Percent)[] Percentiles = [("p50", 50), ("p99", 99), ("p99.9", 99.9), ("p99.99", 99.99), ("max", 100)];

    /// <summary>Measures; the picture goes into <paramref name="folder"/>.</summary>
    public static Report Run(Arguments arguments, string folder, CancellationToken stop)
    {
        int rounds = arguments.Number("rounds", usual: 5, quick: 2), milliseconds = arguments.Number("ms", usual: 2000, quick: 500);
        arguments.EnsureUnderstood();
        if (!PeerProgram.IsBuilt("spin"))
        {
            throw new LabException("bench/peers/build/spin is missing: make -C bench/peers build/spin");
        }

        TimeSpan slice = TimeSpan.FromMilliseconds(milliseconds);
        Histogram[] ours = [.. Enumerable.Range(0, rounds).Select(_ => new Histogram())], theirs = [.. Enumerable.Range(0, rounds).Select(_ => new Histogram())];
        long allocated = 0;
        int collections, scrapes, reloads;
        using (ControlLoad control = new())
        using (PeerProgram spin = PeerProgram.Start("spin", PollThread.Cpu))
        using (TailLoop loop = new())
        {
            loop.Measure(Rehearsal, new Histogram());
            collections = GC.CollectionCount(0);
            PollThread.Run(() =>
            {
                for (int round = 0; round < rounds; round++)
                {
                    stop.ThrowIfCancellationRequested();
                    allocated += loop.Measure(slice, ours[round]);
                    Add(spin.Ask($"{milliseconds * 1000}"), theirs[round]);
                }
            });
            collections = GC.CollectionCount(0) - collections;
            (scrapes, reloads) = (control.Scrapes, control.Reloads);
        }

        Report report = new("tail", $"the service time of a burst of {BondLoop.Burst} frames, {rounds} rounds of {milliseconds} ms");
        report.Notes.Add(string.Create(CultureInfo.InvariantCulture,
            $"balance-xor layer3+4 over ports in memory, pinned to CPU {PollThread.Cpu} at nice −20, in one process with a daemon: a bond monitored every 10 ms, {scrapes} scrapes, {reloads} reloads, {collections} collections. The poll thread allocated {allocated} bytes."));
        report.Notes.Add("A burst's time runs from the end of the one before, so every stop is in one. The peer does nothing but read the clock, on the same CPU in turn: its tail is the machine's.");
        ReportTable table = report.Add(new ReportTable("percentiles of each round", "µs", "an empty C loop", ["percentile"]));
        double median = Stat.Of([.. ours.Select(round => (double)round.Percentile(50))]).Median / 1e3;
        foreach ((string name, double percent) in Percentiles)
        {
            List<double> our = [.. ours.Select(round => round.Percentile(percent) / 1e3)], peer = [.. theirs.Select(round => round.Percentile(percent) / 1e3)];
            Stat stat = Stat.Of([.. our]);
            Target? target = name switch
            {
                "p99.9" => Target.AtMost(Math.Round(MostTimesMedian * median, 3), stat.Median, "(3 × p50)"),
                "max" => Target.AtMost(PauseNs / 1e3, stat.Max),
                _ => null,
            };
            table.Rows.Add(new Row([name], stat, Stat.Of([.. peer]), Stat.Of(our, peer, (a, b) => a / b), target));
        }

        ReportTable stops = report.Add(new ReportTable("stops longer than a millisecond, each round", "stops", "an empty C loop", ["what"]));
        stops.Rows.Add(new Row(["stops"], Stat.Of([.. ours.Select(Stops)]), Stat.Of([.. theirs.Select(Stops)])));
        Directory.CreateDirectory(folder);
        Curve.Draw(Path.Combine(folder, "tail-distribution"), "service time of a burst", "µs", [new Curve("FastBond", Sum(ours).Exceeding()), new Curve("an empty C loop", Sum(theirs).Exceeding())]);
        return report;
    }

    private static double Stops(Histogram round) => round.LongerThan(PauseNs);

    private static Histogram Sum(Histogram[] rounds)
    {
        Histogram sum = new();
        Array.ForEach(rounds, sum.Add);
        return sum;
    }

    private static void Add(JsonElement answer, Histogram histogram)
    {
        foreach ((JsonElement ns, JsonElement count) in answer.GetProperty("ns").EnumerateArray().Zip(answer.GetProperty("counts").EnumerateArray()))
        {
            histogram.Add(ns.GetInt64(), count.GetInt64());
        }
    }
}
