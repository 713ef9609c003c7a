using FastBond.Core.Bonds;
using FastBond.Core.Ipoib;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FastBond.Dataplane.Rings;

namespace FastBond.Dataplane.Cores;

/// <content>The control thread's side: tables, commands, events.</content>
public sealed unsafe partial class Lane
{
    /// <summary>How many commands may be under way at a time.</summary>
    public const int CommandCapacity = 256;

    private const int ControlFrameCapacity = CommandCapacity;
    private const int EventCapacity = 256;
    private static readonly TimeSpan FullQueueTimeout = TimeSpan.FromSeconds(1);

    private readonly SpscQueue<LaneCommand> _commands = new(CommandCapacity);
    private readonly SpscQueue<LaneEvent> _events = new(EventCapacity);
    private readonly RingArea _controlFrames = RingArea.Allocate<ControlFrame>(ControlFrameCapacity);
    private ProducerRing<ControlFrame> _controlIn;
    private ConsumerRing<ControlFrame> _controlOut;
    private ForwardingTable _published = ForwardingTable.Empty;
    private TransmitClassifier? _classifier;
    private readonly int _foreseenSockets;
    private long _generation;
    private long _given;
    private long _done;
    private int _maxFrameLength;

    /// <summary>A lane without ports, under the empty table.</summary>
    /// <param name="pool">The frames of this bond on this core.</param>
    /// <param name="counters">This core's rows of the bond's counters.</param>
    /// <param name="burstSize">The most frames taken from a port at once.</param>
    /// <param name="foreseenSockets">
    /// How many sockets will probably share the frames. Frames posted for reception come back only with traffic, so the first socket must not
    /// get what the later ones will need.
    /// </param>
    /// <param name="seed">Start of the sequence by which packets_per_slave 0 chooses.</param>
    /// <param name="clock">Tells the time in nanoseconds, never going back; null for the process's monotonic clock.</param>
    public Lane(FramePool pool, CoreCounters counters, int burstSize = 64, int foreseenSockets = 4, uint seed = 1, Func<long>? clock = null)
    {
        _pool = pool;
        _burstSize = burstSize;
        FrameLimit = pool.Memory.FrameCount;
        _foreseenSockets = foreseenSockets;
        pool.Reserve = FramesInHand;
        _memory = pool.Memory.Pointer;
        _counters = counters;
        _scratch = new BurstScratch(burstSize);
        _chooser = new TransmitChooser(_scratch, seed);
        _watch = new LaneWatch(clock);
        _controlIn = new ProducerRing<ControlFrame>(_controlFrames);
        _controlOut = new ConsumerRing<ControlFrame>(_controlFrames);
        _maxFrameLength = pool.Memory.FrameCapacity;
    }

    /// <summary>Whose thread runs this lane; null while none does.</summary>
    public ILaneDriver? Driver { get; internal set; }

    /// <summary>The core that runs this lane; null while none does, or while an in-process user does.</summary>
    public PollCore? Core => Driver as PollCore;

    /// <summary>The frames of this lane. Only the core may take or free any.</summary>
    public FramePool Pool => _pool;

    /// <summary>How many of the pool's frames the lane's sockets may hold; fewer than all for lanes that share a pool, which then one thread must run.</summary>
    public int FrameLimit { get; init; }

    /// <summary>The most frames taken from a port at once.</summary>
    internal int BurstSize => _burstSize;

    /// <summary>Called on the core's thread when an event was queued or the face has handed a frame up: wakes the control thread. It must not block.</summary>
    public Action? EventQueued { get; set; }

    /// <summary>What the core sees for the monitors.</summary>
    public LaneWatch Watch => _watch;

    /// <summary>Names the transmit queues of what an in-process user sends; null: all of them 0, as of a TAP, which has no such mapping.</summary>
    public TransmitClassifier? Classifier
    {
        get => Volatile.Read(ref _classifier);
        set => Volatile.Write(ref _classifier, value);
    }

    /// <summary>The longest frame the slaves take, in bytes with Ethernet header, without FCS. Longer ones are dropped and counted.</summary>
    public int MaxFrameLength
    {
        get => Volatile.Read(ref _maxFrameLength);
        set => Volatile.Write(ref _maxFrameLength, Math.Min(value, _pool.Memory.FrameCapacity));
    }

    /// <summary>Generation of the table the core works with.</summary>
    public long Generation => Volatile.Read(ref _generation);

    /// <summary>Whether frames may be waiting: the bond is up and has slaves.</summary>
    public bool HasTraffic => Volatile.Read(ref _published) is { Up: true, SlaveMask: not 0 };

    /// <summary>Makes the core work with <paramref name="table"/> from its next turn on, and wakes it if it sleeps.</summary>
    public void Publish(ForwardingTable table)
    {
        Volatile.Write(ref _published, table);
        Driver?.Wake();
    }

    /// <summary>
    /// Gives a slave its port on this core. Returns the command's number for <see cref="Wait"/>. A slave that is new in the slot begins
    /// with its counters at 0; one that only changes its port keeps them.
    /// </summary>
    public long Attach(byte slot, Port port, bool newSlave = true) =>
        Give(new LaneCommand { Kind = LaneCommandKind.Attach, Slot = slot, Port = port, NewSlave = newSlave });

    /// <summary>Takes a slave's port away. When that is done the core doesn't touch the port any more.</summary>
    public long Detach(byte slot) => Give(new LaneCommand { Kind = LaneCommandKind.Detach, Slot = slot });

    /// <summary>Sets the host port, or takes it away.</summary>
    public long SetHost(Port? port) => Give(new LaneCommand { Kind = LaneCommandKind.SetHost, Port = port });

    /// <summary>
    /// Sets the Ethernet face through which host and slaves see each other, or takes it away. When that is done the core doesn't touch the one
    /// it had any more.
    /// </summary>
    /// <exception cref="ArgumentException">The frames have no room in front for IPoIB's longer header.</exception>
    public long SetFace(LaneFace? face)
    {
        if (_pool.Memory.Headroom < FaceMap.Headroom)
        {
            throw new ArgumentException($"frames need {FaceMap.Headroom} bytes in front for a face", nameof(face));
        }

        return Give(new LaneCommand { Kind = LaneCommandKind.SetFace, Face = face });
    }

    /// <summary>
    /// Takes back the frames of a socket that is closed. Those that were never completed are counted as abandoned, by the slave in
    /// <paramref name="slot"/>, or by the host port for <see cref="ForwardingTable.NoSlot"/>.
    /// </summary>
    public long ReclaimSocket(int socket, byte slot = ForwardingTable.NoSlot) =>
        Give(new LaneCommand { Kind = LaneCommandKind.ReclaimSocket, Slot = slot, Socket = socket });

    /// <summary>
    /// Sends a control frame (destination MAC first, no FCS) on a slave, past the table, after the commands given before. False if it is
    /// too long, or if too many are under way: the frame is then not sent.
    /// </summary>
    public bool Send(byte slot, ReadOnlySpan<byte> frame)
    {
        if (frame.Length > Math.Min(ControlFrame.Capacity, _pool.Memory.FrameCapacity) || _controlIn.Reserve(1) == 0 || _commands.Count >= CommandCapacity)
        {
            return false;
        }

        ControlFrame* place = _controlIn.Run(0, 1, out _);
        place->Length = (ushort)frame.Length;
        frame.CopyTo(place->Bytes);
        _controlIn.Submit(1);
        Give(new LaneCommand { Kind = LaneCommandKind.SendFrame, Slot = slot });
        return true;
    }

    /// <summary>Waits until the command of that number has been carried out; false if it has not been within the time.</summary>
    public bool Wait(long command, TimeSpan timeout) => WaitUntil(() => Volatile.Read(ref _done) >= command, timeout);

    /// <summary>Waits until the core works with a table of that generation or a later one; false if it doesn't within the time.</summary>
    public bool WaitForGeneration(long generation, TimeSpan timeout) => WaitUntil(() => Generation >= generation, timeout);

    /// <summary>Takes the oldest event.</summary>
    public bool TryTakeEvent(out LaneEvent laneEvent) => _events.TryDequeue(out laneEvent);

    /// <summary>
    /// Takes over the published table and carries out what was commanded, without moving a frame. The core does so at every turn; the
    /// control thread may for a lane that no living core runs.
    /// </summary>
    public int CatchUp()
    {
        ForwardingTable table = Volatile.Read(ref _published);
        if (!ReferenceEquals(table, _current))
        {
            Adopt(table);
        }

        return _commands.IsEmpty ? 0 : RunCommands();
    }

    /// <summary>Frees the lane's own memory (not pool, ports or counters). No core may run it any more.</summary>
    public void Dispose()
    {
        _scratch.Dispose();
        _chooser.Dispose();
        _watch.Free();
        _controlFrames.Free();
    }

    private long Give(in LaneCommand command)
    {
        if (!_commands.TryEnqueue(command))
        {
            // So many commands are not given in one go: the core is not taking them.
            if (!WaitUntil(() => _commands.Count < CommandCapacity, FullQueueTimeout) || !_commands.TryEnqueue(command))
            {
                throw new InvalidOperationException($"a core has not taken the last {CommandCapacity} commands");
            }
        }

        Driver?.Wake();
        return ++_given;
    }

    private bool WaitUntil(Func<bool> done, TimeSpan timeout)
    {
        ILaneDriver? driver = Driver;
        if (driver is null || !driver.IsAlive)
        {
            CatchUp();
            return done();
        }

        driver.Wake();
        return SpinWait.SpinUntil(done, timeout);
    }
}
