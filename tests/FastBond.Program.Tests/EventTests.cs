using FastBond.Commands;
using FastBond.Linux;

namespace FastBond.Program.Tests;

/// <summary>The stream of events: from the engine to a line on a terminal.</summary>
public sealed class EventTests
{
    private static readonly DateTimeOffset Time = new(2025, 11, 21, 9, 36, 0, 123, TimeSpan.Zero);

    [Fact]
    public async Task EventsComeAsTheyHappenAndEndWithTheDaemon()
    {
        RunningDaemon daemon = await RunningDaemon.StartAsync();
        using HttpClient http = daemon.Http();
        using HttpResponseMessage response = await http.GetAsync("/v1/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using StreamReader lines = new(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        // The answer has begun: whatever happens from here on is told.
        EventListener listener = Assert.Single(daemon.Engine.Listeners);
        listener.Tell(new BondEvent(Time, "bond0", "link", "eth0", "up", "down", "link down, no carrier"));
        Assert.Equal(
            """{"time":"2025-11-21T09:36:00.123+00:00","bond":"bond0","what":"link","slave":"eth0","from":"up","to":"down","reason":"link down, no carrier"}""",
            await lines.ReadLineAsync(TestContext.Current.CancellationToken));
        listener.Tell(new BondEvent(Time, "bond0", "carrier", To: "down"));
        Assert.Equal("""{"time":"2025-11-21T09:36:00.123+00:00","bond":"bond0","what":"carrier","to":"down"}""", await lines.ReadLineAsync(TestContext.Current.CancellationToken));

        daemon.Stop();
        Assert.Null(await lines.ReadLineAsync(TestContext.Current.CancellationToken));
        await daemon.Ended.WaitAsync(RunningDaemon.Patience, TestContext.Current.CancellationToken);
        Assert.Empty(daemon.Engine.Listeners);
        await daemon.DisposeAsync();
    }

    [Fact]
    public async Task TheCommandPrintsThemUntilTheDaemonEnds()
    {
        RunningDaemon daemon = await RunningDaemon.StartAsync();
        Task<Ran> words = daemon.RunAsync("events");
        Task<Ran> json = daemon.RunAsync("events", "--json");
        Assert.True(SpinWait.SpinUntil(() => daemon.Engine.Listeners.Count == 2, RunningDaemon.Patience));
        daemon.Engine.Listeners.ToList().ForEach(listener => listener.Tell(new BondEvent(Time, "bond0", "active_slave", From: "eth0", To: "eth1", Reason: "eth0: no carrier")));
        daemon.Stop();
        Assert.EndsWith(" bond0: active_slave eth0 -> eth1 (eth0: no carrier)\n", (await words).Output, StringComparison.Ordinal);
        Assert.Equal(
            """{"time":"2025-11-21T09:36:00.123+00:00","bond":"bond0","what":"active_slave","from":"eth0","to":"eth1","reason":"eth0: no carrier"}""" + "\n",
            (await json).Output);
        await daemon.DisposeAsync();
    }

    [Fact]
    public void WhoDoesNotReadLosesTheNewestAndIsToldHowMany()
    {
        using EventListener listener = new(_ => { });
        for (int i = 0; i < 5000; i++)
        {
            listener.Tell(new BondEvent(Time, "bond0", "mtu", To: $"{i}"));
        }

        int read = 0;
        while (listener.Events.TryRead(out BondEvent? told))
        {
            Assert.Equal($"{read++}", told.To);
        }

        Assert.Equal(5000, read + listener.TakeLost());
        Assert.InRange(read, 100, 4999);
        Assert.Equal(0, listener.TakeLost());
    }

    [Theory]
    [InlineData("""{"time":"2025-11-21T09:36:00Z","bond":"bond0","what":"bond_added"}""", "bond0: bond_added")]
    [InlineData("""{"time":"2025-11-21T09:36:00Z","bond":"bond0","what":"slave_added","slave":"eth0","to":"up"}""", "bond0 eth0: slave_added up")]
    [InlineData("""{"time":"2025-11-21T09:36:00Z","bond":"bond0","what":"active_slave","from":"eth0"}""", "bond0: active_slave eth0 -> none")]
    public void AnEventIsOneLine(string json, string words) => Assert.EndsWith(" " + words, EventsCommand.Words(json), StringComparison.Ordinal);

    [Fact]
    public void LostEventsAreALineToo() => Assert.Equal("7 events were lost: they came faster than they were read", EventsCommand.Words("""{"lost":7}"""));

    [Fact]
    public async Task NoDaemonIsSaid() => Assert.Equal(1, (await Ran.AsyncOf("events", "--state-dir", "/nonexistent")).Code);
}
