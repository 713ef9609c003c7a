using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using FastBond.Benchmarks.Afxdp;
using FastBond.Benchmarks.Bonds;
using FastBond.Benchmarks.Failover;
using FastBond.Benchmarks.HostPaths;
using FastBond.Benchmarks.Micro;
using FastBond.Benchmarks.Reports;
using FastBond.Benchmarks.Scaling;
using FastBond.Benchmarks.Tail;
using FastBond.Lab.Machine;

namespace FastBond.Benchmarks;

internal static class Program
{
    private const int Refused = 1, Misused = 2, Interrupted = 130;
    private const string Folder = "out/bench";

    private const string Usage =
        """
        usage: FastBond.Benchmarks VERB [--quick] [name=numbers …]

          bond      ns per frame that the bond itself costs, beside DPDK's net_bonding         slaves=2,4,8 flows=1,64,65536 rounds=9 ms=5
          afxdp     the rate through a bond over veth beside a plain C loop without one         bursts=32,64,256 lengths=60 rounds=9 ms=20
          host      TCP and UDP through two bonds, super-frames on and off, beside the kernel   streams=1,4 rounds=5 seconds=1
          failover  what a cut link costs an active-backup bond, step by step                   cuts=50
          tail      how long bursts take in a process with a busy control plane                 rounds=5 ms=2000
          scale     two poll cores beside one, over memory ports and two-queue veth             rounds=15 ms=20
          hash      the hash kernels, the offloads and the queue between cores                  [BenchmarkDotNet arguments]
          all       everything but hash

        All but bond and hash need root: they make network namespaces and AF_XDP sockets. Results are printed, and left in out/bench.
        """;

    /// <summary>Those that report.</summary>
    private static readonly (string Name, Func<Arguments, CancellationToken, Report> Run)[] Verbs =
    [
        ("bond", (arguments, _) => BondBenchmark.Run(arguments)),
        ("afxdp", AfxdpBenchmark.Run),
        ("host", HostBenchmark.Run),
        ("failover", (arguments, stop) => FailoverBenchmark.Run(arguments, Folder, stop)),
        ("tail", (arguments, stop) => TailBenchmark.Run(arguments, Folder, stop)),
        ("scale", ScaleBenchmark.Run),
    ];

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
            case ["hash", .. string[] options]:
                string[] kernels = options switch
                {
                    [] => ["--filter", "*"],
                    ["--quick"] => ["--filter", "*", "--job", "short"],
                    _ => options,
                };
                BenchmarkSwitcher.FromTypes([typeof(HashBenchmarks), typeof(SpscBenchmarks), typeof(OffloadBenchmarks)])
                    .Run([.. kernels, "--inProcess", "--artifacts", Path.Combine(Folder, "hash"), "--exporters", "json"]);
                return 0;
            case ["all", .. string[] options]:
                return RunAll(options);
            case [string name, .. string[] options] when Array.Find(Verbs, verb => verb.Name == name) is { Run: { } run }:
                Publish(run(new Arguments(options), stop));
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return Misused;
        }
    }

    /// <summary>Each in a process of its own: the one before leaves its threads, and so what it would start, where it put them, and its code as it was used.</summary>
    private static int RunAll(string[] options)
    {
        foreach ((string name, _) in Verbs)
        {
            using Process verb = Process.Start(Environment.ProcessPath!, [name, .. options]);
            verb.WaitForExit();
            if (verb.ExitCode != 0)
            {
                return verb.ExitCode;
            }
        }

        File.WriteAllText(Path.Combine(Folder, "all.md"), string.Join('\n', Verbs.Select(verb => File.ReadAllText(Path.Combine(Folder, verb.Name + ".md")))));
        return 0;
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
