using System.Buffers.Binary;
using FastBond.Core.Ipoib;
using Xunit;

namespace FastBond.Core.Tests.Ipoib;

/// <summary>Neighbour discovery between the two sides: link-layer options of 8 bytes here, of 24 bytes there, checksums right on both.</summary>
public class FaceNeighborDiscoveryTests
{
    private const string Here = "fd00::1", There = "fd00::2", Router = "fe80::2";
    private const string AllNodes20 = "00ffffffff12601bffff00000000000000000001";

    [Fact]
    public void Solicitation_of_the_host()
    {
        FaceRig rig = new();
        byte[] sent = rig.FromHost(Wire.Ethernet("3333ff000002", FaceRig.FaceMac, 0x86dd,
            Wire.Icmpv6(135, Here, "ff02::1:ff00:2", "00000000" + Wire.Ip6(There) + "0101" + FaceRig.FaceMac)));
        Assert.Equal(Wire.Ipoib("00ffffffff12601bffff000000000001ff000002", 0x86dd,
            Wire.Icmpv6(135, Here, "ff02::1:ff00:2", "00000000" + Wire.Ip6(There) + "01030000" + FaceRig.Own)), sent);
    }

    [Fact]
    public void Solicitation_and_advertisement_of_a_neighbour()
    {
        FaceRig rig = new();
        byte[] question = rig.FromFabric(Wire.Received(0x86dd,
            Wire.Icmpv6(135, There, "ff02::1:ff00:1", "00000000" + Wire.Ip6(Here) + "01030000" + FaceRig.P)));
        string mac = Convert.ToHexString(rig.Neighbor(There)!.HostMac.AsSpan());
        Assert.StartsWith("026B", mac, StringComparison.Ordinal);
        Assert.Equal(Wire.Ethernet("3333ff000001", mac, 0x86dd,
            Wire.Icmpv6(135, There, "ff02::1:ff00:1", "00000000" + Wire.Ip6(Here) + "0101" + mac)), question);
        Assert.Equal(NeighborState.Stale, rig.Neighbor(There)!.State);

        byte[] answer = rig.FromFabric(Wire.Received(0x86dd, Wire.Icmpv6(136, There, Here, "60000000" + Wire.Ip6(There) + "02030000" + FaceRig.P)));
        Assert.Equal(Wire.Ethernet(FaceRig.FaceMac, mac, 0x86dd, Wire.Icmpv6(136, There, Here, "60000000" + Wire.Ip6(There) + "0201" + mac)), answer);
        Assert.Equal(NeighborState.Reachable, rig.Neighbor(There)!.State);
    }

    [Fact]
    public void Advertisement_of_the_host_to_a_neighbour()
    {
        FaceRig rig = new();
        rig.FromFabric(Wire.Received(0x86dd, Wire.Icmpv6(135, There, "ff02::1:ff00:1", "00000000" + Wire.Ip6(Here) + "01030000" + FaceRig.P)));
        string mac = Convert.ToHexString(rig.Neighbor(There)!.HostMac.AsSpan());
        byte[] sent = rig.FromHost(Wire.Ethernet(mac, FaceRig.FaceMac, 0x86dd,
            Wire.Icmpv6(136, Here, There, "60000000" + Wire.Ip6(Here) + "0201" + FaceRig.FaceMac)));
        Assert.Equal(Wire.Ipoib(FaceRig.P, 0x86dd, Wire.Icmpv6(136, Here, There, "60000000" + Wire.Ip6(Here) + "02030000" + FaceRig.Own)), sent);
    }

    [Fact]
    public void Advertisement_without_override_does_not_replace_an_address()
    {
        FaceRig rig = new();
        rig.FromFabric(Wire.Received(0x86dd, Wire.Icmpv6(135, There, "ff02::1:ff00:1", "00000000" + Wire.Ip6(Here) + "01030000" + FaceRig.P)));
        rig.FromFabric(Wire.Received(0x86dd, Wire.Icmpv6(136, There, Here, "40000000" + Wire.Ip6(There) + "02030000" + FaceRig.P)));
        rig.FromFabric(Wire.Received(0x86dd, Wire.Icmpv6(136, There, "ff02::1", "00000000" + Wire.Ip6(There) + "02030000" + FaceRig.Q)));
        Assert.Equal((Wire.Address(FaceRig.P), NeighborState.Stale), (rig.Neighbor(There)!.Address, rig.Neighbor(There)!.State));
        rig.FromFabric(Wire.Received(0x86dd, Wire.Icmpv6(136, There, "ff02::1", "20000000" + Wire.Ip6(There) + "02030000" + FaceRig.Q)));
        Assert.Equal(Wire.Address(FaceRig.Q), rig.Neighbor(There)!.Address);
    }

    [Fact]
    public void Duplicate_address_detection_crosses_without_an_option()
    {
        FaceRig rig = new();
        byte[] packet = Wire.Icmpv6(135, "::", "ff02::1:ff00:9", "00000000" + Wire.Ip6("fd00::9"));
        Assert.Equal(Wire.Ipoib("00ffffffff12601bffff000000000001ff000009", 0x86dd, packet),
            rig.FromHost(Wire.Ethernet("3333ff000009", FaceRig.FaceMac, 0x86dd, packet)));
        byte[] got = rig.FromFabric(Wire.Received(0x86dd, packet));
        Assert.Equal(Wire.Ethernet("3333ff000009", "024b00000000", 0x86dd, packet), got);
        Assert.Empty(rig.Face.Neighbors);
    }

    [Fact]
    public void Router_advertisement_keeps_its_other_options()
    {
        FaceRig rig = new();
        const string Rest = "40001c20 00000000 00000000";
        const string Mtu = "05010000000007fc", Prefix = "0304 40c0 00278d00 00093a80 00000000 fd000000000000000000000000000000";
        byte[] got = rig.FromFabric(Wire.Received(0x86dd, Wire.Icmpv6(134, Router, "ff02::1", Rest + Mtu + "01030000" + FaceRig.P + Prefix)));
        string mac = Convert.ToHexString(rig.Neighbor(Router)!.HostMac.AsSpan());
        Assert.Equal(Wire.Ethernet("333300000001", mac, 0x86dd, Wire.Icmpv6(134, Router, "ff02::1", Rest + Mtu + "0101" + mac + Prefix)), got);

        byte[] sent = rig.FromHost(Wire.Ethernet("333300000001", FaceRig.FaceMac, 0x86dd,
            Wire.Icmpv6(134, "fe80::1", "ff02::1", Rest + "0101" + FaceRig.FaceMac + Mtu)));
        Assert.Equal(Wire.Ipoib(AllNodes20, 0x86dd, Wire.Icmpv6(134, "fe80::1", "ff02::1", Rest + "01030000" + FaceRig.Own + Mtu)), sent);
    }

    [Fact]
    public void Router_solicitation()
    {
        FaceRig rig = new();
        byte[] sent = rig.FromHost(Wire.Ethernet("333300000002", FaceRig.FaceMac, 0x86dd, Wire.Icmpv6(133, "fe80::1", "ff02::2", "000000000101" + FaceRig.FaceMac)));
        Assert.Equal(Wire.Icmpv6(133, "fe80::1", "ff02::2", "0000000001030000" + FaceRig.Own), sent[24..]);
    }

    [Fact]
    public void Redirect_tells_of_the_target()
    {
        FaceRig rig = new();
        const string Target = "fe80::77", Destination = "2001:db8::5";
        string head = "00000000" + Wire.Ip6(Target) + Wire.Ip6(Destination);
        byte[] got = rig.FromFabric(Wire.Received(0x86dd, Wire.Icmpv6(137, Router, "fe80::1", head + "02030000" + FaceRig.Q)));
        string mac = Convert.ToHexString(rig.Neighbor(Target)!.HostMac.AsSpan());
        Assert.Equal(Wire.Icmpv6(137, Router, "fe80::1", head + "0201" + mac), got[14..]);

        rig.Meet("192.0.2.2");
        rig.FromFabric(Wire.Received(0x86dd, Wire.Icmpv6(135, There, "ff02::1:ff00:1", "00000000" + Wire.Ip6(Here) + "01030000" + FaceRig.P)));
        string p = Convert.ToHexString(rig.Neighbor(There)!.HostMac.AsSpan());
        byte[] sent = rig.FromHost(Wire.Ethernet(p, FaceRig.FaceMac, 0x86dd, Wire.Icmpv6(137, "fe80::1", There, head + "0201" + mac)));
        Assert.Equal(Wire.Ipoib(FaceRig.P, 0x86dd, Wire.Icmpv6(137, "fe80::1", There, head + "02030000" + FaceRig.Q)), sent);
    }

    [Theory]
    [InlineData("0100" + FaceRig.FaceMac)]
    [InlineData("01")]
    [InlineData("0101020304")]
    [InlineData("0102" + FaceRig.FaceMac)]
    [InlineData("01030000" + FaceRig.P)]
    [InlineData("0102" + FaceRig.FaceMac + "0000000000000000")]
    [InlineData("0500000000000000")]
    [InlineData("05020000000005dc")]
    public void Malformed_options_of_the_host(string options)
    {
        FaceRig rig = new();
        rig.Dropped(FaceOutcome.NeighborDiscoveryMalformed, Wire.Ethernet("3333ff000002", FaceRig.FaceMac, 0x86dd,
            Wire.Icmpv6(135, Here, "ff02::1:ff00:2", "00000000" + Wire.Ip6(There) + options)), fromHost: true);
        Assert.Empty(rig.Face.LearntHosts);
    }

    [Theory]
    [InlineData("0101" + FaceRig.FaceMac)]
    [InlineData("01000000" + FaceRig.P)]
    [InlineData("01030000" + FaceRig.FaceMac)]
    public void Malformed_options_of_the_fabric(string options)
    {
        FaceRig rig = new();
        rig.Dropped(FaceOutcome.NeighborDiscoveryMalformed, Wire.Received(0x86dd,
            Wire.Icmpv6(135, There, "ff02::1:ff00:1", "00000000" + Wire.Ip6(Here) + options)), fromHost: false);
        Assert.Empty(rig.Face.Neighbors);
    }

    [Fact]
    public void Wrong_checksum_is_not_made_right()
    {
        FaceRig rig = new();
        byte[] packet = Wire.Icmpv6(135, There, "ff02::1:ff00:1", "00000000" + Wire.Ip6(Here) + "01030000" + FaceRig.P);
        for (int at = 40; at < packet.Length; at++)
        {
            if (at != 40)
            {
                byte[] bad = [.. packet];
                bad[at] ^= 0x40;
                rig.Face.FromFabric(rig.NowNs, Wire.Received(0x86dd, bad));
            }
        }

        rig.Face.Settle();
        Assert.Empty(rig.Host);
        Assert.Equal((ulong)packet.Length - 41, rig.Face.Counters[FaceOutcome.NeighborDiscoveryChecksum]);
    }

    [Fact]
    public void Every_shorter_message_is_dropped()
    {
        FaceRig rig = new();
        byte[] there = Wire.Received(0x86dd, Wire.Icmpv6(135, There, "ff02::1:ff00:1", "00000000" + Wire.Ip6(Here) + "01030000" + FaceRig.P));
        byte[] here = Wire.Ethernet("3333ff000002", FaceRig.FaceMac, 0x86dd,
            Wire.Icmpv6(135, Here, "ff02::1:ff00:2", "00000000" + Wire.Ip6(There) + "0101" + FaceRig.FaceMac));
        for (int length = 0; length < there.Length; length++)
        {
            rig.Face.FromFabric(rig.NowNs, there.AsSpan(0, length));
        }

        // A bare IPv6 header is not neighbour discovery: there is nothing in it to translate.
        for (int length = 0; length < here.Length; length += length == 14 + 39 ? 2 : 1)
        {
            rig.Face.FromHost(rig.NowNs, here.AsSpan(0, length));
        }

        Assert.Empty(rig.Host);
        Assert.Empty(rig.Fabric);
    }

    [Fact]
    public void Message_whose_own_length_is_short_is_dropped()
    {
        FaceRig rig = new();
        foreach (int type in (int[])[133, 134, 135, 136, 137])
        {
            int fixedLength = type switch { 133 => 8, 134 => 16, 137 => 40, _ => 24 };
            for (int length = 4; length < fixedLength; length++)
            {
                byte[] packet = Wire.Icmpv6(type, There, Here, new string('0', 2 * (length - 4)));
                rig.Dropped(FaceOutcome.NeighborDiscoveryMalformed, Wire.Received(0x86dd, packet), fromHost: false);
            }
        }
    }

    [Fact]
    public void What_crossed_a_router_is_dropped()
    {
        FaceRig rig = new();
        byte[] packet = Wire.Icmpv6(135, There, "ff02::1:ff00:1", "00000000" + Wire.Ip6(Here) + "01030000" + FaceRig.P, hopLimit: 254);
        rig.Dropped(FaceOutcome.NeighborDiscoveryMalformed, Wire.Received(0x86dd, packet), fromHost: false);
    }

    [Fact]
    public void Mapped_addresses_cannot_pass_for_ipv4_neighbours()
    {
        FaceRig rig = new();
        byte[] packet = Wire.Icmpv6(135, "::ffff:192.0.2.2", "ff02::1:ff00:1", "00000000" + Wire.Ip6(Here) + "01030000" + FaceRig.Q);
        rig.Dropped(FaceOutcome.NeighborDiscoveryMalformed, Wire.Received(0x86dd, packet), fromHost: false);
        packet = Wire.Icmpv6(136, There, Here, "20000000" + Wire.Ip6("::ffff:192.0.2.2") + "02030000" + FaceRig.Q);
        rig.Dropped(FaceOutcome.NeighborDiscoveryMalformed, Wire.Received(0x86dd, packet), fromHost: false);
    }

    [Fact]
    public void Advertisement_that_grows_over_the_mtu_is_dropped()
    {
        FaceRig rig = new();
        const int Unknown = 0x1f;
        string filler = $"{Unknown:x2}ff" + new string('0', 2 * ((255 * 8) - 2));
        byte[] packet = Wire.Icmpv6(134, "fe80::1", "ff02::1", "40001c200000000000000000" + "0101" + FaceRig.FaceMac + filler);
        rig.Face.Mtu = packet.Length;
        rig.Dropped(FaceOutcome.TooLong, Wire.Ethernet("333300000001", FaceRig.FaceMac, 0x86dd, packet), fromHost: true);
        rig.Face.Mtu = packet.Length + 16;
        byte[] sent = rig.FromHost(Wire.Ethernet("333300000001", FaceRig.FaceMac, 0x86dd, packet));
        Assert.Equal(packet.Length + 16 - 40, BinaryPrimitives.ReadUInt16BigEndian(sent.AsSpan(28)));
    }

    [Fact]
    public void Own_messages_that_come_back_are_dropped()
    {
        FaceRig rig = new();
        byte[] packet = Wire.Icmpv6(136, Here, "ff02::1", "20000000" + Wire.Ip6(Here) + "02030000" + FaceRig.OtherSlave);
        rig.Dropped(FaceOutcome.OwnEcho, Wire.Received(0x86dd, packet), fromHost: false);
    }
}
