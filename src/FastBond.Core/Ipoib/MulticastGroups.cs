namespace FastBond.Core.Ipoib;

/// <summary>
/// The IP groups that somebody on the Ethernet side is in, by their reports: what must be joined on the active slave. Bounded. When a
/// member leaves, the group stays for a moment in which the others can be asked.
/// </summary>
internal sealed class MulticastGroups
{
    internal const int Capacity = 512;
    internal const long LastMemberNs = 1_000_000_000;

    // All systems and all nodes: nobody reports them.
    private static readonly IpKey[] Always = [IpKey.FromIpv4(0xe000_0001), new(0xff02UL << 48, 1)];

    private readonly Dictionary<IpKey, long> _leavesNs = Always.ToDictionary(static group => group, static _ => long.MaxValue);

    /// <summary>The groups.</summary>
    internal IReadOnlyCollection<IpKey> All => _leavesNs.Keys;

    /// <summary>Whether a group came or went since this was last set to false.</summary>
    internal bool Changed { get; set; }

    /// <summary>Whether members are to be asked.</summary>
    internal bool MustAsk { get; set; }

    /// <summary>When <see cref="Tick"/> must next be called.</summary>
    internal long NextDueNs { get; private set; } = long.MaxValue;

    /// <summary>The time of the reports to come.</summary>
    internal long NowNs { get; set; }

    /// <summary>A member is there.</summary>
    public void Joined(IpKey group)
    {
        bool known = _leavesNs.ContainsKey(group);
        if (!known && _leavesNs.Count >= Capacity)
        {
            return;
        }

        _leavesNs[group] = long.MaxValue;
        Changed |= !known;
    }

    /// <summary>A member has gone; others may be left.</summary>
    public void Left(IpKey group)
    {
        if (_leavesNs.ContainsKey(group) && !Always.Contains(group))
        {
            _leavesNs[group] = NowNs + LastMemberNs;
            NextDueNs = Math.Min(NextDueNs, NowNs + LastMemberNs);
            MustAsk = true;
        }
    }

    /// <summary>Drops groups whose last member has left.</summary>
    internal void Tick(long nowNs)
    {
        if (nowNs < NextDueNs)
        {
            return;
        }

        NextDueNs = long.MaxValue;
        foreach ((IpKey group, long leavesNs) in _leavesNs)
        {
            if (leavesNs > nowNs)
            {
                NextDueNs = Math.Min(NextDueNs, leavesNs);
            }
            else
            {
                Changed |= _leavesNs.Remove(group);
            }
        }
    }
}
