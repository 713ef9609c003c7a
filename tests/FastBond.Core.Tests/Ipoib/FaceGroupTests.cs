using FastBond.Core.Ipoib;
using Xunit;

namespace FastBond.Core.Tests.Ipoib;

/// <summary>Which multicast groups the host is in, by its reports, which go on to the fabric as they are.</summary>
public class FaceGroupTests
{
    private static byte[] Igmp(string hex, string to = "224.0.0.22")
    {
        // With the router alert option, as reports have it.
        byte[] packet = Wire.Ipv4(2, "192.0.2.1", to, [0x94, 4, 0, 0, .. Wire.Hex(hex)]);
        packet[0] = 0x46;
        return Wire.Ethernet("01005e" + Convert.ToHexString([(byte)(packet[17] & 0x7f), packet[18], packet[19]]), FaceRig.FaceMac, 0x0800, packet);
    }

    private static byte[] Mld(string hex) => Wire.Ethernet("333300000016", FaceRig.FaceMac, 0x86dd,
        Wire.Ipv6(0, "fe80::1", "ff02::16", [58, 0, 5, 2, 0, 0, 1, 0, .. Wire.Hex(hex)]));

    private static string Record4(int type, string group, string sources = "") => $"{type:x2}00{sources.Length / 8:x4}{Wire.Ip4(group)}{sources}";

    private static string Record6(int type, string group, string sources = "") => $"{type:x2}00{sources.Length / 32:x4}{Wire.Ip6(group)}{sources}";

    [Theory]
    [InlineData("12", "+239.1.1.1")]
    [InlineData("16", "+239.1.1.1")]
    public void Version_1_and_2_reports(string type, string expected)
    {
        FaceRig rig = new();
        byte[] report = Igmp(type + "000000" + Wire.Ip4("239.1.1.1"), "239.1.1.1");
        byte[] sent = rig.FromHost(report);
        Assert.Equal([expected], rig.Groups);
        Assert.Equal(report[14..], sent[24..]);
        Assert.Equal(Wire.Hex("00ffffffff12401bffff0000000000000f010101"), sent[..20]);
    }

    [Theory]
    [InlineData(1, "", "")]
    [InlineData(1, "C0000209", "+239.1.1.1")]
    [InlineData(2, "", "+239.1.1.1")]
    [InlineData(3, "C0000209", "+239.1.1.1")]
    [InlineData(4, "", "+239.1.1.1")]
    [InlineData(5, "C0000209", "+239.1.1.1")]
    [InlineData(6, "C0000209", "")]
    public void Version_3_records(int type, string sources, string expected)
    {
        FaceRig rig = new();
        rig.FromHost(Igmp("22000000 0000 0001" + Record4(type, "239.1.1.1", sources)));
        Assert.Equal(expected, string.Join(' ', rig.Groups));
    }

    [Fact]
    public void Multicast_listener_discovery()
    {
        FaceRig rig = new();
        rig.FromHost(Mld("8f000000 0000 0002" + Record6(4, "ff05::1") + Record6(4, "ff05::2")));
        rig.FromHost(Mld("83000000 00000000" + Wire.Ip6("ff05::3")));
        Assert.Equal(["+ff05::1", "+ff05::2", "+ff05::3"], rig.Groups);
    }

    [Fact]
    public void A_group_is_left_when_nobody_speaks_up_for_it()
    {
        FaceRig rig = new();
        rig.FromHost(Igmp("22000000 0000 0002" + Record4(4, "239.1.1.1") + Record4(4, "239.1.1.2")));
        rig.Groups.Clear();
        rig.FromHost(Igmp("22000000 0000 0002" + Record4(3, "239.1.1.1") + Record4(3, "239.1.1.2")));
        Assert.Equal(1, rig.Questions);
        rig.RunFor(0.5);
        rig.FromHost(Igmp("16000000" + Wire.Ip4("239.1.1.2"), "239.1.1.2"));
        rig.RunFor(1);
        Assert.Equal(["-239.1.1.1"], rig.Groups);
        Assert.Contains(FaceRig.Key("239.1.1.2"), rig.Face.Groups);

        rig.FromHost(Igmp("17000000" + Wire.Ip4("239.1.1.2"), "224.0.0.2"));
        rig.RunFor(2);
        Assert.Equal(["-239.1.1.1", "-239.1.1.2"], rig.Groups);
    }

    [Fact]
    public void All_systems_and_all_nodes_are_always_joined()
    {
        FaceRig rig = new();
        Assert.Equal([FaceRig.Key("224.0.0.1"), FaceRig.Key("ff02::1")], rig.Face.Groups);
        rig.FromHost(Igmp("17000000" + Wire.Ip4("224.0.0.1"), "224.0.0.2"));
        rig.RunFor(5);
        Assert.Equal(2, rig.Face.Groups.Count);
    }

    [Fact]
    public void Reports_that_end_early_are_read_as_far_as_they_go()
    {
        byte[] igmp = Igmp("22000000 0000 0003" + Record4(4, "239.1.1.1") + Record4(4, "239.1.1.2", "C0000209") + Record4(4, "239.1.1.3"));
        byte[] mld = Mld("8f000000 0000 0002" + Record6(4, "ff05::1") + Record6(4, "ff05::2"));
        int groups = 0;
        for (int length = 0; length <= igmp.Length; length++)
        {
            FaceRig rig = new();
            rig.Face.FromHost(rig.NowNs, igmp.AsSpan(0, length));
            rig.Face.Settle();
            Assert.InRange(rig.Groups.Count, groups, groups + 1);
            groups = rig.Groups.Count;
        }

        Assert.Equal(3, groups);
        for (int length = 0; length <= mld.Length; length++)
        {
            FaceRig rig = new();
            rig.Face.FromHost(rig.NowNs, mld.AsSpan(0, length));
        }
    }

    [Fact]
    public void There_is_an_end_to_groups()
    {
        FaceRig rig = new();
        for (int i = 0; i < 1000; i++)
        {
            rig.FromHost(Igmp("16000000" + Wire.Ip4($"239.2.{i >> 8}.{i & 255}"), $"239.2.{i >> 8}.{i & 255}"));
        }

        Assert.Equal(MulticastGroups.Capacity, rig.Face.Groups.Count);
    }
}
