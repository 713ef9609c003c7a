namespace FastBond.Configuration.Netplan;

/// <summary>How netplan writes the value of an option.</summary>
internal enum NetplanValue
{
    /// <summary>As the kernel does.</summary>
    Text,

    /// <summary>true or false, where the kernel has on and off.</summary>
    Boolean,

    /// <summary>A list, where the kernel has commas.</summary>
    List,

    /// <summary>A span of time; without unit, milliseconds.</summary>
    Milliseconds,

    /// <summary>A span of time; without unit, seconds.</summary>
    Seconds,
}

/// <summary>One key under <c>parameters:</c>.</summary>
/// <param name="Key">Netplan's name.</param>
/// <param name="Option">The kernel's.</param>
/// <param name="Value">How the value is written.</param>
/// <param name="IsFormer">Whether it is a former or misspelt name: read, never written.</param>
internal sealed record NetplanParameter(string Key, string Option, NetplanValue Value = NetplanValue.Text, bool IsFormer = false);

/// <summary>The words of netplan's YAML.</summary>
internal static class NetplanKeys
{
    /// <summary>The keys under <c>parameters:</c> of a bond.</summary>
    public static readonly IReadOnlyList<NetplanParameter> Parameters =
    [
        new("mode", "mode"),
        new("mii-monitor-interval", "miimon", NetplanValue.Milliseconds),
        new("up-delay", "updelay", NetplanValue.Milliseconds),
        new("down-delay", "downdelay", NetplanValue.Milliseconds),
        new("primary", "primary"),
        new("primary-reselect-policy", "primary_reselect"),
        new("arp-interval", "arp_interval", NetplanValue.Milliseconds),
        new("arp-ip-targets", "arp_ip_target", NetplanValue.List),
        new("arp-validate", "arp_validate"),
        new("arp-all-targets", "arp_all_targets"),
        new("transmit-hash-policy", "xmit_hash_policy"),
        new("lacp-rate", "lacp_rate"),
        new("ad-select", "ad_select"),
        new("min-links", "min_links"),
        new("all-members-active", "all_slaves_active", NetplanValue.Boolean),
        new("all-slaves-active", "all_slaves_active", NetplanValue.Boolean, IsFormer: true),
        new("fail-over-mac-policy", "fail_over_mac"),
        new("gratuitous-arp", "num_grat_arp"),
        new("gratuitious-arp", "num_grat_arp", IsFormer: true),
        new("packets-per-member", "packets_per_slave"),
        new("packets-per-slave", "packets_per_slave", IsFormer: true),
        new("resend-igmp", "resend_igmp"),
        new("learn-packet-interval", "lp_interval", NetplanValue.Seconds),
    ];

    /// <summary>The sections under <c>network:</c>; only ethernets and bonds are looked into.</summary>
    public static readonly IReadOnlyList<string> Sections =
    [
        "version", "renderer", "ethernets", "bonds", "bridges", "vlans", "wifis", "modems", "tunnels", "vrfs", "dummy-devices",
        "virtual-ethernets", "nm-devices", "openvswitch",
    ];

    /// <summary>The keys of a bond that are applied.</summary>
    public static readonly IReadOnlyList<string> Applied =
        ["interfaces", "parameters", "addresses", "routes", "gateway4", "gateway6", "mtu", "macaddress", "activation-mode"];

    /// <summary>Keys that ask nothing of a bond.</summary>
    public static readonly IReadOnlyList<string> Idle = ["optional", "optional-addresses", "critical", "renderer"];

    /// <summary>The keys of a bond that are the job of whoever manages its host interface.</summary>
    public static readonly IReadOnlyList<string> Others =
    [
        "dhcp4", "dhcp6", "dhcp-identifier", "dhcp4-overrides", "dhcp6-overrides", "accept-ra", "link-local", "nameservers", "routing-policy",
        "ipv6-privacy", "ipv6-mtu", "ipv6-address-generation", "ipv6-address-token", "ignore-carrier", "neigh-suppress", "networkmanager",
        "openvswitch", "auth", "infiniband-mode", "emit-lldp",
    ];
}
