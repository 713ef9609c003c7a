namespace FastBond.Core.Frames;

/// <summary>Ethertypes (IEEE 802 numbers registry) that a bond looks at, in host order.</summary>
public static class EtherType
{
    /// <summary>IPv4.</summary>
    public const ushort Ipv4 = 0x0800;

    /// <summary>ARP.</summary>
    public const ushort Arp = 0x0806;

    /// <summary>Transparent Ethernet bridging: a whole Ethernet frame inside GRE.</summary>
    public const ushort TransparentEthernet = 0x6558;

    /// <summary>Reverse ARP.</summary>
    public const ushort ReverseArp = 0x8035;

    /// <summary>IEEE 802.1Q customer tag.</summary>
    public const ushort Vlan = 0x8100;

    /// <summary>IPv6.</summary>
    public const ushort Ipv6 = 0x86dd;

    /// <summary>Enhanced GRE, as PPTP uses it (RFC 2637).</summary>
    public const ushort Pptp = 0x880b;

    /// <summary>MPLS unicast.</summary>
    public const ushort Mpls = 0x8847;

    /// <summary>MPLS with upstream-assigned label.</summary>
    public const ushort MplsUpstream = 0x8848;

    /// <summary>PPPoE session stage.</summary>
    public const ushort PppoeSession = 0x8864;

    /// <summary>IEEE 802.1ad service tag.</summary>
    public const ushort ServiceVlan = 0x88a8;

    /// <summary>Precision Time Protocol over Ethernet.</summary>
    public const ushort Ptp = 0x88f7;

    /// <summary>Parallel Redundancy Protocol.</summary>
    public const ushort Prp = 0x88fb;

    /// <summary>Fibre Channel over Ethernet.</summary>
    public const ushort Fcoe = 0x8906;

    /// <summary>High-availability Seamless Redundancy.</summary>
    public const ushort Hsr = 0x892f;

    /// <summary>Whether the number announces a VLAN tag (802.1Q or 802.1ad).</summary>
    public static bool IsVlan(uint etherType) => etherType is Vlan or ServiceVlan;
}
