using FastBond.Benchmarks.Reports;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;

namespace FastBond.Benchmarks.HostPaths;

/// <summary>
/// What applications get: iperf3 from host to host through two bonds, with and without super-frames at the host port, beside what the kernel makes of a veth
/// pair and of a bridge. All paths stand at the same time and take turns within a round.
/// </summary>
internal static class HostBenchmark
{
    private const double GsoLimit = 2, SmallLimit = 0.95;

    /// <summary>Measures.</summary>
    /// <exception cref="FormatException">The arguments are not understood.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop; what it had made is gone.</exception>
    public static Report Run(Arguments arguments, CancellationToken cancellation)
    {
        int[] streams = arguments.Numbers("streams", [1, 4], quick: [1], most: 64);
        int rounds = arguments.Number("rounds", 5, quick: 3), seconds = arguments.Number("seconds", 1, quick: 1);
        arguments.EnsureUnderstood();
        (string Name, Func<LabRun, bool, HostPath> Build)[] modes =
        [
            // Both ends must use the same link, also if one saw the other's come up later.
            ("active-backup", (lab, gso) => HostPath.Bonded(lab, "active-backup primary=eth0", gso)),
            .. arguments.Quick ? (ReadOnlySpan<(string, Func<LabRun, bool, HostPath>)>)[] :
            [
                ("balance-xor", (lab, gso) => HostPath.Bonded(lab, "balance-xor", gso)),
                ("balance-rr", (lab, gso) => HostPath.Bonded(lab, "balance-rr", gso)),
                ("active-backup, kernel at the other end", HostPath.BondedToPlain),
            ],
        ];
        (bool Reverse, string Words)[] ways = arguments.Quick ? [(false, "there")] : [(false, "there"), (true, "back")];
        (int Streams, bool Reverse, string Words)[] loads = [.. streams.SelectMany(count => ways.Select(way => (count, way.Reverse, way.Words)))];

        Report report = new("host", "TCP and UDP by iperf3, host → bond → veth → bond → host, MTU 1500");
        report.Notes.Add(
            $"Medians over {rounds} rounds of {seconds} s. Nothing is pinned: two daemons, a client and a server share the CPUs. 'Retransmits': TCP segments sent again, a second. "
            + "Datagrams received are those that iperf3's server got a CPU for, beside its client and the poll threads; so what the bond sent is compared.");
        using LabRun lab = new();
        (HostPath On, HostPath Off)[] bonds = [.. modes.Select(mode => (mode.Build(lab, true), mode.Build(lab, false)))];
        HostPath plain = HostPath.Veth(lab, offloads: false), offloaded = HostPath.Veth(lab, offloads: true), bridge = HostPath.Bridge(lab);

        ReportTable gso = report.Add(new ReportTable(
            "TCP: super-frames on (gso=on) beside off, same build", "Gb/s", "gso=off", ["mode", "streams", "way"], "retransmits", "retransmits, gso=off"));
        ReportTable kernel = report.Add(new ReportTable(
            "TCP: gso=on beside the kernel without a bond", "Gb/s", "veth, offloads off", ["mode", "streams", "way"], "bridge, offloads off", "veth, offloads on"));
        foreach ((int count, bool reverse, string words) in loads)
        {
            Func<Iperf3Result> Tcp(HostPath path) => () => path.Tcp(seconds, count, reverse);
            Iperf3Result[][] results = Alternate(
                rounds,
                [Tcp(plain), Tcp(bridge), Tcp(offloaded), .. bonds.SelectMany(bond => new[] { Tcp(bond.On), Tcp(bond.Off) })],
                cancellation);
            for (int mode = 0; mode < modes.Length; mode++)
            {
                Iperf3Result[] on = results[3 + (2 * mode)], off = results[4 + (2 * mode)];
                string[] keys = [modes[mode].Name, $"{count}", words];
                Row row = Compare(keys, [.. on.Select(Gigabits)], [.. off.Select(Gigabits)]) with { More = [Retransmits(on, seconds), Retransmits(off, seconds)] };
                gso.Rows.Add(row with { Target = Target.AtLeast(GsoLimit, row.Ratio!.Value.Median) });
                kernel.Rows.Add(Compare(keys, [.. on.Select(Gigabits)], [.. results[0].Select(Gigabits)]) with
                {
                    More = [.. results[1..3].Select(path => Stat.Of([.. path.Select(Gigabits)]).Median)],
                });
            }
        }

        ReportTable small = report.Add(new ReportTable(
            "UDP: datagrams of 64 bytes as fast as iperf3 sends them, what leaves on the slaves",
            "k datagrams/s",
            "gso=off",
            ["mode"],
            "received",
            "received, gso=off",
            "received, veth, offloads off"));
        (double Sent, double Received)[][] datagrams = Alternate(
            rounds,
            [() => plain.Udp(seconds), .. bonds.SelectMany(bond => new Func<(double, double)>[] { () => bond.On.Udp(seconds), () => bond.Off.Udp(seconds) })],
            cancellation);
        for (int mode = 0; mode < modes.Length; mode++)
        {
            (double Sent, double Received)[] on = datagrams[1 + (2 * mode)], off = datagrams[2 + (2 * mode)];
            Row row = Compare([modes[mode].Name], [.. on.Select(Sent)], [.. off.Select(Sent)]);
            small.Rows.Add(row with { Target = Target.AtLeast(SmallLimit, row.Ratio!.Value.Median), More = [Received(on), Received(off), Received(datagrams[0])] });
        }

        report.Notes.AddRange(lab.Finish().Select(fault => "**Fault:** " + fault));
        return report;
    }

    /// <summary>Each path's results, round by round; they go forwards and backwards by turns.</summary>
    private static T[][] Alternate<T>(int rounds, Func<T>[] paths, CancellationToken cancellation)
    {
        T[][] results = [.. paths.Select(_ => new T[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < paths.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                int path = round % 2 == 0 ? i : paths.Length - 1 - i;
                results[path][round] = paths[path]();
            }
        }

        return results;
    }

    private static Row Compare(string[] keys, double[] ours, double[] theirs) =>
        new(keys, Stat.Of([.. ours]), Stat.Of([.. theirs]), Stat.Of(ours, theirs, (mine, other) => mine / other));

    private static double Sent((double Sent, double Received) datagrams) => datagrams.Sent / 1e3;

    private static double Received((double Sent, double Received)[] datagrams) => Stat.Of([.. datagrams.Select(round => round.Received / 1e3)]).Median;

    private static double Gigabits(Iperf3Result result) => result.BitsPerSecond / 1e9;

    private static double Retransmits(Iperf3Result[] results, int seconds) => Stat.Of([.. results.Select(result => (double)result.Retransmits / seconds)]).Median;
}
