using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Core.Monitoring;

/// <summary>
/// The addresses behind the bond: those that netlink shows on its interface and on VLANs above, supplemented by those learnt from what
/// the host sends.
/// </summary>
internal sealed class HostAddresses(Bond bond)
{
    /// <summary>Tags that control frames may have in front.</summary>
    public const int MaxTags = 8;

    // Fewer leading bits in common with a target are no sign that it is reached from there.
    private const int LearnedPrefixIpv4 = 8, LearnedPrefixIpv6 = 64;

    private Configured[] _configured = [];

    /// <summary>The addresses configured on the bond and above it.</summary>
    public IEnumerable<HostAddress> OnBond => _configured.Where(static known => !known.Host.IsElsewhere).Select(static known => known.Host);

    /// <summary>The addresses learnt.</summary>
    public LearnedAddresses Learned { get; } = new(bond);

    /// <summary>Whether nobody else can be behind the bond: then there is nothing to be learnt.</summary>
    public bool AreAll { get; set; }

    /// <summary>All that is configured now.</summary>
    public void Set(IReadOnlyList<HostAddress> addresses) =>
        _configured = [.. addresses.Where(static host => host.VlanTags.Count <= MaxTags).Select(static host => new Configured(host, IpNumber.Of(host.Address)))];

    /// <summary>Whether netlink shows the address on the bond or above it.</summary>
    public bool IsConfigured(UInt128 number)
    {
        foreach (Configured known in _configured)
        {
            if (known.Number == number && !known.Host.IsElsewhere)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the address is the bond's: configured there or above, or sent from with the bond's own MAC.</summary>
    public bool IsOwn(UInt128 number)
    {
        if (IsConfigured(number))
        {
            return true;
        }

        for (int i = 0; i < Learned.Count; i++)
        {
            if (Learned.At(i) is { IsOwn: true } learned && learned.Number == number)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The address from which a directly connected target is reached: as the kernel's routing would choose, of the longest prefix. Null if
    /// there is none, which the kernel calls no route.
    /// </summary>
    public HostAddress? SourceFor(UInt128 target)
    {
        HostAddress? best = null;
        int longest = -1;
        foreach (Configured known in _configured)
        {
            int prefix = IpNumber.PrefixBits(known.Number, known.Host.PrefixLength);
            if (prefix > longest && IpNumber.CommonBits(known.Number, target) >= prefix)
            {
                best = known.Host;
                longest = prefix;
            }
        }

        return best ?? LearnedSourceFor(target);
    }

    /// <summary>
    /// An address learnt has no prefix: the nearest is taken. Only the bond's own will do: a probe that says a guest's address with the
    /// bond's MAC would lead his traffic astray.
    /// </summary>
    private HostAddress? LearnedSourceFor(UInt128 target)
    {
        HostAddress? best = null;
        int longest = IpNumber.PrefixBits(target, IpNumber.IsIpv4(target) ? LearnedPrefixIpv4 : LearnedPrefixIpv6) - 1;
        for (int i = 0; i < Learned.Count; i++)
        {
            if (Learned.At(i) is { IsOwn: true } learned && IpNumber.CommonBits(learned.Number, target) > longest)
            {
                best = learned.Host;
                longest = IpNumber.CommonBits(learned.Number, target);
            }
        }

        return best;
    }

    private readonly record struct Configured(HostAddress Host, UInt128 Number);
}
