using FastBond.Core.Frames;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Frames;

namespace FastBond.Dataplane.InProcess;

/// <summary>
/// A bond's share of one core as a poll-mode queue pair: receive a burst, transmit a burst, on the caller's own thread. The bond's work is done
/// inside these calls, run to completion: no other thread, no ring and no copy lies between the caller and the slaves' rings.
/// </summary>
/// <remarks>
/// <para>
/// <b>Threads.</b> One at a time calls these members, or those of another queue over the same pool, <see cref="Dispose"/> included; only
/// <see cref="IsOpen"/> and <see cref="Wake"/> may be used by any. The thread must keep calling <see cref="Receive"/>, also while it has nothing to send: by it
/// the queue learns of fail-overs, sends the bond's own frames (announcements, probes) and answers the control plane, which otherwise waits a
/// second for it at each change. Nothing here allocates, takes a lock or blocks (but <see cref="Wait"/>).
/// </para>
/// <para>
/// <b>Frames.</b> A descriptor names a frame in <see cref="Memory"/>: Address in bytes from its start, Length in bytes without FCS. Frames begin
/// with the slaves' own link layer header: Ethernet's, or on a bond of InfiniBand slaves IPoIB's 24 bytes. A frame that was received or allocated
/// is the caller's until he transmits or frees it, in any order. He may write to it, lengthen it within its chunk, and move its address back to
/// put headers in front (<see cref="FrameMemory.Headroom"/> bytes are there). One that is handed over twice is counted in <see cref="FramePool.Violations"/>
/// and taken out of use.
/// </para>
/// <para>
/// <b>Errors.</b> None is thrown. What the bond can't send is freed and counted with its reason (<see cref="Counters.DropReason"/>) in the bond's
/// counters. When the bond goes, <see cref="IsOpen"/> becomes false, and nothing more is received, sent or allocated.
/// </para>
/// </remarks>
public sealed unsafe class BondQueue : ILaneDriver, IDisposable
{
    // With frames in flight a sleeper looks again after so long: completions wake nobody.
    private const int InFlightSleepMs = 1;

    private readonly Lane _lane;
    private readonly HandPort _hand;
    private readonly CoreWait _wait;
    private int[] _descriptors = new int[64];
    private bool _sleeping;
    private bool _closing;
    private bool _closed;
    internal CoreMargin Margin;

    /// <summary>Takes a lane over that no thread runs. <see cref="Dispose"/> frees neither lane nor pool.</summary>
    /// <param name="lane">The lane; its host port is the queue's from now on.</param>
    /// <param name="wait">How <see cref="Wait"/> sleeps.</param>
    public BondQueue(Lane lane, CoreWait wait)
    {
        _lane = lane;
        _wait = wait;
        _hand = new HandPort(lane.BurstSize);
        lane.SetHost(_hand);
        lane.Driver = this;
    }

    /// <summary>The pool that frames come from and go to. The caller may use it directly: other ports over the same pool exchange frames without a copy.</summary>
    public FramePool Pool => _lane.Pool;

    /// <summary>Start of the frame memory that the descriptors point into.</summary>
    public byte* Memory => _lane.Pool.Memory.Pointer;

    /// <summary>The longest frame the slaves take, in bytes with link layer header, without FCS. It follows the bond's MTU.</summary>
    public int MaxFrameLength => _lane.MaxFrameLength;

    /// <summary>Whether frames can come and go; false for good once the bond is gone. Any thread.</summary>
    public bool IsOpen => !Volatile.Read(ref _closing);

    /// <inheritdoc/>
    bool ILaneDriver.IsAlive => !Volatile.Read(ref _closed);

    /// <summary>
    /// Takes received frames, oldest first; returns how many, 0 if there are none. Any length will do; 64 is a good one, as more than that a
    /// turn does not take from a slave.
    /// </summary>
    public int Receive(Span<FrameDescriptor> burst)
    {
        if (IsClosed())
        {
            return 0;
        }

        fixed (FrameDescriptor* target = burst)
        {
            if (_hand.HasWaiting)
            {
                return _hand.Take(target, burst.Length);
            }

            _hand.Begin(target, burst.Length);
            _lane.Turn();
            return _hand.End(burst.Length);
        }
    }

    /// <summary>
    /// Sends frames on the slaves that the bond's mode and policy choose. All of them are the bond's from then on, and the descriptors in
    /// <paramref name="burst"/> mean nothing any more.
    /// </summary>
    /// <returns>
    /// How many the slaves took (in broadcast each copy counts). The others are free again: a slave's ring was full, no slave was usable, or the
    /// frame's length wrong. To hold them back would only build latency.
    /// </returns>
    public int Transmit(Span<FrameDescriptor> burst)
    {
        if (IsClosed())
        {
            return 0;
        }

        fixed (FrameDescriptor* frames = burst)
        {
            return _lane.Send(frames, burst.Length);
        }
    }

    /// <summary>Takes free frames, Length 0 and Address where the first byte is to be written; returns how many there were.</summary>
    public int Allocate(Span<FrameDescriptor> burst)
    {
        fixed (FrameDescriptor* frames = burst)
        {
            return IsClosed() ? 0 : Pool.Take(frames, burst.Length);
        }
    }

    /// <summary>Gives frames back that the caller has and does not send.</summary>
    public void Free(ReadOnlySpan<FrameDescriptor> burst)
    {
        fixed (FrameDescriptor* frames = burst)
        {
            Pool.Free(frames, burst.Length);
        }
    }

    /// <summary>The bytes of a frame that the caller has.</summary>
    public Span<byte> Bytes(FrameDescriptor frame) => new(Memory + frame.Address, (int)frame.Length);

    /// <summary>
    /// For a caller that need not spin: sleeps until a frame may be there, the bond wants a call of <see cref="Receive"/>, somebody calls
    /// <see cref="Wake"/>, or the time is over, in milliseconds. A millisecond is the longest while frames are in transmission.
    /// </summary>
    public void Wait(int timeoutMs)
    {
        Volatile.Write(ref _sleeping, true);
        Interlocked.MemoryBarrier();
        if (!IsClosed() && !_hand.HasWaiting && _lane.Turn() == 0)
        {
            int count = _lane.AddWaitDescriptors(ref _descriptors, 0);
            _wait.Wait(_descriptors.AsSpan(0, count), _lane.HasFramesInFlight ? Math.Min(timeoutMs, InFlightSleepMs) : timeoutMs);
        }

        Volatile.Write(ref _sleeping, false);
    }

    /// <inheritdoc/>
    public void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping))
        {
            _wait.Wake();
        }
    }

    /// <summary>
    /// Asks the queue's thread to let go of the lane and waits until it has; false if it hasn't within the time. Another thread than the queue's.
    /// </summary>
    public bool Close(TimeSpan timeout)
    {
        Volatile.Write(ref _closing, true);
        Wake();
        return SpinWait.SpinUntil(() => Volatile.Read(ref _closed), timeout);
    }

    /// <summary>Lets go of the lane, which a thread may drive again, and frees the queue's own memory. The queue's thread, or any when that has ended.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _closing, true);
        if (!_closed)
        {
            LetGo();
        }

        _hand.Dispose();
    }

    private bool IsClosed()
    {
        if (!Volatile.Read(ref _closing))
        {
            return false;
        }

        if (!_closed)
        {
            LetGo();
        }

        return true;
    }

    /// <summary>What waits to be received goes back to the pool: nobody will ask for it.</summary>
    private void LetGo()
    {
        FrameDescriptor frame;
        while (_hand.Take(&frame, 1) > 0)
        {
            Pool.Free(&frame, 1);
        }

        Volatile.Write(ref _closed, true);
    }
}
