using System.Globalization;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;
using Xunit;

namespace FastBond.Core.Tests.Frames;

public sealed unsafe class EthernetFrameTests
{
    private const string Macs = "01005e00000102b000000001";

    [Theory]
    [InlineData("", 0)]
    [InlineData("8100a064", 1)]
    [InlineData("88a800c8" + "8100a064", 2)]
    public void Finds_the_ethertype_behind_any_tags(string tags, int tagCount)
    {
        byte[] bytes = Convert.FromHexString(Macs + tags + "0806" + "0102");
        Assert.True(EthernetFrame.TryParse(bytes, out EthernetFrame frame));
        Assert.Equal("01005E000001", Convert.ToHexString(frame.Destination));
        Assert.Equal("02B000000001", Convert.ToHexString(frame.Source));
        Assert.Equal(EtherType.Arp, frame.Type);
        Assert.Equal(tagCount, frame.TagCount);
        Assert.Equal([1, 2], frame.Payload.ToArray());
        string found = "";
        for (int i = 0; i < frame.TagCount; i++)
        {
            found += frame.Tag(i).ToString("x8", CultureInfo.InvariantCulture);
        }

        Assert.Equal(tags, found);
    }

    [Fact]
    public void Refuses_every_frame_that_ends_before_its_ethertype()
    {
        byte[] bytes = Convert.FromHexString(Macs + "88a800c8" + "8100a064" + "0806");
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.False(EthernetFrame.TryParse(bytes.AsSpan(0, length), out _));
        }

        Assert.True(EthernetFrame.TryParse(bytes, out EthernetFrame frame));
        Assert.True(frame.Payload.IsEmpty);
    }

    [Theory]
    [InlineData("0180c2000000", true)]
    [InlineData("0180c200000f", true)]
    [InlineData("0180c2000010", false)]
    [InlineData("0180c2000100", false)]
    [InlineData("0180c2010000", false)]
    [InlineData("0180c3000002", false)]
    [InlineData("0080c2000002", false)]
    [InlineData("ffffffffffff", false)]
    public void Link_local_destinations_are_the_sixteen_that_bridges_keep(string destination, bool expected)
    {
        byte[] bytes = Convert.FromHexString(destination + "02b000000001" + "88cc");
        fixed (byte* frame = bytes)
        {
            Assert.Equal(expected, EthernetFrame.IsLinkLocal(frame, bytes.Length));
            Assert.False(EthernetFrame.IsLinkLocal(frame, bytes.Length - 1));
        }
    }

    [Theory]
    [InlineData("", "0800", "02", true, true)]
    [InlineData("81000064", "0800", "02", true, false)]
    [InlineData("88a800c8", "0800", "02", true, false)]
    [InlineData("88a800c881000064", "0800", "02", false, false)] // the inner tag is never metadata
    [InlineData("", "0800", "11", false, false)]
    [InlineData("", "86dd", "02", false, false)]
    public void Igmp_is_ipv4_protocol_2_in_the_frame_as_the_hash_sees_it(
        string tags, string type, string protocol, bool offload, bool inband)
    {
        byte[] bytes = Convert.FromHexString(Macs + tags + type + "4500001c0000200001" + protocol + "0000c0000201e0000001");
        fixed (byte* frame = bytes)
        {
            for (int length = 0; length <= bytes.Length; length++)
            {
                bool whole = length == bytes.Length;
                Assert.Equal(offload && whole, EthernetFrame.IsIgmp(frame, length, HashVlan.Offload));
                Assert.Equal(inband && whole, EthernetFrame.IsIgmp(frame, length, HashVlan.Inband));
            }
        }
    }
}
