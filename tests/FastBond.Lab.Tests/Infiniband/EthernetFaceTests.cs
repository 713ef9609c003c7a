using System.Net;
using FastBond.Lab.Frames;
using FastBond.Lab.Ipoib;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Tools;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Infiniband;

/// <summary>scenarios.md, I12: Ethernet consumers behind a bond of InfiniBand slaves.</summary>
public sealed class EthernetFaceTests : InfinibandTest
{
    [Fact]
    public void I12_bridged_guests_ping_across_and_do_not_notice_a_fail_over()
    {
        IpoibHosts network = Build();
        (string Ipv4, string Ipv6)[] addresses = [("192.0.2.21", "fd00::21"), ("192.0.2.22", "fd00::22")];
        NetworkNamespace[] guests = Bridge(network.A, [.. addresses.Select(own => $"{own.Ipv4}/24 {own.Ipv6}/64")]);
        AssertReached();
        foreach ((string ipv4, string ipv6) in addresses)
        {
            network.A.Daemon.WaitFor(status => status.FaceHosts.Contains(ipv4) && status.FaceHosts.Contains(ipv6), Soon, "the guests are known");
        }
        string[] before = [.. guests.Select(Neighbors)];

        long cut = ObservedFrame.NowNs;
        FailOver(network.A, network.PortsOfA);
        foreach ((string ipv4, _) in addresses)
        {
            network.Fabric.WaitFor(frame => frame.TimeNs > cut && frame.IsGratuitousArp(ipv4), Soon, "the guests are announced");
            Wait.Until(() => network.Peer.NeighborOf(ipv4) == Convert.ToHexString(network.PortsOfA[1].Address), Soon, "the peer knows");
        }
        FailOver(network.B, network.PortsOfB);
        AssertReached();
        Assert.Equal(before, guests.Select(Neighbors));

        void AssertReached()
        {
            foreach ((NetworkNamespace guest, (string ipv4, string ipv6)) in guests.Zip(addresses))
            {
                Assert.Equal(0, Ping.Run(guest, network.B.Address).Lost);
                Assert.Equal(0, Ping.Run(guest, "fd00::2").Lost);
                Assert.Equal(0, Ping.Run(guest, "192.0.2.3").Lost);
                Assert.Equal(0, Ping.Run(network.B.Place, ipv4).Lost);
                Assert.True(network.Peer.Ping(ipv4, Soon));
                Assert.True(network.Peer.Ping(ipv6, Soon));
            }
        }
    }

    [Fact]
    public void I12_guests_get_their_addresses_from_a_dhcp_server_on_infiniband()
    {
        IpoibHosts network = Build();
        IpoibDhcpServer server = new(network.Peer);
        (NetworkNamespace Place, DhcpClient Client, string Identifier)[] guests =
        [
            .. Bridge(network.A, "", "").Select((place, n) =>
            {
                byte[]? identifier = n == 0 ? null : [0xff, 0, 0, 0, 1, 0, 3, 0, 1, 2, 3, 4, 5, 6, 7];
                byte[] expected = identifier ?? [1, .. TestFrame.Mac(place.Link("eth0").Address)];
                return (place, Lab.Keep(new DhcpClient(place, "eth0", xid: 0x1234_0000u + ((uint)n << 8), identifier)), Convert.ToHexString(expected));
            }),
        ];
        foreach ((NetworkNamespace place, DhcpClient client, string identifier) in guests)
        {
            IPAddress given = client.Obtain(Soon).YourAddress;
            Assert.Equal(server.Leases[identifier], given);
            place.Ip($"address add {given}/24 dev eth0");
        }
        Assert.Equal(2, server.Leases.Count);

        foreach (bool failedOver in new[] { false, true })
        {
            if (failedOver)
            {
                FailOver(network.A, network.PortsOfA);
            }
            foreach ((NetworkNamespace place, DhcpClient client, string identifier) in guests)
            {
                IPAddress own = server.Leases[identifier];
                Assert.Equal(own, client.Renew(own, network.Peer.Ipv4Address, Soon).YourAddress);
                Assert.Equal(0, Ping.Run(place, "192.0.2.3").Lost);
            }
        }
        Assert.Equal(4, server.Renewals);
    }

    [Fact]
    public void I12_the_peer_that_shares_no_code_understands_everything()
    {
        IpoibHosts network = Build();
        foreach (Host host in new[] { network.A, network.B })
        {
            for (int round = 0; round < 3; round++)
            {
                string ipv6 = host == network.A ? "fd00::1" : "fd00::2";
                host.Place.Ip("neighbor flush all");
                network.Peer.Forget(host.Address);
                network.Peer.Forget(ipv6);
                Assert.Equal(0, Ping.Run(host.Place, "192.0.2.3", size: 1000).Lost);
                Assert.Equal(0, Ping.Run(host.Place, "fd00::3", size: 1000).Lost);
                Assert.True(network.Peer.Ping(host.Address, Soon));
                Assert.True(network.Peer.Ping(ipv6, Soon));
                FailOver(host, host == network.A ? network.PortsOfA : network.PortsOfB);
                Mend(host, host == network.A ? network.PortsOfA : network.PortsOfB);
            }
        }
    }

    [Fact]
    public void A_peer_with_a_new_address_is_found_again()
    {
        IpoibHosts network = Build();
        Assert.Equal(0, Ping.Run(network.A.Place, "192.0.2.3").Lost);
        network.Peer.Port.Cut();
        IpoibPeer reborn = new(network.Fabric, "reborn", IpoibHosts.Address(0xc1), "192.0.2.3", "fd00::3");
        Wait.Until(() => Ping.Run(network.A.Place, "192.0.2.3", count: 1).Lost == 0, TimeSpan.FromSeconds(60), "ping again");
        Assert.Equal(Convert.ToHexString(network.PortsOfA[0].Address), reborn.NeighborOf(network.A.Address));
    }

    /// <summary>Guests on a bridge whose uplink is the bond, each with an Ethernet address and, if it is said, with IP addresses of its own.</summary>
    private NetworkNamespace[] Bridge(Host host, params ReadOnlySpan<string> addresses)
    {
        host.Place.Ip("link add br0 type bridge");
        List<NetworkNamespace> guests = [];
        foreach (string own in addresses)
        {
            NetworkNamespace guest = Lab.Namespace(ipv6: true);
            string port = $"port{guests.Count}";
            VethPair.Create(new VethEnd(host.Place, port), new VethEnd(guest, "eth0"));
            VethPair.MakePlainPeer(host.Place, port);
            VethPair.MakePlainPeer(guest, "eth0");
            foreach (string address in own.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                guest.Ip($"address add {address} dev eth0 nodad");
            }
            guest.Ip("link set eth0 up");
            host.Place.Ip($"link set {port} up");
            host.Place.Ip($"link set {port} master br0");
            guests.Add(guest);
        }
        host.Place.Ip("link set bond0 master br0");
        host.Place.Ip("link set br0 up");
        return [.. guests];
    }

    private static string Neighbors(NetworkNamespace place) => string.Join('\n', place.IpJson("neighbor show dev eth0")
        .Select(neighbor => $"{neighbor!["dst"]} {neighbor["lladdr"]}").Where(line => line.Contains("192.0.2.", StringComparison.Ordinal)).Order());
}
