using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FastBond.Service;

/// <summary>The service manager that started us, told of our state by datagrams (sd_notify(3)). Without one nothing is sent.</summary>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket? _socket;

    private ServiceManager(Socket? socket, TimeSpan? watchdog)
    {
        _socket = socket;
        Watchdog = watchdog;
    }

    /// <summary>Whether there is one.</summary>
    public bool IsThere => _socket is not null;

    /// <summary>How long it waits for a sign of life before it ends us; null: it does not watch.</summary>
    public TimeSpan? Watchdog { get; }

    /// <summary>The one that the environment names, which children are not to inherit.</summary>
    public static ServiceManager FromEnvironment()
    {
        string? path = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        string? interval = Environment.GetEnvironmentVariable("WATCHDOG_USEC");
        bool isForUs = Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { } id || id == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return Open(path, isForUs ? interval : null);
    }

    /// <summary>The one that listens on a socket.</summary>
    /// <param name="path">Path of the socket, "@name" if it is an abstract one; null or empty: there is none.</param>
    /// <param name="watchdogMicroseconds">Its patience; null: it does not watch.</param>
    public static ServiceManager Open(string? path, string? watchdogMicroseconds)
    {
        if (string.IsNullOrEmpty(path))
        {
            return new ServiceManager(null, null);
        }

        TimeSpan? watchdog = long.TryParse(watchdogMicroseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds)
            : null;
        Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
            return new ServiceManager(socket, watchdog);
        }
        catch (SocketException)
        {
            // It named a socket and isn't there: as good as none.
            socket.Dispose();
            return new ServiceManager(null, null);
        }
    }

    /// <summary>We serve now.</summary>
    public void Ready() => Send("READY=1");

    /// <summary>We are about to end.</summary>
    public void Stopping() => Send("STOPPING=1");

    /// <summary>A line for people.</summary>
    public void Status(string line) => Send($"STATUS={line}");

    /// <summary>We live.</summary>
    public void Alive() => Send("WATCHDOG=1");

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private void Send(string state)
    {
        try
        {
            _socket?.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (SocketException)
        {
            // A manager that has gone away, or whose queue is full, is told nothing.
        }
    }
}
