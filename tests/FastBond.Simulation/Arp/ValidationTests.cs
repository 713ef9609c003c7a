using System.Net;
using FastBond.Core.Bonds;

namespace FastBond.Simulation.Arp;

/// <summary>What counts as a sign of life (link-monitoring.md sections 4 and 5): every value of arp_validate, each role, each kind of frame.</summary>
public class ValidationTests
{
    private const string OtherHost = "02:5c:00:00:00:01";
    private const string SolicitedTarget = "33:33:ff:00:00:02";

    private static readonly Dictionary<string, byte[]> Frames = new()
    {
        ["any frame"] = [.. new byte[12], 0x08, 0x00, .. new byte[46]],
        ["stranger's request"] = ArpFrames.Request(OtherHost, "192.0.2.7", "192.0.2.8"),
        ["reply of the target"] = ArpFrames.Reply(ArpFrames.Bond, ArpFrames.Peer, "10.9.0.2", "10.9.0.1"),
        ["tagged reply of the target"] = ArpFrames.Reply(ArpFrames.Bond, ArpFrames.Peer, "10.9.0.2", "10.9.10.1", 0x8100000a),
        ["request of the target for us"] = ArpFrames.Request(ArpFrames.Peer, "10.9.0.2", "10.9.0.1"),
        ["gratuitous ARP of the target"] = ArpFrames.Request(ArpFrames.Peer, "10.9.0.2", "10.9.0.2"),
        ["reply of the target to somebody else"] = ArpFrames.Reply(OtherHost, ArpFrames.Peer, "10.9.0.2", "10.9.0.1"),
        ["reply of another host"] = ArpFrames.Reply(ArpFrames.Bond, OtherHost, "10.9.0.9", "10.9.0.1"),
        ["reply of nobody"] = ArpFrames.Reply(ArpFrames.Bond, ArpFrames.Peer, "0.0.0.0", "10.9.0.1"),
        ["our own question"] = ArpFrames.Request(ArpFrames.Bond, "10.9.0.1", "10.9.0.2"),
        ["our own question as nobody"] = ArpFrames.Request(ArpFrames.Bond, "0.0.0.0", "10.9.0.2"),
        ["stranger's solicitation"] = ArpFrames.Solicitation(OtherHost, "fd00::7", "fd00::8"),
        ["advertisement of the target"] = ArpFrames.Advertisement(ArpFrames.Bond, ArpFrames.Peer, "fd09::2", "fd09::1"),
        ["unsolicited advertisement of the target"] = ArpFrames.Advertisement("33:33:00:00:00:01", ArpFrames.Peer, "fd09::2", "ff02::1"),
        ["our own solicitation"] = ArpFrames.Solicitation(ArpFrames.Bond, "fd09::1", "fd09::2"),
        ["our own solicitation as nobody"] = ArpFrames.Solicitation(ArpFrames.Bond, "::", "fd09::2"),
        ["cut short reply"] = ArpFrames.Reply(ArpFrames.Bond, ArpFrames.Peer, "10.9.0.2", "10.9.0.1")[..^1],
        ["cut short advertisement"] = ArpFrames.Advertisement(ArpFrames.Bond, ArpFrames.Peer, "fd09::2", "fd09::1")[..77],
    };

    /// <summary>Heard by the current slave when it is validated.</summary>
    private static readonly string[] Answers =
    [
        "reply of the target", "tagged reply of the target", "request of the target for us", "advertisement of the target",
        "unsolicited advertisement of the target",
    ];

    /// <summary>Heard by a backup when it is validated and the current slave works.</summary>
    private static readonly string[] Questions = ["our own question", "our own solicitation"];

    /// <summary>Heard by a backup while another is probed: ARP only if it is a reply.</summary>
    private static readonly string[] AnswersToOthers =
    [
        "reply of the target", "tagged reply of the target", "advertisement of the target", "unsolicited advertisement of the target",
    ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string validate in (string[])["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"])
            {
                foreach (string frame in Frames.Keys)
                {
                    cases.Add(validate, frame);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_role_hears_what_its_value_lets_count(string validate, string frame)
    {
        bool filtered = validate.StartsWith("filter", StringComparison.Ordinal);
        bool unvalidated = !filtered || frame != "any frame";
        Assert.Equal(validate.EndsWith("active", StringComparison.Ordinal) || validate == "all" ? Answers.Contains(frame) : unvalidated, Hears(validate, frame, "s0"));
        Assert.Equal(validate.EndsWith("backup", StringComparison.Ordinal) || validate == "all" ? Questions.Contains(frame) : unvalidated, Hears(validate, frame, "s1"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backup_hears_the_answers_to_the_slave_that_is_probed(string validate, string frame)
    {
        if (!validate.EndsWith("backup", StringComparison.Ordinal) && validate != "all")
        {
            return;
        }

        Assert.Equal(AnswersToOthers.Contains(frame), BackupHears(validate, frame, askedBeforeMs: 0));
        Assert.False(BackupHears(validate, frame, askedBeforeMs: 1000));
    }

    [Fact]
    public void Backup_hears_nothing_in_our_question_while_the_current_slave_has_heard_nothing_since_it_became_so()
    {
        ArpNetwork network = Network("all");
        network.Simulation.SetActive("s2");
        Slave s1 = network.Simulation.Slave("s1");
        long beforeNs = s1.LastRxNs;
        network.Deliver("s1", Frames["our own question"]);
        Assert.Equal(beforeNs, s1.LastRxNs);
        network.RunFor(0.001);
        network.Deliver("s2", Frames["reply of the target"]);
        network.RunFor(0.001);
        network.Deliver("s1", Frames["our own question"]);
        Assert.Equal(network.Simulation.NowNs, s1.LastRxNs);
    }

    [Fact]
    public void With_every_target_required_the_one_silent_for_longest_counts()
    {
        ArpNetwork network = Network("all");
        network.Simulation.Set("arp_all_targets", "all");
        network.Hosts.Add("10.9.0.2");
        network.RunIntervals(5.5);

        // The IPv6 target never answers in this network.
        Assert.True(network.Simulation.Slave("s0").LinkFailureCount > 0);
        Assert.Null(network.Active);
        network.Simulation.Set("ns_ip6_target", "");
        network.RunIntervals(6);
        Assert.Equal(0, network.Bond.Slaves.Count(static slave => slave.Link != LinkState.Up));
    }

    [Fact]
    public void Backups_join_the_groups_at_which_targets_are_asked_for()
    {
        ArpNetwork network = Network("all");
        IReadOnlyDictionary<string, SimulatedDevice> devices = network.Simulation.World.Devices;
        Assert.Empty(devices["s0"].Groups);
        Assert.Equal(SolicitedTarget, Assert.Single(devices["s1"].Groups).ToString());
        network.Simulation.SetActive("s1");
        Assert.Equal(SolicitedTarget, Assert.Single(devices["s0"].Groups).ToString());
        Assert.Empty(devices["s1"].Groups);
        network.Simulation.Set("arp_validate", "none");
        Assert.Empty(devices["s0"].Groups);
    }

    private static ArpNetwork Network(string validate)
    {
        ArpNetwork network = new(BondMode.ActiveBackup, validate: validate, configure: static simulation => simulation.Set("ns_ip6_target", "fd09::2"));
        network.Bond.SetHostAddresses(
            0,
            [
                new(IPAddress.Parse("10.9.0.1"), [], default) { PrefixLength = 24 },
                new(IPAddress.Parse("10.9.10.1"), [0x8100000a], default) { PrefixLength = 24 },
                new(IPAddress.Parse("fd09::1"), [], default) { PrefixLength = 64 },
            ]);
        network.RunIntervals(10.5);
        return network;
    }

    private static bool BackupHears(string validate, string frame, long askedBeforeMs)
    {
        ArpNetwork network = Network(validate);
        network.Paths.Clear();
        network.RunIntervals(40);
        network.Bond.ProbingSlave!.LastTxNs -= askedBeforeMs * 1_000_000;
        Slave backup = network.Bond.Slaves.First(static slave => !slave.IsActive);
        long beforeNs = backup.LastRxNs;
        network.Deliver(backup.Name, Frames[frame]);
        return backup.LastRxNs > beforeNs;
    }

    private static bool Hears(string validate, string frame, string slave)
    {
        ArpNetwork network = Network(validate);
        Assert.Equal("s0", network.Active);
        long beforeNs = network.Simulation.Slave(slave).LastRxNs;
        network.Deliver(slave, Frames[frame]);
        return network.Simulation.Slave(slave).LastRxNs > beforeNs;
    }
}
