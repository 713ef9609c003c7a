using FastBond.Api;
using FastBond.Configuration;
using FastBond.Configuration.Reload;
using FastBond.Core.Bonds;
using FastBond.Linux;
using FastBond.Service;

namespace FastBond.Commands;

/// <summary>What a daemon is to do.</summary>
/// <param name="SocketPath">Its control socket.</param>
/// <param name="Bond">A bond to make at once; null: none.</param>
internal sealed record DaemonPlan(string SocketPath, BondRequest? Bond)
{
    /// <summary>File or directory that the configuration was read from, and is read from again at a reload; null: there is none.</summary>
    public string? ConfigurationPath { get; init; }

    /// <summary>What was read.</summary>
    public ConfigurationReading Configuration { get; init; } = new([], []);

    /// <summary>Where what is in force is remembered.</summary>
    public string MemoryPath { get; init; } = SocketPath + ".configuration";

    /// <summary>Whether the configuration may have the interface that carries the default route.</summary>
    public bool Force { get; init; }

    /// <summary>Whether a clean stop deletes the host interface of a bond that has no say in it.</summary>
    public bool DeleteByDefault { get; init; }
}

/// <summary>The life of a daemon: socket, engine, configuration, the bond of the command line, control API; then all of it backwards.</summary>
/// <param name="log">Where lines go.</param>
/// <param name="manager">The service manager that is told.</param>
internal sealed class Daemon(Action<LogPriority, string> log, ServiceManager manager)
{
    /// <summary>
    /// Runs until <paramref name="stop"/> completes. Whatever is refused on the way up is the answer, and nothing stays behind. The socket is
    /// taken first: a second daemon must be refused before its engine touches an interface.
    /// </summary>
    public async Task<Outcome> RunAsync(IBondEngine engine, DaemonPlan plan, Task stop, CancellationToken hurry)
    {
        Outcome outcome = ControlSocket.Open(plan.SocketPath, out ControlSocket? opened);
        if (!outcome.Success)
        {
            return outcome;
        }

        using ControlSocket socket = opened!;
        outcome = engine.Start();
        if (!outcome.Success)
        {
            return outcome;
        }

        using ConfigurationKeeper keeper = new(engine, plan.ConfigurationPath, plan.MemoryPath, plan.Force, log);
        try
        {
            outcome = await ConfigureAsync(engine, keeper, plan);
            if (outcome.Success)
            {
                await ServeAsync(engine, keeper, socket, stop, hurry);
            }
        }
        finally
        {
            await engine.StopAsync(plan.DeleteByDefault);
            if (plan.DeleteByDefault)
            {
                File.Delete(plan.MemoryPath);
            }
        }

        return outcome;
    }

    private static async Task<Outcome> ConfigureAsync(IBondEngine engine, ConfigurationKeeper keeper, DaemonPlan plan)
    {
        if (plan.ConfigurationPath is not null && await keeper.StartAsync(plan.Configuration) is { Outcome: { Success: false } refused })
        {
            return refused;
        }

        return plan.Bond is null ? Outcome.Ok : await engine.AddBondAsync(plan.Bond);
    }

    private async Task ServeAsync(IBondEngine engine, ConfigurationKeeper keeper, ControlSocket socket, Task stop, CancellationToken hurry)
    {
        await using ControlServer server = await ControlServer.StartAsync(engine, keeper, socket, log);
        log(LogPriority.Notice, $"fastbond: ready, control socket {socket.Path}");
        manager.Ready();
        using CancellationTokenSource ending = new();
        Task vitals = new Vitals(engine, manager, log, TimeProvider.System).RunAsync(ending.Token);
        await stop;
        log(LogPriority.Notice, "fastbond: stopping");
        manager.Stopping();
        await ending.CancelAsync();
        await vitals;
        await server.StopAsync(hurry);
    }
}
