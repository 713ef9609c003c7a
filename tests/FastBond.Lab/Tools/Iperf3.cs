using System.Text.Json;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;

namespace FastBond.Lab.Tools;

/// <summary>What an iperf3 client measured.</summary>
/// <param name="BitsPerSecond">As the receiver counted.</param>
/// <param name="Bytes">Received.</param>
/// <param name="Retransmits">TCP segments sent again; 0 for UDP.</param>
/// <param name="Datagrams">UDP datagrams sent; 0 for TCP.</param>
/// <param name="LostDatagrams">UDP datagrams that did not arrive.</param>
public sealed record Iperf3Result(double BitsPerSecond, long Bytes, long Retransmits, long Datagrams, long LostDatagrams)
{
    internal static Iperf3Result Parse(string commandLine, string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.TryGetProperty("error", out JsonElement error))
            {
                throw new LabException($"{commandLine}: {error.GetString()}");
            }
            JsonElement end = document.RootElement.GetProperty("end");
            JsonElement received = end.TryGetProperty("sum_received", out JsonElement tcp) ? tcp : end.GetProperty("sum");
            bool isUdp = end.TryGetProperty("sum", out JsonElement udp);
            return new Iperf3Result(
                received.GetProperty("bits_per_second").GetDouble(),
                received.GetProperty("bytes").GetInt64(),
                !isUdp && end.GetProperty("sum_sent").TryGetProperty("retransmits", out JsonElement again) ? again.GetInt64() : 0,
                isUdp ? udp.GetProperty("packets").GetInt64() : 0,
                isUdp ? udp.GetProperty("lost_packets").GetInt64() : 0);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new LabException($"{commandLine}: not iperf3's JSON\n{text}", e);
        }
    }
}

/// <summary>An iperf3 server, up from construction to disposal, and clients of it.</summary>
public sealed class Iperf3 : IDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(5);

    private readonly ChildProcess _server;
    private readonly string _address;
    private int _clients;

    /// <summary>Starts a server in <paramref name="place"/> on <paramref name="address"/>.</summary>
    public Iperf3(NetworkNamespace place, string address)
    {
        _address = address;
        _server = place.Start(["iperf3", "-s", "-B", address, "--forceflush"]);
    }

    /// <summary>Starts a client, to be ended by <see cref="Finish"/>.</summary>
    /// <param name="client">Where it runs.</param>
    /// <param name="seconds">For how long it sends.</param>
    /// <param name="udp">UDP, else TCP.</param>
    /// <param name="reverse">Whether the server sends.</param>
    /// <param name="parallel">Flows.</param>
    /// <param name="bitsPerSecond">Rate of each flow, 0 for no limit; null for as fast as TCP goes, or iperf3's default of UDP.</param>
    /// <param name="datagram">Bytes of each UDP datagram.</param>
    public ChildProcess Start(
        NetworkNamespace client, int seconds, bool udp = false, bool reverse = false, int parallel = 1, long? bitsPerSecond = null, int datagram = 1400)
    {
        // It says so again after each client, and turns away one that comes before.
        _server.WaitForLine(line => line.StartsWith("Server listening", StringComparison.Ordinal), ReadyLimit, "Server listening", ++_clients);
        List<string> command = ["iperf3", "-c", _address, "-J", "-t", $"{seconds}", "-P", $"{parallel}", "--connect-timeout", "5000"];
        if (udp)
        {
            // Datagrams that fit one frame, in even spacing: bursts would overrun veth's ring of 256 frames, which is not what is measured.
            command.AddRange(["-u", "-l", $"{datagram}", "--pacing-timer", "1000"]);
        }
        if (bitsPerSecond is { } rate)
        {
            command.AddRange(["-b", $"{rate}"]);
            if (!udp)
            {
                // Small writes: the rate is kept by pausing between writes.
                command.AddRange(["-l", "8K"]);
            }
        }
        if (reverse)
        {
            command.Add("-R");
        }
        return client.Start(command);
    }

    /// <summary>Waits for a client's end and reads what it measured.</summary>
    public static Iperf3Result Finish(ChildProcess client, TimeSpan limit)
    {
        using (client)
        {
            return client.WaitForExit(limit)
                ? Iperf3Result.Parse(client.CommandLine, client.Output)
                : throw new LabException($"{client.CommandLine}: still running after {limit.TotalSeconds} s");
        }
    }

    /// <summary>Runs a client to its end.</summary>
    public Iperf3Result Run(NetworkNamespace client, int seconds, bool udp = false, bool reverse = false, long? bitsPerSecond = null) =>
        Finish(Start(client, seconds, udp, reverse, bitsPerSecond: bitsPerSecond), TimeSpan.FromSeconds(seconds + 15));

    /// <inheritdoc/>
    public void Dispose() => _server.Dispose();
}
