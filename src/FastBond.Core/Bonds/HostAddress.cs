using System.Net;
using FastBond.Core.Frames;

namespace FastBond.Core.Bonds;

/// <summary>An address that the host holds on the bond's interface or on a VLAN above it: what is announced after a fail-over.</summary>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="VlanTags">Tags to put in front, outermost first: TPID in the upper, TCI in the lower 16 bits; empty on the bond itself.</param>
/// <param name="Mac">The VLAN device's own MAC if it differs from the bond's; empty otherwise.</param>
public sealed record HostAddress(IPAddress Address, IReadOnlyList<uint> VlanTags, HardwareAddress Mac);
