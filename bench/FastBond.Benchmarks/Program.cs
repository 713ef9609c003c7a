using System.ComponentModel;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using FastBond.Benchmarks.Micro;
using FastBond.Benchmarks.Turns;
using FastBond.Benchmarks.Veth;
using FastBond.Lab.Machine;

namespace FastBond.Benchmarks;

internal static class Program
{
    private const int Refused = 1, Misused = 2, Interrupted = 130;

    private const string Usage =
        """
        usage: FastBond.Benchmarks [--quick]
               FastBond.Benchmarks turn [bursts=1,32,64,256] [slaves=2,4,8] [flows=1,64,65536] [rounds=7] [ms=10]
               FastBond.Benchmarks veth [--quick] [bursts=32,64,256] [lengths=60] [rounds=9] [ms=20]
               FastBond.Benchmarks micro [BenchmarkDotNet arguments]

          turn    ns per frame of the bond's whole turn over ports in memory, both directions, beside the same loop without a bond
          veth    the rate through a bond over veth beside the same loop without one, both directions; needs root
          micro   the hash kernels, the offloads and the queue between cores, one call at a time

        Without a verb: turn in short, then veth.
        """;

    private static readonly string[] ShortTurn = ["slaves=2", "flows=64", "rounds=5"];

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case [] or ["--quick"]:
                return IsRoot() ? Both(arguments) : Refused;
            case ["turn", .. string[] options]:
                return Turn(options);
            case ["veth", .. string[] options]:
                return IsRoot() ? Veth(options) : Refused;
            case ["micro", .. string[] options]:
                BenchmarkSwitcher.FromTypes([typeof(HashBenchmarks), typeof(SpscBenchmarks), typeof(OffloadBenchmarks)]).Run(options.Length > 0 ? options : ["--filter", "*"]);
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return Misused;
        }
    }

    private static int Both(string[] options)
    {
        int result = Turn(ShortTurn);
        Console.WriteLine();
        return result == 0 ? Veth(options, withFacts: false) : result;
    }

    private static int Turn(string[] arguments)
    {
        if (!TurnOptions.TryParse(arguments, out TurnOptions? options, out string? refusal))
        {
            Console.Error.WriteLine(refusal);
            return Misused;
        }

        MachineFacts.Print(Console.Out);
        TurnBenchmark.Run(options, Console.Out);
        return 0;
    }

    private static int Veth(string[] arguments, bool withFacts = true)
    {
        if (!VethOptions.TryParse(arguments, out VethOptions? options, out string? refusal))
        {
            Console.Error.WriteLine(refusal);
            return Misused;
        }

        if (withFacts)
        {
            MachineFacts.Print(Console.Out);
        }

        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = StopBy(PosixSignal.SIGINT, stop);
        using PosixSignalRegistration terminate = StopBy(PosixSignal.SIGTERM, stop);
        using PosixSignalRegistration hangUp = StopBy(PosixSignal.SIGHUP, stop);
        try
        {
            VethBenchmark.Run(options, Console.Out, stop.Token);
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("stopped; the links are gone");
            return Interrupted;
        }
        catch (Exception exception) when (exception is LabException or InvalidOperationException or DllNotFoundException or Win32Exception or TimeoutException)
        {
            Console.Error.WriteLine($"veth: {exception.Message}");
            return Refused;
        }
    }

    private static bool IsRoot()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Console.Error.WriteLine("the benchmark over veth needs root: it makes network namespaces and AF_XDP sockets (turn and micro need none)");
        }

        return Environment.IsPrivilegedProcess;
    }

    private static PosixSignalRegistration StopBy(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
}
