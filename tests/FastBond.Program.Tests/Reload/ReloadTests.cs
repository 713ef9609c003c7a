using FastBond.Configuration;
using FastBond.Configuration.Reload;
using FastBond.Core.Bonds;
using FsCheck;
using FsCheck.Fluent;
using Outcome = FastBond.Core.Bonds.Outcome;

namespace FastBond.Program.Tests.Reload;

/// <summary>Reload by difference: what is asked of the engine, and that the outcome is the configuration's.</summary>
public sealed class ReloadTests : IDisposable
{
    private const string Base =
        """
        bonds:
          bond0:
            interfaces: [eth0, eth1]
            addresses: [192.0.2.1/24]
            routes: [{to: default, via: 192.0.2.254}]
            parameters: {mode: active-backup, mii-monitor-interval: 100, up-delay: 200}
        """;

    private readonly TempDirectory _directory = new();
    private readonly ModelEngine _engine = new();
    private readonly List<string> _log = [];
    private ConfigurationKeeper _keeper;

    public ReloadTests() => _keeper = NewKeeper(TimeProvider.System);

    public void Dispose()
    {
        _keeper.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task AStartMakesAllOfIt()
    {
        ReloadResult result = await StartAsync(Base);
        Assert.Equal(
            [
                "bond0: new bond mode=active-backup miimon=100 updelay=200 (live)", "bond0: enslave eth0 (live)", "bond0: enslave eth1 (live)", "bond0: up (live)",
                "bond0: add address 192.0.2.1/24 (live)", "bond0: add route default via 192.0.2.254 (live)",
            ],
            result.Steps);
    }

    [Fact]
    public async Task AReloadOfTheSameAsksNothingOfTheEngine()
    {
        await StartAsync(Base);
        ReloadResult result = await ReloadAsync(Base);
        Assert.Equal(Outcome.Ok, result.Outcome);
        Assert.Empty(result.Steps);
        Assert.Empty(_engine.Requests);
    }

    /// <summary>From the base, by replacing one text by another: what is asked, and what the plan says.</summary>
    [Theory]
    [InlineData("up-delay: 200", "up-delay: 300", "set bond0 updelay", "bond0: set updelay 200 -> 300 (live)")]
    [InlineData("interval: 100", "interval: 50", "set bond0 miimon updelay downdelay peer_notif_delay arp_interval arp_validate", "bond0: set miimon 100 -> 50 (live)")]
    [InlineData("eth0, eth1", "eth0, eth1, eth2", "enslave bond0 eth2", "bond0: enslave eth2 (live)")]
    [InlineData("eth0, eth1", "eth1", "release bond0 eth0", "bond0: release eth0 (live)")]
    [InlineData("eth0, eth1", "eth2, eth1", "release bond0 eth0|enslave bond0 eth2", "bond0: release eth0 (live)|bond0: enslave eth2 (live)")]
    [InlineData("interfaces", "mtu: 9000\n    interfaces", "host bond0", "bond0: MTU 1500 -> 9000 (live)")]
    [InlineData("interfaces", "macaddress: 02:00:00:00:00:77\n    interfaces", "host bond0", "bond0: MAC 02:00:00:00:00:01 -> 02:00:00:00:00:77 (live)")]
    [InlineData("192.0.2.1/24]", "192.0.2.1/24, 'fd00::1/64']", "host bond0", "bond0: add address fd00::1/64 (live)")]
    [InlineData("192.0.2.1/24", "192.0.2.2/24", "host bond0|host bond0|host bond0",
        "bond0: remove address 192.0.2.1/24 (live)|bond0: add address 192.0.2.2/24 (live)|bond0: routes again that it had (live)")]
    [InlineData("via: 192.0.2.254", "via: 192.0.2.253", "host bond0|host bond0",
        "bond0: remove route default via 192.0.2.254 (live)|bond0: add route default via 192.0.2.253 (live)")]
    [InlineData("up-delay: 200", "up-delay: 200, fail-over-mac-policy: active", "release bond0 eth0 eth1|set bond0 fail_over_mac|enslave bond0 eth0|enslave bond0 eth1",
        "bond0: release eth0, eth1 (needs the slaves released)|bond0: set fail_over_mac none -> active (needs the slaves released)|"
        + "bond0: enslave eth0 (needs the slaves released)|bond0: enslave eth1 (needs the slaves released)")]
    [InlineData("up-delay: 200", "up-delay: 200, ad-select: count", "host bond0|set bond0 ad_select|host bond0|host bond0",
        "bond0: down (needs the bond down)|bond0: set ad_select stable -> count (needs the bond down)|bond0: up (needs the bond down)|"
        + "bond0: addresses and routes again that it had (live)")]
    public async Task AChangeTouchesOnlyWhatItNames(string from, string to, string requests, string steps)
    {
        await StartAsync(Base);
        ReloadResult result = await ReloadAsync(Base.Replace(from, to, StringComparison.Ordinal));
        Assert.Equal((Outcome.Ok, steps), (result.Outcome, string.Join('|', result.Steps)));
        Assert.Equal(requests, string.Join('|', _engine.Requests));
        Assert.Empty((await ReloadAsync()).Steps);
    }

    [Fact]
    public async Task BondsComeAndGoAndOthersAreLeftAlone()
    {
        await StartAsync(Base);
        await _engine.AddBondAsync(new Linux.BondRequest("mine", [], [], TakeDown: false, Force: false));
        ReloadResult result = await ReloadAsync("bonds: {bond1: {interfaces: [eth1]}}\n");
        Assert.Equal(["bond0: delete (live)", "bond1: new bond (live)", "bond1: enslave eth1 (live)", "bond1: up (live)"], result.Steps);
        Assert.Equal(["mine", "bond1"], (await _engine.StateAsync()).Select(bond => bond.Name));
    }

    [Fact]
    public async Task ASlaveMovesFromOneBondToAnother()
    {
        await StartAsync("bonds: {bond0: {interfaces: [eth0, eth1]}, bond1: {interfaces: [eth2]}}\n");
        ReloadResult result = await ReloadAsync("bonds: {bond0: {interfaces: [eth0, eth2]}, bond1: {interfaces: [eth1]}}\n");
        Assert.Equal(["bond0: release eth1 (live)", "bond1: release eth2 (live)", "bond0: enslave eth2 (live)", "bond1: enslave eth1 (live)"], result.Steps);
    }

    [Fact]
    public async Task AnInterfaceThatIsNotThereIsAwaitedAndNoDifference()
    {
        _engine.Absent.Add("eth1");
        await StartAsync(Base);
        Assert.Empty((await ReloadAsync()).Steps);
        Assert.Equal(["bond0: release eth1 (live)"], (await ReloadAsync(Base.Replace("eth0, eth1", "eth0", StringComparison.Ordinal))).Steps);
        Assert.Single(Assert.Single(await _engine.StateAsync()).Slaves);
    }

    [Theory]
    [InlineData("bonds: {bond0: [}\n", "broken YAML")]
    [InlineData("bonds: {bond0: {parameters: {mode: 9}}}\n", "option mode: invalid value (9)")]
    public async Task ABrokenFileChangesNothing(string text, string said)
    {
        await StartAsync(Base);
        string before = await _engine.WordsAsync();
        ReloadResult result = await ReloadAsync(text);
        Assert.Equal(Errno.EINVAL, result.Outcome.Error);
        Assert.StartsWith($"{Path}:1: ", result.Outcome.Message, StringComparison.Ordinal);
        Assert.Contains(said, result.Outcome.Message, StringComparison.Ordinal);
        Assert.Empty(_engine.Requests);
        Assert.Equal(before, await _engine.WordsAsync());
        Assert.Empty((await ReloadAsync(Base)).Steps);
    }

    [Fact]
    public async Task ARefusalInTheMiddleGoesBackToWhatWas()
    {
        await StartAsync(Base);
        string before = await _engine.WordsAsync();
        _engine.Broken.Add("eth7");
        ReloadResult result = await ReloadAsync("bonds: {bond0: {interfaces: [eth1, eth7], addresses: [192.0.2.9/24], parameters: {mode: balance-xor}}, bond5: {}}\n");
        Assert.Equal("EINVAL: bond0: enslave eth7: eth7 is broken", result.Outcome.ToString());
        Assert.Empty(result.Steps);
        Assert.Equal(before, await _engine.WordsAsync());
        Assert.Empty(_log);
    }

    [Fact]
    public async Task WithoutAConfigurationThereIsNothingToReload()
    {
        _keeper.Dispose();
        _keeper = new ConfigurationKeeper(_engine, null, _directory.File("memory"), force: false, (_, line) => _log.Add(line));
        Assert.Equal(Errno.ENOENT, (await _keeper.ReloadAsync(null)).Outcome.Error);
    }

    [Fact]
    public async Task AReloadThatIsNotConfirmedIsRolledBack()
    {
        HandClock clock = new();
        _keeper.Dispose();
        _keeper = NewKeeper(clock);
        await StartAsync(Base);
        string before = await _engine.WordsAsync();
        await ReloadAsync(Base.Replace("192.0.2.1/24", "192.0.2.7/24", StringComparison.Ordinal).Replace("eth1", "eth3", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        Assert.NotEqual(before, await _engine.WordsAsync());
        Assert.Equal(Errno.EBUSY, (await _keeper.ReloadAsync(null)).Outcome.Error);
        clock.Fire();
        Assert.Equal(Errno.EINVAL, (await _keeper.ConfirmAsync()).Error);
        Assert.Equal(before, await _engine.WordsAsync());
        Assert.Equal(["fastbond: reload not confirmed in time, rolling back"], _log);
        Assert.Equal(TimeSpan.FromSeconds(30), clock.Due);
        Assert.NotEmpty((await _keeper.ReloadAsync(null)).Steps);
    }

    [Fact]
    public async Task AReloadThatIsConfirmedStays()
    {
        HandClock clock = new();
        _keeper.Dispose();
        _keeper = NewKeeper(clock);
        await StartAsync(Base);
        await ReloadAsync(Base.Replace("eth1", "eth3", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        string after = await _engine.WordsAsync();
        Assert.Equal(Outcome.Ok, await _keeper.ConfirmAsync());
        clock.Fire();
        Assert.Equal(Errno.EINVAL, (await _keeper.ConfirmAsync()).Error);
        Assert.Equal(after, await _engine.WordsAsync());
        Assert.Equal(["fastbond: reload confirmed"], _log);
    }

    [Fact]
    public async Task AReloadThatChangesNothingNeedsNoConfirmation()
    {
        await StartAsync(Base);
        await ReloadAsync(Base, TimeSpan.FromSeconds(30));
        Assert.Equal("EINVAL: no reload waits to be confirmed", (await _keeper.ConfirmAsync()).ToString());
    }

    [Fact]
    public async Task WhatIsAppliedBesidesIsLeftAloneByAReload()
    {
        await StartAsync(Base);
        ReloadResult result = await _keeper.ApplyAsync(Configuration.Read.Yaml("bonds: {bond1: {interfaces: [eth5]}}\n"));
        Assert.Equal(["bond1: new bond (live)", "bond1: enslave eth5 (live)", "bond1: up (live)"], result.Steps);
        Assert.Empty((await ReloadAsync()).Steps);
        Assert.Equal(2, (await _engine.StateAsync()).Count);
    }

    [Fact]
    public async Task ANewDaemonTakesAwayWhatTheOldOneGave()
    {
        await StartAsync(Base);
        _keeper.Dispose();

        // The host interface outlives the process with its addresses; the new engine knows nothing of them yet.
        _keeper = NewKeeper(TimeProvider.System);
        ReloadResult result = await StartAsync(Base.Replace("192.0.2.1/24", "192.0.2.5/24", StringComparison.Ordinal));
        Assert.Equal(
            ["bond0: remove address 192.0.2.1/24 (live)", "bond0: add address 192.0.2.5/24 (live)", "bond0: routes again that it had (live)"],
            result.Steps);
    }

    /// <summary>From any configuration to any other, and on a refusal anywhere back: the same as if it had been started with.</summary>
    [Fact]
    public void FromAnyConfigurationToAnyOther() =>
        Prop.ForAll(
            Arb.From(
                from first in Configuration.Generators.Bond("bond0")
                from second in Configuration.Generators.Bond("bond0")
                from other in Configuration.Generators.Bond("bond1")
                from hasOther in Gen.Elements(0, 1, 2, 3)
                from broken in Gen.Choose(0, 4)
                select (first, second, other, hasOther, broken)),
            drawn =>
            {
                BondConfiguration[] before = Usable(drawn.first, drawn.other, (drawn.hasOther & 1) != 0);
                BondConfiguration[] after = Usable(drawn.second, drawn.other, (drawn.hasOther & 2) != 0);
                ModelEngine engine = Started(before);
                string words = engine.WordsAsync().Result;
                Assert.Empty(ConfigurationDiff.Between(engine.StateAsync().Result, before, before));

                IReadOnlyList<Linux.BondState> running = engine.StateAsync().Result;
                string? victim = after.SelectMany(bond => bond.Slaves).Select(slave => slave.Name).ElementAtOrDefault(drawn.broken);
                bool isNew = victim is not null && before.SelectMany(bond => bond.Slaves).All(slave => slave.Name != victim);
                if (isNew)
                {
                    engine.Broken.Add(victim!);
                    Assert.False(Applier.ApplyAsync(engine, ConfigurationDiff.Between(running, before, after), force: false).Result.Success);
                    Apply(engine, ConfigurationDiff.Between(engine.StateAsync().Result, after, Snapshot.Of(running), goesBack: true));
                    Assert.Equal(words, engine.WordsAsync().Result);
                    engine.Broken.Clear();
                }

                Apply(engine, ConfigurationDiff.Between(engine.StateAsync().Result, before, after));
                Assert.Empty(ConfigurationDiff.Between(engine.StateAsync().Result, after, after));
                Assert.Equal(Names(Started(after)), Names(engine));

                Apply(engine, ConfigurationDiff.Between(engine.StateAsync().Result, after, Snapshot.Of(running), goesBack: true));
                Assert.Equal(words, engine.WordsAsync().Result);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true));

    private string Path => _directory.File("fastbond.yaml");

    private static string Names(ModelEngine engine) => string.Join(
        '\n', engine.StateAsync().Result.OrderBy(bond => bond.Name, StringComparer.Ordinal).Select(bond =>
            $"{bond.Name} {string.Join(' ', bond.Options.Select(option => $"{option.Name}={option.Value}"))} / "
            + $"{string.Join(' ', bond.Slaves.Select(slave => slave.Name).Order(StringComparer.Ordinal))} / "
            + $"{string.Join(' ', bond.Addresses.Select(address => address.Address).Order(StringComparer.Ordinal))} / "
            + $"{string.Join(' ', bond.Routes.Select(route => route.Destination + route.Gateway).Order(StringComparer.Ordinal))}"));

    /// <summary>In modes that there are, and on a host.</summary>
    private static BondConfiguration[] Usable(BondConfiguration bond, BondConfiguration other, bool hasOther)
    {
        BondConfiguration[] all = hasOther ? [bond, other] : [bond];
        return [.. all.Select(one => OptionTrial.Run(
            one with { StaysDown = false, Options = [.. one.Options.Where(option => option.Value != "802.3ad" && option.Name is not "host_port")] },
            new Draft { IsLenient = true }))];
    }

    private static ModelEngine Started(IReadOnlyList<BondConfiguration> bonds)
    {
        ModelEngine engine = new();
        Apply(engine, ConfigurationDiff.Between([], [], bonds));
        return engine;
    }

    private static void Apply(ModelEngine engine, IReadOnlyList<Step> steps) =>
        Assert.Equal((Outcome.Ok, ""), (Applier.ApplyAsync(engine, steps, force: false).Result, ""));

    private ConfigurationKeeper NewKeeper(TimeProvider clock) =>
        new(_engine, Path, _directory.File("memory"), force: false, (_, line) => _log.Add(line), clock);

    private async Task<ReloadResult> StartAsync(string text)
    {
        await File.WriteAllTextAsync(Path, text);
        ReloadResult result = await _keeper.StartAsync(ConfigurationFiles.Read(Path));
        Assert.Equal(Outcome.Ok, result.Outcome);
        _engine.Requests.Clear();
        return result;
    }

    private async Task<ReloadResult> ReloadAsync(string? text = null, TimeSpan? confirm = null)
    {
        if (text is not null)
        {
            await File.WriteAllTextAsync(Path, text);
        }

        return await _keeper.ReloadAsync(confirm);
    }

    /// <summary>A clock whose only timer goes off when it is told to.</summary>
    private sealed class HandClock : TimeProvider
    {
        private TimerCallback? _callback;

        public TimeSpan Due { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_callback, Due) = (callback, dueTime);
            return new NoTimer();
        }

        public void Fire() => _callback!(null);

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
