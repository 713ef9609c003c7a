namespace FastBond.Core.Hashing;

/// <summary>Transmit hash policies, numbered as the kernel's option <c>xmit_hash_policy</c>; <see cref="Xor24"/> is ours.</summary>
public enum TransmitHashPolicy
{
    /// <summary>layer2: MAC addresses and ethertype.</summary>
    Layer2 = 0,

    /// <summary>layer3+4: IP addresses and ports.</summary>
    Layer34 = 1,

    /// <summary>layer2+3: MAC and IP addresses.</summary>
    Layer23 = 2,

    /// <summary>encap2+3: layer2+3 of the innermost header.</summary>
    Encap23 = 3,

    /// <summary>encap3+4: layer3+4 of the innermost header.</summary>
    Encap34 = 4,

    /// <summary>vlan+srcmac: VLAN tag and source MAC.</summary>
    VlanSrcMac = 5,

    /// <summary>xor24: Linux 2.4.12's XOR rule, <c>(dst[5] ^ own[5]) mod all slaves</c>, going round to the next that is usable.</summary>
    Xor24 = 6,
}

/// <summary>How the hash sees a frame's outermost VLAN tag (option <c>hash_vlan</c>).</summary>
public enum HashVlan
{
    /// <summary>As metadata: hashed as if the frame were untagged, as a kernel bond sees a VLAN device's traffic.</summary>
    Offload = 0,

    /// <summary>As frame bytes, as a kernel bond sees a bridge's or packet socket's traffic.</summary>
    Inband = 1,
}
