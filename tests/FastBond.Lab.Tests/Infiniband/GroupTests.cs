using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux.Links;
using Xunit;

namespace FastBond.Lab.Tests.Infiniband;

/// <summary>
/// Group memberships whose addresses are longer than the 8 bytes of the kernel's structure. No TAP has InfiniBand's 20; one of type IPv6 tunnel has 16.
/// </summary>
public sealed class GroupTests : IDisposable
{
    private const int Tunnel6 = 769;

    private readonly NetworkNamespace _place;
    private readonly TapDevice _device;

    public GroupTests()
    {
        Assert.SkipUnless(LabFacts.SkipReason.Length == 0, LabFacts.SkipReason);
        _place = NetworkNamespace.Create();
        _device = new TapDevice(_place, "ib0", Tunnel6);
        _place.Ip("link set ib0 up");
    }

    public void Dispose()
    {
        _device?.Dispose();
        _place?.Dispose();
    }

    [Fact]
    public void Groups_are_joined_and_left_by_their_whole_addresses()
    {
        HardwareAddress one = Group(1), two = Group(2), three = Group(3);
        using (ReceiveFilter filter = _place.Invoke(() =>
        {
            using NetlinkSocket netlink = new();
            return new ReceiveFilter(netlink.Find("ib0")!);
        }))
        {
            Assert.Equal(Outcome.Ok, filter.SetGroups([one, two]));
            AssertJoined(one, two);
            Assert.Equal(Outcome.Ok, filter.SetGroups([two, three]));
            AssertJoined(two, three);
            Assert.Equal(Outcome.Ok, filter.SetGroups([]));
            AssertJoined();
            Assert.Equal(Outcome.Ok, filter.SetGroups([one]));
        }

        // With the socket go its memberships.
        AssertJoined();
    }

    private static HardwareAddress Group(byte last) => new([0, 0xff, 0xff, 0xff, 0xff, 0x12, 0x40, 0x1b, 0xff, 0xff, 0, 0, 0x0f, 1, 1, last]);

    private void AssertJoined(params HardwareAddress[] groups)
    {
        string[] joined = [.. _place.ReadProc("/proc/thread-self/net/dev_mcast").Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words is [_, "ib0", ..]).Select(words => words[^1])];
        Assert.Equal(groups.Select(group => Convert.ToHexStringLower(group.AsSpan())).Order(), joined.Order());
    }
}
