using BenchmarkDotNet.Running;
using FastBond.Benchmarks.Micro;
using FastBond.Benchmarks.Turns;

namespace FastBond.Benchmarks;

internal static class Program
{
    private const string Usage =
        """
        usage: FastBond.Benchmarks turn [bursts=1,32,64,256] [slaves=2,4,8] [flows=1,64,65536] [rounds=7] [ms=10]
               FastBond.Benchmarks micro [BenchmarkDotNet arguments]

          turn    ns per frame of the bond's whole turn over ports in memory, both directions, beside the same loop without a bond
          micro   the hash kernels, the offloads and the queue between cores, one call at a time
        """;

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["turn", .. string[] options]:
                if (!TurnOptions.TryParse(options, out TurnOptions? turn, out string? refusal))
                {
                    Console.Error.WriteLine(refusal);
                    return 2;
                }

                TurnBenchmark.Run(turn, Console.Out);
                return 0;
            case ["micro", .. string[] options]:
                BenchmarkSwitcher.FromTypes([typeof(HashBenchmarks), typeof(SpscBenchmarks), typeof(OffloadBenchmarks)]).Run(options.Length > 0 ? options : ["--filter", "*"]);
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }
}
