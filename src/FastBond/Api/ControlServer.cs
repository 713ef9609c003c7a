using FastBond.Configuration.Reload;
using FastBond.Core.Bonds;
using FastBond.Linux;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FastBond.Api;

/// <summary>Kestrel on the control socket, and nothing else of a host: no configuration files, no environment, no logging, no signals.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private const int MaxBodyBytes = 64 * 1024;
    private const int MaxConnections = 64;

    /// <summary>How long open requests may take to finish when the daemon stops.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;

    private ControlServer(WebApplication application) => _application = application;

    /// <summary>Starts to answer on the socket, which the server owns from now on.</summary>
    public static async Task<ControlServer> StartAsync(
        IBondEngine engine, ConfigurationKeeper keeper, ControlSocket socket, Action<LogPriority, string> log)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore()
            .UseSockets(transport => transport.CreateBoundListenSocket = _ => socket.Listener)
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
                kestrel.Limits.MaxConcurrentConnections = MaxConnections;
                kestrel.ListenUnixSocket(socket.Path);
            });
        WebApplication application = builder.Build();
        new ControlApi(engine, socket.Group, log).Map(application);
        new ConfigurationApi(keeper).Map(application);
        new EventApi(engine, application.Lifetime.ApplicationStopping).Map(application);
        await application.StartAsync();
        return new ControlServer(application);
    }

    /// <summary>
    /// Stops to answer and removes the socket file. Open requests may finish for a while, unless <paramref name="hurry"/> is set.
    /// </summary>
    public async Task StopAsync(CancellationToken hurry)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(hurry);
        deadline.CancelAfter(Grace);
        await _application.StopAsync(deadline.Token);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    /// <summary>Signals are the daemon's business: it stops the API first and the bonds after.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
