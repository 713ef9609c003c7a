namespace FastBond.Simulation.Network;

/// <summary>Something happened that must never happen.</summary>
public sealed class InvariantBrokenException : Exception
{
    public InvariantBrokenException()
    {
    }

    public InvariantBrokenException(string message)
        : base(message)
    {
    }

    public InvariantBrokenException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
