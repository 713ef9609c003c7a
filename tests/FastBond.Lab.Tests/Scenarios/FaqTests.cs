using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Scenarios;

/// <summary>scenarios.md, section 5: FAQ 1 to 5. FAQ 6 and 7 are S3, S4 and S2; 8 is S18 to S20 (MacTests), 9 is in TrunkTests.</summary>
public sealed class FaqTests : ScenarioTest
{
    [Fact]
    public void FAQ1_order_within_a_flow_and_link_survives_a_hundred_flaps()
    {
        const int flows = 4, flaps = 100;
        BackToBack hosts = BackToBack.Build(Lab, "mode=balance-xor xmit_hash_policy=layer3+4 miimon=10");
        IReadOnlyList<FrameObserver> onLink = hosts.ObserveSentByA(Lab);
        FrameObserver atB = Lab.Observe(hosts.B.Place, "bond0");
        byte[] toB = hosts.B.Mac;
        FrameStream[] streams = [.. Enumerable.Range(0, flows).Select(flow => Lab.Keep(hosts.A.Stream(toB, 2000, flow: (uint)flow)))];
        for (int n = 0; n < flaps; n++)
        {
            Cable cable = hosts.Cables[n % 2];
            cable.Cut();
            hosts.A.Daemon.WaitFor(status => status.Slave(cable.A.Name).MiiStatus == "DOWN", Soon, "down");
            cable.Mend();
            hosts.A.Daemon.WaitFor(status => status.Slave(cable.A.Name).MiiStatus == "UP", Soon, "up");
        }
        hosts.WaitUntilUp();
        int seen = atB.TestFrames().Count;
        atB.WaitForTestFrames(seen + 100, Soon);
        Assert.All(streams, stream => stream.Stop());
        Assert.All(hosts.A.Status.Slaves, slave => Assert.Equal(flaps / 2, slave.LinkFailureCount));
        for (uint flow = 0; flow < flows; flow++)
        {
            Assert.All(onLink, link => AssertRising(link.TestFrames(flow)));
            IReadOnlyList<TestFrame> received = atB.TestFrames(flow);
            Assert.Equal(received.Count, received.Distinct().Count());
        }
    }

    [Fact]
    public void FAQ2_slaves_of_different_drivers_and_speeds_share_a_bond()
    {
        NetworkNamespace place = Lab.Namespace(), peer = Lab.Namespace();
        VethPair.Create(new VethEnd(place, "eth0") { Address = "02:aa:00:00:00:00" }, new VethEnd(peer, "eth0"));
        VethPair.MakePlainPeer(peer, "eth0");
        peer.Ip("link set eth0 up");
        using TapDevice tap = new(place, "tap0");
        FastBondProcess daemon = Lab.Daemon(place, "bond0 mode=balance-rr slaves=eth0,tap0");
        Host host = new Host(place, daemon, "192.0.2.1").BringUp();
        daemon.WaitFor(status => status.HasAllUp(2), Soon, "both up");
        Wait.Until(() => place.Link("bond0").IsOperational, Soon, "carrier");

        // Nothing was said of monitoring: where the kernel would do without, FastBond says what it does instead.
        BondStatus status = daemon.Status();
        Assert.Equal((100, true), ((int)status.Option("miimon")!, status.MonitoringIsDefault));
        const string Said = "Monitoring: miimon=100 is FastBond's default, as neither miimon nor arp_interval was given\n";
        Assert.Contains(Said, daemon.Do("show bond0 --why").Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Said, daemon.Show(), StringComparison.Ordinal);

        FrameObserver atPeer = Lab.Observe(peer, "eth0"), atHost = Lab.Observe(place, "bond0");
        byte[] mac = host.Mac, other = TestFrame.Mac("02:dd:00:00:00:01");
        using FrameStream stream = host.Stream(other, 1000, 100);
        stream.Finish();
        atPeer.WaitForTestFrames(50, Soon);
        Wait.Until(() => FromTap().Count >= 50, Soon, "the other half by the TAP");
        Assert.Equal(Enumerable.Range(0, 100), atPeer.TestFrames().Concat(FromTap()).Select(frame => (int)frame.Sequence).Order());

        using PacketSocket toVeth = new(peer, "eth0", receive: false);
        for (uint n = 0; n < 20; n++)
        {
            tap.Send(new TestFrame(2, n).Build(mac, other));
            Assert.True(toVeth.Send(new TestFrame(3, n).Build(mac, other)));
        }
        atHost.WaitForTestFrames(40, Soon);
        Assert.Equal(20, atHost.TestFrames(2).Count);
        Assert.Equal(20, atHost.TestFrames(3).Count);

        List<TestFrame> FromTap() => [.. tap.Transmitted.Select(frame => TestFrame.Parse(frame)).OfType<TestFrame>()];
    }

    [Fact]
    public void FAQ3_sixteen_bonds_in_one_process_do_not_disturb_each_other()
    {
        const int bonds = 16;
        string[] modes = ["balance-rr", "active-backup", "balance-xor", "broadcast"];
        (NetworkNamespace place, NetworkNamespace peers) = (Lab.Namespace(), Lab.Namespace());
        VethPair.CreateMany(place, peers, 2 * bonds);

        // Eight share the core that is not pinned, four a pinned one, four another.
        string directory = Lab.StateDirectory(), file = Path.Combine(directory, "bonds.yaml");
        File.WriteAllLines(file,
        [
            "bonds:",
            .. Enumerable.Range(0, bonds).Select(n =>
                $"  bond{n}: {{interfaces: [eth{2 * n}, eth{(2 * n) + 1}], parameters: {{mode: {modes[n % 4]}, mii-monitor-interval: {50 + n}}}}}"),
            "fastbond:",
            "  idle: sleep",
            "  bonds:",
            .. Enumerable.Range(bonds / 2, bonds / 2).Select(n => $"    bond{n}: {{cores: {n % 2}}}"),
        ]);
        FastBondProcess daemon = Lab.Daemon(place, $"--config {file}");
        File.Delete(file);
        for (int n = 0; n < bonds; n++)
        {
            place.Ip($"link set bond{n} up");
        }
        string[] names = [.. Enumerable.Range(0, bonds).Select(n => $"bond{n}")];
        Assert.All(names, name => daemon.WaitFor(status => status.HasAllUp(2) && status.HasCarrier, Soon, "both up", name));
        Wait.Until(() => names.All(name => place.Link(name).IsOperational), Soon, "carrier");
        Assert.Equal(3, names.SelectMany(name => daemon.Status(name).Threads).Distinct().Count());

        // Each bond sends on its own slaves alone, by its own rule.
        using CounterReader atPeers = new(peers);
        long[] before = Received();
        foreach (string name in names)
        {
            using PacketSocket socket = new(place, name, receive: false);
            byte[] mac = TestFrame.Mac(place.Link(name).Address);
            for (uint n = 0; n < 20; n++)
            {
                Assert.True(socket.Send(new TestFrame(1, n).Build([2, 0xdd, 0, 0, 0, 1], mac)));
            }
        }
        Wait.Until(() => names.All(name => daemon.Status(name).UnaccountedFromHost <= 0), Soon, "everything sent");
        Wait.Until(() => Sent().Sum() >= 20 * bonds * 5 / 4, Soon, "everything arrived");
        long[] sent = Sent();
        for (int n = 0; n < bonds; n++)
        {
            long[] mine = sent[(2 * n)..((2 * n) + 2)];
            long[] expected = modes[n % 4] switch { "balance-rr" => [10, 10], "broadcast" => [20, 20], _ => [0, 20] };
            Assert.Equal(expected, modes[n % 4] is "active-backup" or "balance-xor" ? mine.Order() : mine);
        }

        // A link of one dies, an option of another changes: nobody else is any the wiser.
        string[] others = [.. names.Except(["bond3", "bond5"])];
        string[] texts = [.. others.Select(daemon.Text)];
        peers.Ip("link set eth6 down");
        daemon.Do("set bond5 updelay=550 num_grat_arp=7");
        BondStatus hurt = daemon.WaitFor(status => status.Slave("eth6").MiiStatus == "DOWN", FailOverLimit, "bond3 notices", "bond3");
        Assert.Equal(("UP", true), (hurt.Slave("eth7").MiiStatus, hurt.HasCarrier));
        Assert.Equal((55, 550), ((int)daemon.Status("bond5").Option("miimon")!, (int)daemon.Status("bond5").Option("updelay")!));
        Assert.Equal(texts, others.Select(daemon.Text));

        long[] Received() => [.. Enumerable.Range(0, 2 * bonds).Select(n => atPeers.Read($"eth{n}").RxFrames)];
        long[] Sent() => [.. Received().Zip(before, (now, then) => now - then)];
    }

    [Theory]
    [InlineData("balance-rr")]
    [InlineData("balance-xor xmit_hash_policy=layer3+4")]
    public void FAQ4_all_of_32_slaves_are_used(string mode)
    {
        const int slaves = 32, perSlave = 20;
        (NetworkNamespace place, NetworkNamespace peers) = (Lab.Namespace(), Lab.Namespace());
        VethPair.CreateMany(place, peers, slaves);

        // All at once, or most of them later: the frames suffice for all either way.
        string[] names = [.. Enumerable.Range(0, slaves).Select(n => $"eth{n}")];
        int atOnce = mode == "balance-rr" ? 2 : slaves;
        Host host = new Host(place, Lab.Daemon(place, $"bond0 mode={mode} slaves={string.Join(',', names[..atOnce])}"), "192.0.2.1").BringUp();
        if (atOnce < slaves)
        {
            host.Daemon.Do($"enslave bond0 {string.Join(' ', names[atOnce..])}");
        }
        host.Daemon.WaitFor(status => status.HasAllUp(slaves), Soon, "all up");
        Wait.Until(() => place.Link("bond0").IsOperational, Soon, "carrier");
        using CounterReader atPeers = new(peers);
        long[] first = Send(), again = Send();
        if (mode == "balance-rr")
        {
            Assert.All(first, count => Assert.Equal(perSlave, count));
        }

        // What decides is the frame alone: each flow as before.
        Assert.All(first, count => Assert.InRange(count, 1, int.MaxValue));
        Assert.Equal(first, again);

        // Each has frames to receive in, too.
        FrameObserver atHost = Lab.Observe(place, "bond0");
        for (int n = 0; n < slaves; n++)
        {
            using PacketSocket socket = new(peers, $"eth{n}", receive: false);
            for (uint i = 0; i < perSlave; i++)
            {
                Assert.True(socket.Send(new TestFrame((uint)n, i).Build(host.Mac, [2, 0xdd, 0, 0, 0, 1])));
            }
        }
        atHost.WaitForTestFrames(slaves * perSlave, Soon);

        long[] Send()
        {
            long[] before = Received();
            byte[] mac = host.Mac;
            using FrameStream stream = new(
                place, "bond0", n => new TestFrame(n, n).Build([2, 0xdd, 0, 0, 0, 1], mac), framesPerSecond: 2000, count: slaves * perSlave);
            Assert.Equal(slaves * perSlave, stream.Finish());
            host.Daemon.WaitFor(status => status.UnaccountedFromHost <= 0, Soon, "every frame sent or counted as dropped");
            Assert.All(host.Status.Slaves, slave => Assert.Equal(0, slave.Drops.Values.Sum()));
            Wait.Until(() => Received().Sum() - before.Sum() >= slaves * perSlave, Soon, "all frames at the peers");
            return [.. Received().Zip(before, (now, then) => now - then)];
        }

        long[] Received() => [.. Enumerable.Range(0, slaves).Select(n => atPeers.Read($"eth{n}").RxFrames)];
    }

    [Fact]
    public void FAQ5_without_a_monitor_half_of_the_frames_are_lost_on_a_dead_path()
    {
        const int count = 1000;
        BackToBack hosts = BackToBack.Build(Lab, "mode=balance-rr miimon=0 arp_interval=0");
        FrameObserver atB = Lab.Observe(hosts.B.Place, "bond0");
        hosts.Cables[1].Block();
        using FrameStream stream = hosts.A.Stream(hosts.B.Mac, 2000, count);
        stream.Finish();
        atB.WaitForTestFrames((count / 2) - 1, Soon);
        Wait.For(Miimon);
        Assert.InRange(atB.TestFrames().Count, (count / 2) - 1, (count / 2) + 1);
        Assert.All(hosts.A.Status.Slaves, slave => Assert.Equal("UP", slave.MiiStatus));
        Assert.Equal((0, false), ((int)hosts.A.Status.Option("miimon")!, hosts.A.Status.MonitoringIsDefault));
        Assert.DoesNotContain("FastBond's default", hosts.A.Daemon.Do("show bond0 --why").Output, StringComparison.Ordinal);
    }

    private static void AssertRising(IReadOnlyList<TestFrame> frames) =>
        Assert.All(frames.Zip(frames.Skip(1)), pair => Assert.True(pair.Second.Sequence > pair.First.Sequence, $"{pair.First} before {pair.Second}"));
}
