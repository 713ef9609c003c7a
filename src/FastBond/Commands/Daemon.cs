using FastBond.Api;
using FastBond.Core.Bonds;
using FastBond.Linux;

namespace FastBond.Commands;

/// <summary>The life of a daemon: socket, engine, the bond of the command line, control API; then all of it backwards.</summary>
/// <param name="log">Where lines go.</param>
/// <param name="deleteByDefault">Whether a clean stop deletes the host interface of a bond that has no say in it.</param>
internal sealed class Daemon(Action<LogPriority, string> log, bool deleteByDefault)
{
    /// <summary>
    /// Runs until <paramref name="stop"/> completes. Whatever is refused on the way up is the answer, and nothing stays behind. The socket is
    /// taken first: a second daemon must be refused before its engine touches an interface.
    /// </summary>
    public async Task<Outcome> RunAsync(IBondEngine engine, string socketPath, BondRequest? bond, Task stop, CancellationToken hurry)
    {
        Outcome outcome = ControlSocket.Open(socketPath, out ControlSocket? opened);
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

        try
        {
            if (bond is not null)
            {
                outcome = await engine.AddBondAsync(bond);
            }

            if (outcome.Success)
            {
                await ServeAsync(engine, socket, stop, hurry);
            }
        }
        finally
        {
            await engine.StopAsync(deleteByDefault);
        }

        return outcome;
    }

    private async Task ServeAsync(IBondEngine engine, ControlSocket socket, Task stop, CancellationToken hurry)
    {
        await using ControlServer server = await ControlServer.StartAsync(engine, socket, log);
        log(LogPriority.Notice, $"fastbond: ready, control socket {socket.Path}");
        await stop;
        log(LogPriority.Notice, "fastbond: stopping");
        await server.StopAsync(hurry);
    }
}
