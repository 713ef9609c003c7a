namespace FastBond.Core.Monitoring;

/// <summary>Spans of the bond's clock, which counts nanoseconds.</summary>
internal static class Clock
{
    /// <summary>One millisecond.</summary>
    public const long Millisecond = 1_000_000;

    /// <summary>The kernel's shortest timer step on the machines the recordings come from.</summary>
    public const long Jiffy = 10 * Millisecond;
}
