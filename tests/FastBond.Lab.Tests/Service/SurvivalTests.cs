using System.Net;
using System.Net.Sockets;
using System.Text;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;
using FastBond.Lab.Tools;
using Xunit;

namespace FastBond.Lab.Tests.Service;

/// <summary>A service that survives: what a crash leaves alone, what a service manager hears, what privileges suffice.</summary>
public sealed class SurvivalTests : ScenarioTest
{
    private const string Configuration =
        """
        network:
          bonds:
            bond0:
              interfaces: [eth0, eth1]
              addresses: [192.0.2.1/24, 198.18.5.1/16]
              routes:
                - {to: default, via: 192.0.2.2}
                - {to: 203.0.113.0/24, via: 192.0.2.3, metric: 50}
              parameters: {mode: active-backup, primary: eth0, mii-monitor-interval: 100}

        """;

    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Addresses_routes_and_tcp_connections_survive_a_crash_and_a_restart(bool crashes)
    {
        ConfiguredHost host = new(Lab, Configuration + "fastbond: {on_stop: keep}\n");
        host.Peers.Ip("address add 192.0.2.2/24 dev eth0");
        host.Peers.Ip("address add 203.0.114.1/32 dev eth0");
        string before = Kept(host.Place);
        Assert.Contains("default via 192.0.2.2", before, StringComparison.Ordinal);
        using ChildProcess monitor = host.Place.Start(["ip", "-o", "monitor", "link"]);
        using TcpPair near = new(host.Place, host.Peers, "192.0.2.2"), far = new(host.Place, host.Peers, "203.0.114.1");

        for (int end = 0; end < 2; end++)
        {
            near.Exchange("before", Soon);
            far.Exchange("before", Soon);
            if (crashes)
            {
                host.Daemon.Kill();
            }
            else
            {
                host.Daemon.Stop();
            }
            Assert.Equal(before, Kept(host.Place));
            near.Send("meanwhile");
            far.Send("meanwhile");
            host.Start();
            Assert.Equal(before, Kept(host.Place));
            near.Expect("meanwhile", Soon);
            far.Expect("meanwhile", Soon);
        }

        // Not for a moment another MAC: who manages the interface would take it for another link.
        string mac = host.Place.Link("bond0").Address;
        monitor.WaitForLine(line => line.Contains("bond0", StringComparison.Ordinal), Soon, "bond0");
        Assert.All(monitor.Output.Split('\n').Where(line => line.Contains("bond0", StringComparison.Ordinal)), line => Assert.Contains(mac, line, StringComparison.Ordinal));
        host.Daemon.WaitFor(status => status.HasAllUp(2) && status.ActiveSlave == "eth0", Soon, "everything is as before");
        host.Daemon.Do("delete bond0");
    }

    [Fact]
    public void A_vlan_above_the_bond_survives_a_crash()
    {
        ConfiguredHost host = new(Lab, Configuration);
        CommandResult vlan = Command.Run("ip", ["-n", host.Place.Name, .. Command.Words("link add link bond0 name bond0.5 type vlan id 5")]);
        Assert.SkipUnless(vlan.Success, $"this kernel has no VLAN devices: {vlan.Error.Trim()}");
        host.Place.Ip("address add 198.19.5.1/24 dev bond0.5");
        host.Place.Ip("link set bond0.5 up");
        host.Peers.Ip("link add link eth0 name eth0.5 type vlan id 5");
        host.Peers.Ip("address add 198.19.5.2/24 dev eth0.5");
        host.Peers.Ip("link set eth0.5 up");
        Assert.Equal(0, Ping.Run(host.Place, "198.19.5.2").Lost);
        string before = host.Place.Ip("-d -o address show dev bond0.5").Output;
        host.Daemon.Kill();
        host.Start();
        Assert.Equal(before, host.Place.Ip("-d -o address show dev bond0.5").Output);
        Wait.Until(() => Ping.Run(host.Place, "198.19.5.2").Lost == 0, Soon, "the VLAN carries frames again");
    }

    [Theory]
    [InlineData("fastbond-poll", "fastbond-poll makes no progress")]
    [InlineData("fastbond-contr", "the control thread does not answer")]
    public void A_thread_that_hangs_is_no_sign_of_life(string thread, string status)
    {
        using ServiceManagerSocket manager = new();
        ConfiguredHost host = new(Lab, ConfiguredHost.TwoSlaves + "fastbond: {on_stop: delete}\n", starter: manager.Starter(Watchdog));
        Assert.Equal("READY=1", manager.Next(Soon));
        manager.Until(said => said.StartsWith("STATUS=bond0 balance-rr 2/2 up ", StringComparison.Ordinal), Soon);
        manager.Until(said => said == "WATCHDOG=1", Soon);
        using (new StoppedThread(host.Daemon.Thread(thread)))
        {
            manager.Until(said => said == $"STATUS={status}", Soon);
            Assert.Null(manager.Next(3 * Watchdog));
        }
        manager.Until(said => said == "WATCHDOG=1", Soon);
        host.Daemon.WaitForLog($"no sign of life to the service manager: {status}", Soon);
        host.Daemon.Stop();
        manager.Until(said => said == "STOPPING=1", Soon);
        // What a service was configured with is remembered for its next start.
        Directory.Delete(host.StateDirectory, recursive: true);
    }

    [Fact]
    public void The_units_capabilities_suffice()
    {
        string[] unit = File.ReadAllLines(Path.Combine(LabFacts.Repository, "src", "FastBond", "packaging", "fastbond.service"));
        string granted = unit.Single(line => line.StartsWith("CapabilityBoundingSet=", StringComparison.Ordinal)).Split('=')[1];
        Assert.Contains($"AmbientCapabilities={granted}", unit);
        string set = "-all," + string.Join(',', granted.Split(' ').Select(name => "+" + name.Replace("CAP_", "", StringComparison.Ordinal).ToLowerInvariant()));
        ConfiguredHost host = new(Lab, Configuration, starter: $"setpriv --bounding-set {set} --inh-caps {set} --no-new-privs");
        Assert.Equal(4, System.Numerics.BitOperations.PopCount(Convert.ToUInt64(Line("CapEff:"), 16)));
        host.Peers.Ip("address add 192.0.2.2/24 dev eth0");
        Assert.Equal(0, Ping.Run(host.Place, "192.0.2.2").Lost);
        host.Daemon.Do("release bond0 eth1");
        host.Daemon.Do("enslave bond0 eth1");
        host.Daemon.WaitFor(status => status.HasAllUp(2), Soon, "eth1 is back");
        Assert.DoesNotContain(host.Daemon.Log, line => line.Contains("EPERM", StringComparison.Ordinal) || line.Contains("EACCES", StringComparison.Ordinal));

        string Line(string label) => File.ReadLines($"/proc/{host.Daemon.Id}/status").Single(line => line.StartsWith(label, StringComparison.Ordinal)).Split('\t')[1];
    }

    /// <summary>What the host has on its bond; that a route leads by a link without carrier is not the route's doing.</summary>
    private static string Kept(NetworkNamespace place) =>
        place.Ip("-o address show dev bond0").Output + place.Ip("route show dev bond0").Output.Replace("linkdown ", "", StringComparison.Ordinal)
        + place.Link("bond0").Address;

    /// <summary>A TCP connection out of one namespace into another.</summary>
    private sealed class TcpPair : IDisposable
    {
        private readonly Socket _here, _there;

        public TcpPair(NetworkNamespace here, NetworkNamespace there, string address)
        {
            using Socket listener = Open(there);
            listener.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            listener.Listen();
            _here = Open(here);
            Task<Socket> accepted = listener.AcceptAsync();
            _here.Connect(listener.LocalEndPoint!);
            _there = accepted.GetAwaiter().GetResult();
        }

        public void Send(string text)
        {
            _here.Send(Encoding.ASCII.GetBytes(text));
            _there.Send(Encoding.ASCII.GetBytes(text));
        }

        public void Expect(string text, TimeSpan limit)
        {
            foreach (Socket end in new[] { _here, _there })
            {
                end.ReceiveTimeout = (int)limit.TotalMilliseconds;
                byte[] received = new byte[text.Length];
                for (int count = 0; count < received.Length; count += end.Receive(received.AsSpan(count)))
                {
                }
                Assert.Equal(text, Encoding.ASCII.GetString(received));
            }
        }

        public void Exchange(string text, TimeSpan limit)
        {
            Send(text);
            Expect(text, limit);
        }

        public void Dispose()
        {
            _here.Dispose();
            _there.Dispose();
        }

        private static Socket Open(NetworkNamespace place) => place.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
    }
}
