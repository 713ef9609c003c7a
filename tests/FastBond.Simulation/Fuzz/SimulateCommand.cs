using System.Diagnostics;
using System.Globalization;
using FastBond.Simulation.Mutations;

namespace FastBond.Simulation.Fuzz;

/// <summary><c>simulate</c>: runs as many seeds as wanted, or one of them again.</summary>
internal static class SimulateCommand
{
    private const string Usage = """
        usage: simulate --seeds N | --minutes M [--first S] [--jobs J]   many seeds, until one fails
               simulate --seed S [--trace]                               one seed, with all that happens
               simulate --broken N                                       N seeds for each rule broken on purpose: is it noticed?
        """;

    public static int Run(ReadOnlySpan<string> arguments)
    {
        int seeds = int.MaxValue, first = 0, jobs = Environment.ProcessorCount;
        int? one = null;
        int broken = 0;
        double minutes = double.PositiveInfinity;
        bool trace = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (name == "--trace")
            {
                trace = true;
                continue;
            }

            string text = ++i < arguments.Length ? arguments[i] : "";
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || value < 0)
            {
                return Refuse($"{name} wants a number");
            }

            switch (name)
            {
                case "--seeds": seeds = (int)value; break;
                case "--first": first = (int)value; break;
                case "--minutes": minutes = value; break;
                case "--jobs": jobs = Math.Max(1, (int)value); break;
                case "--seed": one = (int)value; break;
                case "--broken": broken = (int)value; break;
                default: return Refuse($"{name} is unknown");
            }
        }

        if (one is { } seed)
        {
            return RunOne(seed, trace);
        }

        if (broken > 0)
        {
            return MutationRunner.Run(broken);
        }

        if (seeds == int.MaxValue && double.IsPositiveInfinity(minutes))
        {
            return Refuse("say how many seeds or how many minutes");
        }

        return RunMany(first, Math.Min(seeds, int.MaxValue - first), minutes, jobs);
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine($"{why}\n{Usage}");
        return 2;
    }

    private static int RunOne(int seed, bool trace)
    {
        SeedResult result = SeedRunner.Run(seed, trace ? Console.WriteLine : null);
        Console.WriteLine(result.Failure ?? $"seed {seed}: well");
        Console.WriteLine($"{result.VirtualSeconds:f1} s of virtual time, {result.Happenings} happenings, fingerprint {result.Fingerprint:x16}");
        return result.Failure is null ? 0 : 1;
    }

    private static int RunMany(int first, int seeds, double minutes, int jobs)
    {
        Stopwatch watch = Stopwatch.StartNew();
        int done = 0;
        TimeSpan limit = double.IsPositiveInfinity(minutes) ? TimeSpan.MaxValue : TimeSpan.FromMinutes(minutes);
        IReadOnlyCollection<SeedResult> results = SeedRunner.RunAll(first, seeds, limit, jobs, _ =>
        {
            if (++done % 500 == 0)
            {
                Console.WriteLine($"{done} seeds after {watch.Elapsed.TotalSeconds:f0} s");
            }
        });
        foreach (SeedResult failed in results.Where(static result => result.Failure is not null).OrderBy(static result => result.Seed))
        {
            Console.WriteLine(failed.Failure);
        }

        int failures = results.Count(static result => result.Failure is not null);
        double virtualHours = results.Sum(static result => result.VirtualSeconds) / 3600;
        Console.WriteLine(
            $"{results.Count} seeds from {first}, {failures} failed, {watch.Elapsed.TotalSeconds:f0} s for {virtualHours:f1} h of virtual time");
        foreach (string missing in Reach.Missing(results.Aggregate(0UL, static (all, result) => all | result.Reached)))
        {
            Console.WriteLine($"never reached: {missing}");
        }

        return failures == 0 ? 0 : 1;
    }
}
