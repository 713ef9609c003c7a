namespace FastBond.Doctor;

/// <summary>What drivers are known to grant AF_XDP, since no kernel before 6.3 tells without trying.</summary>
internal static class Drivers
{
    /// <summary>Frames go between NIC and program without a copy.</summary>
    private static readonly Dictionary<string, Version> ZeroCopy = new(StringComparer.Ordinal)
    {
        ["i40e"] = new(4, 20),
        ["ixgbe"] = new(4, 20),
        ["mlx5_core"] = new(5, 3),
        ["ice"] = new(5, 5),
        ["stmmac"] = new(5, 13),
        ["igc"] = new(5, 14),
        ["nfp"] = new(5, 18),
        ["tsnep"] = new(6, 4),
        ["gve"] = new(6, 5),
        ["virtio_net"] = new(6, 11),
        ["igb"] = new(6, 14),
    };

    /// <summary>Frames are copied, in the driver.</summary>
    private static readonly Dictionary<string, Version> Native = new(StringComparer.Ordinal)
    {
        ["veth"] = new(4, 19),
        ["virtio_net"] = new(4, 10),
        ["tun"] = new(4, 14),
        ["bnxt_en"] = new(4, 11),
        ["ena"] = new(5, 6),
        ["mlx4_en"] = new(4, 8),
        ["mlx4_core"] = new(4, 8),
        ["ixgbevf"] = new(4, 17),
        ["igb"] = new(5, 10),
        ["qede"] = new(4, 10),
        ["nfp"] = new(4, 10),
        ["hv_netvsc"] = new(5, 6),
        ["mana"] = new(5, 17),
        ["vif"] = new(5, 9),
        ["sfc"] = new(5, 5),
        ["mvneta"] = new(5, 5),
        ["mvpp2"] = new(5, 9),
        ["fsl_dpaa2_eth"] = new(5, 0),
        ["fsl_enetc"] = new(5, 13),
        ["fec"] = new(6, 2),
        ["gve"] = new(6, 4),
        ["vmxnet3"] = new(6, 6),
        ["thunder-nicvf"] = new(4, 12),
        ["octeontx2-nicpf"] = new(5, 16),
        ["rvu_nicpf"] = new(5, 16),
        ["ti-cpsw"] = new(5, 8),
        ["lan966x-switch"] = new(6, 2),
    };

    /// <summary>The mode to expect, and the kernel from which a better one is to be had (null: there is none better, or none known).</summary>
    public static (string Mode, string? Better, Version? From) Expected(string driver, Version kernel)
    {
        Version? zeroCopy = ZeroCopy.GetValueOrDefault(driver);
        if (zeroCopy is not null && kernel >= zeroCopy)
        {
            return ("zerocopy", null, null);
        }

        Version? native = Native.GetValueOrDefault(driver) ?? zeroCopy;
        return native is not null && kernel >= native
            ? ("native", zeroCopy is null ? null : "zerocopy", zeroCopy)
            : ("generic", native is null ? null : "native", native);
    }
}
