using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;

namespace FastBond.Simulation.Network;

/// <summary>
/// The device behind one memory port of a core: one NIC's queue, or the host's. It knows which frame lies behind every descriptor, so that
/// a frame that comes out where another was expected, or with other bytes, is noticed at once.
/// </summary>
internal sealed unsafe class PortDevice : IDisposable
{
    private const int RingSize = 64;

    private readonly FrameMemory _memory;
    private readonly string _name;
    private readonly Queue<NetworkFrame> _received = new();
    private readonly Queue<(FrameDescriptor Descriptor, NetworkFrame Frame)> _taken = new();
    private readonly FrameDescriptor[] _burst = new FrameDescriptor[RingSize];

    public PortDevice(FramePool pool, string name)
    {
        _memory = pool.Memory;
        _name = name;
        Port = new MemoryPort(pool, RingSize);
    }

    public MemoryPort Port { get; }

    /// <summary>Frames in the rx ring that the core has not taken yet, oldest first.</summary>
    public IReadOnlyCollection<NetworkFrame> Received => _received;

    /// <summary>Frames that the device must still send.</summary>
    public int Waiting => _taken.Count;

    /// <summary>Puts a frame into the rx ring; false if no chunk was posted for it.</summary>
    public bool Inject(NetworkFrame frame)
    {
        bool taken = Port.Peer.Transmit(frame.Bytes);
        if (taken)
        {
            _received.Enqueue(frame);
        }

        return taken;
    }

    /// <summary>The core has taken the oldest frame of the rx ring.</summary>
    public NetworkFrame Dequeue() => _received.Dequeue();

    /// <summary>
    /// Takes what the core has put into the tx ring, which must be the first of <paramref name="expected"/>; returns how many those were.
    /// </summary>
    public int Take(IReadOnlyList<NetworkFrame> expected)
    {
        int count = Fetch();
        for (int i = 0; i < count; i++)
        {
            if (i == expected.Count || !Holds(_burst[i], expected[i]))
            {
                string wanted = i < expected.Count ? $"{expected[i].Kind} {expected[i].Number}" : "no more";
                throw new InvariantBrokenException($"{_name}: frame {i} of {count} is {Describe(_burst[i])}, expected {wanted}");
            }

            _taken.Enqueue((_burst[i], expected[i]));
        }

        return count;
    }

    /// <summary>
    /// Takes what the core has put into the tx ring: some of <paramref name="expected"/>, in their order, which are removed from it.
    /// </summary>
    public List<NetworkFrame> TakeAnyOf(List<NetworkFrame> expected)
    {
        List<NetworkFrame> found = [];
        int count = Fetch();
        int from = 0;
        for (int i = 0; i < count; i++)
        {
            int at = expected.FindIndex(from, frame => Holds(_burst[i], frame));
            if (at < 0)
            {
                throw new InvariantBrokenException($"{_name}: frame {i} of {count} is {Describe(_burst[i])}, not one of the burst, or out of order");
            }

            found.Add(expected[at]);
            _taken.Enqueue((_burst[i], expected[at]));
            expected.RemoveAt(at);
            from = at;
        }

        return found;
    }

    /// <summary>Sends the oldest frame: reads it from memory now, and completes it. Null if there is none.</summary>
    public NetworkFrame? SendNext()
    {
        if (!_taken.TryDequeue(out (FrameDescriptor Descriptor, NetworkFrame Frame) next))
        {
            return null;
        }

        FrameDescriptor descriptor = next.Descriptor;
        if (!Holds(descriptor, next.Frame))
        {
            throw new InvariantBrokenException(
                $"{_name}: {next.Frame.Kind} {next.Frame.Number} was overwritten while the device had it: {Describe(descriptor)}");
        }

        if (Port.Peer.Complete(&descriptor, 1) != 1)
        {
            throw new InvariantBrokenException($"{_name}: the completion ring is full");
        }

        return next.Frame;
    }

    public void Dispose() => Port.Dispose();

    private int Fetch()
    {
        fixed (FrameDescriptor* burst = _burst)
        {
            return Port.Peer.Receive(burst, RingSize);
        }
    }

    private bool Holds(FrameDescriptor descriptor, NetworkFrame frame) => Bytes(descriptor).SequenceEqual(frame.Bytes);

    private ReadOnlySpan<byte> Bytes(FrameDescriptor descriptor) => new(_memory.Pointer + descriptor.Address, (int)descriptor.Length);

    private string Describe(FrameDescriptor descriptor) =>
        $"{descriptor.Length} bytes {Convert.ToHexString(Bytes(descriptor)[..(int)Math.Min(descriptor.Length, 64)])}";
}
