using FastBond.Core.Bonds;

namespace FastBond.Simulation.Arp;

/// <summary>
/// Given what a kernel bond under the ARP monitor received, and when, ours says and sends the same and is in the same states
/// (tests/golden/traces/arp-*, ns6-*).
/// </summary>
public class ArpTraceTests
{
    /// <summary>The recorder looked at the states every 10 ms, when its machine let it.</summary>
    private const double SlackMs = 35;

    private static readonly Dictionary<string, ArpSetup> Setups = new ArpSetup[]
    {
        new("arp-ab-none", BondMode.ActiveBackup, "none") { Slaves = [("s0", 400), ("s1", 200), ("s2", 100)] },
        new("arp-ab-active", BondMode.ActiveBackup, "active")
        {
            Slaves = [("s0", 120), ("s1", 60)],
            AddressesMs = 20,
            ClockJumps = [(5100, -60), (11500, -150)],
        },
        new("arp-ab-all", BondMode.ActiveBackup, "all")
        {
            Slaves = [("s0", 400), ("s1", 200), ("s2", 100)],
            ClockJumps = [(3220, 150), (3300, -40)],
            TornLooksMs = [7021.6, 7915.6, 8966, 9132],
        },
        new("arp-lb-balance-rr", BondMode.BalanceRr, "none")
        {
            Slaves = [("s0", 120), ("s1", 60)],
            AddressesMs = 20,
            CountedInVain = "s0",
        },
        new("ns6-ab-all", BondMode.ActiveBackup, "all") { Slaves = [("s0", 120), ("s1", 60)], AddressesMs = 40 },
    }.ToDictionary(static setup => setup.Trace);

    public static TheoryData<string> Traces => [.. Setups.Keys];

    [Theory]
    [MemberData(nameof(Traces))]
    public void Log_lines_are_the_kernels(string name)
    {
        ArpReplay replay = new(Setups[name]);
        List<Happened> kernels =
        [
            .. replay.Trace.Timeline.Where(static entry => entry.Source == "dmesg" && entry.Text.StartsWith("bond0:", StringComparison.Ordinal))
                .Select(static entry => new Happened(entry.TimeMs, entry.Text)).Skip(Setups[name].CountedInVain is null ? 0 : 1),
        ];
        Compare(kernels, replay.Lines);
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void Frames_sent_are_the_kernels(string name)
    {
        ArpReplay replay = new(Setups[name]);
        List<Happened> kernels =
        [
            .. replay.Frames.Where(IsTheBonds).Select(static frame => new Happened(frame.TimeMs, $"{frame.Interface}: {FrameText.Of(frame.Bytes)}")),
        ];
        Assert.InRange(kernels.Count, 30, 200);

        // The recording of frames ended before that of the log.
        Compare(kernels, [.. replay.Sent.Where(sent => sent.TimeMs <= kernels[^1].TimeMs)]);
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void States_are_the_kernels(string name)
    {
        ArpReplay replay = new(Setups[name]);
        Dictionary<string, string?> state = [];
        int looks = 0;
        foreach (TraceEntry entry in replay.Trace.Timeline.Where(static entry => entry.Source == "state"))
        {
            foreach ((string key, string? value) in entry.Changes)
            {
                state[key] = value;
            }

            if (Setups[name].TornLooksMs.Any(timeMs => Math.Abs(entry.TimeMs - timeMs) < 1))
            {
                continue;
            }

            foreach ((string key, IReadOnlyList<Observation> history) in replay.Histories)
            {
                // What ours was while the recorder looked; before the first pass there is nothing to compare.
                List<Observation> now = [.. history.Where((value, index) => value.TimeMs <= entry.TimeMs + SlackMs && (index + 1 == history.Count || history[index + 1].TimeMs >= entry.TimeMs - SlackMs))];
                string kernels = Corrected(key, state.GetValueOrDefault(key), Setups[name].CountedInVain);
                Assert.True(now.Exists(value => value.Value == kernels), $"{entry.TimeMs:0} ms: {key} = {kernels}, ours {string.Join(", ", now.Select(static value => value.Value))}");
            }

            looks++;
        }

        Assert.InRange(looks, 3, 60);
    }

    /// <summary>What the monitor and the announcements sent; the host's own solicitations and answers are not the bond's to send.</summary>
    private static bool IsTheBonds(RecordedFrame frame)
    {
        string text = FrameText.Of(frame.Bytes);
        return ArpReplay.IsProbe(frame) ||
            (!frame.IsIncoming && frame.Interface != "bond0" &&
                (text.StartsWith("arp request", StringComparison.Ordinal) || text.Contains("flags=20", StringComparison.Ordinal)));
    }

    private static string Corrected(string key, string? kernels, string? countedInVain) => key switch
    {
        "bond|Currently Active Slave" when kernels is null => "hidden",
        _ when countedInVain is not null && key == $"{countedInVain}|Link Failure Count" => (int.Parse(kernels!) - 1).ToString(),
        _ => kernels!,
    };

    private static void Compare(List<Happened> kernels, List<Happened> ours)
    {
        const double LongestPassMs = 150;
        Assert.Equal(kernels.Select(static what => what.Text), ours.Select(static what => what.Text));
        foreach ((Happened theirs, Happened mine) in kernels.Zip(ours))
        {
            Assert.True(Math.Abs(theirs.TimeMs - mine.TimeMs) <= LongestPassMs, $"{theirs.Text}: at {mine.TimeMs:0} ms, the kernel at {theirs.TimeMs:0} ms");
        }
    }
}
