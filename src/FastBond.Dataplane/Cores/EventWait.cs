namespace FastBond.Dataplane.Cores;

/// <summary>Sleeps on an event of this process: for cores whose ports are all in memory and ring by <see cref="Ports.MemoryPeer.Bell"/>.</summary>
public sealed class EventWait : CoreWait, IDisposable
{
    private readonly AutoResetEvent _event = new(initialState: false);

    /// <inheritdoc/>
    public override void Wait(ReadOnlySpan<int> descriptors, int timeoutMs) => _event.WaitOne(timeoutMs);

    /// <inheritdoc/>
    public override void Wake() => _event.Set();

    /// <summary>Frees the event. No core may use it any more.</summary>
    public void Dispose() => _event.Dispose();
}
