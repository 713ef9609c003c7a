using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux.Links;
using Xunit;
using LinkInfo = FastBond.Linux.Links.LinkInfo;

namespace FastBond.Lab.Tests.Native;

/// <summary>Interfaces, addresses, routes and their events, against what <c>ip</c> says.</summary>
public sealed class LinkTests : IDisposable
{
    private readonly NetworkNamespace _place;
    private readonly NetlinkSocket _netlink;

    public LinkTests()
    {
        Assert.SkipUnless(LabFacts.SkipReason.Length == 0, LabFacts.SkipReason);
        _place = NetworkNamespace.Create(ipv6: true);
        _netlink = _place.Invoke(() => new NetlinkSocket());
        VethPair.Create(new VethEnd(_place, "eth0") { Index = 10, Address = "02:00:00:00:00:0a" }, new VethEnd(_place, "eth1") { Index = 11 }, queues: 2);
    }

    public void Dispose()
    {
        _netlink?.Dispose();
        _place?.Dispose();
    }

    [Fact]
    public void A_link_is_told_as_it_is()
    {
        _place.Ip("link set eth0 mtu 1400 up");
        _place.Ip("link add br0 type bridge");
        _place.Ip("link set eth0 master br0");
        LinkInfo link = Find("eth0");
        Assert.Equal(10, link.IfIndex);
        Assert.Equal("eth0", link.Name);
        Assert.Equal(11, link.LowerIfIndex);
        Assert.Equal(Find("br0").IfIndex, link.MasterIfIndex);
        Assert.Equal(LinkInfo.Ethernet, link.LinkType);
        Assert.Equal(1400, link.Mtu);
        Assert.Equal(2, link.RxQueues);
        Assert.Equal(2, link.TxQueues);
        Assert.Equal(1, link.Promiscuity);
        Assert.Equal("veth", link.Kind);
        Assert.Equal(HardwareAddress.Parse("02:00:00:00:00:0a"), link.Address);
        Assert.Equal(HardwareAddress.Parse("ff:ff:ff:ff:ff:ff"), link.Broadcast);
        Assert.True(link.PermanentAddress.IsEmpty);
        Assert.True(link.IsUp);
        Assert.False(link.Carrier);
        Assert.False(link.IsNoArp);
        Assert.Equal(-1, link.VlanId);
        _place.Ip("link set eth1 up");
        Assert.True(Find("eth0").Carrier);
        Assert.Equal(LinkInfo.Loopback, Find("lo").LinkType);
        Assert.Equal(_netlink.Links().Select(found => found.Name).Order(), _place.Links().Keys.Order());
    }

    [Fact]
    public void More_links_and_addresses_than_fit_the_first_try_are_all_listed()
    {
        for (int i = 0; i < 70; i++)
        {
            _place.Ip($"link add d{i} type bridge");
            _place.Ip($"address add 198.18.{i}.1/24 dev d{i}");
        }
        Assert.Equal(73, _netlink.Links().Select(link => link.IfIndex).Distinct().Count());
        Assert.Equal(70, _netlink.Addresses().Count(address => address.Address.ToString().StartsWith("198.18.", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_link_is_found_by_name_by_other_name_and_by_index()
    {
        _place.Ip("link property add dev eth0 altname short altname a-name-that-is-much-too-long-for-an-interface");
        Assert.Equal("eth0", _netlink.Find(10)?.Name);
        Assert.Equal("eth0", _netlink.Find("short")?.Name);
        Assert.Equal("eth0", _netlink.Find("a-name-that-is-much-too-long-for-an-interface")?.Name);
        Assert.Null(_netlink.Find("eth9"));
        Assert.Null(_netlink.Find("another-name-that-is-much-too-long"));
        Assert.Null(_netlink.Find(""));
        Assert.Null(_netlink.Find(99));
        Assert.Null(_netlink.Find(0));
    }

    [Fact]
    public void A_vlan_tells_its_id_and_lower_device()
    {
        Assert.SkipUnless(
            Command.Run("ip", ["-n", _place.Name, "link", "add", "link", "eth0", "name", "eth0.7", "type", "vlan", "protocol", "802.1ad", "id", "7"]).Success,
            "this machine's kernel has no VLAN devices");
        LinkInfo link = Find("eth0.7");
        Assert.Equal((10, 7, 0x88a8, "vlan"), (link.LowerIfIndex, link.VlanId, link.VlanProtocol, link.Kind));
    }

    [Fact]
    public void Settings_change_and_refusals_are_one_line_with_the_errno()
    {
        LinkInfo link = Find("eth0");
        _netlink.SetUp(link, up: true).ThrowIfFailed();
        _netlink.SetMtu(link, 1300).ThrowIfFailed();
        _netlink.SetAddress(link, HardwareAddress.Parse("02:00:00:00:00:0b")).ThrowIfFailed();
        _netlink.SetArp(link, on: false).ThrowIfFailed();
        Lab.Net.LinkInfo shown = _place.Link("eth0");
        Assert.True(shown.IsUp);
        Assert.Equal((1300, "02:00:00:00:00:0b"), (shown.Mtu, shown.Address));
        Assert.Contains("NOARP", shown.Flags);
        _netlink.SetArp(link, on: true).ThrowIfFailed();
        _netlink.SetUp(link, up: false).ThrowIfFailed();
        Assert.DoesNotContain("NOARP", _place.Link("eth0").Flags);
        Assert.False(_place.Link("eth0").IsUp);

        Outcome refused = _netlink.SetMtu(link, 100_000);
        Assert.Equal("EINVAL: cannot set the MTU of eth0 to 100000: Invalid argument", refused.ToString());
        _netlink.SetAddress(link, HardwareAddress.Parse("01:00:00:00:00:00")).MustBe(Errno.EADDRNOTAVAIL);
        Assert.Equal(1300, Find("eth0").Mtu);

        _netlink.Delete(link).ThrowIfFailed();
        Assert.Null(_netlink.Find("eth0"));
        _netlink.Delete(link).MustBe(Errno.ENODEV);
        _netlink.SetUp(link, up: true).MustBe(Errno.ENODEV);
    }

    [Fact]
    public void Addresses_are_listed_added_and_removed()
    {
        AddressInfo four = new(10, IPAddress.Parse("198.18.0.1"), 24, 0, 0), six = new(10, IPAddress.Parse("fd00::1"), 64, 0x02, 0);
        _netlink.Add(four).ThrowIfFailed();
        _netlink.Add(six).ThrowIfFailed();
        _netlink.Add(four).MustBe(Errno.EEXIST);
        string shown = _place.Ip("address show eth0").Output;
        Assert.Contains("inet 198.18.0.1/24", shown, StringComparison.Ordinal);
        Assert.Contains("inet6 fd00::1/64", shown, StringComparison.Ordinal);

        AddressInfo[] listed = [.. _netlink.Addresses().Where(address => address.IfIndex == 10)];
        Assert.Equal(["198.18.0.1", "fd00::1"], listed.Select(address => address.Address.ToString()).Order(StringComparer.Ordinal));
        Assert.All(listed, address => Assert.True(address.IsPermanent));
        foreach (AddressInfo address in listed)
        {
            _netlink.Remove(address).ThrowIfFailed();
        }
        Assert.DoesNotContain(_netlink.Addresses(), address => address.IfIndex == 10);
        _netlink.Remove(four).MustBe(Errno.EADDRNOTAVAIL);
    }

    [Fact]
    public void The_default_route_names_the_interface_it_leaves_by()
    {
        _place.Ip("link set eth0 up");
        _place.Ip("link set eth1 up");
        _place.Ip("address add 198.18.0.1/24 dev eth0");
        _place.Ip("address add 198.19.0.1/24 dev eth1");
        _place.Ip("route add 203.0.113.0/24 via 198.18.0.9");
        Assert.Null(_netlink.DefaultRoute(10));
        _place.Ip("route add default via 198.18.0.254");
        Assert.Equal("default via 198.18.0.254 dev eth0", _place.Invoke(() => _netlink.DefaultRoute(10)));
        Assert.Null(_netlink.DefaultRoute(11));
        _place.Ip("route replace default nexthop via 198.18.0.253 nexthop via 198.19.0.253");
        Assert.Equal("default via 198.18.0.253 dev eth0", _place.Invoke(() => _netlink.DefaultRoute(10)));
        Assert.Equal("default via 198.19.0.253 dev eth1", _place.Invoke(() => _netlink.DefaultRoute(11)));
        _place.Ip("route del default");
        _place.Ip("-6 route add default dev eth1");
        Assert.Null(_netlink.DefaultRoute(10));
        Assert.Equal("default dev eth1", _place.Invoke(() => _netlink.DefaultRoute(11)));
    }

    [Fact]
    public void Every_change_is_an_event()
    {
        using LinkWatch watch = _place.Invoke(() => new LinkWatch());
        Assert.Empty(Read(watch, _ => true));
        _place.Ip("link set eth0 up mtu 1400");
        Assert.Contains(Read(watch, e => e.Link is { Name: "eth0", IsUp: true, Mtu: 1400 }), e => e.Kind == LinkEventKind.LinkNew);
        _place.Ip("address add 198.18.0.1/24 dev eth0");
        LinkEvent added = Assert.Single(Read(watch, e => e.Kind == LinkEventKind.AddressNew && e.Address!.Address.Equals(IPAddress.Parse("198.18.0.1"))));
        Assert.Equal((10, 24), (added.Address!.IfIndex, added.Address.PrefixLength));
        _place.Ip("address del 198.18.0.1/24 dev eth0");
        Assert.Single(Read(watch, e => e.Kind == LinkEventKind.AddressGone && e.Address!.Address.Equals(IPAddress.Parse("198.18.0.1"))));
        _place.Ip("link delete eth0");
        Assert.Equal([10, 11], Read(watch, e => e.Kind == LinkEventKind.LinkGone).Select(e => e.Link!.IfIndex).Order());
    }

    [Fact]
    public void A_port_that_leaves_its_bridge_is_not_gone()
    {
        _place.Ip("link add br0 type bridge");
        _place.Ip("link set eth0 master br0");
        using LinkWatch watch = _place.Invoke(() => new LinkWatch());
        _place.Ip("link set eth0 nomaster");
        List<LinkEvent> events = Read(watch, e => e.Link?.Name == "eth0");
        Assert.NotEmpty(events);
        Assert.All(events, e => Assert.Equal(LinkEventKind.LinkNew, e.Kind));
        Assert.Equal(0, events[^1].Link!.MasterIfIndex);
    }

    [Fact]
    public void Lost_messages_are_told_as_an_overrun_and_the_watch_goes_on()
    {
        using LinkWatch watch = _place.Invoke(() => new LinkWatch());
        LinkInfo link = Find("eth0");
        for (int i = 0; i < 8000; i++)
        {
            _netlink.SetMtu(link, 1400 + (i & 1)).ThrowIfFailed();
        }
        Assert.Single(Read(watch, e => e.Kind == LinkEventKind.Overrun));
        _netlink.SetMtu(link, 1399).ThrowIfFailed();
        Assert.NotEmpty(Read(watch, e => e.Link?.Mtu == 1399));
    }

    [Fact]
    public void A_quiet_watch_and_a_carrier_poll_allocate_nothing()
    {
        using LinkWatch watch = _place.Invoke(() => new LinkWatch());
        using Ethtool ethtool = _place.Invoke(() => new Ethtool());
        List<LinkEvent> events = [];
        Poll();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            Poll();
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Poll()
        {
            watch.Read(events);
            _ = ethtool.Carrier("eth0");
        }
    }

    [Fact]
    public void Ethtool_tells_the_drivers_carrier_speed_queues_and_features()
    {
        using Ethtool ethtool = _place.Invoke(() => new Ethtool());
        _place.Ip("link set eth0 up");
        Assert.Equal(0, ethtool.Carrier("eth0"));
        _place.Ip("link set eth1 up");
        Assert.Equal(1, ethtool.Carrier("eth0"));
        _place.Ip("link set eth1 down");
        Assert.Equal(0, ethtool.Carrier("eth0"));
        Assert.Equal(-(int)Errno.ENODEV, ethtool.Carrier("eth9"));
        Assert.Equal(-(int)Errno.ENODEV, ethtool.Carrier("a-name-that-is-too-long"));

        Assert.Equal((10_000, Duplex.Full), ethtool.Speed("eth0"));
        Assert.Equal((0, Duplex.Unknown), ethtool.Speed("lo"));
        _place.Run("ethtool -L eth0 rx 2 tx 1");
        Assert.Equal(new ChannelCounts(2, 1, 0, 2, 2, 0), ethtool.Channels("eth0"));
        Assert.Null(ethtool.Channels("lo"));
        Assert.Equal("veth", ethtool.Driver("eth0"));

        foreach (bool on in new[] { true, false })
        {
            ethtool.SetFeature("eth0", "rx-vlan-hw-parse", on).ThrowIfFailed();
            Assert.Equal(on, ethtool.Feature("eth0", "rx-vlan-hw-parse"));
            Assert.Contains($"rx-vlan-offload: {(on ? "on" : "off")}", _place.Run("ethtool -k eth0").Output, StringComparison.Ordinal);
        }
        Assert.Null(ethtool.Feature("eth0", "no-such-feature"));
        Assert.Equal(false, ethtool.Feature("eth0", "rx-gro-hw"));
        ethtool.SetFeature("eth0", "rx-gro-hw", on: true).MustBe(Errno.EOPNOTSUPP);
        ethtool.SetFeature("eth0", "no-such-feature", on: true).MustBe(Errno.ENOENT);
    }

    [Fact]
    public void Receive_filters_are_counted_and_go_with_their_socket()
    {
        using (ReceiveFilter filter = _place.Invoke(() => new ReceiveFilter(Find("eth0"))))
        {
            Lab.Net.LinkInfo before = _place.Link("eth0");
            filter.Set(allMulticast: true, promiscuous: false).ThrowIfFailed();
            filter.Set(allMulticast: true, promiscuous: false).ThrowIfFailed();
            Assert.Equal((before.Promiscuity, before.AllMulti + 1), (_place.Link("eth0").Promiscuity, _place.Link("eth0").AllMulti));
            filter.Set(allMulticast: true, promiscuous: true).ThrowIfFailed();
            Assert.Equal((before.Promiscuity + 1, before.AllMulti + 1), (_place.Link("eth0").Promiscuity, _place.Link("eth0").AllMulti));
            filter.Set(allMulticast: false, promiscuous: true).ThrowIfFailed();
            Assert.Equal((before.Promiscuity + 1, before.AllMulti), (_place.Link("eth0").Promiscuity, _place.Link("eth0").AllMulti));
        }
        Assert.Equal((0, 0), (_place.Link("eth0").Promiscuity, _place.Link("eth0").AllMulti));
    }

    private LinkInfo Find(string name) => _netlink.Find(name) ?? throw new LabException($"no {name}");

    /// <summary>Reads what there is now: the kernel has queued the events of a change before it answers the change.</summary>
    private static List<LinkEvent> Read(LinkWatch watch, Func<LinkEvent, bool> wanted)
    {
        List<LinkEvent> events = [];
        watch.Read(events);
        return [.. events.Where(wanted)];
    }
}
