using System.Text.Json.Nodes;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux.Links;
using FastBond.Linux.Restore;
using Xunit;
using LinkInfo = FastBond.Linux.Links.LinkInfo;

namespace FastBond.Lab.Tests.Native;

/// <summary>A slave is as it was found: after release, and after its owner's death.</summary>
public sealed class RestoreTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);
    private readonly NetworkNamespace _place;
    private readonly StateFolder _folder = new();
    private readonly StateDirectory _state;
    private readonly NetlinkSocket _netlink;
    private readonly Ethtool _ethtool;

    public RestoreTests()
    {
        Assert.SkipUnless(LabFacts.SkipReason.Length == 0, LabFacts.SkipReason);
        _place = NetworkNamespace.Create(ipv6: true);
        _state = new StateDirectory(_folder.Path);
        (_netlink, _ethtool) = _place.Invoke(() => (new NetlinkSocket(), new Ethtool()));
        VethPair.Create(new VethEnd(_place, "eth0") { Address = "02:00:00:00:00:0a" }, new VethEnd(_place, "eth1"));
        _place.Ip("link set eth1 up");
    }

    public void Dispose()
    {
        _netlink?.Dispose();
        _ethtool?.Dispose();
        _place?.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_slave_given_back_is_as_it_was_found(bool up)
    {
        Furnish(up);
        string before = Describe();
        _place.Invoke(() =>
        {
            TakenLink taken = Take();
            List<string> warnings = [];
            taken.Silence(warnings).ThrowIfFailed();
            Assert.Empty(warnings);
            LinkInfo link = Find();
            Assert.True(link.IsNoArp);
            Assert.DoesNotContain(_netlink.Addresses(), address => address.IfIndex == link.IfIndex);
            Assert.Equal("1", IPv6Switch.Read("eth0"));
            Assert.Equal(false, _ethtool.Feature("eth0", "rx-vlan-hw-parse"));
            _netlink.SetUp(link, up: false).ThrowIfFailed();
            _netlink.SetAddress(link, HardwareAddress.Parse(Holder.BondAddress)).ThrowIfFailed();
            _netlink.SetMtu(link, Holder.Mtu).ThrowIfFailed();
            _netlink.SetUp(link, up: true).ThrowIfFailed();
            Assert.NotEqual(before, Describe());
            taken.GiveBack().ThrowIfFailed();
        });
        Assert.Equal(before, Describe());
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_lease_comes_back_with_what_is_left_of_it_and_an_expired_one_does_not()
    {
        _place.Ip("address add 198.18.0.1/24 dev eth0 valid_lft 1000 preferred_lft 500");
        _place.Ip("address add 198.18.1.1/24 dev eth0 valid_lft 900 preferred_lft 0");
        string record = LeaveRecord(out _);
        JsonNode json = JsonNode.Parse(File.ReadAllText(record))!;
        json["recordedMs"] = Environment.TickCount64 - 950_000;
        File.WriteAllText(record, json.ToJsonString());
        _place.Ip("address flush dev eth0");
        Assert.Single(_place.Invoke(() => LinkRestore.All(_state, _netlink, _ethtool))).Outcome.ThrowIfFailed();
        AddressInfo left = Assert.Single(_netlink.Addresses(), address => address.IfIndex == Find().IfIndex);
        Assert.Equal("198.18.0.1", left.Address.ToString());
        Assert.InRange(left.ValidSeconds, 40u, 50u);
        Assert.Equal(0u, left.PreferredSeconds);
    }

    [Fact]
    public void Taking_changes_nothing_and_giving_back_at_once_is_allowed()
    {
        Furnish(up: true);
        string before = Describe();
        _place.Invoke(() =>
        {
            TakenLink taken = Take();
            Assert.Equal(before, Describe());
            taken.GiveBack().ThrowIfFailed();
        });
        Assert.Equal(before, Describe());
    }

    [Fact]
    public void What_a_killed_owner_left_is_put_back_and_what_a_living_one_has_is_left_alone()
    {
        Furnish(up: true);
        string before = Describe();
        using ChildProcess holder = Holder.Start(_place, _folder.Path, "eth0");
        string held = Describe();
        Assert.NotEqual(before, held);
        Outcome refused = _place.Invoke(() => TakenLink.Take(_state, _netlink, _ethtool, Find(), out _));
        Assert.Equal($"EBUSY: eth0 is already in use by process {holder.Id}", refused.ToString());
        RestoreResult inUse = Assert.Single(_place.Invoke(() => LinkRestore.All(_state, _netlink, _ethtool)));
        inUse.Outcome.MustBe(Errno.EBUSY);
        Assert.Contains($"{holder.Id}", inUse.Outcome.Message, StringComparison.Ordinal);
        Assert.Equal(held, Describe());

        holder.Signal(9);
        Assert.True(holder.WaitForExit(Soon));
        RestoreResult restored = Assert.Single(_place.Invoke(() => LinkRestore.All(_state, _netlink, _ethtool)));
        restored.Outcome.ThrowIfFailed();
        Assert.Equal("eth0", restored.Name);
        Assert.Equal(before, Describe());
        Assert.Empty(_place.Invoke(() => LinkRestore.All(_state, _netlink, _ethtool)));
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Taking_what_a_killed_owner_left_records_the_interface_as_its_user_knew_it()
    {
        Furnish(up: true);
        string before = Describe();
        using (ChildProcess holder = Holder.Start(_place, _folder.Path, "eth0"))
        {
            holder.Signal(9);
            Assert.True(holder.WaitForExit(Soon));
        }
        _place.Invoke(() =>
        {
            TakenLink taken = Take();
            Assert.Equal(before, Describe());
            taken.Silence([]).ThrowIfFailed();
            taken.GiveBack().ThrowIfFailed();
        });
        Assert.Equal(before, Describe());
    }

    [Fact]
    public void Records_and_locks_are_named_by_namespace_and_index_and_private()
    {
        _place.Invoke(() =>
        {
            TakenLink taken = Take();
            ulong inode = ulong.Parse(_place.Run("readlink /proc/self/ns/net").Output.Trim()[5..^1]);
            string id = $"{inode}-{Find().IfIndex}", record = Path.Combine(_folder.Path, "restore", id + ".json"), claim = Path.Combine(_folder.Path, "lock", id);
            const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal(Private, File.GetUnixFileMode(record));
            Assert.Equal(Private, File.GetUnixFileMode(claim));
            Assert.Equal("eth0", (string)JsonNode.Parse(File.ReadAllText(record))!["name"]!);
            taken.GiveBack().ThrowIfFailed();
        });
    }

    [Fact]
    public void One_interface_has_one_owner_even_within_a_process_and_another_can_follow()
    {
        _place.Invoke(() =>
        {
            TakenLink taken = Take();
            TakenLink.Take(_state, _netlink, _ethtool, Find(), out TakenLink? second).MustBe(Errno.EBUSY);
            Assert.Null(second);
            taken.GiveBack().ThrowIfFailed();
            Take().GiveBack().ThrowIfFailed();
        });
    }

    [Fact]
    public void The_same_index_in_another_namespace_is_another_interface()
    {
        using NetworkNamespace other = NetworkNamespace.Create();
        VethPair.Create(new VethEnd(other, "eth0") { Index = _place.Link("eth0").Index }, new VethEnd(other, "eth1"));
        TakenLink here = _place.Invoke(Take);
        other.Invoke(() =>
        {
            using NetlinkSocket netlink = new();
            using Ethtool ethtool = new();
            TakenLink.Take(_state, netlink, ethtool, netlink.Find("eth0")!, out TakenLink? there).ThrowIfFailed();
            Assert.Single(LinkRestore.All(_state, netlink, ethtool));
            there!.GiveBack().ThrowIfFailed();
        });
        _place.Invoke(() => here.GiveBack().ThrowIfFailed());
    }

    [Fact]
    public void An_interface_that_is_gone_leaves_no_record()
    {
        _place.Invoke(() =>
        {
            TakenLink taken = Take();
            _place.Ip("link delete eth0");
            taken.GiveBack().ThrowIfFailed();
            Assert.Empty(LinkRestore.All(_state, _netlink, _ethtool));
        });
    }

    [Theory]
    [InlineData("kind", "bridge")]
    [InlineData("permanentAddress", "02:00:00:00:00:99")]
    [InlineData("netnsCookie", "1")]
    public void A_record_of_another_interface_under_the_same_name_is_not_applied(string key, string value)
    {
        string path = LeaveRecord(out string before);
        JsonNode record = JsonNode.Parse(File.ReadAllText(path))!;
        record["mtu"] = 1234;
        record[key] = key == "netnsCookie" ? ulong.Parse(value) : value;
        File.WriteAllText(path, record.ToJsonString());
        Assert.Single(_place.Invoke(() => LinkRestore.All(_state, _netlink, _ethtool))).Outcome.MustBe(Errno.ENODEV);
        Assert.Equal(before, Describe());
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"netns\":1}")]
    [InlineData("null")]
    public void A_record_that_cannot_be_read_is_told_and_removed(string content)
    {
        string path = LeaveRecord(out string before);
        File.WriteAllText(path, content);
        Assert.Single(_place.Invoke(() => LinkRestore.All(_state, _netlink, _ethtool))).Outcome.MustBe(Errno.EIO);
        Assert.Equal(before, Describe());
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void What_cannot_be_put_back_is_told_the_rest_is_done_and_the_record_stays()
    {
        string path = LeaveRecord(out _);
        JsonNode record = JsonNode.Parse(File.ReadAllText(path))!;
        record["mtu"] = 100_000;
        record["address"] = "02:00:00:00:00:77";
        File.WriteAllText(path, record.ToJsonString());
        RestoreResult result = Assert.Single(_place.Invoke(() => LinkRestore.All(_state, _netlink, _ethtool)));
        Assert.Equal("EINVAL: cannot set the MTU of eth0 to 100000: Invalid argument", result.Outcome.ToString());
        Assert.Equal("02:00:00:00:00:77", _place.Link("eth0").Address);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void A_state_directory_that_cannot_be_made_is_one_line()
    {
        StateDirectory impossible = new("/proc/fastbond");
        Outcome refused = _place.Invoke(() => TakenLink.Take(impossible, _netlink, _ethtool, Find(), out _));
        refused.MustBe(Errno.EACCES);
        Assert.StartsWith("cannot record the state of eth0 under /proc/fastbond: ", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_place.Invoke(() => LinkRestore.All(impossible, _netlink, _ethtool)));
    }

    [Fact]
    public void Locks_change_hands_among_many_without_two_owners()
    {
        NetworkNamespaceId place = NetworkNamespaceId.Current();
        int owners = 0, turns = 0;
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 500; i++)
            {
                using LinkLock? held = LinkLock.TryAcquire(_state, place, 1);
                if (held is not null)
                {
                    Assert.Equal(1, Interlocked.Increment(ref owners));
                    turns++;
                    Interlocked.Decrement(ref owners);
                }
            }
        });
        Assert.InRange(turns, 8, 4000);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.Path, "lock")));
    }

    private LinkInfo Find() => _netlink.Find("eth0") ?? throw new LabException("no eth0");

    private TakenLink Take()
    {
        TakenLink.Take(_state, _netlink, _ethtool, Find(), out TakenLink? taken).ThrowIfFailed();
        return taken!;
    }

    private void Furnish(bool up)
    {
        _place.Ip("address add 198.18.0.1/24 dev eth0");
        _place.Ip("address add 198.18.0.2/24 brd + dev eth0 label eth0:1");
        _place.Ip("address add 198.19.0.1 peer 198.19.0.2/32 dev eth0");
        if (up)
        {
            _place.Ip("link set eth0 up");
            _place.Ip("address add fd00::1/64 dev eth0 nodad");
            _place.Ip("address add fe80::1234/64 dev eth0 nodad");
            Wait.Until(() => !_place.Ip("address show eth0").Output.Contains("tentative", StringComparison.Ordinal), Soon, "addresses");
            _place.Ip("route add 198.18.7.0/24 via 198.18.6.1 dev eth0 onlink metric 50");
            _place.Ip("route add 198.18.9.0/24 dev eth0 src 198.18.0.1 table 1000");
            _place.Ip("route add default via 198.18.0.254 dev eth0");
            _place.Ip("route add fd07::/48 via fd00::fe dev eth0");
        }
    }

    /// <summary>Leaves a record without an owner, as a kill between Take and the first change would.</summary>
    private string LeaveRecord(out string before)
    {
        _place.Invoke(() =>
        {
            TakenLink taken = Take();
            string record = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "restore")));
            File.Copy(record, Path.Combine(_folder.Path, "copy"));
            taken.GiveBack().ThrowIfFailed();
            File.Move(Path.Combine(_folder.Path, "copy"), record);
        });
        before = Describe();
        return Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "restore")));
    }

    /// <summary>All that is to be as it was, as <c>ip</c> and <c>ethtool</c> tell it.</summary>
    private string Describe()
    {
        JsonNode link = _place.IpJson("address show eth0")[0]!;
        IEnumerable<string> addresses = link["addr_info"]!.AsArray().Select(address => $"{address!["local"]} {address["address"]}/{address["prefixlen"]} {address["broadcast"]} {address["scope"]} {address["label"]}").Order(StringComparer.Ordinal);
        IOrderedEnumerable<string> routes = (_place.Ip("route show table all dev eth0").Output + _place.Ip("-6 route show table all dev eth0").Output)
            .Split('\n').Where(route => !route.Contains("proto kernel", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        string flags = string.Join(' ', _place.Link("eth0").Flags.Where(flag => flag is "UP" or "NOARP"));
        return $"{link["address"]} {link["mtu"]} {flags}\n{string.Join('\n', addresses)}\n{string.Join('\n', routes)}\n{_place.ReadProc("/proc/sys/net/ipv6/conf/eth0/disable_ipv6")}\n" +
            $"{_place.Run("ethtool -k eth0").Output}{_place.Link("eth0").HasXdp}";
    }
}
