using System.Buffers.Binary;
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
    private const string Guest = "192.0.2.21", Guest6 = "fd00::21";

    [Fact]
    public void I12_a_bridged_guest_pings_across_and_does_not_notice_a_fail_over()
    {
        IpoibHosts network = Build();
        NetworkNamespace guest = Bridge(network.A);
        Assert.Equal(0, Ping.Run(guest, network.B.Address).Lost);
        Assert.Equal(0, Ping.Run(guest, "fd00::2").Lost);
        Assert.Equal(0, Ping.Run(network.B.Place, Guest).Lost);
        Assert.Equal(0, Ping.Run(guest, "192.0.2.3").Lost);
        Assert.True(network.Peer.Ping(Guest, Soon));
        Assert.True(network.Peer.Ping(Guest6, Soon));
        network.A.Daemon.WaitFor(status => status.FaceHosts.Contains(Guest), Soon, "the guest is known");
        string before = Neighbors(guest);

        long cut = ObservedFrame.NowNs;
        FailOver(network.A, network.PortsOfA);
        network.Fabric.WaitFor(frame => frame.TimeNs > cut && frame.IsGratuitousArp(Guest), Soon, "the guest is announced");
        Wait.Until(() => network.Peer.NeighborOf(Guest) == Convert.ToHexString(network.PortsOfA[1].Address), Soon, "the peer knows");
        FailOver(network.B, network.PortsOfB);
        Assert.True(network.Peer.Ping(Guest, Soon));
        Assert.True(network.Peer.Ping(Guest6, Soon));
        Assert.Equal(0, Ping.Run(guest, network.B.Address).Lost);
        Assert.Equal(0, Ping.Run(guest, "fd00::2").Lost);
        Assert.Equal(before, Neighbors(guest));
    }

    [Fact]
    public void I12_dhcp_finds_its_way_both_ways()
    {
        IpoibHosts network = Build();
        List<string> asked = [];
        network.Peer.OnUdp = (port, packet) =>
        {
            if (port == 67)
            {
                lock (asked)
                {
                    asked.Add(Convert.ToHexString(packet.AsSpan(28)));
                }
                Offer(network.Peer, packet.AsSpan(28));
            }
        };
        byte[] mac = network.A.Mac;
        FrameObserver atA = Lab.Observe(network.A.Place, "bond0");
        using PacketSocket client = new(network.A.Place, "bond0", receive: false);
        Assert.True(client.Send(Discover(mac)));
        atA.WaitFor(frames => frames.Any(frame => IsOffer(frame, mac)), Soon, "an offer");
        string seen = Assert.Single(asked);
        Assert.StartsWith("01200000", seen, StringComparison.Ordinal);
        Assert.Contains($"3D0701{Convert.ToHexString(mac)}FF", seen, StringComparison.Ordinal);
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

    /// <summary>A guest on a bridge whose other port is the bond.</summary>
    private NetworkNamespace Bridge(Host host)
    {
        NetworkNamespace guest = Lab.Namespace(ipv6: true);
        VethPair.Create(new VethEnd(host.Place, "tap0"), new VethEnd(guest, "eth0"));
        VethPair.MakePlainPeer(host.Place, "tap0");
        VethPair.MakePlainPeer(guest, "eth0");
        guest.Ip($"address add {Guest}/24 dev eth0");
        guest.Ip($"address add {Guest6}/64 dev eth0 nodad");
        guest.Ip("link set eth0 up");
        foreach (string command in new[] { "link add br0 type bridge", "link set br0 up", "link set tap0 up", "link set tap0 master br0", "link set bond0 master br0" })
        {
            host.Place.Ip(command);
        }
        return guest;
    }

    private static string Neighbors(NetworkNamespace place) => string.Join('\n', place.IpJson("neighbor show dev eth0")
        .Select(neighbor => $"{neighbor!["dst"]} {neighbor["lladdr"]}").Where(line => line.Contains("192.0.2.", StringComparison.Ordinal)).Order());

    private static byte[] Discover(byte[] mac)
    {
        byte[] bootp = [1, 1, 6, 0, 0x12, 0x34, 0xab, 0xcd, .. new byte[20], .. mac, .. new byte[10 + 192], 0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255, .. new byte[56]];
        byte[] udp = [0, 68, 0, 67, 0, 0, 0, 0, .. bootp];
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(4), (ushort)udp.Length);
        byte[] ip = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255];
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(2), (ushort)(ip.Length + udp.Length));
        int sum = 0;
        for (int i = 0; i < ip.Length; i += 2)
        {
            sum += (ip[i] << 8) | ip[i + 1];
        }
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(10), (ushort)~((sum & 0xffff) + (sum >> 16)));
        return [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, .. mac, 8, 0, .. ip, .. udp];
    }

    /// <summary>Answers as RFC 4390 has it: hardware type 32, no address, to everybody.</summary>
    private static void Offer(IpoibPeer server, ReadOnlySpan<byte> discover)
    {
        byte[] bootp = [2, 32, 0, 0, .. discover.Slice(4, 4), 0, 0, 0x80, 0, 0, 0, 0, 0, 192, 0, 2, 77, .. new byte[216], 0x63, 0x82, 0x53, 0x63, 53, 1, 2, 255];
        server.Send(IpoibPeer.Broadcast, 0x0800, server.Udp(67, IPAddress.Broadcast, 68, bootp));
    }

    private static bool IsOffer(ObservedFrame frame, byte[] mac)
    {
        ReadOnlySpan<byte> bytes = frame.Bytes;
        return bytes.Length > 14 + 28 + 240 && frame.EtherType == 0x0800 && bytes[23] == 17 && bytes[37] == 68 &&
            bytes[42] == 2 && bytes[43] == 1 && bytes[44] == 6 && bytes.Slice(42 + 28, 6).SequenceEqual(mac) && bytes[42 + 19] == 77;
    }
}
