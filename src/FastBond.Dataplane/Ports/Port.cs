using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.Ports;

/// <summary>
/// One core's share of one device. A frame a port hands out is the caller's until the caller hands it to a port or frees it to the pool.
/// </summary>
/// <remarks>Called by one core only. One virtual call serves a burst, never a frame.</remarks>
public abstract unsafe class Port
{
    /// <summary>Takes up to <paramref name="max"/> received frames into <paramref name="burst"/>; returns how many.</summary>
    public abstract int Receive(FrameDescriptor* burst, int max);

    /// <summary>
    /// Whether the segments of a super-frame of the host shall have their burst, or bursts, for themselves; otherwise bursts are as full as can be.
    /// The core sets it.
    /// </summary>
    public bool SeparatesSuperFrames { get; set; }

    /// <summary>Which super-frame the last burst received is a part of, as a number from 1; 0: none, or they are not separated.</summary>
    public ulong SuperFrame { get; protected set; }

    /// <summary>
    /// Sends a burst in order. Returns how many of the first frames the port took over; the rest stay the caller's, who frees and counts
    /// them: queueing what a full ring refused would only build latency.
    /// </summary>
    public abstract int Transmit(FrameDescriptor* burst, int count);

    /// <summary>
    /// Sends those frames of a burst that are in <paramref name="set"/>, in order, so that a burst for several ports need not be sorted into lists.
    /// Returns how many of the first of them the port took over, and their bytes; the rest stay the caller's as in
    /// <see cref="Transmit(FrameDescriptor*, int)"/>, which does it unless a port has a better way.
    /// </summary>
    public virtual int Transmit(FrameDescriptor* burst, ulong set, out uint bytes)
    {
        FrameDescriptor* list = stackalloc FrameDescriptor[FrameSet.Capacity];
        int sent = Transmit(list, FrameSet.Copy(burst, set, list));
        bytes = BurstLengths.SumOf(list, sent);
        return sent;
    }

    /// <summary>Brings transmitted frames back into the pool and posts free ones for reception.</summary>
    public abstract void Reclaim();

    /// <summary>
    /// Makes the device work on what was transmitted, if it asks to be told. Answers 0, or the errno by which the device showed that it
    /// may be unusable; a device that is merely busy (EAGAIN) answers 0.
    /// </summary>
    public abstract int Kick();

    /// <summary>Frames handed to the device whose completion has not come back yet.</summary>
    public abstract int InFlight { get; }

    /// <summary>
    /// For how long, at <paramref name="nowNs"/>, frames have been in transmission without one being completed, in nanoseconds: 0 while none
    /// is, or while some were completed since the last call. Time counts from the first call on that found it so. 0 for a port that completes in no ring.
    /// </summary>
    public virtual long TransmitHangsForNs(long nowNs) => 0;

    /// <summary>How many sockets (frame rings) the port has over the frame memory; 0 for a port that takes frames only as it needs them.</summary>
    public virtual int SocketCount => 0;

    /// <summary>
    /// Tells each socket how many frames it may hold posted for reception, and how many in transmission. The core calls it whenever
    /// ports come or go: rings keep their size, shares change.
    /// </summary>
    public virtual void SetBudget(int framesPerSocket)
    {
    }

    /// <summary>File descriptors that become readable when the port has something to receive; a sleeping core waits on them.</summary>
    public virtual ReadOnlySpan<int> WaitDescriptors => [];
}
