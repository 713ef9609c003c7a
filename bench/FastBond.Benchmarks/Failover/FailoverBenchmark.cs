using System.Globalization;
using FastBond.Benchmarks.Reports;

namespace FastBond.Benchmarks.Failover;

/// <summary>Cuts links under a bond and measures what becomes of the traffic.</summary>
internal static class FailoverBenchmark
{
    private const string WatchThread = "fastbond-link";
    private const double PublishLimitMicros = 50, AnnounceLimitMicros = 1000;
    private static readonly TimeSpan CostSpan = TimeSpan.FromSeconds(1);

    private static readonly (string Name, int Miimon, bool Idle)[] Detections =
    [
        ("miimon 100, load", 100, false),
        ("miimon 1, load", 1, false),
        ("miimon 100, idle", 100, true),
    ];

    /// <summary>Measures; pictures go into <paramref name="folder"/>.</summary>
    /// <exception cref="OperationCanceledException">It was asked to stop; what it had made is gone.</exception>
    public static Report Run(Arguments arguments, string folder, CancellationToken stop)
    {
        int cuts = arguments.Number("cuts", usual: 50, quick: 5);
        arguments.EnsureUnderstood();
        Report report = new("failover", $"an active-backup bond of two veth links under {Load.Rate / 1000} k frames/s, {cuts} cuts each");
        report.Notes.Add(
            "The far end is set down: the system call that does so holds the lock that the driver's answer needs, for as long as it says, so the first spans are veth's, " +
            "not a NIC's. Idle, there is no frame whose refusal would make the bond ask the driver at once: it asks every miimon, or when the kernel tells. " +
            "Times in a call count to its end. Lost: sent by the bond and not received at the far ends.");
        ReportTable times = report.Add(new ReportTable("from step to step", "µs", "", ["detection", "ifindexes", "span"], "p90", "p99"));
        ReportTable frames = report.Add(new ReportTable("frames", "frames", "", ["detection", "ifindexes", "what"], "p90", "p99"));
        List<Curve> outages = [], reactions = [];
        foreach ((string name, int miimon, bool idle) in Detections)
        {
            foreach (bool sameIndex in (bool[])[false, true])
            {
                string indexes = sameIndex ? "equal" : "different";
                Cut[] measured = Measure(sameIndex, miimon, idle, cuts, out double watching, stop);
                Add(times, name, indexes, measured, idle);
                Add(frames, name, indexes, measured, cut => cut.CallsAfter, "calls after the table that used the dead slave", limit: 0);
                Add(frames, name, indexes, measured, cut => cut.Lost, "lost");
                outages.Add(CurveOf(measured, cut => idle ? cut.CutToSeen + cut.SeenToPublished : cut.CutToLast));
                reactions.Add(CurveOf(measured, cut => cut.SeenToPublished));
                Curve CurveOf(Cut[] cuts, Func<Cut, double> value) => new($"{name}, {indexes} ifindexes", new Distribution(cuts.Select(value)).Exceeding());
                if (!sameIndex && !idle)
                {
                    report.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"Asking two drivers with miimon={miimon} takes {watching:P2} of a CPU; the hints of refused frames cost nothing until a frame is refused."));
                }
            }
        }

        Directory.CreateDirectory(folder);
        Curve.Draw(Path.Combine(folder, "failover-outage"), "cut to the last frame on the dead slave (idle: to the table)", "µs", outages);
        Curve.Draw(Path.Combine(folder, "failover-reaction"), "loss of carrier known in the process to table published", "µs", reactions);
        return report;
    }

    private static Cut[] Measure(bool sameIndex, int miimon, bool idle, int cuts, out double watching, CancellationToken stop)
    {
        using CutRig rig = new(sameIndex, miimon);
        double watched = 0;
        Task<Cut[]> measuring = Task.Run(
            () =>
            {
                try
                {
                    // The first ones find code that never ran.
                    _ = rig.Measure(idle);
                    _ = rig.Measure(idle);
                    watched = CostOfWatching();
                    return (Cut[])[.. Enumerable.Range(0, cuts).Select(_ =>
                    {
                        stop.ThrowIfCancellationRequested();
                        return rig.Measure(idle);
                    })];
                }
                finally
                {
                    rig.Load.Stop();
                }
            },
            CancellationToken.None);
        PollThread.Run(rig.Load.Run);
        Cut[] measured = measuring.GetAwaiter().GetResult();
        watching = watched;
        return measured;
    }

    private static double CostOfWatching()
    {
        long before = ThreadTime.OfNs(WatchThread);
        Thread.Sleep(CostSpan);
        return (ThreadTime.OfNs(WatchThread) - before) / CostSpan.TotalNanoseconds;
    }

    private static void Add(ReportTable table, string name, string indexes, Cut[] cuts, bool idle)
    {
        Add(table, name, indexes, cuts, cut => cut.Cutting, "(the call that cuts)");
        Add(table, name, indexes, cuts, cut => cut.CutToSeen, "cut → carrier known lost in the process");
        Add(table, name, indexes, cuts, cut => cut.SeenToPublished, "known → table published, p99", PublishLimitMicros);
        Add(table, name, indexes, cuts, cut => cut.PublishedToAnnounced, "published → announcement out, p99", AnnounceLimitMicros);
        if (!idle)
        {
            Add(table, name, indexes, cuts, cut => cut.PublishedToLast, "published → last frame on the dead slave");
            Add(table, name, indexes, cuts, cut => cut.CutToLast, "cut → last frame on the dead slave");
        }
    }

    private static void Add(ReportTable table, string name, string indexes, Cut[] cuts, Func<Cut, double> value, string what, double? limit = null)
    {
        Distribution distribution = new(cuts.Select(value));
        double p99 = distribution.Percentile(99);
        table.Rows.Add(new Row([name, indexes, what], Stat.Of([.. cuts.Select(value)]), Target: limit is { } most ? Target.AtMost(most, p99) : null,
            More: [distribution.Percentile(90), p99]));
    }
}
