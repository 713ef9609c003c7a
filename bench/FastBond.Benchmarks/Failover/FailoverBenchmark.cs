using System.Globalization;
using FastBond.Benchmarks.Reports;

namespace FastBond.Benchmarks.Failover;

/// <summary>Cuts links under a bond and measures what becomes of the traffic.</summary>
internal static class FailoverBenchmark
{
    private const string WatchThread = "fastbond-link";
    private const double PublishLimitMicros = 50, AnnounceLimitMicros = 1000;
    private const int MostQuietCuts = 10;
    private static readonly TimeSpan CostSpan = TimeSpan.FromSeconds(1);

    /// <summary>The kernel keeps silent of links for a second after it has told of one; what it then tells of the last mending begins another.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(2200);

    private static readonly Detection[] Detections =
    [
        new("miimon 100, load", 100, Idle: false, TimeSpan.Zero),
        new("miimon 1, load", 1, Idle: false, TimeSpan.Zero),
        new("miimon 100, idle", 100, Idle: true, TimeSpan.Zero),
        new("miimon 100, idle, quiet", 100, Idle: true, Quiet),
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
            "Of a link whose two ends have one ifindex, as a NIC's counts, the kernel tells at once only if it has told of none for a second; quiet: it has not. " +
            "Times in a call count to its end. Lost: sent by the bond and not received at the far ends.");
        ReportTable times = report.Add(new ReportTable("from step to step", "µs", "", ["detection", "ifindexes", "span"], "p90", "p99"));
        ReportTable frames = report.Add(new ReportTable("frames", "frames", "", ["detection", "ifindexes", "what"], "p90", "p99"));
        List<Curve> outages = [], reactions = [];
        foreach (Detection detection in Detections)
        {
            (string name, int miimon, bool idle, TimeSpan quiet) = detection;
            foreach (bool sameIndex in quiet == TimeSpan.Zero ? (bool[])[false, true] : [true])
            {
                string indexes = sameIndex ? "equal" : "different";
                int wanted = quiet == TimeSpan.Zero ? cuts : Math.Min(cuts, MostQuietCuts);
                Cut[] measured = Measure(sameIndex, detection, wanted, out double watching, stop);
                if (measured.Length < wanted)
                {
                    report.Notes.Add($"{name}, {indexes} ifindexes: {wanted - measured.Length} of {wanted} cuts are left out, whose announcement the counters did not show.");
                }

                Add(times, name, indexes, measured, idle);
                Add(frames, name, indexes, measured, cut => cut.CallsAfter, "calls after the table that used the dead slave", limit: 0);
                Add(frames, name, indexes, measured, cut => cut.Lost, "lost");
                outages.Add(CurveOf(measured, cut => idle ? cut.CutToSeen + cut.SeenToPublished : cut.CutToLast));
                reactions.Add(CurveOf(measured, cut => cut.SeenToPublished));
                Curve CurveOf(Cut[] cuts, Func<Cut, double> value) => new($"{name}, {indexes} ifindexes", new Distribution(cuts.Select(value)).Exceeding());
                if (!sameIndex && !idle)
                {
                    report.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"Asking two drivers with miimon={miimon} takes {watching:P2} of a CPU in the second after news of a link, when it is every 10 ms at least; the hints of refused frames cost nothing until a frame is refused."));
                }
            }
        }

        Directory.CreateDirectory(folder);
        Curve.Draw(Path.Combine(folder, "failover-outage"), "cut to the last frame on the dead slave (idle: to the table)", "µs", outages);
        Curve.Draw(Path.Combine(folder, "failover-reaction"), "loss of carrier known in the process to table published", "µs", reactions);
        return report;
    }

    private static Cut[] Measure(bool sameIndex, Detection detection, int cuts, out double watching, CancellationToken stop)
    {
        using CutRig rig = new(sameIndex, detection.Miimon);
        double watched = 0;
        Task<Cut[]> measuring = Task.Run(
            () =>
            {
                try
                {
                    // The first ones find code that never ran.
                    _ = rig.Measure(detection.Idle, TimeSpan.Zero);
                    _ = rig.Measure(detection.Idle, TimeSpan.Zero);
                    watched = CostOfWatching();
                    return (Cut[])[.. Enumerable.Range(0, cuts).Select(_ =>
                    {
                        stop.ThrowIfCancellationRequested();
                        return rig.Measure(detection.Idle, detection.Quiet);
                    }).OfType<Cut>()];
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

    private sealed record Detection(string Name, int Miimon, bool Idle, TimeSpan Quiet);
}
