namespace FastBond.Dataplane.Cores;

/// <summary>How a core that has nothing to do sleeps, and is woken. One for each core.</summary>
public abstract class CoreWait
{
    /// <summary>
    /// Sleeps until <see cref="Wake"/> is called, one of the descriptors becomes readable, or the time is over. A wake that came since the
    /// last wait ended counts. Called by the core alone; allocates nothing.
    /// </summary>
    /// <param name="descriptors">The <see cref="Ports.Port.WaitDescriptors"/> of all ports of the core.</param>
    /// <param name="timeoutMs">At most so long, in milliseconds.</param>
    public abstract void Wait(ReadOnlySpan<int> descriptors, int timeoutMs);

    /// <summary>Ends the wait that is, or the next one. Any thread.</summary>
    public abstract void Wake();
}
