using System.Diagnostics;
using System.Text.Json;
using FastBond.Benchmarks.Peers;
using FastBond.Benchmarks.Reports;
using FastBond.Core.Bonds;

namespace FastBond.Benchmarks.Afxdp;

/// <summary>
/// The rate through a bond over real AF_XDP sockets on veth beside a plain C loop without one. In every round one takes the links and then the other; a ratio is
/// taken within its round, so that what else happens on the machine meets both alike.
/// </summary>
internal static class AfxdpBenchmark
{
    private const string Program = "xsk_loop";
    private const int RehearsalBurst = 64, RehearsalLength = 60;
    private const double Limit = 0.95;
    private static readonly TimeSpan Rehearsal = TimeSpan.FromMilliseconds(400);

    private static readonly Way[] Ways =
    [
        new("balance-rr", BondMode.BalanceRr, Spread.Frames),
        new("active-backup", BondMode.ActiveBackup, Spread.One),
        new("balance-xor layer3+4", BondMode.BalanceXor, Spread.Frames),
        new("broadcast", BondMode.Broadcast, Spread.Copies),
        new("802.3ad layer3+4", BondMode.Ieee8023ad, Spread.Frames),
    ];

    private static readonly (Direction Direction, string Title)[] Directions =
    [
        (Direction.Transmit, "transmit: frames written by the host → two links, whose far ends drop in XDP"),
        (Direction.Receive, "receive: far ends → two links → host; the far ends' sending is in the time"),
        (Direction.Forward, "forward: far end of a third pair → host port → two links; the far end's sending is in the time"),
    ];

    /// <summary>Measures.</summary>
    /// <exception cref="FormatException">The arguments are not understood.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop; what it had made is gone.</exception>
    public static Report Run(Arguments arguments, CancellationToken cancellation)
    {
        Options options = new(
            Bursts: arguments.Numbers("bursts", [32, 64, 256], quick: [64], most: LaneSession.MaxBurst),
            Lengths: arguments.Numbers("lengths", [60], quick: [60], least: 60, most: 1514),
            Rounds: arguments.Number("rounds", 9, quick: 3),
            Milliseconds: arguments.Number("ms", 20, quick: 10));
        arguments.EnsureUnderstood();

        Report report = new("afxdp", "through a bond over two veth pairs, AF_XDP native copy mode, one thread for both ends");
        report.Notes.Add(
            $"Medians over {options.Rounds} rounds of slices of {options.Milliseconds} ms on CPU {PollThread.Cpu}, of samples that were not preempted. "
            + "Calls: system calls of the near ends per frame; lost: frames put in that did not come out.");
        using VethLinks links = new();
        Rehearse(links, cancellation);
        PollThread.Run(() =>
        {
            foreach ((Direction direction, string title) in Directions)
            {
                Measure(report.Add(new ReportTable(title, "k frames/s", "plain C libxdp loop", ["mode", "bytes", "burst"], "calls", "calls in C", "lost", "lost in C")), links, direction, options, cancellation);
            }
        });
        return report;
    }

    /// <summary>
    /// Runs every way in every direction by turns until the runtime has compiled them for good: what is compiled after one direction alone is slow in the other.
    /// On a thread that isn't pinned, since those by which the runtime compiles inherit the pin.
    /// </summary>
    private static void Rehearse(VethLinks links, CancellationToken cancellation)
    {
        foreach ((Direction direction, _) in Directions)
        {
            using Ends ends = new(links, direction);
            using LaneSession session = ends.Open();
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < Rehearsal)
            {
                foreach (Way way in Ways)
                {
                    session.Measure(way, RehearsalBurst, RehearsalLength, TimeSpan.Zero, cancellation);
                }
            }
        }
    }

    private static void Measure(ReportTable table, VethLinks links, Direction direction, Options options, CancellationToken cancellation)
    {
        (int Length, int Burst)[] shapes = [.. options.Lengths.SelectMany(length => options.Bursts.Select(burst => (length, burst)))];
        TimeSpan duration = TimeSpan.FromMilliseconds(options.Milliseconds);
        (Segment Ours, Segment Theirs)[][,] rounds = new (Segment, Segment)[options.Rounds][,];
        for (int round = 0; round < options.Rounds; round++)
        {
            rounds[round] = new (Segment, Segment)[shapes.Length, Ways.Length];
            using (Ends ends = new(links, direction))
            using (LaneSession session = ends.Open())
            {
                Each((shape, way) => rounds[round][shape, way].Ours = Counted(
                    links, () => session.Measure(Ways[way], shapes[shape].Burst, shapes[shape].Length, duration, cancellation)));
            }

            using PeerProgram peer = PeerProgram.Start(Program, PollThread.Cpu, links.Near.Name, links.FarPlace.Name, Words(direction));
            Each((shape, way) => rounds[round][shape, way].Theirs = Counted(
                links, () => Ask(peer, Ways[way], shapes[shape].Burst, shapes[shape].Length, options)));
        }

        for (int shape = 0; shape < shapes.Length; shape++)
        {
            for (int way = 0; way < Ways.Length; way++)
            {
                int copies = direction != Direction.Receive && Ways[way].Spread == Spread.Copies ? VethLinks.Slaves : 1;
                table.Rows.Add(NewRow(Ways[way], shapes[shape], copies, [.. rounds.Select(round => round[shape, way])]));
            }
        }

        void Each(Action<int, int> measure)
        {
            for (int shape = 0; shape < shapes.Length; shape++)
            {
                for (int way = 0; way < Ways.Length; way++)
                {
                    measure(shape, way);
                }
            }
        }
    }

    /// <summary>Adds what the far ends dropped to what arrived.</summary>
    private static Segment Counted(VethLinks links, Func<Segment> measure)
    {
        long before = links.Dropped;
        Segment segment = measure();
        return segment with { Arrived = segment.Arrived + links.Dropped - before };
    }

    private static Segment Ask(PeerProgram peer, Way way, int burst, int length, Options options)
    {
        JsonElement answer = peer.Ask($"{Words(way.Spread)} {burst} {length} {options.Milliseconds}");
        return new Segment(
            answer.GetProperty("ns").GetDouble(),
            answer.GetProperty("frames").GetInt64(),
            answer.GetProperty("arrived").GetInt64(),
            answer.GetProperty("calls").GetInt64());
    }

    private static Row NewRow(Way way, (int Length, int Burst) shape, int copies, (Segment Ours, Segment Theirs)[] rounds)
    {
        Segment[] ours = [.. rounds.Select(round => round.Ours)], theirs = [.. rounds.Select(round => round.Theirs)];
        Stat ratio = Stat.Of(ours.Select(Rate), theirs.Select(Rate), (mine, plain) => mine / plain);
        return new Row(
            [way.Name, $"{shape.Length}", $"{shape.Burst}"],
            Stat.Of([.. ours.Select(Rate)]),
            Stat.Of([.. theirs.Select(Rate)]),
            ratio,
            Target.AtLeast(Limit, ratio.Median),
            CallsPerFrame(ours),
            CallsPerFrame(theirs),
            Lost(ours, copies),
            Lost(theirs, copies));
    }

    private static double Rate(Segment segment) => 1e6 / segment.Ns;

    private static double CallsPerFrame(Segment[] segments) => (double)segments.Sum(segment => segment.Calls) / segments.Sum(segment => segment.Given);

    private static double Lost(Segment[] segments, int copies) => segments.Sum(segment => (segment.Given * copies) - segment.Arrived);

    private static string Words<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>What is measured, for how many rounds, and for how long each of them.</summary>
    private sealed record Options(int[] Bursts, int[] Lengths, int Rounds, int Milliseconds);

    /// <summary>The near ends that a direction needs, under the slaves' program for as long as a session lasts.</summary>
    private sealed class Ends : IDisposable
    {
        private readonly XdpEnd[] _near;
        private readonly XdpEnd[] _senders;

        public Ends(VethLinks links, Direction direction)
        {
            _near = [.. Enumerable.Range(0, VethLinks.Slaves + (direction == Direction.Forward ? 1 : 0)).Select(links.AttachNear)];
            _senders = direction switch
            {
                Direction.Receive => links.Far[..VethLinks.Slaves],
                Direction.Forward => [links.Far[VethLinks.Host]],
                _ => [],
            };
        }

        public LaneSession Open() => new(_near, _senders);

        public void Dispose() => Array.ForEach(_near, end => end.Dispose());
    }
}
