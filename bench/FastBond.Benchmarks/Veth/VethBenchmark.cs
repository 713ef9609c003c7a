using System.Diagnostics;
using FastBond.Core.Bonds;

namespace FastBond.Benchmarks.Veth;

/// <summary>
/// The rate through a bond over real AF_XDP sockets on veth beside the same loop without one. All ways take turns within a round, forwards and
/// backwards; a ratio is taken within its round, so that what else happens on the machine meets both alike.
/// </summary>
internal static class VethBenchmark
{
    private const int RehearsalBurst = 64, RehearsalLength = 60;
    private static readonly TimeSpan Rehearsal = TimeSpan.FromSeconds(1);

    private static readonly Way PlainOneLink = new("plain, one link", Spread.OneLink);
    private static readonly Way PlainFrames = new("plain, frames alternately", Spread.Frames);

    /// <summary>Each way and the one it is compared to: the plain loop that puts frames on the links likewise.</summary>
    private static readonly (Way Way, Way? Plain)[] Ways =
    [
        (PlainOneLink, null),
        (new("active-backup", Spread.OneLink, BondMode.ActiveBackup), PlainOneLink),
        (new("balance-rr", Spread.Frames, BondMode.BalanceRr), PlainFrames),
        (PlainFrames, null),
        (new("balance-xor layer3+4", Spread.Frames, BondMode.BalanceXor), PlainFrames),
        (new("plain, bursts alternately", Spread.Bursts), null),
    ];

    /// <summary>Measures and prints.</summary>
    /// <exception cref="OperationCanceledException">It was asked to stop; what it had made is gone.</exception>
    public static void Run(Arguments arguments, TextWriter output, CancellationToken cancellation)
    {
        VethOptions options = new(
            Bursts: arguments.Numbers("bursts", [32, 64, 256], quick: [64], most: VethBench.MaxBurst),
            Lengths: arguments.Numbers("lengths", [60], quick: [60], least: 60, most: 1514),
            Rounds: arguments.Number("rounds", 9, quick: 3),
            Milliseconds: arguments.Number("ms", 20, quick: 10));
        arguments.EnsureUnderstood();
        output.WriteLine($"over two veth pairs, AF_XDP native copy mode, one thread on CPU {PollThread.Cpu}; {options.Rounds} rounds of {options.Milliseconds} ms, medians of what was not preempted");
        output.WriteLine("ratio: rate to that of the plain loop that puts frames on the links likewise (lowest and highest round); turn: the loop alone, system calls included");
        output.WriteLine("kicks: system calls of the links' ports per frame; lost: frames put in that did not come out");
        Rehearse(cancellation);
        using VethBench bench = new();
        PollThread.Run(() =>
        {
            Direction(bench, receive: false, "transmit: host port in memory → two links, whose far ends drop in XDP", options, output, cancellation);
            bench.StartReceiving();
            Direction(bench, receive: true, "receive: two links → host port in memory; the rate includes the far ends' sending, on the same core", options, output, cancellation);
        });
    }

    /// <summary>
    /// Runs every way in both directions by turns until the runtime has compiled them for good: what is compiled after one direction alone is
    /// slow in the other. On a thread that isn't pinned, since those by which the runtime compiles inherit the pin.
    /// </summary>
    private static void Rehearse(CancellationToken cancellation)
    {
        using VethBench bench = new();
        bench.StartReceiving();
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Rehearsal)
        {
            foreach ((Way way, _) in Ways)
            {
                bench.Measure(way, receive: false, RehearsalBurst, RehearsalLength, TimeSpan.Zero, cancellation);
                bench.Measure(way, receive: true, RehearsalBurst, RehearsalLength, TimeSpan.Zero, cancellation);
            }
        }
    }

    private static void Direction(VethBench bench, bool receive, string title, VethOptions options, TextWriter output, CancellationToken cancellation)
    {
        output.WriteLine();
        output.WriteLine(title);
        output.WriteLine($"{"bytes",6}{"burst",6}  {"",-27}{"k frames/s",10}  {"ratio",-20}{"turn ns/frame",13}{"kicks/frame",13}{"lost",8}");
        foreach (int length in options.Lengths)
        {
            foreach (int burst in options.Bursts)
            {
                Segment[][] rounds = Measure(bench, receive, burst, length, options, cancellation);
                for (int way = 0; way < Ways.Length; way++)
                {
                    output.WriteLine($"{length,6}{burst,6}  {Ways[way].Way.Name,-27}{Row(rounds, way)}");
                }
            }
        }
    }

    /// <summary>One segment per round and way.</summary>
    private static Segment[][] Measure(VethBench bench, bool receive, int burst, int length, VethOptions options, CancellationToken cancellation)
    {
        Segment[][] segments = new Segment[options.Rounds][];
        TimeSpan duration = TimeSpan.FromMilliseconds(options.Milliseconds);
        for (int round = 0; round < options.Rounds; round++)
        {
            segments[round] = new Segment[Ways.Length];
            for (int i = 0; i < Ways.Length; i++)
            {
                int way = round % 2 == 0 ? i : Ways.Length - 1 - i;
                segments[round][way] = bench.Measure(Ways[way].Way, receive, burst, length, duration, cancellation);
            }
        }

        return segments;
    }

    private static string Row(Segment[][] rounds, int way)
    {
        double whole = MedianOf([.. rounds.Select(round => round[way].WholeNs)]);
        double turn = MedianOf([.. rounds.Select(round => round[way].TurnNs)]);
        long given = rounds.Sum(round => round[way].Given);
        long lost = given - rounds.Sum(round => round[way].Arrived);
        double kicks = rounds.Sum(round => (double)round[way].Kicks) / given;
        return $"{1e6 / whole,10:F0}  {Ratio(rounds, way),-20}{turn,13:F1}{kicks,13:F4}{lost,8}";
    }

    private static string Ratio(Segment[][] rounds, int way)
    {
        if (Ways[way].Plain is not { } plain)
        {
            return "";
        }

        int other = Array.FindIndex(Ways, entry => entry.Way == plain);
        List<double> ratios = [.. rounds.Select(round => round[other].WholeNs / round[way].WholeNs)];
        return $"{MedianOf(ratios):F3} ({ratios.Min():F2}–{ratios.Max():F2})";
    }

    private static double MedianOf(List<double> values) => Reports.Stat.Of(values).Median;

    private sealed record VethOptions(int[] Bursts, int[] Lengths, int Rounds, int Milliseconds);
}
