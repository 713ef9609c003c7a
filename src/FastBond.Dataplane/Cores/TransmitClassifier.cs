using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Dataplane.Cores;

/// <summary>
/// Names the transmit queue of each frame that an in-process user sends through a lane, as a traffic-control action does for a kernel
/// bond: in balance-rr and active-backup a frame leaves by the slave whose option <c>queue_id</c> is its queue, while that slave can be used.
/// </summary>
public abstract unsafe class TransmitClassifier
{
    /// <summary>
    /// Writes the queue of each frame to <paramref name="queues"/>; 0 for none. Called on the core, once a burst, only under a table with
    /// <see cref="ForwardingTable.QueueSlots"/>; it must not allocate or block.
    /// </summary>
    /// <param name="memory">Start of the frame memory that the descriptors point into.</param>
    /// <param name="burst">The frames.</param>
    /// <param name="count">How many.</param>
    /// <param name="queues">Receives one queue for each.</param>
    public abstract void Classify(byte* memory, FrameDescriptor* burst, int count, ushort* queues);
}
