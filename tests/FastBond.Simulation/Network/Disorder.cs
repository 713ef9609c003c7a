namespace FastBond.Simulation.Network;

/// <summary>
/// The chance in a network, all of it from one seed, and how late things may be. While it is calm everything takes the same short time.
/// </summary>
internal sealed class Disorder(int seed)
{
    private readonly Random _random = new(seed);

    public bool IsCalm { get; set; } = true;

    public bool Chance(double probability) => _random.NextDouble() < probability;

    public long Below(long limit) => _random.NextInt64(Math.Max(1, limit));

    /// <summary>From the moment a core has something to do to its turn; now and then the host has taken its CPU away.</summary>
    public long TurnDelayNs() => (!IsCalm && Chance(0.02) ? Below(3 * VirtualTime.Millisecond) : 0) + VirtualTime.Microsecond;

    /// <summary>From frames in a NIC's ring to frames on the cable; now and then the kick is late.</summary>
    public long ServiceDelayNs() => (!IsCalm && Chance(0.02) ? Below(2 * VirtualTime.Millisecond) : 0) + VirtualTime.Microsecond;

    /// <summary>How late a timer of the control thread is.</summary>
    public long TimerLatenessNs() => IsCalm || Chance(0.8) ? 0 : Below(Chance(0.1) ? 30 * VirtualTime.Millisecond : VirtualTime.Millisecond);

    /// <summary>How long the kernel takes to tell of a link; loss of carrier can be a second late.</summary>
    public long NewsDelayNs(bool loss) => IsCalm ? 50 * VirtualTime.Microsecond : Below(loss ? VirtualTime.Second : 5 * VirtualTime.Millisecond);

    /// <summary>Whether no hint ever arrives: the monitor's own polls must do.</summary>
    public bool LosesEveryHint { get; set; }

    /// <summary>Whether a hint is lost altogether.</summary>
    public bool LosesHint() => LosesEveryHint || (!IsCalm && Chance(0.2));

    /// <summary>The phase of a poll within its period.</summary>
    public long PhaseNs(long periodNs) => IsCalm ? periodNs : 1 + Below(periodNs);
}
