using System.Globalization;
using System.Text.RegularExpressions;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;

namespace FastBond.Lab.Tools;

/// <summary>What <c>ping</c> counted.</summary>
/// <param name="Sent">Requests sent.</param>
/// <param name="Received">Answers received, without duplicates.</param>
/// <param name="Duplicates">Answers that came more than once.</param>
public sealed partial record PingResult(int Sent, int Received, int Duplicates)
{
    /// <summary>Requests without an answer.</summary>
    public int Lost => Sent - Received;

    internal static PingResult Parse(CommandResult result)
    {
        Match match = Summary().Match(result.Output);
        return match.Success
            ? new PingResult(Number(match.Groups[1].Value), Number(match.Groups[2].Value), match.Groups[3].Success ? Number(match.Groups[3].Value) : 0)
            : throw new LabException($"{result.CommandLine}: no summary\n{result.Output}{result.Error}");
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d+) packets transmitted, (\d+) received(?:, \+(\d+) duplicates)?", RegexOptions.None, 1000)]
    private static partial Regex Summary();
}

/// <summary>Runs <c>ping</c>.</summary>
public static class Ping
{
    /// <summary>Pings from <paramref name="place"/> and returns the counts, whatever they are. IPv6 link-local targets take <c>%device</c>.</summary>
    /// <param name="place">Where from.</param>
    /// <param name="target">Address.</param>
    /// <param name="count">Requests.</param>
    /// <param name="intervalMs">Milliseconds between them.</param>
    /// <param name="size">Payload bytes; more than fits is not fragmented but refused.</param>
    /// <param name="onDevice">Device to send by: for groups.</param>
    public static PingResult Run(NetworkNamespace place, string target, int count = 3, int intervalMs = 10, int size = 56, string? onDevice = null)
    {
        string[] more = ["-c", $"{count}", "-s", $"{size}", .. onDevice is null ? (string[])[] : ["-I", onDevice]];
        return PingResult.Parse(place.Try(Command(target, intervalMs, more), TimeSpan.FromMilliseconds((count * intervalMs) + 15_000)));
    }

    /// <summary>Starts to ping, until <see cref="Finish"/>.</summary>
    public static ChildProcess Start(NetworkNamespace place, string target, int intervalMs) => place.Start(Command(target, intervalMs, []));

    /// <summary>Ends a ping and returns what it counted.</summary>
    public static PingResult Finish(ChildProcess ping, TimeSpan limit)
    {
        const int Interrupt = 2;
        using (ping)
        {
            ping.Signal(Interrupt);
            return ping.WaitForExit(limit)
                ? PingResult.Parse(new CommandResult(ping.CommandLine, ping.ExitCode, ping.Output, ping.Error))
                : throw new LabException($"{ping.CommandLine}: still running after {limit.TotalSeconds} s");
        }
    }

    private static string[] Command(string target, int intervalMs, string[] more) =>
        ["ping", "-n", "-q", "-M", "do", "-i", (intervalMs / 1000.0).ToString(CultureInfo.InvariantCulture), "-W", "1", .. more, target];
}
