using System.Net.Sockets;
using System.Text;

namespace FastBond.Lab.Product;

/// <summary>The service manager's side of sd_notify(3): a socket, and what a daemon says there.</summary>
public sealed class ServiceManagerSocket : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastbond-lab-");
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string _path;
    private readonly byte[] _buffer = new byte[1024];

    /// <summary>Opens the socket.</summary>
    public ServiceManagerSocket()
    {
        _path = Path.Combine(_folder.FullName, "notify");
        _socket.Bind(new UnixDomainSocketEndPoint(_path));
    }

    /// <summary>What starts a daemon so that it speaks here, and tells it how long it may be silent.</summary>
    public string Starter(TimeSpan watchdog) => $"env NOTIFY_SOCKET={_path} WATCHDOG_USEC={watchdog.TotalMicroseconds:0}";

    /// <summary>The next thing said; null if nothing is within the time.</summary>
    public string? Next(TimeSpan limit)
    {
        _socket.ReceiveTimeout = Math.Max(1, (int)limit.TotalMilliseconds);
        try
        {
            return Encoding.UTF8.GetString(_buffer, 0, _socket.Receive(_buffer));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.TimedOut)
        {
            return null;
        }
    }

    /// <summary>All that is said until something is that satisfies <paramref name="wanted"/>, which is the last.</summary>
    /// <exception cref="TimeoutException">Nothing did in time.</exception>
    public IReadOnlyList<string> Until(Func<string, bool> wanted, TimeSpan limit)
    {
        List<string> said = [];
        for (long end = Environment.TickCount64 + (long)limit.TotalMilliseconds; ;)
        {
            string next = Next(TimeSpan.FromMilliseconds(end - Environment.TickCount64))
                ?? throw new TimeoutException($"the service manager only heard:\n{string.Join('\n', said)}");
            said.Add(next);
            if (wanted(next))
            {
                return said;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _folder.Delete(recursive: true);
    }
}
