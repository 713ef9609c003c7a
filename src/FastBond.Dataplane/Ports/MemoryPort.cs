using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Rings;

namespace FastBond.Dataplane.Ports;

/// <summary>
/// A port whose device is in this process: the same rings and the same accounting as an AF_XDP socket's, with <see cref="Peer"/> where
/// the kernel would be. For in-process consumers of a bond, tests, benchmarks and rehearsal.
/// </summary>
public sealed unsafe class MemoryPort : Port, IDisposable
{
    private readonly RingArea _fill;
    private readonly RingArea _rx;
    private readonly RingArea _tx;
    private readonly RingArea _completion;

    /// <summary>Opens a port over <paramref name="pool"/> with four rings of <paramref name="ringSize"/> entries, a power of two.</summary>
    public MemoryPort(FramePool pool, int ringSize = 2048)
    {
        uint size = (uint)ringSize;
        _fill = RingArea.Allocate<ulong>(size);
        _rx = RingArea.Allocate<FrameDescriptor>(size);
        _tx = RingArea.Allocate<FrameDescriptor>(size);
        _completion = RingArea.Allocate<ulong>(size);
        Socket = pool.OpenSocket();
        Rings = new SocketRings(pool, Socket, _fill, _rx, _tx, _completion);
        Peer = new MemoryPeer(pool.Memory, _fill, _rx, _tx, _completion);
    }

    /// <summary>The device's end of the port.</summary>
    public MemoryPeer Peer { get; }

    /// <summary>The port's number in the ledger.</summary>
    public int Socket { get; }

    /// <summary>The core's end of the port.</summary>
    internal SocketRings Rings { get; }

    /// <inheritdoc/>
    public override int InFlight => Rings.InFlight;

    /// <inheritdoc/>
    public override int SocketCount => 1;

    /// <inheritdoc/>
    public override long TransmitHangsForNs(long nowNs) => Rings.TransmitHangsForNs(nowNs);

    /// <inheritdoc/>
    public override int Receive(FrameDescriptor* burst, int max) => Rings.Receive(burst, max);

    /// <inheritdoc/>
    public override int Transmit(FrameDescriptor* burst, int count) => Rings.Transmit(burst, count);

    /// <inheritdoc/>
    public override int Transmit(FrameDescriptor* burst, ulong set, out uint bytes) => Rings.Transmit(burst, set, out bytes);

    /// <inheritdoc/>
    public override void Reclaim() => Rings.Reclaim();

    /// <inheritdoc/>
    public override int Kick() => Rings.TxPending > 0 && Rings.TxNeedsWakeup ? Peer.Kick() : 0;

    /// <inheritdoc/>
    public override void SetBudget(int framesPerSocket) => Rings.Budget = framesPerSocket;

    /// <summary>Frees the rings. No core may hold the port; its frames go back by <see cref="FramePool.ReclaimSocket"/>.</summary>
    public void Dispose()
    {
        _fill.Free();
        _rx.Free();
        _tx.Free();
        _completion.Free();
    }
}
