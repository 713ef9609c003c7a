using FastBond.Core.Ipoib;
using Xunit;

namespace FastBond.Core.Tests.Ipoib;

/// <summary>What cores translate by themselves: headers of ordinary IP frames, both ways.</summary>
public class FaceMapTests
{
    private static byte[] FromHost(string to, ushort type, byte[] packet) => Wire.Ethernet(to, FaceRig.FaceMac, type, packet);

    [Fact]
    public void Unicast_of_the_host()
    {
        FaceRig rig = new();
        rig.Meet();
        byte[] packet = Wire.Udp("192.0.2.1", "198.18.5.5", 1000, 2000, [1, 2, 3]);
        (FaceOutcome outcome, byte[] frame) = rig.CoreToFabric(FromHost(FaceRig.MacOfP, 0x0800, packet));
        Assert.Equal(FaceOutcome.Passed, outcome);
        Assert.Equal(Wire.Ipoib(FaceRig.P, 0x0800, packet), frame);
    }

    [Theory]
    [InlineData("ffffffffffff", "192.0.2.255", Wire.Broadcast20)]
    [InlineData("ffffffffffff", "255.255.255.255", Wire.Broadcast20)]
    [InlineData("01005e000001", "224.0.0.1", "00ffffffff12401bffff00000000000000000001")]
    [InlineData("01005e7ffffa", "239.255.255.250", "00ffffffff12401bffff0000000000000ffffffa")]
    [InlineData("01005e7ffffa", "225.127.255.250", "00ffffffff12401bffff000000000000017ffffa")]
    public void Ipv4_groups_come_from_the_ip_destination(string mac, string group, string expected)
    {
        byte[] packet = Wire.Udp("192.0.2.1", group, 1000, 2000, []);
        (FaceOutcome outcome, byte[] frame) = new FaceRig().CoreToFabric(FromHost(mac, 0x0800, packet));
        Assert.Equal((FaceOutcome.Passed, Convert.ToHexString(Wire.Ipoib(expected, 0x0800, packet))), (outcome, Convert.ToHexString(frame)));
    }

    [Fact]
    public void Ipv6_groups_come_from_the_ip_destination()
    {
        byte[] packet = Wire.Ipv6(17, "fd00::1", "ff15:1:2:3:4:5:6:7", new byte[8]);
        (FaceOutcome outcome, byte[] frame) = new FaceRig().CoreToFabric(FromHost("333300060007", 0x86dd, packet));
        Assert.Equal(FaceOutcome.Passed, outcome);
        Assert.Equal(Wire.Ipoib("00ffffffff12601bffff00030004000500060007", 0x86dd, packet), frame);
    }

    [Theory]
    [InlineData("01005e000001", "192.0.2.9")]
    [InlineData("0180c2000000", "192.0.2.9")]
    public void A_group_mac_over_no_group(string mac, string destination) =>
        Assert.Equal(FaceOutcome.NoGroup, new FaceRig().CoreToFabric(FromHost(mac, 0x0800, Wire.Ipv4(6, "192.0.2.1", destination, []))).Outcome);

    [Theory]
    [InlineData("ffffffffffff")]
    [InlineData("333300000001")]
    public void Ipv6_has_no_broadcast(string mac) =>
        Assert.Equal(FaceOutcome.NoGroup, new FaceRig().CoreToFabric(FromHost(mac, 0x86dd, Wire.Ipv6(6, "fd00::1", "fd00::2", []))).Outcome);

    [Theory]
    [InlineData(0x88cc, FaceOutcome.Protocol)]
    [InlineData(0x8809, FaceOutcome.Protocol)]
    [InlineData(0x9000, FaceOutcome.Protocol)]
    [InlineData(0x8035, FaceOutcome.Protocol)]
    [InlineData(46, FaceOutcome.Protocol)]
    [InlineData(0x8100, FaceOutcome.VlanTag)]
    [InlineData(0x88a8, FaceOutcome.VlanTag)]
    [InlineData(0x0806, FaceOutcome.Punted)]
    public void Other_protocols_of_the_host(int type, FaceOutcome expected) =>
        Assert.Equal(expected, new FaceRig().CoreToFabric(FromHost("ffffffffffff", (ushort)type, new byte[46])).Outcome);

    [Theory]
    [InlineData(0x8100)]
    [InlineData(0x88cc)]
    [InlineData(0x8035)]
    [InlineData(0)]
    public void Other_protocols_of_the_fabric(int type) =>
        Assert.Equal(FaceOutcome.Protocol, new FaceRig().CoreToHost(Wire.Received((ushort)type, new byte[46])).Outcome);

    [Fact]
    public void What_needs_more_than_a_header_goes_to_the_control_plane()
    {
        FaceRig rig = new();
        Assert.Equal(FaceOutcome.Punted, rig.CoreToFabric(FromHost("01005e000016", 0x0800, Wire.Ipv4(2, "192.0.2.1", "224.0.0.22", new byte[8]))).Outcome);
        Assert.Equal(FaceOutcome.Punted, rig.CoreToFabric(FromHost("ffffffffffff", 0x0800, Wire.Udp("0.0.0.0", "255.255.255.255", 68, 67, []))).Outcome);
        Assert.Equal(FaceOutcome.Punted, rig.CoreToFabric(FromHost("333300000016", 0x86dd, Wire.Ipv6(0, "fe80::1", "ff02::16", new byte[8]))).Outcome);
        Assert.Equal(FaceOutcome.Punted, rig.CoreToHost(Wire.Received(0x0806, new byte[56])).Outcome);
        Assert.Equal(FaceOutcome.Punted, rig.CoreToHost(Wire.Received(0x0800, Wire.Udp("192.0.2.2", "255.255.255.255", 67, 68, []))).Outcome);
        foreach (int type in (int[])[132, 133, 134, 135, 136, 137, 138])
        {
            FaceOutcome expected = type is 132 or 138 ? FaceOutcome.Passed : FaceOutcome.Punted;
            byte[] packet = Wire.Icmpv6(type, "fd00::2", "ff02::1", "00000000");
            Assert.Equal(expected, rig.CoreToHost(Wire.Received(0x86dd, packet)).Outcome);
            Assert.Equal(expected, rig.CoreToFabric(FromHost("333300000001", 0x86dd, packet)).Outcome);
        }
    }

    [Fact]
    public void Fragments_have_no_ports()
    {
        FaceRig rig = new();
        byte[] first = Wire.Udp("0.0.0.0", "255.255.255.255", 68, 67, []);
        first[6] = 0x20;
        byte[] later = Wire.Udp("0.0.0.0", "255.255.255.255", 68, 67, []);
        later[7] = 0x01;
        Assert.Equal(FaceOutcome.Passed, rig.CoreToFabric(FromHost("ffffffffffff", 0x0800, first)).Outcome);
        Assert.Equal(FaceOutcome.Passed, rig.CoreToFabric(FromHost("ffffffffffff", 0x0800, later)).Outcome);
    }

    [Fact]
    public void Ports_stand_behind_ip_options()
    {
        byte[] packet = Wire.Ipv4(17, "0.0.0.0", "255.255.255.255", [1, 1, 1, 1, 0, 68, 0, 67, 0, 8, 0, 0]);
        packet[0] = 0x46;
        Assert.Equal(FaceOutcome.Punted, new FaceRig().CoreToFabric(FromHost("ffffffffffff", 0x0800, packet)).Outcome);
    }

    [Fact]
    public void Unicast_of_a_neighbour()
    {
        FaceRig rig = new();
        rig.Meet();
        byte[] packet = Wire.Udp("192.0.2.2", "192.0.2.1", 1000, 2000, new byte[40]);
        Assert.Equal(Wire.Ethernet(FaceRig.FaceMac, FaceRig.MacOfP, 0x0800, packet), rig.CoreToHost(Wire.Received(0x0800, packet)).Frame);
        packet = Wire.Ipv6(17, "fd00::9", "fd00::1", new byte[20]);
        Assert.Equal(Wire.Ethernet(FaceRig.FaceMac, "024b00000000", 0x86dd, packet), rig.CoreToHost(Wire.Received(0x86dd, packet)).Frame);
    }

    [Theory]
    [InlineData("192.0.2.255", "ffffffffffff")]
    [InlineData("255.255.255.255", "ffffffffffff")]
    [InlineData("192.0.2.254", FaceRig.FaceMac)]
    [InlineData("198.18.0.1", FaceRig.FaceMac)]
    [InlineData("224.0.0.251", "01005e0000fb")]
    [InlineData("239.255.1.2", "01005e7f0102")]
    public void Destination_of_a_packet_from_beyond_the_link(string destination, string mac)
    {
        byte[] packet = Wire.Udp("198.18.0.9", destination, 1000, 2000, new byte[40]);
        Assert.Equal(Wire.Ethernet(mac, "024b00000000", 0x0800, packet), new FaceRig().CoreToHost(Wire.Received(0x0800, packet)).Frame);
    }

    [Fact]
    public void Ipv6_group_of_the_fabric()
    {
        byte[] packet = Wire.Ipv6(17, "fd00::2", "ff02::1:ff12:3456", new byte[40]);
        Assert.Equal(Wire.Ethernet("3333ff123456", "024b00000000", 0x86dd, packet), new FaceRig().CoreToHost(Wire.Received(0x86dd, packet)).Frame);
    }

    [Fact]
    public void Short_frames_are_padded_to_ethernets_length()
    {
        byte[] packet = Wire.Ipv4(1, "192.0.2.2", "192.0.2.1", [0, 0]);
        byte[] frame = new FaceRig().CoreToHost(Wire.Received(0x0800, packet)).Frame;
        Assert.Equal(60, frame.Length);
        Assert.Equal(packet, frame[14..(14 + packet.Length)]);
        Assert.All(frame[(14 + packet.Length)..], static padding => Assert.Equal(0, padding));
    }

    [Fact]
    public void Every_shorter_frame_is_refused_or_left_alone()
    {
        FaceRig rig = new();
        rig.Meet();
        foreach (byte[] packet in (byte[][])[Wire.Udp("192.0.2.1", "192.0.2.2", 1, 2, new byte[9]), Wire.Ipv6(17, "fd00::1", "fd00::2", new byte[9])])
        {
            ushort type = packet[0] >> 4 == 4 ? (ushort)0x0800 : (ushort)0x86dd;
            int header = type == 0x0800 ? 20 : 40;
            byte[] here = FromHost(FaceRig.MacOfP, type, packet);
            byte[] there = Wire.Received(type, packet);
            for (int length = 0; length < here.Length; length++)
            {
                Assert.Equal(length < 14 + header ? FaceOutcome.Truncated : FaceOutcome.Passed, rig.CoreToFabric(here[..length]).Outcome);
            }

            for (int length = 0; length < there.Length; length++)
            {
                Assert.Equal(length < 24 + header ? FaceOutcome.Truncated : FaceOutcome.Passed, rig.CoreToHost(there[..length]).Outcome);
            }
        }
    }

    [Fact]
    public void The_broadcast_address_is_the_active_slaves()
    {
        FaceRig rig = new();
        const string Broadcast = "00ffffffff15401b8001000000000000ffffffff";
        rig.Face.SetFabric(Wire.Address(FaceRig.OtherSlave), Wire.Address(Broadcast), []);
        rig.Face.Settle();
        byte[] packet = Wire.Udp("192.0.2.1", "224.0.0.1", 1, 2, []);
        Assert.Equal(Wire.Hex("00ffffffff15401b800100000000000000000001"), rig.CoreToFabric(FromHost("01005e000001", 0x0800, packet)).Frame[..20]);
    }
}
