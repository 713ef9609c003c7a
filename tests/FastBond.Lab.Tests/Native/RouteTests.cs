using System.Net;
using FastBond.Core.Bonds;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux.Links;
using Xunit;

namespace FastBond.Lab.Tests.Native;

/// <summary>Routes of one interface, made and unmade, against what <c>ip</c> says.</summary>
public sealed class RouteTests : IDisposable
{
    private const int IfIndex = 10;
    private readonly NetworkNamespace _place;
    private readonly NetlinkSocket _netlink;

    public RouteTests()
    {
        Assert.SkipUnless(LabFacts.SkipReason.Length == 0, LabFacts.SkipReason);
        _place = NetworkNamespace.Create(ipv6: true);
        _netlink = _place.Invoke(() => new NetlinkSocket());
        VethPair.Create(new VethEnd(_place, "eth0") { Index = IfIndex }, new VethEnd(_place, "eth1") { Index = 11 });
        _place.Ip("link set eth0 up");
        _place.Ip("link set eth1 up");
        _place.Ip("addr add 192.0.2.1/24 dev eth0");
        _place.Ip("addr add 198.18.0.1/24 dev eth1");
        _place.Ip("addr add fd00::1/64 dev eth0 nodad");
    }

    public void Dispose()
    {
        _netlink?.Dispose();
        _place?.Dispose();
    }

    [Fact]
    public void Routes_are_made_and_unmade()
    {
        RouteInfo[] routes =
        [
            new(IfIndex, IPAddress.Any, 0) { Gateway = IPAddress.Parse("192.0.2.254"), Metric = 50 },
            new(IfIndex, IPAddress.Parse("198.18.7.0"), 24) { Source = IPAddress.Parse("192.0.2.1") },
            new(IfIndex, IPAddress.Parse("198.18.8.1"), 32) { Gateway = IPAddress.Parse("198.18.9.9"), OnLink = true },
            new(IfIndex, IPAddress.Parse("198.18.9.0"), 25) { Gateway = IPAddress.Parse("192.0.2.254"), Table = 1000 },
            new(IfIndex, IPAddress.IPv6Any, 0) { Gateway = IPAddress.Parse("fd00::fe"), Metric = 70 },
            new(IfIndex, IPAddress.Parse("fd07::"), 48) { Metric = 1024 },
        ];
        foreach (RouteInfo route in routes)
        {
            Assert.Equal(Outcome.Ok, _netlink.Add(route));
        }

        Assert.Equal(routes.Select(Words).Order(StringComparer.Ordinal), _netlink.Routes(IfIndex).Select(Words).Order(StringComparer.Ordinal));
        Assert.Empty(_netlink.Routes(11));
        Assert.Contains("default via 192.0.2.254 dev eth0 proto static metric 50", _place.Ip("route show").Output, StringComparison.Ordinal);
        Assert.Contains("198.18.8.1 via 198.18.9.9 dev eth0 proto static onlink", _place.Ip("route show").Output, StringComparison.Ordinal);
        Assert.Contains("198.18.9.0/25 via 192.0.2.254 dev eth0 proto static", _place.Ip("route show table 1000").Output, StringComparison.Ordinal);
        Assert.Equal(Errno.EEXIST, _netlink.Add(routes[0]).Error);
        foreach (RouteInfo route in routes)
        {
            Assert.Equal(Outcome.Ok, _netlink.Remove(route));
        }

        Assert.Empty(_netlink.Routes(IfIndex));
    }

    [Fact]
    public void A_route_that_cannot_be_is_refused_with_its_name()
    {
        Outcome outcome = _netlink.Add(new RouteInfo(IfIndex, IPAddress.Any, 0) { Gateway = IPAddress.Parse("203.0.113.1") });
        Assert.Contains("cannot add the route default via 203.0.113.1: Network is unreachable", outcome.Message, StringComparison.Ordinal);
    }

    private static string Words(RouteInfo route) =>
        $"{route} metric {route.Metric} table {route.Table} onlink {route.OnLink} src {route.Source} proto {route.Protocol}";
}
