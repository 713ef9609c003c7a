namespace FastBond.Simulation.Network;

/// <summary>
/// The clock of a simulated network: it jumps from one thing to happen to the next. What falls on one moment happens in the order in which
/// it was said.
/// </summary>
internal sealed class VirtualTime
{
    public const long Microsecond = 1_000;
    public const long Millisecond = 1_000_000;
    public const long Second = 1_000_000_000;

    private readonly PriorityQueue<Action, (long TimeNs, long Order)> _queue = new();
    private long _order;

    public long NowNs { get; private set; }

    public void At(long timeNs, Action act) => _queue.Enqueue(act, (Math.Max(timeNs, NowNs), _order++));

    public void After(long ns, Action act) => At(NowNs + ns, act);

    public void RunUntil(long timeNs)
    {
        while (_queue.TryPeek(out _, out (long TimeNs, long Order) next) && next.TimeNs <= timeNs)
        {
            Action act = _queue.Dequeue();
            NowNs = next.TimeNs;
            act();
        }

        NowNs = timeNs;
    }
}
