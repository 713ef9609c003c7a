using System.ComponentModel;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using FastBond.Benchmarks.Bonds;
using FastBond.Benchmarks.Micro;
using FastBond.Benchmarks.Reports;
using FastBond.Benchmarks.Veth;
using FastBond.Lab.Machine;

namespace FastBond.Benchmarks;

internal static class Program
{
    private const int Refused = 1, Misused = 2, Interrupted = 130;
    private const string Folder = "out/bench";

    private const string Usage =
        """
        usage: FastBond.Benchmarks VERB [--quick] [name=numbers …]

          bond    ns per frame that the bond itself costs, beside DPDK's net_bonding   slaves=2,4,8 flows=1,64,65536 rounds=9 ms=5
          afxdp   the rate through a bond over veth beside the same loop without one   bursts=32,64,256 lengths=60 rounds=9 ms=20
          hash    the hash kernels, the offloads and the queue between cores, one call at a time   [BenchmarkDotNet arguments]
          all     everything but hash

        afxdp needs root: it makes network namespaces and AF_XDP sockets. Results are printed, and left in out/bench.
        """;

    private static int Main(string[] arguments)
    {
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = StopBy(PosixSignal.SIGINT, stop);
        using PosixSignalRegistration terminate = StopBy(PosixSignal.SIGTERM, stop);
        using PosixSignalRegistration hangUp = StopBy(PosixSignal.SIGHUP, stop);
        try
        {
            return Run(arguments, stop.Token);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("stopped; what was made is gone");
            return Interrupted;
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return Misused;
        }
        catch (Exception exception) when (exception is LabException or InvalidOperationException or DllNotFoundException or Win32Exception or TimeoutException)
        {
            Console.Error.WriteLine(exception.Message);
            return Refused;
        }
    }

    private static int Run(string[] arguments, CancellationToken stop)
    {
        switch (arguments)
        {
            case ["bond", .. string[] options]:
                Publish(BondBenchmark.Run(new Arguments(options)));
                return 0;
            case ["afxdp", .. string[] options]:
                VethBenchmark.Run(new Arguments(options), Console.Out, stop);
                return 0;
            case ["hash", .. string[] options]:
                BenchmarkSwitcher.FromTypes([typeof(HashBenchmarks), typeof(SpscBenchmarks), typeof(OffloadBenchmarks)]).Run(options.Length > 0 ? options : ["--filter", "*"]);
                return 0;
            case ["all", .. string[] options]:
                Publish(BondBenchmark.Run(new Arguments(options)));
                VethBenchmark.Run(new Arguments(options), Console.Out, stop);
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return Misused;
        }
    }

    private static void Publish(Report report)
    {
        ReportText.Write(report, Console.Out);
        Console.WriteLine();
        report.Write(Folder);
    }

    private static PosixSignalRegistration StopBy(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
}
