using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests;

/// <summary>How a bond begins, survives and ends: crash and take-over, devices that vanish, daemons side by side, nothing left behind.</summary>
public sealed class LifeTests : ScenarioTest
{
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(1);
    private static readonly string[] Slaves = ["eth0", "eth1"];

    [Theory]
    [InlineData("balance-rr")]
    [InlineData("active-backup")]
    [InlineData("balance-xor")]
    public void A_killed_daemon_leaves_the_bond_and_the_next_takes_it_over(string mode)
    {
        BackToBack hosts = BackToBack.Build(Lab, $"mode={mode}", ipv6: true);
        (NetworkNamespace a, string state) = (hosts.A.Place, hosts.A.Daemon.StateDirectory);
        a.Ip("address add fd00::1/64 dev bond0 nodad");
        int index = a.Link("bond0").Index;
        string mac = a.Link("bond0").Address;
        FrameObserver atB = Lab.Observe(hosts.B.Place, "bond0");
        using FrameStream stream = hosts.A.Stream(hosts.B.Mac, 1000);
        atB.WaitForTestFrames(100, Soon);

        FastBondProcess daemon = hosts.A.Daemon;
        TimeSpan best = TimeSpan.MaxValue;
        // What a machine busy with other things adds is not the program's: one of three must be in time.
        for (int attempt = 0; attempt < 3 && best > TakeOver; attempt++)
        {
            daemon.Kill();
            AssertOrphaned(a);
            int seen = atB.TestFrameCount;
            long start = ObservedFrame.NowNs;
            daemon = Lab.Daemon(a, $"bond0 mode={mode} slaves=eth0,eth1", state);
            atB.WaitForTestFrames(seen + 1, Soon);
            TimeSpan taken = TimeSpan.FromMicroseconds((atB.Frames.Where(frame => frame.Test is not null).ElementAt(seen).TimeNs - start) / 1000);
            best = taken < best ? taken : best;
        }
        Assert.True(best <= TakeOver, $"traffic {best.TotalMilliseconds:0} ms after the start");
        Assert.Equal((index, mac), (a.Link("bond0").Index, a.Link("bond0").Address));
        stream.Stop();
        // The second slave may still be on its way: B sends on it as soon as its link is up.
        Wait.Until(() => Ping.Run(hosts.B.Place, hosts.A.Address).Lost == 0, Soon, "B reaches A on every link");
        Assert.Equal(["02:aa:00:00:00:00", "02:aa:00:00:00:01"], daemon.Status().Slaves.Select(slave => slave.PermanentAddress));
    }

    [Fact]
    public void Delete_leaves_the_nics_as_they_were_found_even_after_a_crash()
    {
        (NetworkNamespace place, _) = TwoSlaves();
        place.Ip("link set eth1 mtu 1400");
        string[] found = [.. Slaves.Select(device => DeviceState.Read(place, device))];
        string[] devices = [.. place.Links().Keys];
        FastBondProcess first = Lab.Daemon(place, "bond0 mode=active-backup slaves=eth0,eth1");
        place.Ip("link set bond0 up");
        place.Ip("link set bond0 address 00:11:22:33:44:55");
        Assert.NotEqual(found[0], DeviceState.Read(place, "eth0"));
        Assert.Contains(first.OpenFiles(), IsOfABond);
        first.Kill();

        FastBondProcess second = Lab.Daemon(place, "bond0 mode=balance-rr slaves=eth0,eth1", first.StateDirectory);
        second.Do("delete bond0");
        Assert.Equal(devices.Order(), place.Links().Keys.Order());
        Assert.Equal(found, Slaves.Select(device => DeviceState.Read(place, device)));
        Assert.Empty(second.Bonds());
        Assert.DoesNotContain(second.OpenFiles(), IsOfABond);
    }

    [Fact]
    public void The_end_of_a_run_tells_what_a_killed_daemon_leaves()
    {
        using LabRun run = new();
        NetworkNamespace place = run.Namespace();
        FastBondProcess daemon = run.Daemon(place, "bond0 mode=balance-rr");
        daemon.Kill();
        IReadOnlyList<string> faults = run.Finish();
        Assert.Contains(faults, fault => fault == $"{place.Name} still has bond0");
        Assert.Contains(faults, fault => fault == $"{daemon.Socket} was left behind");
    }

    [Fact]
    public void Restore_puts_nics_back_after_a_crash_without_a_daemon()
    {
        (NetworkNamespace place, _) = TwoSlaves();
        string[] found = [.. Slaves.Select(device => DeviceState.Read(place, device))];
        FastBondProcess daemon = Lab.Daemon(place, "bond0 mode=balance-rr slaves=eth0,eth1");
        daemon.Kill();
        FastBondProcess.Cli(place, daemon.StateDirectory, "restore").EnsureSuccess();
        Assert.Equal(found, Slaves.Select(device => DeviceState.Read(place, device)));
        Assert.Empty(FilesBelow(daemon.StateDirectory, "restore"));
        FastBondProcess.Cli(place, daemon.StateDirectory, "restore").EnsureSuccess();
        // The host interface of a crashed daemon is for the next one to take over; restore is about NICs.
        place.Ip("link delete bond0");
        Directory.Delete(daemon.StateDirectory, recursive: true);
    }

    [Fact]
    public void A_slave_whose_device_is_deleted_leaves_and_comes_back_by_enslave()
    {
        (NetworkNamespace place, NetworkNamespace peers) = TwoSlaves();
        Host host = new Host(place, Lab.Daemon(place, "bond0 mode=active-backup slaves=eth0,eth1"), "192.0.2.1").BringUp();
        host.Daemon.WaitFor(status => status.ActiveSlave == "eth0", Soon, "eth0 is active");
        AssertTransmitsOn("eth0");

        Unplug("eth0");
        host.Daemon.WaitFor(status => status.Slaves.Count == 1 && status.ActiveSlave == "eth1", Soon, "eth1 remains");
        host.Daemon.WaitForLog("eth0", Soon);
        AssertTransmitsOn("eth1");
        Plug(0);
        host.Daemon.Do("enslave bond0 eth0");
        host.Daemon.WaitFor(status => status.Slaves.Count == 2 && status.Slave("eth0").MiiStatus == "UP", Soon, "eth0 is back");
        host.Daemon.Do("active bond0 eth0");
        AssertTransmitsOn("eth0");

        Unplug("eth0");
        Unplug("eth1");
        host.Daemon.WaitFor(status => status.Slaves.Count == 0 && !status.HasCarrier, Soon, "no slave remains");
        Plug(0);
        Plug(1);
        host.Daemon.Do("enslave bond0 eth1 eth0");
        host.Daemon.WaitFor(status => status.ActiveSlave == "eth1" && status.HasAllUp(2), Soon, "both are back");
        AssertTransmitsOn("eth1");

        void Unplug(string device) => place.Ip("link delete " + device);
        void Plug(int n) => MakeSlave(place, peers, n);
        void AssertTransmitsOn(string device)
        {
            Wait.Until(() => place.Link("bond0").IsOperational, Soon, "carrier");
            FrameObserver observer = Lab.Observe(peers, device);
            using FrameStream stream = host.Stream(TestFrame.Mac("02:dd:00:00:00:01"), 1000, 20);
            stream.Finish();
            observer.WaitForTestFrames(20, Soon);
            observer.Dispose();
        }
    }

    [Fact]
    public void Two_daemons_in_two_namespaces_share_a_state_directory_and_nothing_else()
    {
        string state = Lab.StateDirectory();
        (NetworkNamespace a, NetworkNamespace peersA) = TwoSlaves();
        (NetworkNamespace b, NetworkNamespace peersB) = TwoSlaves();
        string found = DeviceState.Read(a, "eth0");
        FastBondProcess ofA = Lab.Daemon(a, "bond0 mode=active-backup slaves=eth0,eth1", state);
        FastBondProcess ofB = Lab.Daemon(b, "bond1 mode=balance-rr slaves=eth0,eth1", state);
        Assert.Equal(["bond0"], ofA.Bonds());
        Assert.Equal(["bond1"], ofB.Bonds());
        b.Ip("address add 192.0.2.1/24 dev bond1");
        b.Ip("link set bond1 up");
        foreach ((NetworkNamespace peers, string device) in new[] { (peersA, "eth0"), (peersB, "eth0") })
        {
            VethPair.MakePlainPeer(peers, device);
        }
        peersB.Ip("address add 192.0.2.2/24 dev eth0");

        ofA.Kill();
        FastBondProcess.Cli(a, state, "restore").EnsureSuccess();
        Assert.Equal(found, DeviceState.Read(a, "eth0"));
        Assert.All(ofB.Status("bond1").Slaves, slave => Assert.Equal("UP", slave.MiiStatus));
        Assert.True(b.Link("eth0").HasXdp);
        FastBondProcess again = Lab.Daemon(a, "bond0 mode=active-backup slaves=eth0,eth1", state);
        Assert.Equal(2, again.Status().Slaves.Count);
        ofB.Do("release bond1 eth1");
        Assert.Equal(2, again.Status().Slaves.Count);
        Assert.Equal(0, Ping.Run(b, "192.0.2.2").Lost);
    }

    private static void AssertOrphaned(NetworkNamespace place)
    {
        Wait.Until(() => place.Links().Values.All(link => !link.HasXdp), Soon, "the XDP programs are gone");
        Wait.Until(() => !place.Link("bond0").HasCarrier, Soon, "the bond has no carrier");
        string addresses = place.Ip("address show dev bond0").Output;
        Assert.Contains("192.0.2.1/24", addresses, StringComparison.Ordinal);
        Assert.Contains("fd00::1/64", addresses, StringComparison.Ordinal);
    }

    // A TAP queue, a BPF program, map or link; memfds are the runtime's too.
    private static bool IsOfABond(string file) => file == "/dev/net/tun" || file.Contains("bpf", StringComparison.Ordinal);

    private static IEnumerable<string> FilesBelow(string directory, string folder)
    {
        string path = Path.Combine(directory, folder);
        return Directory.Exists(path) ? Directory.EnumerateFiles(path) : [];
    }

    private static void MakeSlave(NetworkNamespace place, NetworkNamespace peers, int n)
    {
        VethPair.Create(new VethEnd(place, $"eth{n}") { Address = $"02:aa:00:00:00:{n:x2}" }, new VethEnd(peers, $"eth{n}"));
        VethPair.MakePlainPeer(peers, $"eth{n}");
        peers.Ip($"link set eth{n} up");
    }

    private (NetworkNamespace Place, NetworkNamespace Peers) TwoSlaves()
    {
        NetworkNamespace place = Lab.Namespace(ipv6: true), peers = Lab.Namespace();
        MakeSlave(place, peers, 0);
        MakeSlave(place, peers, 1);
        return (place, peers);
    }
}
