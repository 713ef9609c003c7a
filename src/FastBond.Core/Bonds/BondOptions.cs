using System.Net;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;

namespace FastBond.Core.Bonds;

/// <summary>
/// The values a bond's options have, with the kernel's defaults. Names are the kernel's in .NET spelling. Values only: what may be
/// written when, and what a write sets off, is in <c>Options/</c>. Times are milliseconds unless the name says otherwise.
/// </summary>
public sealed class BondOptions
{
    /// <summary><c>mode</c>.</summary>
    public BondMode Mode { get; internal set; } = BondMode.BalanceRr;

    /// <summary><c>miimon</c>: period of the MII monitor; 0 = off.</summary>
    public int Miimon { get; internal set; }

    /// <summary><c>updelay</c> in units of <see cref="Miimon"/>: the kernel keeps counts, so a change of miimon rescales the delay.</summary>
    public int UpdelayTicks { get; internal set; }

    /// <summary><c>updelay</c> as shown: 0 while <see cref="Miimon"/> is 0, the count kept for when it isn't.</summary>
    public long UpdelayMs => (long)UpdelayTicks * Miimon;

    /// <summary><c>downdelay</c> in units of <see cref="Miimon"/>.</summary>
    public int DowndelayTicks { get; internal set; }

    /// <summary><c>downdelay</c> as shown.</summary>
    public long DowndelayMs => (long)DowndelayTicks * Miimon;

    /// <summary><c>peer_notif_delay</c> in units of <see cref="Miimon"/>.</summary>
    public int PeerNotifDelayTicks { get; internal set; }

    /// <summary><c>peer_notif_delay</c> as shown.</summary>
    public long PeerNotifDelayMs => (long)PeerNotifDelayTicks * Miimon;

    /// <summary><c>use_carrier</c>.</summary>
    public bool UseCarrier { get; internal set; } = true;

    /// <summary><c>arp_interval</c>: period of the ARP monitor; 0 = off.</summary>
    public int ArpInterval { get; internal set; }

    /// <summary><c>arp_ip_target</c>, at most 16.</summary>
    public IReadOnlyList<IPAddress> ArpIpTargets { get; internal set; } = [];

    /// <summary><c>ns_ip6_target</c>, at most 16.</summary>
    public IReadOnlyList<IPAddress> NsIp6Targets { get; internal set; } = [];

    /// <summary><c>arp_validate</c> 0…6: bit 0 validates active slaves, bit 1 backup slaves, bit 2 filters.</summary>
    public int ArpValidate { get; internal set; }

    /// <summary><c>arp_all_targets</c>: false any, true all.</summary>
    public bool ArpAllTargets { get; internal set; }

    /// <summary><c>arp_missed_max</c>.</summary>
    public int ArpMissedMax { get; internal set; } = 2;

    /// <summary><c>primary</c>: the name asked for, whether or not such a slave is there; null = none.</summary>
    public string? Primary { get; internal set; }

    /// <summary><c>primary_reselect</c>: 0 always, 1 better, 2 failure.</summary>
    public int PrimaryReselect { get; internal set; }

    /// <summary><c>fail_over_mac</c>: 0 none, 1 active, 2 follow.</summary>
    public int FailOverMac { get; internal set; }

    /// <summary><c>xmit_hash_policy</c>.</summary>
    public TransmitHashPolicy XmitHashPolicy { get; internal set; }

    /// <summary><c>hash_vlan</c> (ours).</summary>
    public HashVlan HashVlan { get; internal set; }

    /// <summary><c>resend_igmp</c>.</summary>
    public int ResendIgmp { get; internal set; } = 1;

    /// <summary><c>num_grat_arp</c> = <c>num_unsol_na</c>.</summary>
    public int NumPeerNotif { get; internal set; } = 1;

    /// <summary><c>all_slaves_active</c>.</summary>
    public bool AllSlavesActive { get; internal set; }

    /// <summary><c>min_links</c>.</summary>
    public int MinLinks { get; internal set; }

    /// <summary><c>lp_interval</c> in seconds.</summary>
    public int LpInterval { get; internal set; } = 1;

    /// <summary><c>packets_per_slave</c>; 0 = random.</summary>
    public int PacketsPerSlave { get; internal set; } = 1;

    /// <summary><c>lacp_rate</c>: false slow, true fast.</summary>
    public bool LacpRateFast { get; internal set; }

    /// <summary><c>lacp_active</c>.</summary>
    public bool LacpActive { get; internal set; } = true;

    /// <summary><c>ad_select</c>: 0 stable, 1 bandwidth, 2 count, 3 actor_port_prio.</summary>
    public int AdSelect { get; internal set; }

    /// <summary><c>ad_actor_sys_prio</c>.</summary>
    public int AdActorSysPrio { get; internal set; } = 65535;

    /// <summary><c>ad_user_port_key</c>.</summary>
    public int AdUserPortKey { get; internal set; }

    /// <summary><c>ad_actor_system</c>; all zero = the bond's own MAC.</summary>
    public HardwareAddress AdActorSystem { get; internal set; } = new(stackalloc byte[6]);

    /// <summary><c>tlb_dynamic_lb</c>.</summary>
    public bool TlbDynamicLb { get; internal set; } = true;

    /// <summary><c>coupled_control</c>.</summary>
    public bool CoupledControl { get; internal set; } = true;

    /// <summary><c>broadcast_neighbor</c>.</summary>
    public bool BroadcastNeighbor { get; internal set; }

    /// <summary><c>lacp_strict</c>.</summary>
    public bool LacpStrict { get; internal set; }

    /// <summary><c>tx_queues</c>: how many <c>queue_id</c> may name.</summary>
    public int TxQueues { get; internal set; } = 16;

    /// <summary>Whether <see cref="Miimon"/> is what FastBond puts where nothing was said about monitoring.</summary>
    public bool MonitoringByDefault { get; internal set; }

    /// <summary>A copy that can be changed without this one noticing: the lists are never changed in place.</summary>
    internal BondOptions Clone() => (BondOptions)MemberwiseClone();
}
