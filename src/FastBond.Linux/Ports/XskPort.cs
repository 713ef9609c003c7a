using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FastBond.Linux.Native;

namespace FastBond.Linux.Ports;

/// <summary>
/// One core's share of a slave: an AF_XDP socket for each of its queues. It receives on all of them and transmits on the first, so that
/// what one core sends on a slave stays in order.
/// </summary>
internal sealed unsafe class XskPort : Port
{
    private const int EAGAIN = 11;

    private readonly SocketRings[] _rings;
    private readonly int[] _descriptors;
    private readonly SocketRings _transmit;
    private readonly int _transmitDescriptor;
    private int _next;
    internal CoreMargin Margin;

    /// <summary>Makes a port of what the creator opened.</summary>
    /// <param name="rings">The mapped rings of each socket.</param>
    /// <param name="descriptors">The sockets, in the same order. They stay the creator's to close.</param>
    public XskPort(SocketRings[] rings, int[] descriptors)
    {
        _rings = rings;
        _descriptors = descriptors;
        _transmit = rings[0];
        _transmitDescriptor = descriptors[0];
    }

    /// <summary>System calls made to transmit or to wake the receive side; beside the frame counters it tells the frames a call carries.</summary>
    public ulong Kicks { get; private set; }

    /// <summary>Frames received that were longer than a chunk, and dropped.</summary>
    public ulong Oversized => _rings.Aggregate(0UL, static (sum, rings) => sum + rings.Oversized);

    /// <inheritdoc/>
    public override ReadOnlySpan<int> WaitDescriptors => _descriptors;

    /// <inheritdoc/>
    public override int SocketCount => _rings.Length;

    /// <inheritdoc/>
    public override int InFlight
    {
        get
        {
            int inFlight = 0;
            foreach (SocketRings rings in _rings)
            {
                inFlight += rings.InFlight;
            }

            return inFlight;
        }
    }

    /// <inheritdoc/>
    public override long TransmitHangsForNs(long nowNs) => _transmit.TransmitHangsForNs(nowNs);

    /// <inheritdoc/>
    public override void SetBudget(int framesPerSocket)
    {
        foreach (SocketRings rings in _rings)
        {
            rings.Budget = framesPerSocket;
        }
    }

    /// <inheritdoc/>
    public override int Receive(FrameDescriptor* burst, int max)
    {
        if (_rings.Length == 1)
        {
            return _transmit.Receive(burst, max);
        }

        // Start at another queue each time: a flooded one must not starve the rest.
        int received = 0;
        for (int i = 0; i < _rings.Length && received < max; i++)
        {
            received += _rings[_next].Receive(burst + received, max - received);
            _next = _next + 1 == _rings.Length ? 0 : _next + 1;
        }

        _next = _next + 1 == _rings.Length ? 0 : _next + 1;
        return received;
    }

    /// <inheritdoc/>
    public override int Transmit(FrameDescriptor* burst, int count) => _transmit.Transmit(burst, count);

    /// <inheritdoc/>
    public override int Transmit(FrameDescriptor* burst, ulong set, out uint bytes) => _transmit.Transmit(burst, set, out bytes);

    /// <inheritdoc/>
    public override void Reclaim()
    {
        for (int i = 0; i < _rings.Length; i++)
        {
            _rings[i].Reclaim();
            if (_rings[i].FillNeedsWakeup)
            {
                Kicks++;
                _ = NativeMethods.XskWakeReceive(_descriptors[i]);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// One call sends at most 32 frames and answers EAGAIN while more remain, so it is repeated while the kernel's consumer index moves;
    /// EAGAIN without progress is a busy NIC, tried again next turn.
    /// </remarks>
    public override int Kick()
    {
        int error = 0;
        int pending = _transmit.TxPending;
        while (pending != 0 && _transmit.TxNeedsWakeup)
        {
            Kicks++;
            int result = -NativeMethods.XskKick(_transmitDescriptor);
            if (result is not (0 or EAGAIN))
            {
                error = result;
            }

            int left = _transmit.TxPending;
            if (left == pending)
            {
                break;
            }

            pending = left;
        }

        return error;
    }
}
