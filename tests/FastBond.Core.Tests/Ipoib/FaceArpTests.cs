using FastBond.Core.Ipoib;
using Xunit;

namespace FastBond.Core.Tests.Ipoib;

/// <summary>ARP between the two sides of the face: 28 bytes with MACs here, 56 bytes with 20-byte addresses there.</summary>
public class FaceArpTests
{
    private const string Everybody = "ffffffffffff";
    private static readonly string NoAddress = new('0', 40);

    [Fact]
    public void Request_of_the_host_asks_everybody_with_the_bonds_address()
    {
        FaceRig rig = new();
        byte[] sent = rig.FromHost(Wire.Ethernet(
            Everybody, FaceRig.FaceMac, 0x0806, Wire.Arp(1, 1, FaceRig.FaceMac, "192.0.2.1", "000000000000", "192.0.2.2")));
        Assert.Equal(Wire.Ipoib(Wire.Broadcast20, 0x0806, Wire.Arp(32, 1, FaceRig.Own, "192.0.2.1", NoAddress, "192.0.2.2")), sent);
    }

    [Fact]
    public void Padding_does_not_cross()
    {
        FaceRig rig = new();
        byte[] padded = [.. Wire.Arp(1, 1, FaceRig.FaceMac, "192.0.2.1", "000000000000", "192.0.2.2"), .. new byte[18]];
        Assert.Equal(24 + 56, rig.FromHost(Wire.Ethernet(Everybody, FaceRig.FaceMac, 0x0806, padded)).Length);
    }

    [Fact]
    public void Reply_of_a_neighbour_comes_from_the_mac_of_its_ip_address_and_is_padded()
    {
        FaceRig rig = new();
        byte[] got = rig.FromFabric(Wire.Received(0x0806, Wire.Arp(32, 2, FaceRig.P, "192.0.2.2", FaceRig.Own, "192.0.2.1")));
        byte[] expected = Wire.Ethernet(
            FaceRig.FaceMac, FaceRig.MacOfP, 0x0806, Wire.Arp(1, 2, FaceRig.MacOfP, "192.0.2.2", FaceRig.FaceMac, "192.0.2.1"));
        Assert.Equal([.. expected, .. new byte[60 - expected.Length]], got);
        Assert.Equal((FaceRig.P.ToUpperInvariant(), NeighborState.Reachable), (Text(rig.Neighbor("192.0.2.2")!), rig.Neighbor("192.0.2.2")!.State));
    }

    [Fact]
    public void Request_of_a_neighbour_goes_to_everybody_and_makes_it_known()
    {
        FaceRig rig = new();
        byte[] got = rig.FromFabric(Wire.Received(0x0806, Wire.Arp(32, 1, FaceRig.P, "192.0.2.2", NoAddress, "192.0.2.1")));
        byte[] expected = Wire.Ethernet(
            Everybody, FaceRig.MacOfP, 0x0806, Wire.Arp(1, 1, FaceRig.MacOfP, "192.0.2.2", "000000000000", "192.0.2.1"));
        Assert.Equal([.. expected, .. new byte[60 - expected.Length]], got);
        Assert.NotNull(rig.Neighbor("192.0.2.2"));

        byte[] answer = rig.FromHost(Wire.Ethernet(
            FaceRig.MacOfP, FaceRig.FaceMac, 0x0806, Wire.Arp(1, 2, FaceRig.FaceMac, "192.0.2.1", FaceRig.MacOfP, "192.0.2.2")));
        Assert.Equal(Wire.Ipoib(FaceRig.P, 0x0806, Wire.Arp(32, 2, FaceRig.Own, "192.0.2.1", FaceRig.P, "192.0.2.2")), answer);
    }

    [Fact]
    public void Request_for_somebody_else_makes_nobody_known_but_is_heard()
    {
        FaceRig rig = new();
        rig.FromFabric(Wire.Received(0x0806, Wire.Arp(32, 1, FaceRig.P, "192.0.2.2", NoAddress, "192.0.2.99")));
        Assert.Empty(rig.Face.Neighbors);
    }

    [Fact]
    public void Neighbour_that_fails_over_keeps_its_mac()
    {
        FaceRig rig = new();
        rig.Meet();
        int published = rig.Published;
        byte[] got = rig.FromFabric(Wire.Received(0x0806, Wire.Arp(32, 1, FaceRig.Q, "192.0.2.2", NoAddress, "192.0.2.2")));
        Assert.Equal(Wire.Hex(FaceRig.MacOfP), got[6..12]);
        Assert.Equal(Wire.Hex(FaceRig.MacOfP), got[22..28]);
        Assert.Equal(published + 1, rig.Published);
        (FaceOutcome outcome, byte[] frame) = rig.CoreToFabric(Wire.Ethernet(FaceRig.MacOfP, FaceRig.FaceMac, 0x0800, Wire.Ipv4(1, "192.0.2.1", "192.0.2.2", [8, 0])));
        Assert.Equal(FaceOutcome.Passed, outcome);
        Assert.Equal(Wire.Hex(FaceRig.Q), frame[..20]);
    }

    [Fact]
    public void Own_fail_over_changes_what_is_said_and_nothing_else()
    {
        FaceRig rig = new();
        rig.Meet();
        rig.Face.SetFabric(Wire.Address(FaceRig.OtherSlave), IpoibAddress.DefaultBroadcast, [Wire.Address(FaceRig.Own), Wire.Address(FaceRig.OtherSlave)]);
        int published = rig.Published;
        byte[] answer = rig.FromHost(Wire.Ethernet(
            FaceRig.MacOfP, FaceRig.FaceMac, 0x0806, Wire.Arp(1, 2, FaceRig.FaceMac, "192.0.2.1", FaceRig.MacOfP, "192.0.2.2")));
        Assert.Equal(Wire.Hex(FaceRig.OtherSlave), answer[32..52]);
        Assert.Equal(published, rig.Published);
    }

    [Fact]
    public void Guests_have_macs_of_their_own_and_can_move()
    {
        FaceRig rig = new();
        const string Guest = "525400000001";
        rig.FromHost(Wire.Ethernet(Everybody, Guest, 0x0806, Wire.Arp(1, 1, Guest, "192.0.2.50", "000000000000", "192.0.2.2")));
        Assert.Equal([FaceRig.Key("192.0.2.50")], rig.Face.LearntHosts);
        byte[] got = rig.FromFabric(Wire.Received(0x0806, Wire.Arp(32, 2, FaceRig.P, "192.0.2.2", FaceRig.Own, "192.0.2.50")));
        Assert.Equal(Wire.Hex(Guest), got[..6]);
        Assert.Equal(Wire.Hex(Guest), got[32..38]);
        Assert.Equal(Wire.Hex(Guest), rig.CoreToHost(Wire.Received(0x0800, Wire.Ipv4(1, "192.0.2.2", "192.0.2.50", [0, 0]))).Frame[..6]);

        rig.FromFabric(Wire.Received(0x0806, Wire.Arp(32, 1, FaceRig.Q, "192.0.2.50", NoAddress, "192.0.2.50")));
        Assert.Empty(rig.Face.LearntHosts);
        rig.FromHost(Wire.Ethernet(Everybody, Guest, 0x0806, Wire.Arp(1, 1, Guest, "192.0.2.2", "000000000000", "192.0.2.2")));
        Assert.Null(rig.Neighbor("192.0.2.2"));
    }

    [Fact]
    public void Unicast_request_to_a_neighbour_that_is_known_goes_to_it_alone_else_to_everybody()
    {
        FaceRig rig = new();
        byte[] request = Wire.Ethernet(FaceRig.MacOfP, FaceRig.FaceMac, 0x0806, Wire.Arp(1, 1, FaceRig.FaceMac, "192.0.2.1", "000000000000", "192.0.2.2"));
        Assert.Equal(Wire.Hex(Wire.Broadcast20), rig.FromHost(request)[..20]);
        rig.Meet();
        Assert.Equal(Wire.Hex(FaceRig.P), rig.FromHost(request)[..20]);
    }

    [Fact]
    public void Probe_for_a_duplicate_address_teaches_nothing()
    {
        FaceRig rig = new();
        byte[] got = rig.FromFabric(Wire.Received(0x0806, Wire.Arp(32, 1, FaceRig.P, "0.0.0.0", NoAddress, "192.0.2.1")));
        Assert.Equal(Wire.Hex("024b00000000"), got[6..12]);
        Assert.Equal(new byte[4], got[28..32]);
        Assert.Empty(rig.Face.Neighbors);
        byte[] sent = rig.FromHost(Wire.Ethernet(Everybody, FaceRig.FaceMac, 0x0806, Wire.Arp(1, 1, "525400000001", "0.0.0.0", "000000000000", "192.0.2.7")));
        Assert.Equal(new byte[4], sent[52..56]);
        Assert.Empty(rig.Face.LearntHosts);
    }

    [Fact]
    public void Own_frames_that_come_back_are_dropped()
    {
        FaceRig rig = new();
        foreach (string own in (string[])[FaceRig.Own, "80" + FaceRig.OtherSlave[2..]])
        {
            rig.Dropped(FaceOutcome.OwnEcho, Wire.Received(0x0806, Wire.Arp(32, 1, own, "192.0.2.1", NoAddress, "192.0.2.2")), fromHost: false);
        }
    }

    [Fact]
    public void Malformed_arp_is_dropped_at_every_length_and_in_every_field()
    {
        FaceRig rig = new();
        byte[] here = Wire.Ethernet(Everybody, FaceRig.FaceMac, 0x0806, Wire.Arp(1, 1, FaceRig.FaceMac, "192.0.2.1", "000000000000", "192.0.2.2"));
        byte[] there = Wire.Received(0x0806, Wire.Arp(32, 1, FaceRig.P, "192.0.2.2", NoAddress, "192.0.2.1"));
        for (int length = 14; length < here.Length; length++)
        {
            rig.Dropped(FaceOutcome.ArpMalformed, here[..length], fromHost: true);
        }

        for (int length = 24; length < there.Length; length++)
        {
            rig.Dropped(FaceOutcome.ArpMalformed, there[..length], fromHost: false);
        }

        foreach (int field in (int[])[0, 1, 2, 3, 4, 5, 6, 7])
        {
            byte[] badHere = [.. here];
            badHere[14 + field] ^= 0x10;
            rig.Dropped(FaceOutcome.ArpMalformed, badHere, fromHost: true);
            byte[] badThere = [.. there];
            badThere[24 + field] ^= 0x10;
            rig.Dropped(FaceOutcome.ArpMalformed, badThere, fromHost: false);
        }

        Assert.Empty(rig.Face.Neighbors);
    }

    [Fact]
    public void Without_an_active_slave_it_is_dropped_and_counted()
    {
        FaceRig rig = new() { HasSlave = false };
        byte[] packet = Wire.Arp(1, 1, FaceRig.FaceMac, "192.0.2.1", "000000000000", "192.0.2.2");
        rig.Dropped(FaceOutcome.NoSlave, Wire.Ethernet(Everybody, FaceRig.FaceMac, 0x0806, packet), fromHost: true);
    }

    private static string Text(Neighbor neighbor) => Convert.ToHexString(neighbor.Address.AsSpan());
}
