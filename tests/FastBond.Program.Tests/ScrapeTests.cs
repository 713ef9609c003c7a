using System.Net.Sockets;
using System.Text;

namespace FastBond.Program.Tests;

/// <summary>
/// What looking at a running daemon costs it: a garbage collection stops every poll core, so a scrape each second must not bring one on
/// within a minute. Alone, since it counts what the whole process allocates.
/// </summary>
[Collection(nameof(ScrapeTests))]
[CollectionDefinition(nameof(ScrapeTests), DisableParallelization = true)]
public sealed class ScrapeTests
{
    private const int Scrapes = 1000;

    /// <summary>A minute of scrapes then stays below the smallest first generation there is, 256 KB.</summary>
    private const int BytesPerScrape = 2048;

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/v1/bonds")]
    public async Task AScrapeOverAnOpenConnectionAllocatesLittle(string path)
    {
        await using RunningDaemon daemon = await RunningDaemon.StartAsync();
        daemon.Engine.Bonds.Add("bond0");
        using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        await client.ConnectAsync(new UnixDomainSocketEndPoint(daemon.SocketPath), TestContext.Current.CancellationToken);
        byte[] request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: fastbond\r\n\r\n");
        byte[] answer = new byte[4096];
        Scrape(client, request, answer, 100);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Scrape(client, request, answer, Scrapes);
        long each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Scrapes;
        TestContext.Current.TestOutputHelper?.WriteLine($"{path}: {each} bytes a scrape");
        Assert.InRange(each, 0, BytesPerScrape);
    }

    /// <summary>The answers are small enough to come in one piece each.</summary>
    private static void Scrape(Socket client, byte[] request, byte[] answer, int times)
    {
        for (int i = 0; i < times; i++)
        {
            client.Send(request);
            int received = client.Receive(answer);
            Assert.True(answer.AsSpan(0, received).StartsWith("HTTP/1.1 200 "u8));
        }
    }
}
