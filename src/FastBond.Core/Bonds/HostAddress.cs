using System.Net;
using System.Net.Sockets;
using FastBond.Core.Frames;

namespace FastBond.Core.Bonds;

/// <summary>
/// An address that the host holds on the bond's interface or on a VLAN above it: what is announced after a fail-over, and what the ARP
/// monitor's probes come from.
/// </summary>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="VlanTags">Tags to put in front, outermost first: TPID in the upper, TCI in the lower 16 bits; empty on the bond itself.</param>
/// <param name="Mac">The VLAN device's own MAC if it differs from the bond's; empty otherwise.</param>
public sealed record HostAddress(IPAddress Address, IReadOnlyList<uint> VlanTags, HardwareAddress Mac)
{
    /// <summary>How many leading bits the hosts directly reached through it have in common with it; by default all: it reaches nobody.</summary>
    public int PrefixLength { get; init; } = Address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;

    /// <summary>
    /// Whether another interface holds it, one that doesn't lead to the bond: it is not announced, and a target that is reached through it
    /// is not probed, as its answers would not come through the bond.
    /// </summary>
    public bool IsElsewhere { get; init; }
}
