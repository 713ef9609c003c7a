using System.Collections.Frozen;
using FastBond.Core.Bonds;
using FastBond.Core.Hashing;

namespace FastBond.Core.Options;

/// <summary>
/// Every option of a bond, in the order in which several at once are applied (options.md section 4, so that <c>updelay</c> before
/// <c>miimon</c> in a file still works), and then those that the kernel's order doesn't name.
/// </summary>
internal static class OptionTable
{
    /// <summary>Largest number of transmit queues of a bond (<c>tx_queues</c>).</summary>
    public const int MaxTxQueues = 255;

    private static readonly OptionRange AnyInt = new(0, int.MaxValue);
    private static readonly OptionValue[] OffOn = [new("off", 0), new("on", 1)];

    /// <summary><c>mode</c>, with its aliases.</summary>
    public static readonly Option Mode = new()
    {
        Name = "mode",
        Guards = WriteGuards.NoSlaves | WriteGuards.BondDown,
        Values =
        [
            new("balance-rr", 0), new("active-backup", 1), new("balance-xor", 2), new("broadcast", 3), new("802.3ad", 4),
            new("balance-tlb", 5), new("balance-alb", 6),
            new("rr", 0, Alias: true), new("xor", 2, Alias: true), new("lacp", 4, Alias: true),
        ],
        Default = (int)BondMode.BalanceRr,
        Get = o => (long)o.Mode,
        Rule = OptionRules.SetMode,
        Effect = (bond, _, now) => bond.OnModeWritten(now),
    };

    /// <summary><c>xmit_hash_policy</c>, with ours.</summary>
    public static readonly Option XmitHashPolicy = new()
    {
        Name = "xmit_hash_policy",
        Values =
        [
            new("layer2", 0), new("layer3+4", 1), new("layer2+3", 2), new("encap2+3", 3), new("encap3+4", 4), new("vlan+srcmac", 5),
            new("xor24", 6, ByNumber: false), new("l2", 0, Alias: true), new("l34", 1, Alias: true), new("l23", 2, Alias: true),
        ],
        Default = (int)TransmitHashPolicy.Layer2,
        Get = o => (long)o.XmitHashPolicy,
        Set = (o, v) => o.XmitHashPolicy = (TransmitHashPolicy)v,
        Effect = (bond, _, now) => bond.OnTransmitOptionWritten(now),
    };

    /// <summary><c>arp_validate</c>.</summary>
    public static readonly Option ArpValidate = new()
    {
        Name = "arp_validate",
        Modes = ModeSet.WithArpMonitor,
        Values =
        [
            new("none", 0), new("active", 1), new("backup", 2), new("all", 3),
            new("filter", 4), new("filter_active", 5), new("filter_backup", 6),
        ],
        Default = 0,
        Get = o => o.ArpValidate,
        Rule = OptionRules.SetArpValidate,
        Effect = (bond, _, now) => bond.OnTargetsWritten(now),
    };

    /// <summary><c>arp_all_targets</c>.</summary>
    public static readonly Option ArpAllTargets = new()
    {
        Name = "arp_all_targets",
        Values = [new("any", 0), new("all", 1)],
        Default = 0,
        Get = o => o.ArpAllTargets ? 1 : 0,
        Set = (o, v) => o.ArpAllTargets = v != 0,
    };

    /// <summary><c>primary_reselect</c>.</summary>
    public static readonly Option PrimaryReselect = new()
    {
        Name = "primary_reselect",
        Values = [new("always", 0), new("better", 1), new("failure", 2)],
        Default = 0,
        Get = o => o.PrimaryReselect,
        Set = (o, v) => o.PrimaryReselect = v,
        Effect = (bond, _, now) => bond.OnPrimaryReselectWritten(now),
    };

    /// <summary><c>fail_over_mac</c>.</summary>
    public static readonly Option FailOverMac = new()
    {
        Name = "fail_over_mac",
        Guards = WriteGuards.NoSlaves,
        Values = [new("none", 0), new("active", 1), new("follow", 2)],
        Default = 0,
        Get = o => o.FailOverMac,
        Set = (o, v) => o.FailOverMac = v,
    };

    /// <summary><c>lacp_active</c>.</summary>
    public static readonly Option LacpActive = new()
    {
        Name = "lacp_active",
        Modes = ModeSet.Ieee8023ad,
        Guards = WriteGuards.BondDown,
        Values = OffOn,
        Default = 1,
        Get = o => o.LacpActive ? 1 : 0,
        Set = (o, v) => o.LacpActive = v != 0,
    };

    /// <summary><c>lacp_rate</c>: the kernel flags no default.</summary>
    public static readonly Option LacpRate = new()
    {
        Name = "lacp_rate",
        Modes = ModeSet.Ieee8023ad,
        Guards = WriteGuards.BondDown,
        Values = [new("slow", 0), new("fast", 1)],
        Get = o => o.LacpRateFast ? 1 : 0,
        Set = (o, v) => o.LacpRateFast = v != 0,
    };

    /// <summary><c>ad_select</c>; the number 3 is unknown to the reference kernel.</summary>
    public static readonly Option AdSelect = new()
    {
        Name = "ad_select",
        Guards = WriteGuards.BondDown,
        Values = [new("stable", 0), new("bandwidth", 1), new("count", 2), new("actor_port_prio", 3, ByNumber: false)],
        Default = 0,
        Get = o => o.AdSelect,
        Set = (o, v) => o.AdSelect = v,
    };

    private static readonly Option NumGratArp = new()
    {
        Name = "num_grat_arp",
        Range = new(0, 255),
        Default = 1,
        Get = o => o.NumPeerNotif,
        Set = (o, v) => o.NumPeerNotif = v,
    };

    private static readonly Option PeerNotifDelay = new()
    {
        Name = "peer_notif_delay",
        Range = new(0, 300_000),
        Get = o => o.PeerNotifDelayMs,
        IsWritable = HasMiiMonitor,
        Rule = (draft, v) => OptionRules.SetDelay(draft, "peer notification delay", v, (o, ticks) => o.PeerNotifDelayTicks = ticks),
    };

    /// <summary>All options, each under every name it may be written by.</summary>
    public static readonly IReadOnlyList<Option> All =
    [
        Mode,
        new()
        {
            Name = "active_slave",
            IsKept = false,
            Modes = ModeSet.WithActiveSlave,
            ShownIn = ModeSet.WithActiveSlave,
            ShowRaw = bond => bond.ActiveSlave?.Name ?? "",
            Raw = OptionRules.SetActiveSlave,
            Effect = (bond, draft, now) => bond.SetActiveSlave(now, draft.NewActiveSlave),
        },
        new()
        {
            Name = "miimon",
            Range = AnyInt,
            Default = 0,
            Get = o => o.Miimon,
            Rule = OptionRules.SetMiimon,
            Effect = (bond, _, now) => bond.OnMiimonWritten(now),
        },
        new()
        {
            Name = "updelay",
            Range = AnyInt,
            Default = 0,
            Get = o => o.UpdelayMs,
            IsWritable = HasMiiMonitor,
            Rule = (draft, v) => OptionRules.SetDelay(draft, "up delay", v, (o, ticks) => o.UpdelayTicks = ticks),
        },
        new()
        {
            Name = "downdelay",
            Range = AnyInt,
            Default = 0,
            Get = o => o.DowndelayMs,
            IsWritable = HasMiiMonitor,
            Rule = (draft, v) => OptionRules.SetDelay(draft, "down delay", v, (o, ticks) => o.DowndelayTicks = ticks),
        },
        PeerNotifDelay,
        PeerNotifDelay with { Name = "peer_notify_delay", IsKept = false },
        new()
        {
            Name = "use_carrier",
            Values = OffOn,
            ShowsName = false,
            Default = 1,
            Get = o => o.UseCarrier ? 1 : 0,
            Set = (o, v) => o.UseCarrier = v != 0,
        },
        new()
        {
            Name = "arp_interval",
            Modes = ModeSet.WithArpMonitor,
            Range = AnyInt,
            Default = 0,
            Get = o => o.ArpInterval,
            Rule = OptionRules.SetArpInterval,
            Effect = (bond, _, now) => bond.OnArpIntervalWritten(now),
        },
        new()
        {
            Name = "arp_ip_target",
            ShowRaw = bond => string.Join(' ', bond.Options.ArpIpTargets),
            Raw = TargetLists.SetArpIpTarget,
            Effect = (bond, _, now) => bond.OnTargetsWritten(now),
        },
        new()
        {
            Name = "ns_ip6_target",
            ShowRaw = bond => string.Join(' ', bond.Options.NsIp6Targets),
            Raw = TargetLists.SetNsIp6Target,
            Effect = (bond, _, now) => bond.OnTargetsWritten(now),
        },
        ArpValidate,
        ArpAllTargets,
        new()
        {
            Name = "primary",
            Modes = ModeSet.WithActiveSlave,
            ShowRaw = bond => bond.PrimarySlave?.Name ?? "",
            Raw = OptionRules.SetPrimary,
            Effect = (bond, _, now) => bond.OnPrimaryWritten(now),
        },
        PrimaryReselect,
        FailOverMac,
        XmitHashPolicy,
        new()
        {
            Name = "resend_igmp",
            Range = new(0, 255),
            Default = 1,
            Get = o => o.ResendIgmp,
            Set = (o, v) => o.ResendIgmp = v,
        },
        NumGratArp,
        NumGratArp with { Name = "num_unsol_na", IsKept = false },
        NumGratArp with { Name = "num_peer_notif", IsKept = false },
        new()
        {
            Name = "all_slaves_active",
            Values = OffOn,
            ShowsName = false,
            Default = 0,
            Get = o => o.AllSlavesActive ? 1 : 0,
            Set = (o, v) => o.AllSlavesActive = v != 0,
            Effect = (bond, _, now) => bond.OnAllSlavesActiveWritten(now),
        },
        new()
        {
            Name = "min_links",
            Range = AnyInt,
            Default = 0,
            Get = o => o.MinLinks,
            Set = (o, v) => o.MinLinks = v,
            Effect = (bond, _, now) => bond.OnMinLinksWritten(now),
        },
        new()
        {
            Name = "lp_interval",
            Range = new(1, int.MaxValue),
            Default = 1,
            Get = o => o.LpInterval,
            Set = (o, v) => o.LpInterval = v,
        },
        new()
        {
            Name = "packets_per_slave",
            Modes = ModeSet.BalanceRr,
            Range = new(0, 65535),
            Default = 1,
            Get = o => o.PacketsPerSlave,
            Set = (o, v) => o.PacketsPerSlave = v,
            Effect = (bond, _, now) => bond.OnTransmitOptionWritten(now),
        },
        LacpActive,
        LacpRate,
        AdSelect,
        new()
        {
            Name = "ad_actor_sys_prio",
            Modes = ModeSet.Ieee8023ad,
            ShownIn = ModeSet.Ieee8023ad,
            Range = new(1, 65535),
            Default = 65535,
            Get = o => o.AdActorSysPrio,
            Set = (o, v) => o.AdActorSysPrio = v,
        },
        new()
        {
            Name = "ad_user_port_key",
            Modes = ModeSet.Ieee8023ad,
            ShownIn = ModeSet.Ieee8023ad,
            Guards = WriteGuards.BondDown,
            Range = new(0, 1023),
            Default = 0,
            Get = o => o.AdUserPortKey,
            Set = (o, v) => o.AdUserPortKey = v,
        },
        new()
        {
            Name = "ad_actor_system",
            Modes = ModeSet.Ieee8023ad,
            ShownIn = ModeSet.Ieee8023ad,
            ShowRaw = bond => bond.Options.AdActorSystem.ToString(),
            Raw = OptionRules.SetAdActorSystem,
        },
        new()
        {
            Name = "tlb_dynamic_lb",
            Modes = ModeSet.BalanceTlb | ModeSet.BalanceAlb,
            Guards = WriteGuards.BondDown,
            Values = OffOn,
            ShowsName = false,
            Default = 1,
            Get = o => o.TlbDynamicLb ? 1 : 0,
            Set = (o, v) => o.TlbDynamicLb = v != 0,
        },
        new()
        {
            Name = "arp_missed_max",
            Modes = ModeSet.WithArpMonitor,
            Range = new(1, 255),
            Default = 2,
            Get = o => o.ArpMissedMax,
            Set = (o, v) => o.ArpMissedMax = v,
        },
        new()
        {
            Name = "coupled_control",
            Modes = ModeSet.Ieee8023ad,
            Guards = WriteGuards.BondDown,
            Values = OffOn,
            Default = 1,
            Get = o => o.CoupledControl ? 1 : 0,
            Set = (o, v) => o.CoupledControl = v != 0,
        },
        new()
        {
            Name = "broadcast_neighbor",
            Modes = ModeSet.Ieee8023ad,
            Values = OffOn,
            Default = 0,
            Get = o => o.BroadcastNeighbor ? 1 : 0,
            Set = (o, v) => o.BroadcastNeighbor = v != 0,
        },
        new()
        {
            Name = "lacp_strict",
            Modes = ModeSet.Ieee8023ad,
            Guards = WriteGuards.BondDown,
            Values = OffOn,
            Default = 0,
            Get = o => o.LacpStrict ? 1 : 0,
            Set = (o, v) => o.LacpStrict = v != 0,
        },
        new()
        {
            Name = "tx_queues",
            Guards = WriteGuards.NoSlaves | WriteGuards.BondDown,
            Range = new(1, MaxTxQueues),
            Default = 16,
            Get = o => o.TxQueues,
            Set = (o, v) => o.TxQueues = v,
        },
        new()
        {
            Name = "queue_id",
            IsKept = false,
            ShowRaw = bond => string.Join(' ', bond.Slaves.Select(s => $"{s.Name}:{s.QueueId}")),
            Raw = SlaveOptionTable.SetQueueIdByName,
        },
        new()
        {
            Name = "slaves",
            IsKept = false,
            ShowRaw = bond => string.Join(' ', bond.Slaves.Select(s => s.Name)),
            Raw = OptionRules.SetSlaves,
        },
        .. EngineOptionTable.All,
    ];

    /// <summary>The options that a configuration keeps, each once, in the order of application.</summary>
    public static readonly IReadOnlyList<Option> Kept = [.. All.Where(option => option.IsKept)];

    private static readonly FrozenDictionary<string, (Option Option, int Order)> ByName =
        All.Select((option, order) => (option, order))
            .ToFrozenDictionary(p => p.option.Name, p => (p.option, p.order), StringComparer.Ordinal);

    /// <summary>The delays are counts of the MII monitor's period.</summary>
    private static bool HasMiiMonitor(BondOptions options) => options.Miimon != 0;

    /// <summary>The option of that name, written with underscores or hyphens, and its place in the order of application.</summary>
    public static bool TryFind(string name, out Option option, out int order)
    {
        bool found = ByName.TryGetValue(Normalize(name), out (Option Option, int Order) entry);
        (option, order) = entry;
        return found;
    }

    /// <summary>The name as the table spells it.</summary>
    public static string Normalize(string name) => name.Replace('-', '_');
}
