using System.Numerics;
using System.Runtime.CompilerServices;
using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Rings;

namespace FastBond.Dataplane.Ports;

/// <summary>
/// The four rings of one AF_XDP socket, or of something in memory that behaves like one, and the accounting of the frames in them.
/// Everything here happens on the core that owns the pool; the constructor touches no frame.
/// </summary>
public sealed unsafe partial class SocketRings
{
    private readonly FramePool _pool;
    private readonly byte _receiving;
    private readonly byte _transmitting;
    private ProducerRing<ulong> _fill;
    private ConsumerRing<FrameDescriptor> _rx;
    private ProducerRing<FrameDescriptor> _tx;
    private ConsumerRing<ulong> _completion;
    private int _budget;
    private int _posted;
    private int _inFlight;
    private bool _moved = true;
    private long _movedNs;
    internal CoreMargin Margin;

    /// <summary>Takes the near ends of a socket's rings.</summary>
    /// <param name="pool">Where its frames come from and go to.</param>
    /// <param name="socket">Its number in the ledger, from <see cref="FramePool.OpenSocket"/>.</param>
    /// <param name="fill">Entries of 8 bytes: chunks for reception.</param>
    /// <param name="rx">Descriptors: frames received.</param>
    /// <param name="tx">Descriptors: frames to transmit.</param>
    /// <param name="completion">Entries of 8 bytes: frames transmitted.</param>
    /// <param name="bufferSize">
    /// The most bytes of a chunk that a descriptor may point to, a power of two. Where chunks are longer, so may frames be: then each takes
    /// several descriptors.
    /// </param>
    public SocketRings(
        FramePool pool, int socket, in RingArea fill, in RingArea rx, in RingArea tx, in RingArea completion, int bufferSize = int.MaxValue)
    {
        if (bufferSize < pool.Memory.ChunkSize)
        {
            _bufferSize = (uint)bufferSize;
            _uncompleted = new byte[pool.Memory.FrameCount];
        }

        _pool = pool;
        Socket = socket;
        _receiving = FrameOwner.Receiving(socket);
        _transmitting = FrameOwner.Transmitting(socket);
        _fill = new ProducerRing<ulong>(fill);
        _rx = new ConsumerRing<FrameDescriptor>(rx);
        _tx = new ProducerRing<FrameDescriptor>(tx);
        _completion = new ConsumerRing<ulong>(completion);
        MaxBudget = Math.Min(Math.Min(_fill.Size, _rx.Size), Math.Min(_tx.Size, _completion.Size));
        _budget = MaxBudget;
    }

    /// <summary>The socket's number in the ledger.</summary>
    public int Socket { get; }

    /// <summary>The most a budget can be: what the smallest ring holds.</summary>
    public int MaxBudget { get; }

    /// <summary>
    /// How many frames the socket may hold posted for reception, and how many it may have in transmission. May be changed at any time;
    /// what it holds beyond a smaller budget it gives up as frames come in or are completed. At most <see cref="MaxBudget"/>.
    /// </summary>
    public int Budget
    {
        get => _budget;
        set => _budget = Math.Clamp(value, 0, MaxBudget);
    }

    /// <summary>Frames posted for reception and not received yet.</summary>
    public int Posted => _posted;

    /// <summary>Frames transmitted and not completed yet.</summary>
    public int InFlight => _inFlight;

    /// <summary>Frames in the tx ring that the device has not taken yet.</summary>
    public int TxPending => _tx.Pending;

    /// <summary>Whether the device wants to be kicked to transmit.</summary>
    public bool TxNeedsWakeup => _tx.NeedsWakeup;

    /// <summary>Whether the device wants to be told that frames were posted for reception.</summary>
    public bool FillNeedsWakeup => _fill.NeedsWakeup;

    /// <summary>Takes up to <paramref name="max"/> received frames into the caller's hand.</summary>
    public int Receive(FrameDescriptor* burst, int max)
    {
        if (_uncompleted is not null)
        {
            return Gather(burst, max);
        }

        int ready = _rx.Peek(max);
        if (ready == 0)
        {
            return 0;
        }

        int taken = 0;
        for (int done = 0; done < ready;)
        {
            FrameDescriptor* run = _rx.Run(done, ready - done, out int length);
            taken += _pool.Transfer(run, burst + taken, length, _receiving, FrameOwner.Hand);
            done += length;
        }

        _rx.Release(ready);
        _posted -= taken;
        return taken;
    }

    /// <summary>
    /// Puts the first frames of a burst into the tx ring, as many as fit into ring and budget; returns how many. The rest stay in the
    /// caller's hand.
    /// </summary>
    public int Transmit(FrameDescriptor* burst, int count)
    {
        // An idle ring has not hung, however long it was idle.
        _moved |= _inFlight == 0;
        if (_uncompleted is not null)
        {
            return Scatter(burst, count);
        }

        int room = _tx.Reserve(Math.Clamp(_budget - _inFlight, 0, count));
        int sent = 0;
        for (int done = 0; done < room;)
        {
            FrameDescriptor* run = _tx.Run(sent, room - done, out int length);
            sent += _pool.Transfer(burst + done, run, length, FrameOwner.Hand, _transmitting);
            done += length;
        }

        _tx.Submit(sent);
        _inFlight += sent;
        return room;
    }

    /// <summary>The same for the frames of a burst that are in <paramref name="set"/>; also tells the bytes of those sent.</summary>
    public int Transmit(FrameDescriptor* burst, ulong set, out uint bytes)
    {
        _moved |= _inFlight == 0;
        if (_uncompleted is not null)
        {
            return Scatter(burst, set, out bytes);
        }

        int room = _tx.Reserve(Math.Min(Math.Max(_budget - _inFlight, 0), BitOperations.PopCount(set)));
        int sent = 0;
        bytes = 0;
        for (int done = 0; done < room;)
        {
            FrameDescriptor* run = _tx.Run(sent, room - done, out int length);
            ulong later = FrameSet.Without(set, length);
            sent += _pool.TransferSet(burst, set ^ later, run, _transmitting, ref bytes);
            set = later;
            done += length;
        }

        _tx.Submit(sent);
        _inFlight += sent;
        return room;
    }

    /// <summary>For how long frames have been in transmission without one being completed: see <see cref="Port.TransmitHangsForNs"/>.</summary>
    public long TransmitHangsForNs(long nowNs)
    {
        if (_moved || _inFlight == 0)
        {
            _moved = false;
            _movedNs = nowNs;
        }

        return nowNs - _movedNs;
    }

    /// <summary>Frees completed frames, then posts free ones for reception up to the budget.</summary>
    public void Reclaim()
    {
        int completed = _completion.Peek(_inFlight);
        if (completed > 0)
        {
            for (int done = 0; done < completed;)
            {
                ulong* run = _completion.Run(done, completed - done, out int length);
                if (_uncompleted is null)
                {
                    _pool.Return(run, length, _transmitting);
                }
                else
                {
                    ReturnWhole(run, length);
                }

                done += length;
            }

            _completion.Release(completed);
            _inFlight -= completed;
            _moved = true;
        }

        if (_posted < _budget)
        {
            Post();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Post()
    {
        int room = _fill.Reserve(_budget - _posted);
        int posted = 0;
        while (posted < room)
        {
            ulong* run = _fill.Run(posted, room - posted, out int length);
            int got = _pool.Post(run, length, _receiving);
            posted += got;
            if (got < length)
            {
                break;
            }
        }

        _fill.Submit(posted);
        _posted += posted;
    }
}
