using System.Buffers.Binary;
using FastBond.Core.Ipoib;
using Xunit;

namespace FastBond.Core.Tests.Ipoib;

/// <summary>DHCPv4 between the two sides (RFC 4390).</summary>
public class FaceDhcpTests
{
    private const string Guest = "525400000001";
    private const string Everybody = "ffffffffffff";
    private const int Bootp = 28, Type = 1, Length = 2, Flags = 10, Client = 28, Options = 240;

    /// <summary>A BOOTP message with these options (the end included).</summary>
    private static byte[] Message(int operation, int type, int length, uint xid, string client, string options, int padding = 0, string relay = "00000000") =>
        Wire.Hex($"{operation:x2}{type:x2}{length:x2}00{xid:x8}00000000" + new string('0', 24) + relay + client.PadRight(32, '0') +
                 new string('0', 2 * 192) + "63825363" + options + new string('0', 2 * padding));

    private static byte[] Discover(string options = "350101ff", int padding = 0, bool checksum = true) => Wire.Ethernet(Everybody, Guest, 0x0800,
        Wire.Udp("0.0.0.0", "255.255.255.255", 68, 67, Message(1, 1, 6, 0x1234abcd, Guest, options, padding), checksum));

    private static byte[] Offer(uint xid = 0x1234abcd, string options = "350102ff", string to = "255.255.255.255") =>
        Wire.Received(0x0800, Wire.Udp("192.0.2.2", to, 67, 68, Message(2, 32, 0, xid, "", options)));

    private static byte[] Sent(byte[] frame) => frame[24..];

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(60)]
    public void Client_without_identifier_gets_its_mac_for_one(int padding)
    {
        byte[] sent = new FaceRig().FromHost(Discover(padding: padding));
        Assert.Equal(Wire.Hex(Wire.Broadcast20), sent[..20]);
        byte[] expected = Message(1, 32, 0, 0x1234abcd, "", "350101" + "3d0701" + Guest + "ff", Math.Max(0, padding - 9));
        expected[Flags] = 0x80;
        Assert.Equal(Wire.Udp("0.0.0.0", "255.255.255.255", 68, 67, expected), Sent(sent));
    }

    [Fact]
    public void Client_with_an_identifier_keeps_it()
    {
        const string Identifier = "3d13ff01020304000100012a3b4c5d525400000001";
        byte[] sent = new FaceRig().FromHost(Discover(Identifier + "350101ff"));
        byte[] expected = Message(1, 32, 0, 0x1234abcd, "", Identifier + "350101ff");
        expected[Flags] = 0x80;
        Assert.Equal(Wire.Udp("0.0.0.0", "255.255.255.255", 68, 67, expected), Sent(sent));
    }

    [Fact]
    public void Message_without_a_checksum_gets_one()
    {
        byte[] with = new FaceRig().FromHost(Discover());
        Assert.Equal(with, new FaceRig().FromHost(Discover(checksum: false)));
    }

    [Fact]
    public void Answer_finds_its_client_by_the_transaction()
    {
        FaceRig rig = new();
        rig.FromHost(Discover("3d13ff01020304000100012a3b4c5d525400000001350101ff"));
        byte[] got = rig.FromFabric(Offer());
        byte[] packet = Wire.Udp("192.0.2.2", "255.255.255.255", 67, 68, Message(2, 1, 6, 0x1234abcd, Guest, "350102ff"));
        Assert.Equal(Wire.Ethernet(Everybody, "024b00000000", 0x0800, packet), got);
    }

    [Fact]
    public void Answer_finds_its_client_by_the_identifier()
    {
        byte[] got = new FaceRig().FromFabric(Offer(options: "3501023d0701" + Guest + "ff", to: "192.0.2.50"));
        Assert.Equal(Wire.Hex(Guest), got[..6]);
        Assert.Equal(Wire.Hex(Guest), got.AsSpan(14 + Bootp + Client, 6).ToArray());
        Assert.Equal((1, 6), (got[14 + Bootp + Type], got[14 + Bootp + Length]));
    }

    [Fact]
    public void Answer_to_nobody_here_is_dropped()
    {
        FaceRig rig = new();
        rig.FromHost(Discover());
        rig.Dropped(FaceOutcome.DhcpUnknownClient, Offer(xid: 0x1234abce), fromHost: false);
        rig.Dropped(FaceOutcome.DhcpUnknownClient, Offer(xid: 0), fromHost: false);
        rig.Dropped(FaceOutcome.DhcpUnknownClient, Offer(xid: 0x1234abce, options: "3d02ff00ff"), fromHost: false);
    }

    [Fact]
    public void The_latest_transactions_are_remembered()
    {
        FaceRig rig = new();
        for (uint xid = 1; xid <= 300; xid++)
        {
            rig.FromHost(Wire.Ethernet(Everybody, Guest, 0x0800,
                Wire.Udp("0.0.0.0", "255.255.255.255", 68, 67, Message(1, 1, 6, xid, $"5254{xid:x8}", "350101ff"))));
        }

        rig.Dropped(FaceOutcome.DhcpUnknownClient, Offer(xid: 44), fromHost: false);
        Assert.Equal(Wire.Hex("52540000012c"), rig.FromFabric(Offer(xid: 300)).AsSpan(14 + Bootp + Client, 6).ToArray());
        Assert.Equal(Wire.Hex("52540000002d"), rig.FromFabric(Offer(xid: 45)).AsSpan(14 + Bootp + Client, 6).ToArray());
    }

    [Fact]
    public void What_a_relay_forwards_is_about_another_link()
    {
        FaceRig rig = new();
        byte[] packet = Wire.Udp("192.0.2.1", "255.255.255.255", 67, 67, Message(1, 1, 6, 7, Guest, "350101ff", relay: "c6120001"));
        Assert.Equal(packet, Sent(rig.FromHost(Wire.Ethernet(Everybody, FaceRig.FaceMac, 0x0800, packet))));
    }

    [Fact]
    public void Renewal_goes_to_the_server_alone()
    {
        FaceRig rig = new();
        rig.Meet();
        byte[] packet = Wire.Udp("192.0.2.1", "192.0.2.2", 68, 67, Message(1, 1, 6, 7, FaceRig.FaceMac, "350103ff"));
        byte[] sent = rig.FromHost(Wire.Ethernet(FaceRig.MacOfP, FaceRig.FaceMac, 0x0800, packet));
        Assert.Equal(Wire.Hex(FaceRig.P), sent[..20]);
        Assert.Equal(32, sent[24 + Bootp + Type]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3501")]
    [InlineData("3505010203")]
    [InlineData("35010135")]
    [InlineData("0000000000")]
    public void Options_that_do_not_end(string options)
    {
        FaceRig rig = new();
        rig.Dropped(FaceOutcome.DhcpMalformed, Discover(options), fromHost: true);
        rig.Dropped(FaceOutcome.DhcpMalformed, Offer(options: options), fromHost: false);
    }

    [Fact]
    public void No_cookie_and_wrong_lengths()
    {
        FaceRig rig = new();
        byte[] discover = Discover();
        byte[] noCookie = [.. discover];
        noCookie[14 + Bootp + Options - 1] ^= 1;
        rig.Dropped(FaceOutcome.DhcpMalformed, noCookie, fromHost: true);
        for (int length = 14 + 24; length < discover.Length; length++)
        {
            rig.Dropped(FaceOutcome.DhcpMalformed, discover[..length], fromHost: true);
        }

        byte[] wrongUdp = [.. discover];
        BinaryPrimitives.WriteUInt16BigEndian(wrongUdp.AsSpan(14 + 24), 100);
        rig.Dropped(FaceOutcome.DhcpMalformed, wrongUdp, fromHost: true);
    }

    [Fact]
    public void Wrong_checksum_is_not_made_right()
    {
        FaceRig rig = new();
        byte[] bad = Discover();
        bad[14 + Bootp + Client] ^= 0x80;
        rig.Dropped(FaceOutcome.DhcpChecksum, bad, fromHost: true);
        byte[] offer = Offer();
        offer[24 + Bootp + 16] ^= 1;
        rig.Dropped(FaceOutcome.DhcpChecksum, offer, fromHost: false);
    }
}
