using System.Runtime.InteropServices;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Topology;
using Spectre.Console;

namespace FastBond.Lab.Demo;

/// <summary>The command line of <c>fastbond-lab</c>: <c>demo [MODE] [--out DIR]</c>.</summary>
internal static class Main
{
    private const string Usage = "usage: fastbond-lab demo [balance-rr|active-backup|balance-xor] [--out DIR]";
    private const int Interrupted = 130;

    /// <summary>Runs it. Exit code 0; 1 if something did not work; 2 usage; 130 after Ctrl-C.</summary>
    public static int Run(string[] args)
    {
        if (!TryParse(args, out string mode, out string folder))
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }
        if (LabFacts.ProductSkipReason is { Length: > 0 } lacking)
        {
            Console.Error.WriteLine($"fastbond-lab: {lacking}");
            return 1;
        }
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        int code = Play(mode, folder, stop.Token);
        if (Leftovers.Ours() is { Count: > 0 } left)
        {
            Console.Error.WriteLine($"fastbond-lab: left behind: {string.Join(' ', left)}");
            return 1;
        }
        return code;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static int Play(string mode, string folder, CancellationToken stop)
    {
        LabRun lab = new();
        try
        {
            Report report = new Show(lab, mode, stop).Run();
            IReadOnlyList<string> faults = [.. report.Faults, .. lab.Finish()];
            report.Print(AnsiConsole.Console);
            foreach (string file in Plot.Draw(report, folder))
            {
                Console.WriteLine(file);
            }
            foreach (string fault in faults)
            {
                Console.Error.WriteLine($"fastbond-lab: {fault}");
            }
            return faults.Count == 0 ? 0 : 1;
        }
        catch (Exception e) when (e is OperationCanceledException || stop.IsCancellationRequested)
        {
            Console.Error.WriteLine("fastbond-lab: interrupted");
            return Interrupted;
        }
#pragma warning disable CA1031 // Unhandled, an exception would end the process without taking the lab down.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Console.Error.WriteLine($"fastbond-lab: {(e is LabException or TimeoutException ? e.Message : e)}");
            PrintLogs(lab);
            return 1;
        }
        finally
        {
            lab.Dispose();
        }
    }

    private static void PrintLogs(LabRun lab)
    {
        foreach (Product.FastBondProcess daemon in lab.Daemons)
        {
            Console.Error.WriteLine($"--- log of the daemon in {daemon.Place.Name}");
            foreach (string line in daemon.Log.TakeLast(20))
            {
                Console.Error.WriteLine(line);
            }
        }
    }

    private static bool TryParse(string[] args, out string mode, out string folder)
    {
        (mode, folder) = (Show.Modes[0], Path.Combine("out", "demo"));
        if (args.Length == 0 || args[0] != "demo")
        {
            return false;
        }
        for (int i = 1; i < args.Length; i++)
        {
            if (args[i] == "--out" && i + 1 < args.Length)
            {
                folder = args[++i];
            }
            else if (Show.Modes.Contains(args[i]))
            {
                mode = args[i];
            }
            else
            {
                return false;
            }
        }
        return true;
    }
}
