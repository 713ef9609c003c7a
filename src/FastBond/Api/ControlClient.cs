using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;

namespace FastBond.Api;

/// <summary>What the daemon answered: a body, or a failure as one line ("ENODEV: …").</summary>
internal sealed record Reply(string Body, string? Failure)
{
    /// <summary>Whether nobody was there to answer.</summary>
    public bool NoDaemon { get; init; }

    /// <summary>What there is to say of a configuration that was refused.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Prints the body on stdout or the failure on stderr, and gives the exit code.</summary>
    public int Report(InvocationConfiguration streams)
    {
        if (Failure is not null)
        {
            streams.Error.WriteLine($"fastbond: {Failure}");
            return 1;
        }

        streams.Output.Write(Body);
        return 0;
    }
}

/// <summary>The commands' end of the control socket: HTTP over a Unix socket.</summary>
internal sealed class ControlClient : IDisposable
{
    /// <summary>Longer than any request may take: the engine's own waits are bounded by a few seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _socketPath;
    private readonly HttpClient _http;

    /// <summary>Prepares requests to the daemon at <paramref name="socketPath"/>; connects at the first.</summary>
    public ControlClient(string socketPath)
    {
        _socketPath = socketPath;
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (_, cancellation) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellation);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }

                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://fastbond"), Timeout = Patience };
    }

    /// <summary>The path of a collection, or of one bond in it, or of slaves (joined by commas) of that bond.</summary>
    public static string Path(string collection, string? bond, string? slaves = null)
    {
        string path = $"/v1/{collection}";
        if (bond is not null)
        {
            path += "/" + Uri.EscapeDataString(bond);
        }

        return slaves is null ? path : $"{path}/slaves/{Uri.EscapeDataString(slaves)}";
    }

    /// <summary>Sends one request.</summary>
    public Task<Reply> SendAsync(HttpMethod method, string path, HttpContent? content = null) =>
        AskAsync(method, path, content, HttpCompletionOption.ResponseContentRead, async response =>
            new Reply(await response.Content.ReadAsStringAsync(), null));

    /// <summary>Asks for a stream and takes its lines until it ends; <paramref name="begun"/> is called when the daemon has answered.</summary>
    public Task<Reply> StreamAsync(string path, Action begun, Action<string> take) =>
        AskAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseHeadersRead, async response =>
        {
            begun();
            using StreamReader reader = new(await response.Content.ReadAsStreamAsync());
            while (await reader.ReadLineAsync() is { } line)
            {
                take(line);
            }

            return new Reply("", null);
        });

    private async Task<Reply> AskAsync(
        HttpMethod method, string path, HttpContent? content, HttpCompletionOption completion, Func<HttpResponseMessage, Task<Reply>> take)
    {
        if (ControlSocket.PathError(_socketPath) is { } unusable)
        {
            return new Reply("", unusable.ToString());
        }

        using HttpRequestMessage request = new(method, path) { Content = content };
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, completion);
            return response.IsSuccessStatusCode ? await take(response) : Failure(response, await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied })
        {
            return new Reply("", $"EACCES: {_socketPath} is for root and the group {ControlSocket.GroupName}");
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException)
        {
            return new Reply("", $"no daemon answers on {_socketPath}: start one with 'fastbond run', or name its socket with --socket") { NoDaemon = true };
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new Reply("", $"EIO: the daemon on {_socketPath} went away before it answered");
        }
        catch (TaskCanceledException)
        {
            return new Reply("", $"ETIMEDOUT: the daemon on {_socketPath} gave no answer within {Patience.TotalSeconds} s");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static Reply Failure(HttpResponseMessage response, string body)
    {
        try
        {
            if (JsonSerializer.Deserialize(body, ApiJson.Default.ErrorBody) is { } error)
            {
                return new Reply("", $"{error.Error}: {error.Message}") { Problems = error.Problems ?? [] };
            }
        }
        catch (JsonException)
        {
            // Whoever answered isn't a FastBond daemon; the status line is all there is.
        }

        return new Reply("", $"EIO: the answer was HTTP {(int)response.StatusCode} {response.ReasonPhrase}");
    }
}
