using System.Diagnostics;
using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using Xunit;

namespace FastBond.Lab.Tests.Service;

/// <summary>Reload under traffic: what it does not name loses nothing.</summary>
public sealed class ReloadTests : ScenarioTest
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_reload_that_changes_nothing_loses_nothing_under_200_kpps_and_is_no_event()
    {
        const int Rate = 200_000;
        const uint Count = 3 * Rate;
        ConfiguredHost host = new(Lab, ConfiguredHost.TwoSlaves);
        long before = host.Arrived();
        using EventStream events = host.Daemon.Events();
        long start = Stopwatch.GetTimestamp();
        FrameStream stream = host.StreamOut(Rate, Count);
        using ChildProcess kernel = host.Place.Start(["ip", "monitor", "link", "address", "route"]);
        Wait.Until(() => Heard("192.0.2.201"), Soon, "netlink is heard");
        for (int tenth = 1; tenth < 10; tenth += 2)
        {
            Wait.Until(() => stream.Sent >= Count / 10 * tenth, Long, "the stream goes on");
            Assert.Equal("nothing changes\n", host.Daemon.Do("reload").Output);
        }
        Assert.Equal((int)Count, stream.Finish());
        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Count / taken.TotalSeconds / 1000:0} kpps");
        Assert.InRange(taken, TimeSpan.Zero, Long);
        AssertArrived(host, before + Count);

        // What is told next is the change made now: nothing came before it, here or by netlink.
        Wait.Until(() => Heard("192.0.2.202"), Soon, "netlink is still heard");
        string[] heard = [.. kernel.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !char.IsWhiteSpace(line[0]))];
        Assert.All(heard, line => Assert.Contains("192.0.2.20", line, StringComparison.Ordinal));
        host.Daemon.Do("set bond0 updelay=100");
        Assert.Equal(["bond0: option updelay=0 -> updelay=100"], events.WaitFor("bond0: option updelay=0 -> updelay=100", Soon));

        bool Heard(string address)
        {
            host.Place.Ip($"address replace {address}/32 dev lo");
            return kernel.Output.Contains(address, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("interval: 100", "interval: 50", "bond0: set miimon 100 -> 50 (live)", "bond0: option miimon=100 -> miimon=50")]
    [InlineData("eth0, eth1", "eth0, eth1, eth2", "bond0: enslave eth2 (live)", "bond0 eth2: slave_added up")]
    [InlineData("eth0, eth1", "eth0", "bond0: release eth1 (live)", "bond0 eth1: slave_released")]
    [InlineData("192.0.2.1/24", "192.0.2.1/24, 192.0.2.7/24", "bond0: add address 192.0.2.7/24 (live)", "")]
    public void A_change_touches_only_what_it_names(string from, string to, string step, string told)
    {
        ConfiguredHost host = new(Lab, ConfiguredHost.TwoSlaves, links: 3);
        (int program, string changes) = Untouched(host);
        using EventStream events = host.Daemon.Events();
        FrameObserver atHost = Lab.Observe(host.Place, "bond0", testFramesOnly: true);
        long before = host.Arrived();
        FrameStream output = host.StreamOut(20_000);
        byte[] mac = TestFrame.Mac(host.Place.Link("bond0").Address), away = TestFrame.Mac("02:dd:00:00:00:02");
        FrameStream input = Lab.Keep(new FrameStream(host.Peers, "eth0", n => new TestFrame(2, n).Build(mac, away), 5_000, receiver: atHost));
        atHost.WaitForTestFrames(1000, Soon);

        host.File.Edit(from, to);
        Assert.Equal(step + "\n", host.Daemon.Do("reload").Output);
        if (told.Length > 0)
        {
            events.WaitFor(told, Soon);
        }
        atHost.WaitForTestFrames(atHost.TestFrameCount + 2000, Soon);

        int sent = output.Stop();
        AssertArrived(host, before + sent);
        atHost.WaitForTestFrames(input.Stop(), Soon);
        Assert.Equal(input.Sent, atHost.TestFrameCount);
        Assert.All(events.Events, line => Assert.Matches(told.Length == 0 ? "^$" : $"^{told.Split(':')[0]}: ", line));
        Assert.Equal((program, changes), Untouched(host));
        Assert.Equal("nothing changes\n", host.Daemon.Do("reload").Output);
    }

    [Fact]
    public void A_reload_that_is_not_confirmed_rolls_itself_back_and_one_that_is_stays()
    {
        ConfiguredHost host = new(Lab, ConfiguredHost.TwoSlaves, links: 3);
        string eth2 = DeviceState.Read(host.Place, "eth2");
        using EventStream events = host.Daemon.Events();
        string[] found = Settings(host);
        host.File.Edit("eth0, eth1", "eth0, eth2");
        host.File.Edit("192.0.2.1/24", "192.0.2.9/24");
        host.File.Edit("interval: 100", "interval: 50");
        string output = host.Daemon.Do("reload --confirm 1").Output;
        Assert.EndsWith("rolled back in 1 s unless 'fastbond confirm' comes first\n", output, StringComparison.Ordinal);
        string[] changed = Settings(host);
        Assert.Equal(found.Length, changed.Except(found).Count());

        host.Daemon.WaitForLog("reload not confirmed in time, rolling back", Soon);
        events.WaitFor("bond0 eth1: slave_added up", Soon);
        Assert.Equal(found, Settings(host));
        Assert.Equal(eth2, DeviceState.Read(host.Place, "eth2"));
        Assert.Contains("no reload waits to be confirmed", host.Daemon.Try("confirm").Error, StringComparison.Ordinal);

        host.Daemon.Do("reload --confirm 1");
        host.Daemon.Do("confirm");
        host.Daemon.WaitForLog("reload confirmed", Soon);
        Wait.For(TimeSpan.FromSeconds(1.5));
        Assert.Equal(changed, Settings(host));
    }

    [Fact]
    public void A_nic_that_is_not_there_yet_is_taken_when_it_appears()
    {
        ConfiguredHost host = new(Lab, ConfiguredHost.TwoSlaves, links: 1);
        Assert.Equal(["eth0"], host.Daemon.Status().Slaves.Select(slave => slave.Name));
        Assert.Contains("eth1      not there; it is enslaved when it appears", host.Daemon.Do("show --brief").Output, StringComparison.Ordinal);
        Assert.Equal("nothing changes\n", host.Daemon.Do("reload").Output);
        host.Plug(1);
        host.Daemon.WaitFor(status => status.HasAllUp(2), Soon, "eth1 is taken");

        host.Unplug(1);
        host.Daemon.WaitFor(status => status.Slaves.Count == 1, Soon, "eth1 is gone");
        host.Plug(1);
        host.Daemon.WaitFor(status => status.HasAllUp(2), Soon, "eth1 is taken again");

        long before = host.Arrived();
        AssertArrived(host, before + host.StreamOut(1000, 100).Finish());
    }

    [Theory]
    [InlineData("bonds: [", "")]
    [InlineData("bonds: {bond0: {interfaces: [eth0, eth1], parameters: {mode: sometimes}}}\n", "invalid value (sometimes)")]
    [InlineData("bonds: {bond0: {interfaces: [eth0, lo]}}\n", "lo")]
    public void A_configuration_that_is_refused_changes_nothing(string text, string said)
    {
        ConfiguredHost host = new(Lab, ConfiguredHost.TwoSlaves);
        string[] found = Settings(host);
        host.File.Write(text);
        CommandResult refused = host.Daemon.Try("reload");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(said, refused.Error, StringComparison.Ordinal);
        Assert.Equal(found, Settings(host));
    }

    private static void AssertArrived(ConfiguredHost host, long frames)
    {
        try
        {
            Wait.Until(() => host.Arrived() >= frames, Soon, "every frame arrives");
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{frames - host.Arrived()} frames lost\n{host.Daemon.Status()}\n{host.Place.Ip("-s link").Output}\n{host.Peers.Ip("-s link").Output}");
        }
        Assert.Equal(frames, host.Arrived());
    }

    private static (int Program, string CarrierChanges) Untouched(ConfiguredHost host) =>
        (host.Place.Link("eth0").XdpProgram, host.Place.Run("cat /sys/class/net/eth0/carrier_changes").Output);

    private static string[] Settings(ConfiguredHost host)
    {
        BondStatus status = host.Daemon.Status();
        return
        [
            string.Join(' ', status.Slaves.Select(slave => slave.Name)), $"miimon {status.Option("miimon")}",
            host.Place.Ip("-4 -o address show dev bond0").Output,
        ];
    }
}
