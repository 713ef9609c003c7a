using FastBond.Lab.Ipoib;
using Xunit;

namespace FastBond.Lab.Tests.Infiniband;

/// <summary>The stand-in for a fabric itself: that it delivers as one, and that its judge sees what is wrong.</summary>
public sealed class FabricTests
{
    private const string A = "80000400fe800000000000000002c903000000aa", B = "80000401fe800000000000000002c903000000bb";
    private const string Everybody = "00ffffffff12401bffff000000000000ffffffff";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Fact]
    public void Peers_resolve_and_ping_each_other_over_the_fabric_and_nothing_is_wrong_with_their_frames()
    {
        using IpoibSwitch fabric = new();
        (IpoibPeer a, IpoibPeer b) = (Peer(fabric, "a", A, 1), Peer(fabric, "b", B, 2));
        Assert.True(a.Ping("192.0.2.2", Soon));
        Assert.True(a.Ping("fd00::2", Soon));
        Assert.True(b.Ping("192.0.2.1", Soon));
        Assert.Equal(B.ToUpperInvariant(), a.NeighborOf("192.0.2.2"));
        Assert.Empty(fabric.Faults);
    }

    [Fact]
    public void What_a_fabric_does_not_carry_is_not_delivered()
    {
        using IpoibSwitch fabric = new();
        IpoibPeer a = Peer(fabric, "a", A, 1);
        _ = Peer(fabric, "b", B, 2);
        byte[] packet = a.Udp(1, System.Net.IPAddress.Parse("192.0.2.2"), 2, new byte[100]);
        byte[] to = Convert.FromHexString(B);
        a.Send(to, 0x88cc, packet);
        a.Send(to, 0x8100, packet);
        a.Send(to, 0x0800, new byte[2045]);
        a.Send(Convert.FromHexString("80000402" + B[8..]), 0x0800, packet);
        a.Port.LosesEvery = 1;
        a.Send(to, 0x0800, packet);
        a.Port.LosesEvery = 0;
        a.Port.Cut();
        a.Send(to, 0x0800, packet);
        Assert.Equal([Fate.Protocol, Fate.Protocol, Fate.Length, Fate.Nobody, Fate.Lost, Fate.Cut], fabric.Frames.Select(frame => frame.Fate));
    }

    [Fact]
    public void Groups_beyond_the_link_are_for_members()
    {
        using IpoibSwitch fabric = new();
        List<byte[]> got = [];
        IpoibPeer a = Peer(fabric, "a", A, 1);
        IpoibPort b = fabric.Connect("b", Convert.FromHexString(B), got.Add);
        byte[] group = Convert.FromHexString("00ffffffff12401bffff0000000000000f010101");
        byte[] packet = a.Udp(1, System.Net.IPAddress.Parse("239.1.1.1"), 2, []);
        a.Send(group, 0x0800, packet);
        Assert.Empty(got);
        byte[] report = [0x46, 0, 0, 32, 0, 0, 0, 0, 1, 2, 0, 0, 192, 0, 2, 2, 239, 1, 1, 1, 0x94, 4, 0, 0, 0x16, 0, 0, 0, 239, 1, 1, 1];
        fabric.Forward(b, [.. group, 8, 0, 0, 0, .. report]);
        a.Send(group, 0x0800, packet);
        Assert.Equal(new byte[20], Assert.Single(got)[..20]);
    }

    [Theory]
    [InlineData("ARP of 28 bytes", Everybody, 0x0806, "000108000604000102000000aaaac0000201000000000000c0000202")]
    [InlineData("another hardware type", Everybody, 0x0806, "0001080014040001" + A + "c0000201" + "0000000000000000000000000000000000000000" + "c0000202")]
    [InlineData("the sender's own address", Everybody, 0x0806, "0020080014040001" + B + "c0000201" + "0000000000000000000000000000000000000000" + "c0000202")]
    [InlineData("a target hardware address", Everybody, 0x0806, "0020080014040001" + A + "c0000201" + B + "c0000202")]
    [InlineData("sent to the group", "00ffffffff12401bffff0000000000005e000001", 0x0800, "4500001400000000401110d8c0000201e0000001")]
    [InlineData("sent to the group", "00ffffffff12601bffff00000000000033330001", 0x86dd, "60000000000000ff" + "fe800000000000000000000000000001" + "ff020000000000000000000000000001")]
    [InlineData("no address to send to", "0000000000000000000000000000000000000000", 0x0800, "45000014000000004000f6e5c0000201c0000202")]
    [InlineData("IPv4 header checksum", B, 0x0800, "45000014000000004000f6e4c0000201c0000202")]
    [InlineData("IPv4 lengths", B, 0x0800, "45000015000000004000f6e4c0000201c0000202")]
    [InlineData("TCP or UDP checksum", B, 0x0800, "4500001c000000004011f6cdc0000201c00002020001000200081234")]
    [InlineData("not of length 3", B, 0x86dd, "60000000" + "00203aff" + "fd000000000000000000000000000001" + "fd000000000000000000000000000002" + "8800" + "1bf3" + "60000000" + "fd000000000000000000000000000001" + "02010200000000aa")]
    [InlineData("ethertype 88cc", B, 0x88cc, "00")]
    public void The_judge_sees_what_is_wrong(string fault, string to, int type, string packet)
    {
        using IpoibSwitch fabric = new();
        IpoibPeer a = Peer(fabric, "a", A, 1);
        a.Send(Convert.FromHexString(to), type, Convert.FromHexString(packet));
        Assert.Contains(fault, Assert.Single(fabric.Faults), StringComparison.Ordinal);
    }

    private static IpoibPeer Peer(IpoibSwitch fabric, string name, string address, int number) =>
        new(fabric, name, Convert.FromHexString(address), $"192.0.2.{number}", $"fd00::{number}");
}
