using System.Text.Json;
using System.Text.RegularExpressions;
using FastBond.Core.Bonds;
using FastBond.Core.Options;
using Xunit;

namespace FastBond.Core.Tests.Options;

/// <summary>
/// Every recorded option write of a real kernel bond: same answer, same value afterwards, and the kernel's words in the refusal. A row is
/// either played here or listed with the reason why it can't be; none is passed over in silence.
/// </summary>
public sealed class OptionGoldenTests
{
    private static readonly IReadOnlyList<GoldenOptionRow> Rows = GoldenOptionRow.Read();

    /// <summary>Rows that are no option write, by pattern of "precondition | setting", with how many there are.</summary>
    private static readonly (string Pattern, int Rows, string Reason)[] Exceptions =
    [
        (@"\| ad_aggregator=", 35, "the mode of a read-only file, refused at open; ours has no such option"),
        (@"\| ns_ip6_target=", 3, "a file that doesn't exist; written by netlink, which the rows don't show"),
        (@"\| xmit_hash_policy=''$", 3, "a write of no bytes never reaches the driver; ours refuses an empty value"),
        (@"^mode (802\.3ad|balance-rr);.*\| primary=''$", 2, "a write of no bytes never reaches the driver; ours says that the mode has no primary"),
        (@"^bonding_masters \|", 5, "making and deleting bonds: the engine's, not an option's"),
        (@"^then \| read$", 52, "the commands before these reads were not recorded; what they show is tested in OptionApplyTests"),
        (@"\| ip link add bond1 type bond; ip link set s0 master bond1$", 1, "moving a slave to another kernel bond"),
        (@"\| .*ip addr add .* master bond0", 1, "addresses of a slave: the engine's"),
        (@"^(tap dev|bond1 \(bond\) as slave|slave of bridge|macvlan over s3|s2 has vlan on it; bond has vlan) \|", 5, "kinds of interfaces: the engine's"),
        (@"^(bond mtu change|slave mtu changed under bond|bond mac change|bond mac zero) \|", 4, "MTU and MAC of the host interface, not options"),
        (@"^(set slave up/down directly|delete bond with slaves) \|", 2, "several commands on the interfaces themselves, not options"),
    ];

    /// <summary>The reads whose history is known, by row, and the history (observed.md, "Mode changes reset things").</summary>
    private static readonly Dictionary<int, Func<TestBond>> Reads = new()
    {
        [949] = () => WithDelays().Set("miimon", "70"),
        [950] = () => WithDelays().Set("miimon", "0"),
        [951] = () => WithArpMonitor().Set("miimon", "100"),
        [952] = () => WithArpMonitor().Set("arp_interval", "0"),
        [953] = () => WithArpMonitor().Enter(BondMode.Ieee8023ad),
        [954] = () => new TestBond(BondMode.Ieee8023ad),
        [956] = () => WithArpMonitor().Enter(BondMode.BalanceTlb),
        [957] = () => new TestBond(BondMode.BalanceTlb),
        [959] = () => WithArpMonitor().Enter(BondMode.BalanceAlb),
        [960] = () => new TestBond(BondMode.BalanceAlb),
        [962] = () => WithArpMonitor().Set("fail_over_mac", "active").Enter(BondMode.BalanceRr),
        [963] = () => WithArpMonitor().Set("fail_over_mac", "active").Enter(BondMode.ActiveBackup),
        [964] = () => WithArpMonitor().Set("fail_over_mac", "active").Enter(BondMode.BalanceXor),
        [965] = () => WithArpMonitor().Set("fail_over_mac", "active").Enter(BondMode.Broadcast),
        [966] = () => WithArpMonitor().Set("fail_over_mac", "active").Enter(BondMode.Ieee8023ad),
        [967] = () => WithArpMonitor().Set("fail_over_mac", "active").Enter(BondMode.BalanceTlb),
        [968] = () => WithArpMonitor().Set("fail_over_mac", "active").Enter(BondMode.BalanceAlb),
    };

    public static TheoryData<string> Groups => [.. Rows.Where(IsPlayed).Select(r => GroupOf(r)).Distinct()];

    [Fact]
    public void EveryRowIsPlayedOrExceptedForAReason()
    {
        Assert.Equal(GoldenOptionRow.Count, Rows.Count);
        foreach ((string pattern, int rows, string _) in Exceptions)
        {
            Assert.Equal((pattern, rows), (pattern, Rows.Count(r => !Reads.ContainsKey(r.Index) && Matches(r, pattern))));
        }

        Assert.Equal(GoldenOptionRow.Count - Exceptions.Sum(e => e.Rows), Rows.Count(IsPlayed));
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void AnswersAsTheKernel(string group)
    {
        foreach (GoldenOptionRow row in Rows.Where(r => IsPlayed(r) && GroupOf(r) == group))
        {
            if (Reads.TryGetValue(row.Index, out Func<TestBond>? history))
            {
                CompareRead(row, history().Bond);
            }
            else if (row.Via == "ip")
            {
                PlayIp(row);
            }
            else
            {
                PlaySysfs(row);
            }
        }
    }

    private static bool IsPlayed(GoldenOptionRow row) =>
        Reads.ContainsKey(row.Index) || !Exceptions.Any(e => Matches(row, e.Pattern));

    private static bool Matches(GoldenOptionRow row, string pattern) =>
        Regex.IsMatch($"{row.Precondition} | {row.Setting}", pattern, RegexOptions.NonBacktracking);

    private static string GroupOf(GoldenOptionRow row) => row.Precondition == "then" ? $"{row.Setting} {row.Index}" : row.Precondition;

    private static void PlaySysfs(GoldenOptionRow row)
    {
        TestBond test = Restore(Prepare(row), row);
        Assert.True(test.Bond.GetOption(row.Name) == row.Before, $"{row}: before it is '{test.Bond.GetOption(row.Name)}', not '{row.Before}'");
        test.World.LogLines.Clear();
        CompareOutcome(row, test, test.TrySet(row.Name, row.Value), row.Result.GetString()!);
        Assert.True(test.Bond.GetOption(row.Name) == row.After, $"{row}: after it is '{test.Bond.GetOption(row.Name)}', not '{row.After}'");
    }

    /// <summary>The rows of one precondition were recorded one after the other on the same bond.</summary>
    private static void PlayIp(GoldenOptionRow row)
    {
        TestBond test = Prepare(row);
        foreach (GoldenOptionRow earlier in Rows.Where(r => r.Via == "ip" && r.Precondition == row.Precondition && r.Index < row.Index))
        {
            RunIp(earlier, test);
        }

        CompareOutcome(row, test, RunIp(row, test), row.Result.GetString() switch
        {
            "OK" => "OK",
            "Error: option not supported in mode." => "EACCES",
            "Error: unable to set option because the bond device has slaves." => "ENOTEMPTY",
            "Error: unable to set option because the bond is up." => "EBUSY",
            "RTNETLINK answers: Operation not permitted" or
                "Error: Cannot enslave bond to itself." or
                "Error: Device can not be enslaved while up." => "EPERM",
            string other => throw new InvalidOperationException($"{row}: {other}?"),
            null => throw new InvalidOperationException($"{row}: no result"),
        });
    }

    private static Outcome RunIp(GoldenOptionRow row, TestBond test)
    {
        switch (row.Setting.Split(' '))
        {
            case ["ip", "link", "set", "bond0", "type", "bond", .. string[] options]:
                return test.TryApply([.. options.Chunk(2).Select(pair => (pair[0], pair[1]))]);
            case ["ip", "link", "set", string slave, "type", "bond_slave", string name, string value]:
                return test.TrySetSlave(slave, name, value);
            case ["ip", "link", "set", string slave, "master", "bond0"]:
                return test.TryEnslave(slave);
            case ["ip", "link", "set", string slave, "up;", "ip", "link", "set", _, "master", "bond0"]:
                test.World.Set(test.World.FindDevice(slave)! with { IsUp = true });
                return test.TryEnslave(slave);
            default:
                throw new InvalidOperationException($"{row}: unknown command");
        }
    }

    private static void CompareOutcome(GoldenOptionRow row, TestBond test, Outcome outcome, string expected)
    {
        Assert.True((outcome.Success ? "OK" : $"{outcome.Error}") == expected, $"{row}: answered {outcome}");
        if (outcome.Success)
        {
            Assert.All(row.Lines.Where(IsWarning), line => Assert.Contains($"bond0: {line}", test.World.LogLines));
        }
        else if (row.Lines.Any() && !IsRefusedByEnslave(row))
        {
            Assert.True(
                row.Lines.Any(l => outcome.Message.StartsWith(l, StringComparison.Ordinal)),
                $"{row}: '{outcome.Message}' doesn't begin with '{row.Lines.First()}'");
        }
    }

    private static bool IsWarning(string line) =>
        line.Contains("is not a multiple of", StringComparison.Ordinal) || line.StartsWith("Removing last", StringComparison.Ordinal);

    /// <summary>Refused by <see cref="Bond.Enslave"/>, which has words of its own.</summary>
    private static bool IsRefusedByEnslave(GoldenOptionRow row) =>
        row.Setting is "slaves='+bond0'" or "slaves='+s0'" || row.Setting.Contains(" master ", StringComparison.Ordinal);

    private static void CompareRead(GoldenOptionRow row, Bond bond)
    {
        switch (row.Result.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.All(row.Result.EnumerateObject(), p => Assert.Equal(p.Value.GetString(), bond.GetOption(p.Name)));
                break;
            case JsonValueKind.Array:
                Assert.Equal(
                    row.Result.EnumerateArray().Select(v => v.GetString()),
                    row.Setting["read ".Length..].Split('/').Select(bond.GetOption));
                break;
            default:
                Assert.Equal(row.Result.GetString(), bond.GetOption(row.Setting["read ".Length..]));
                break;
        }
    }

    private static TestBond Prepare(GoldenOptionRow row)
    {
        string state = row.Precondition;
        if (state.StartsWith("mode ", StringComparison.Ordinal))
        {
            TestBond test = new(ModeNamed(state.Split(' ', ';')[1]));
            if (state.EndsWith("miimon 100", StringComparison.Ordinal) || state.Contains("miimon 100 up", StringComparison.Ordinal))
            {
                test.Set("miimon", "100");
            }

            if (state.Contains("2 slaves", StringComparison.Ordinal) || state.EndsWith("s0 s1", StringComparison.Ordinal))
            {
                test.Enslave("s0", "s1");
            }

            return state.Contains("up,", StringComparison.Ordinal) || state.Contains(" up ", StringComparison.Ordinal) ? test.Up() : test;
        }

        return state switch
        {
            "active-backup miimon 100" => new TestBond(BondMode.ActiveBackup).Set("miimon", "100"),
            "active-backup no miimon" or "ab, target list handling" => new TestBond(BondMode.ActiveBackup),
            "ab arp_interval 100 one target up" => new TestBond(BondMode.ActiveBackup).Set("arp_interval", "100").Up(),
            "ab up, s0 s1" or "ab up s0 s1" => new TestBond(BondMode.ActiveBackup).Set("miimon", "100").Enslave("s0", "s1").Up(),
            "ab up, s0 s1; s1 link down" => new TestBond(BondMode.ActiveBackup, "s1").Set("miimon", "100").Enslave("s0", "s1").Up(),
            "ab up with s0" or "s1 is UP" => new TestBond(BondMode.ActiveBackup).Enslave("s0").Up(),
            "xor up s0 s1" => new TestBond(BondMode.BalanceXor).Enslave("s0", "s1").Up(),
            _ when state.EndsWith(" no options", StringComparison.Ordinal) => new TestBond(ModeNamed(state[..^" no options".Length])),
            _ => throw new InvalidOperationException($"{row}: unknown precondition"),
        };
    }

    /// <summary>Rows of one precondition followed on each other, but not all were kept: what a row begins with is in its "before".</summary>
    private static TestBond Restore(TestBond test, GoldenOptionRow row)
    {
        if (test.Bond.GetOption(row.Name) == row.Before)
        {
            return test;
        }

        switch (row.Name)
        {
            case "arp_ip_target":
                return test.Set(row.Name, row.Before.Replace(' ', ','));
            case "queue_id":
                return row.Before.Split(' ').Aggregate(test, (t, pair) => t.Set(row.Name, pair));
            case "slaves":
                return test.Bond.Slaves.Select(s => s.Name).Except(row.Before.Split(' ')).ToList().Aggregate(test, (t, s) => t.Set("slaves", $"-{s}"));
            default:
                return test.Set(row.Name, row.Before);
        }
    }

    private static TestBond WithDelays() =>
        new TestBond(BondMode.ActiveBackup).Set("miimon", "100").Set("updelay", "200").Set("downdelay", "300").Set("peer_notif_delay", "400");

    private static TestBond WithArpMonitor() =>
        new TestBond(BondMode.ActiveBackup).Set("arp_interval", "100").Set("arp_ip_target", "+10.9.0.2").Set("arp_validate", "all");

    private static BondMode ModeNamed(string name) => (BondMode)OptionTable.Mode.Values.Single(v => v.Name == name).Number;
}
