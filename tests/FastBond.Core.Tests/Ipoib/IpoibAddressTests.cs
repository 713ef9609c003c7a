using System.Net;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using Xunit;

namespace FastBond.Core.Tests.Ipoib;

/// <summary>Addresses of groups and the bond's own announcements (RFC 4391 sections 4 and 9, ipoib.md sections 3 and 4).</summary>
public class IpoibAddressTests
{
    [Theory]
    [InlineData("224.0.0.1", "00ffffff ff12401b ffff0000 00000000 00000001")]
    [InlineData("239.255.255.250", "00ffffff ff12401b ffff0000 00000000 0ffffffa")]
    [InlineData("232.1.2.3", "00ffffff ff12401b ffff0000 00000000 08010203")]
    [InlineData("ff02::1", "00ffffff ff12601b ffff0000 00000000 00000001")]
    [InlineData("ff02::1:ff00:1", "00ffffff ff12601b ffff0000 00000001 ff000001")]
    [InlineData("ff05:1111:2222:3333:4444:5555:6666:7777", "00ffffff ff12601b ffff3333 44445555 66667777")]
    public void Groups(string group, string expected)
    {
        byte[] address = new byte[20];
        IpoibAddress.WriteGroup(Wire.Hex(Wire.Broadcast20), IPAddress.Parse(group).GetAddressBytes(), address);
        Assert.Equal(Wire.Hex(expected), address);
        Assert.True(IpoibAddress.IsMulticast(address));
        Assert.False(IpoibAddress.IsUnicast(address));
    }

    [Fact]
    public void Scope_and_p_key_are_the_broadcast_addresss()
    {
        HardwareAddress broadcast = IpoibAddress.BroadcastOf(Wire.Address("00ffffff ff15401b 00010000 00000000 ffffffff"));
        Assert.Equal(Wire.Address("00ffffff ff15401b 80010000 00000000 ffffffff"), broadcast);
        byte[] address = new byte[20];
        IpoibAddress.WriteGroup(broadcast.AsSpan(), [224, 0, 0, 251], address);
        Assert.Equal(Wire.Hex("00ffffff ff15401b 80010000 00000000 000000fb"), address);
        IpoibAddress.WriteGroup(broadcast.AsSpan(), IPAddress.Parse("ff02::fb").GetAddressBytes(), address);
        Assert.Equal(Wire.Hex("00ffffff ff15601b 80010000 00000000 000000fb"), address);
    }

    [Fact]
    public void Without_a_broadcast_address_it_is_the_default_partitions()
    {
        Assert.Equal(Wire.Address(Wire.Broadcast20), IpoibAddress.BroadcastOf(default));
        Assert.Equal(Wire.Address(Wire.Broadcast20), IpoibAddress.BroadcastOf(Wire.Address("ffffffffffff")));
        Assert.Equal(Wire.Address(Wire.Broadcast20), IpoibAddress.BroadcastOf(new HardwareAddress(new byte[20])));
    }

    [Fact]
    public void Flags_are_not_part_of_who_it_is()
    {
        Assert.True(IpoibAddress.AreSame(Wire.Hex(FaceRig.P), Wire.Hex("00" + FaceRig.P[2..])));
        Assert.False(IpoibAddress.AreSame(Wire.Hex(FaceRig.P), Wire.Hex(FaceRig.Q)));
        Assert.False(IpoibAddress.AreSame(default, default));
        Assert.True(IpoibAddress.IsUnicast(Wire.Hex(FaceRig.P)));
        Assert.False(IpoibAddress.IsUnicast(new byte[20]));
        Assert.False(IpoibAddress.IsUnicast(Wire.Hex("00ffffff" + FaceRig.P[8..])));
        Assert.False(IpoibAddress.IsUnicast(Wire.Hex(FaceRig.FaceMac)));
    }

    [Fact]
    public void Gratuitous_arp_is_of_type_32_and_56_bytes()
    {
        byte[] frame = new byte[IpoibFrame.ArpLength];
        IPAddress own = IPAddress.Parse("192.0.2.1");
        int length = IpoibFrame.WriteArpRequest(frame, Wire.Address(FaceRig.Own), IpoibAddress.DefaultBroadcast, own, own);
        Assert.Equal(24 + 56, length);
        Assert.Equal(Wire.Ipoib(Wire.Broadcast20, 0x0806, Wire.Arp(32, 1, FaceRig.Own, "192.0.2.1", new string('0', 40), "192.0.2.1")), frame);
    }

    [Fact]
    public void Unsolicited_advertisement_has_a_link_layer_option_of_24_bytes()
    {
        byte[] frame = new byte[IpoibFrame.MaxControlLength];
        int length = IpoibFrame.WriteUnsolicitedAdvertisement(frame, Wire.Address(FaceRig.Own), IpoibAddress.DefaultBroadcast, IPAddress.Parse("fd00::1"));
        byte[] packet = Wire.Icmpv6(136, "fd00::1", "ff02::1", "20000000" + Wire.Ip6("fd00::1") + "02030000" + FaceRig.Own);
        Assert.Equal(Wire.Ipoib("00ffffffff12601bffff00000000000000000001", 0x86dd, packet), frame[..length]);
    }

    [Theory]
    [InlineData("fd00::1", "01030000" + FaceRig.Own)]
    [InlineData("::", "")]
    public void Solicitation_goes_to_the_targets_group(string sender, string option)
    {
        byte[] frame = new byte[IpoibFrame.MaxControlLength];
        int length = IpoibFrame.WriteSolicitation(
            frame, Wire.Address(FaceRig.Own), IpoibAddress.DefaultBroadcast, IPAddress.Parse(sender), IPAddress.Parse("fd00::1234:5678"));
        byte[] packet = Wire.Icmpv6(135, sender, "ff02::1:ff34:5678", "00000000" + Wire.Ip6("fd00::1234:5678") + option);
        Assert.Equal(Wire.Ipoib("00ffffffff12601bffff000000000001ff345678", 0x86dd, packet), frame[..length]);
    }
}
