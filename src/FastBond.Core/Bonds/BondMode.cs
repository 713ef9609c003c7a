namespace FastBond.Core.Bonds;

/// <summary>The bonding modes, numbered as in the kernel (<c>Documentation/networking/bonding.rst</c>, option <c>mode</c>).</summary>
public enum BondMode
{
    /// <summary>balance-rr: one slave after the other.</summary>
    BalanceRr = 0,

    /// <summary>active-backup: one slave carries all, the others wait.</summary>
    ActiveBackup = 1,

    /// <summary>balance-xor: the transmit hash picks the slave.</summary>
    BalanceXor = 2,

    /// <summary>broadcast: every frame on every slave.</summary>
    Broadcast = 3,

    /// <summary>802.3ad: dynamic link aggregation (LACP).</summary>
    Ieee8023ad = 4,

    /// <summary>balance-tlb: transmit load balancing.</summary>
    BalanceTlb = 5,

    /// <summary>balance-alb: adaptive load balancing.</summary>
    BalanceAlb = 6,
}

/// <summary>A slave's link as the monitors see it; values as in the kernel's <c>BOND_LINK_*</c>.</summary>
public enum LinkState
{
    /// <summary>Usable.</summary>
    Up = 0,

    /// <summary>Lost, waiting for downdelay ("going down").</summary>
    Fail = 1,

    /// <summary>Unusable.</summary>
    Down = 2,

    /// <summary>Returned, waiting for updelay ("going back").</summary>
    Back = 3,
}

/// <summary>A slave's duplex as ethtool tells it.</summary>
public enum Duplex
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>Half duplex.</summary>
    Half,

    /// <summary>Full duplex.</summary>
    Full,
}
