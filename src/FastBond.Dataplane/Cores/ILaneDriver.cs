namespace FastBond.Dataplane.Cores;

/// <summary>Whose thread runs a lane: a poll core's own, or an in-process user's.</summary>
public interface ILaneDriver
{
    /// <summary>Whether that thread may touch the lane. While it may not, the control thread does the lane's work itself.</summary>
    bool IsAlive { get; }

    /// <summary>Ends its sleep, if it sleeps. To be called after what it shall find was stored. Any thread.</summary>
    void Wake();
}
