using System.Net;
using FastBond.Core.Frames;
using Xunit;

namespace FastBond.Core.Tests.Frames;

/// <summary>ARP and neighbour discovery frames against those that a kernel bond sent.</summary>
public sealed class ControlFrameTests
{
    private const uint Vlan10 = 0x8100_000a;

    private static readonly HardwareAddress BondMac = HardwareAddress.Parse("02:b0:00:00:00:01");

    // bond0 held the first two, the VLAN device bond0.10 the last, whose frames were recorded before and after tagging.
    [Theory]
    [InlineData("10.9.0.1", false)]
    [InlineData("10.9.1.1", false)]
    [InlineData("10.9.10.1", false)]
    [InlineData("10.9.10.1", true)]
    public void Gratuitous_arp_is_the_kernels(string address, bool tagged)
    {
        byte[] frame = new byte[128];
        int length = ArpFrame.WriteGratuitous(frame, BondMac, IPAddress.Parse(address), Tags(tagged));
        Assert.Equal(ArpFrame.RequestLength + (tagged ? EthernetFrame.TagLength : 0), length);
        AssertRecorded("garp-n1-d0-fom_none.pcapng", frame.AsSpan(0, length));
    }

    [Theory]
    [InlineData("fd09::1", false)]
    [InlineData("fe80::b0:ff:fe00:1", false)]
    [InlineData("fd0a::1", true)]
    [InlineData("fe80::b0:ff:fe00:1", true)]
    public void Unsolicited_advertisement_is_the_kernels(string address, bool tagged)
    {
        byte[] frame = new byte[128];
        int length = NeighborDiscoveryFrame.WriteUnsolicitedAdvertisement(frame, BondMac, IPAddress.Parse(address), Tags(tagged));
        Assert.Equal(NeighborDiscoveryFrame.MaxLength + (tagged ? EthernetFrame.TagLength : 0), length);
        AssertRecorded("garp-n1-d0-fom_none.pcapng", frame.AsSpan(0, length));
    }

    [Fact]
    public void Arp_request_is_the_kernels()
    {
        byte[] frame = new byte[128];
        int length = ArpFrame.WriteRequest(frame, BondMac, IPAddress.Parse("10.9.0.1"), IPAddress.Parse("10.9.0.2"), []);
        AssertRecorded("arp-ab-none.pcapng", frame.AsSpan(0, length));
    }

    [Theory]
    [InlineData("::", 78)]
    [InlineData("fd09::1", 86)]
    public void Solicitation_is_the_kernels(string sender, int expectedLength)
    {
        byte[] frame = new byte[128];
        int length = NeighborDiscoveryFrame.WriteSolicitation(frame, BondMac, IPAddress.Parse(sender), IPAddress.Parse("fd09::2"), []);
        Assert.Equal(expectedLength, length);
        AssertRecorded("ns6-ab-all.pcapng", frame.AsSpan(0, length));
    }

    [Fact]
    public void Builders_write_nothing_beyond_the_frame_and_need_no_clean_buffer()
    {
        byte[] dirty = Enumerable.Repeat((byte)0xa5, 128).ToArray();
        byte[] clean = new byte[128];
        foreach (uint[] tags in (uint[][])[[], [Vlan10], [0x88a8_0064, Vlan10]])
        {
            int length = NeighborDiscoveryFrame.WriteUnsolicitedAdvertisement(clean, BondMac, IPAddress.IPv6Loopback, tags);
            Assert.Equal(length, NeighborDiscoveryFrame.WriteUnsolicitedAdvertisement(dirty, BondMac, IPAddress.IPv6Loopback, tags));
            Assert.Equal(clean[..length], dirty[..length]);
            Assert.All(dirty[length..], b => Assert.Equal(0xa5, b));

            Assert.True(EthernetFrame.TryParse(dirty.AsSpan(0, length), out EthernetFrame frame));
            Assert.Equal(EtherType.Ipv6, frame.Type);
            Assert.Equal(tags.Length, frame.TagCount);
            for (int i = 0; i < tags.Length; i++)
            {
                Assert.Equal(tags[i], frame.Tag(i));
            }

            int arp = ArpFrame.WriteGratuitous(dirty, BondMac, IPAddress.Loopback, tags);
            Assert.Equal(arp, ArpFrame.WriteGratuitous(clean, BondMac, IPAddress.Loopback, tags));
            Assert.Equal(clean[..arp], dirty[..arp]);
        }
    }

    [Fact]
    public void Refuses_short_buffers_and_addresses_of_the_wrong_kind()
    {
        byte[] frame = new byte[128];
        byte[] tooShort = new byte[ArpFrame.RequestLength - 1];
        HardwareAddress infiniBand = new(new byte[20]);
        Assert.ThrowsAny<ArgumentException>(() => ArpFrame.WriteGratuitous(tooShort, BondMac, IPAddress.Loopback, []));
        Assert.ThrowsAny<ArgumentException>(() => ArpFrame.WriteGratuitous(frame, infiniBand, IPAddress.Loopback, []));
        Assert.ThrowsAny<ArgumentException>(() => ArpFrame.WriteGratuitous(frame, BondMac, IPAddress.IPv6Loopback, []));
        Assert.ThrowsAny<ArgumentException>(
            () => NeighborDiscoveryFrame.WriteUnsolicitedAdvertisement(frame, BondMac, IPAddress.Loopback, []));
        Assert.ThrowsAny<ArgumentException>(
            () => NeighborDiscoveryFrame.WriteSolicitation(frame, BondMac, IPAddress.IPv6Any, IPAddress.Loopback, []));
    }

    private static uint[] Tags(bool tagged) => tagged ? [Vlan10] : [];

    private static void AssertRecorded(string trace, ReadOnlySpan<byte> frame)
    {
        string expected = Convert.ToHexString(frame);
        Assert.Contains(expected, PcapngReader.ReadFrames(GoldenFiles.PathOf("traces", trace)).Select(Convert.ToHexString));
    }
}
