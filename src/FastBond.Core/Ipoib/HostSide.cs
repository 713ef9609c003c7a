namespace FastBond.Core.Ipoib;

/// <summary>An address that the host interface itself holds.</summary>
/// <param name="Ip">IPv4 or IPv6.</param>
/// <param name="PrefixLength">Length of its prefix in bits: what tells the subnet's broadcast address.</param>
public readonly record struct FaceAddress(IpKey Ip, int PrefixLength);

/// <summary>
/// Who is on the Ethernet side: the host interface's own addresses, and what was seen of others behind it (a bridge's guests). Bounded: the
/// one not heard of for longest makes room.
/// </summary>
internal sealed class HostSide
{
    internal const int Capacity = 1024;
    internal const long ForgetNs = 1_200_000_000_000;

    private const int Ipv4Bits = 32;

    private readonly Dictionary<IpKey, Station> _stations = [];
    private IReadOnlyList<FaceAddress> _own = [];

    /// <summary>The host interface's own addresses.</summary>
    internal IReadOnlyList<FaceAddress> Own => _own;

    /// <summary>Whether anything has come, gone or moved since this was last set to false.</summary>
    internal bool Changed { get; set; } = true;

    /// <summary>IP addresses that were learnt from frames, and their MACs.</summary>
    internal IEnumerable<(IpKey Ip, ulong Mac)> Learnt => _stations.Select(static pair => (pair.Key, pair.Value.Mac));

    /// <summary>Sets the host interface's own addresses.</summary>
    internal void SetOwn(IReadOnlyList<FaceAddress> addresses)
    {
        if (!addresses.SequenceEqual(_own))
        {
            _own = addresses;
            Changed = true;
        }
    }

    /// <summary>Whether the address is on this side.</summary>
    internal bool Has(IpKey ip) => IsOwn(ip) || _stations.ContainsKey(ip);

    /// <summary>The MAC of whoever on this side has the address; null if nobody is known to.</summary>
    internal ulong? Find(IpKey ip, ulong ownMac) =>
        IsOwn(ip) ? ownMac : _stations.TryGetValue(ip, out Station station) ? station.Mac : null;

    /// <summary>A frame from this side said that <paramref name="mac"/> has the address.</summary>
    internal void Learn(long nowNs, IpKey ip, ulong mac)
    {
        if (ip.IsUnspecified || ip.IsMulticast || IsOwn(ip))
        {
            return;
        }

        bool known = _stations.TryGetValue(ip, out Station station);
        if (!known && _stations.Count >= Capacity)
        {
            ForgetOldest();
        }

        Changed |= !known || station.Mac != mac;
        _stations[ip] = new Station(mac, nowNs);
    }

    /// <summary>The address is on the other side now, or nowhere.</summary>
    internal void Forget(IpKey ip) => Changed |= _stations.Remove(ip);

    /// <summary>Forgets whoever has not been heard of for long.</summary>
    internal void Age(long nowNs)
    {
        foreach ((IpKey ip, Station station) in _stations)
        {
            if (nowNs - station.SeenNs >= ForgetNs)
            {
                Forget(ip);
            }
        }
    }

    /// <summary>An own address to ask for a neighbour from: of its family, and of its subnet or scope if there is one.</summary>
    internal IpKey AnyAddressFor(IpKey ip)
    {
        IpKey any = default;
        foreach (FaceAddress own in _own)
        {
            if (own.Ip.IsIpv4 == ip.IsIpv4)
            {
                any = own.Ip;
                if (ip.IsIpv4 ? SameSubnet(own, ip) : own.Ip.IsIpv6LinkLocal == ip.IsIpv6LinkLocal)
                {
                    break;
                }
            }
        }

        return any;
    }

    /// <summary>The broadcast addresses of the host interface's IPv4 subnets.</summary>
    internal uint[] SubnetBroadcasts() =>
        [.. _own.Where(static own => own.Ip.IsIpv4 && own.PrefixLength < Ipv4Bits - 1).Select(static own => own.Ip.Ipv4 | ~Netmask(own))];

    private static uint Netmask(FaceAddress address) => address.PrefixLength == 0 ? 0 : uint.MaxValue << (Ipv4Bits - address.PrefixLength);

    private static bool SameSubnet(FaceAddress own, IpKey ip) => ((own.Ip.Ipv4 ^ ip.Ipv4) & Netmask(own)) == 0;

    private bool IsOwn(IpKey ip)
    {
        foreach (FaceAddress own in _own)
        {
            if (own.Ip == ip)
            {
                return true;
            }
        }

        return false;
    }

    private void ForgetOldest()
    {
        KeyValuePair<IpKey, Station> oldest = KeyValuePair.Create(default(IpKey), new Station(0, long.MaxValue));
        foreach (KeyValuePair<IpKey, Station> pair in _stations)
        {
            oldest = pair.Value.SeenNs < oldest.Value.SeenNs ? pair : oldest;
        }

        Forget(oldest.Key);
    }

    private readonly record struct Station(ulong Mac, long SeenNs);
}
