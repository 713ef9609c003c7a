using FastBond.Core.Frames;

namespace FastBond.Dataplane.Cores;

/// <content>What an in-process user sends, without a host port on the way.</content>
public sealed unsafe partial class Lane
{
    /// <summary>
    /// Sends frames by the present table and kicks. All of them are the lane's from then on, and <paramref name="burst"/> is written over. Returns how many
    /// frames the slaves took; the others are free, and counted with their reasons. The thread that runs the lane.
    /// </summary>
    internal int Send(FrameDescriptor* burst, int count)
    {
        CatchUp();
        foreach (Attachment slave in Attached)
        {
            slave.Port.Reclaim();
        }

        ulong before = _counters.Transmitted;
        for (int done = 0; done < count; done += _burstSize)
        {
            TransmitBurst(_current, burst + done, Math.Min(_burstSize, count - done));
        }

        KickBusy();
        return (int)(_counters.Transmitted - before);
    }
}
