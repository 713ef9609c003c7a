namespace FastBond.Logging;

/// <summary>Lets a burst through and then a steady rate.</summary>
internal struct TokenBucket(int burst, int perSecond, TimeProvider clock)
{
    private readonly double _perTick = (double)perSecond / clock.TimestampFrequency;
    private double _tokens = burst;
    private long _last = clock.GetTimestamp();

    /// <summary>Takes one token; false if there is none.</summary>
    public bool TryTake()
    {
        long now = clock.GetTimestamp();
        _tokens = Math.Min(burst, _tokens + ((now - _last) * _perTick));
        _last = now;
        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }
}
