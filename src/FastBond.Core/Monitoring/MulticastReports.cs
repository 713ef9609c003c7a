using FastBond.Core.Bonds;

namespace FastBond.Core.Monitoring;

/// <summary>
/// After a change of the current slave, has the host repeat its multicast membership reports <c>resend_igmp</c> times, so that
/// switches learn which port its groups are behind now (link-monitoring.md section 6).
/// </summary>
internal sealed class MulticastReports(Bond bond)
{
    private const long FirstAfterNs = Clock.Jiffy;
    private const long SpacingNs = 200 * Clock.Millisecond;

    private int _left;

    /// <summary>When <see cref="Run"/> must next be called; <see cref="long.MaxValue"/> if nothing is left to repeat.</summary>
    public long DueNs { get; private set; } = long.MaxValue;

    /// <summary>Begins a series, in place of one that may be running.</summary>
    public void Arm()
    {
        if (bond.Options.ResendIgmp > 0)
        {
            _left = bond.Options.ResendIgmp;
            DueNs = bond.NowNs + FirstAfterNs;
        }
    }

    /// <summary>Ends the series.</summary>
    public void Cancel() => DueNs = long.MaxValue;

    /// <summary>One round of reports.</summary>
    public void Run()
    {
        bond.Effects.ResendMulticastReports();
        DueNs = --_left > 0 ? bond.NowNs + SpacingNs : long.MaxValue;
    }
}
