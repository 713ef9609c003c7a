using System.Buffers;
using System.ComponentModel;
using System.Text;
using FastBond.Core.Bonds;
using FastBond.Core.Options;
using FastBond.Core.Status;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Dataplane.Frames;
using FastBond.Linux.Links;
using FastBond.Linux.Machine;
using FastBond.Linux.Restore;

namespace FastBond.Linux;

/// <summary>
/// One bond in the real world: its control plane, its lanes on the poll cores, its host interface, its slaves. Lives on the control thread.
/// The requests are here; what the control plane asks back is in <c>BondRuntime.Effects.cs</c>.
/// </summary>
internal sealed partial class BondRuntime
{
    /// <summary>The longest interface name, in bytes (<c>IFNAMSIZ</c> less the terminator).</summary>
    private const int MaxNameLength = 15;

    private const long NanosecondsPerMillisecond = 1_000_000;

    private static readonly SearchValues<char> NotInNames = SearchValues.Create("/: \t\n\r\f\v");

    private readonly EngineContext _context;
    private readonly SlaveAttachment?[] _attachments = new SlaveAttachment?[ForwardingTable.MaxSlaves];
    private readonly Dictionary<int, TakenLink> _taken = [];
    private readonly List<PollCore?> _cores = [];
    private readonly List<Lane> _lanes = [];
    private readonly List<(LogPriority Priority, string Message)> _heldLines = [];
    private CounterBlock _counters = null!;
    private HostInterface? _host;
    private bool _dirty = true;
    private bool _coreFailed;
    private bool _holdsLines;
    private bool _hostStays;
    private string _writtenText = "";

    private BondRuntime(EngineContext context, string name)
    {
        _context = context;
        Bond = new Bond(name, this, FirstAddress(name));
    }

    /// <summary>The control plane.</summary>
    public Bond Bond { get; }

    /// <summary>The host interface; null with <c>host_port=none</c>.</summary>
    public HostInterface? Host => _host;

    /// <summary>Whether an earlier process had left the host interface.</summary>
    public bool HostInterfaceWasThere => _host?.WasThere ?? false;

    /// <summary>The counters of all lanes.</summary>
    public CounterBlock Counters => _counters;

    /// <summary>This bond's share of each of its cores.</summary>
    public IReadOnlyList<Lane> Lanes => _lanes;

    /// <summary>What is held for a slave.</summary>
    public SlaveAttachment? Attachment(Slave slave) => _attachments[slave.Slot];

    /// <summary>Makes a bond without slaves: options, cores, host interface.</summary>
    public static Outcome Create(EngineContext context, BondRequest request, out BondRuntime? runtime)
    {
        runtime = null;
        if (!IsInterfaceName(request.Name))
        {
            return new Outcome(Errno.EINVAL, $"'{request.Name}' is not a name for an interface: 1 to {MaxNameLength} characters without '/' or white space");
        }

        BondRuntime created = new(context, request.Name);
        created._foreseenSockets = Math.Max(created._foreseenSockets, request.Slaves.Count);
        Outcome outcome = created.Bond.ApplyAtCreation(Clock.NowNs, Pairs(request.Options));
        if (!outcome.Success)
        {
            return outcome;
        }

        outcome = created.Open();
        if (!outcome.Success)
        {
            created.Close(keepHostInterface: true);
            return outcome;
        }

        runtime = created;
        return Outcome.Ok;
    }

    /// <summary>Enslaves interfaces in order, all or none.</summary>
    public Outcome Enslave(EnslaveRequest request)
    {
        // Names first: no interface is touched for a request that cannot succeed.
        if (!request.Await && request.Slaves.FirstOrDefault(slave => _context.Links.Find(slave) is null) is { } missing)
        {
            return new Outcome(Errno.ENODEV, $"{missing}: there is no such interface");
        }

        List<string> done = [];
        foreach (string slave in request.Slaves)
        {
            if (request.Await && !BeginToAwait(slave, request))
            {
                continue;
            }

            Outcome outcome = EnslaveOne(slave, request.TakeDown, request.Force, request.Options);
            if (!outcome.Success)
            {
                _awaited.Remove(slave);
                done.Reverse();
                Release(done);
                return outcome;
            }

            done.Add(slave);
        }

        return Outcome.Ok;
    }

    /// <summary>Gives slaves back; all names are checked before the first is released.</summary>
    public Outcome Release(IReadOnlyList<string> slaves)
    {
        foreach (string slave in slaves)
        {
            if (Bond.Slaves.All(s => s.Name != slave) && !_awaited.ContainsKey(slave))
            {
                return Bond.Release(Clock.NowNs, slave);
            }
        }

        foreach (string slave in slaves)
        {
            _awaited.Remove(slave);
            Bond.Release(Clock.NowNs, slave);
            Settle();
        }

        return Outcome.Ok;
    }

    /// <summary>Writes options of the bond, all or none; FastBond's own that reach into the cores take effect here.</summary>
    public Outcome SetOptions(IReadOnlyList<OptionSetting> options)
    {
        Outcome outcome = RefuseWhileInProcess(options);
        if (!outcome.Success)
        {
            return outcome;
        }

        BondEngineOptions before = Bond.EngineOptions;
        outcome = Bond.Apply(Clock.NowNs, Pairs(options));
        _dirty = true;
        if (!outcome.Success)
        {
            return outcome;
        }

        foreach (SlaveAttachment? attachment in _attachments)
        {
            attachment?.Carrier?.PeriodMs = Bond.Options.Miimon;
        }

        _lanes.ForEach(lane => lane.TransmitStallNs = TransmitStallNs);

        BondEngineOptions after = Bond.EngineOptions;
        bool other = !before.Cores.SequenceEqual(after.Cores) || before.HostPort != after.HostPort || before.Gso != after.Gso || before.Idle != after.Idle;
        return other ? Reopen() : Outcome.Ok;
    }

    /// <summary>Writes options of one slave, all or none.</summary>
    public Outcome SetSlaveOptions(string slave, IReadOnlyList<OptionSetting> options)
    {
        _dirty = true;
        return Bond.ApplyToSlave(Clock.NowNs, slave, Pairs(options));
    }

    /// <summary>Whether a clean stop leaves the host interface.</summary>
    public bool KeepsHostInterface(bool byDefault) =>
        Bond.EngineOptions.OnStop is { } policy ? policy == StopPolicy.Keep : byDefault;

    /// <summary>Releases every slave, last first, and gives everything back.</summary>
    public void Close(bool keepHostInterface)
    {
        _hostStays = keepHostInterface;
        foreach (Slave slave in Bond.Slaves.Reverse().ToArray())
        {
            Bond.Release(Clock.NowNs, slave.Name);
            Settle();
        }

        LoseInProcess();
        CloseAll(keepHostInterface);
        File.Delete(TextPath);
    }

    /// <summary>The text of <c>/proc/net/bonding</c>.</summary>
    public string Text(bool why) =>
        ProcText.Format(Bond, _context.Settings.Version, why, slave => _attachments[slave.Slot]?.Ports is { } ports ? SlavePorts.Words(ports.Mode) : null);

    private string TextPath => Path.Combine(_context.Settings.StateDirectory, "bonding", Bond.Name);

    private string CounterPath => Path.Combine(_context.Settings.StateDirectory, "counters", Bond.Name);

    private static IReadOnlyList<(string Name, string Value)> Pairs(IReadOnlyList<OptionSetting> options) =>
        [.. options.Select(option => (option.Name, option.Value))];

    private static bool IsInterfaceName(string name) =>
        name is not ("" or "." or "..") && Encoding.UTF8.GetByteCount(name) <= MaxNameLength && !name.AsSpan().ContainsAny(NotInNames);

    private Outcome Open()
    {
        int lanes = Math.Max(1, Bond.EngineOptions.Cores.Count);
        try
        {
            _counters = CounterBlock.Create(CounterPath, Bond.Name, lanes);
        }
        catch (IOException exception)
        {
            return new Outcome(Errno.EIO, exception.Message);
        }

        if (Bond.EngineOptions.HostPort == HostPortKind.Tap)
        {
            Outcome opened = HostInterface.Open(_context, Bond.Name, lanes, Bond.EngineOptions.Gso, out _host);
            if (!opened.Success)
            {
                return opened;
            }
        }

        Outcome outcome = OpenLanes();
        if (outcome.Success)
        {
            // From here on a crash must not take it away; before, a failure leaves nothing behind.
            _host?.Persist();
            if (_host is not null && _host.FoundAddress != Bond.Address)
            {
                _host.SetAddress(Bond.Address);
            }
        }

        return outcome;
    }

    /// <summary>A lane on each core that the options name, with its queue of the host interface.</summary>
    private Outcome OpenLanes()
    {
        IReadOnlyList<int> cpus = Bond.EngineOptions.Cores;
        Outcome outcome = Outcome.Ok;
        for (int i = 0; i < Math.Max(1, cpus.Count) && outcome.Success; i++)
        {
            outcome = OpenLane(i, cpus.Count > 0 ? cpus[i] : null);
        }

        return outcome;
    }

    private Outcome OpenLane(int index, int? cpu)
    {
        if (_port is not null)
        {
            OpenQueue(_port, index);
            return Outcome.Ok;
        }

        IdlePolicy idle = Bond.EngineOptions.Idle ?? (cpu is null ? IdlePolicy.Sleep : IdlePolicy.Spin);
        int chunk = ChunkFor(Bond.Mtu), frames = FramesOf(chunk);
        FrameMemory memory;
        bool huge;
        try
        {
            memory = MappedMemory.Map(frames, chunk, out huge);
        }
        catch (Win32Exception exception)
        {
            return new Outcome(Errno.ENOMEM, $"{frames} frames of {chunk} bytes for a core: {exception.Message}");
        }

        Lane lane = new(new FramePool(memory), _counters.Core(index), foreseenSockets: _foreseenSockets, seed: (uint)(index + 1))
        {
            MaxFrameLength = MaxHostFrame,
            EventQueued = _context.Loop.Wake,
            TransmitStallNs = TransmitStallNs,
            Classifier = Classifier,
        };
        lane.Publish(Bond.Table);
        Outcome outcome = _context.Cores.Assign(lane, cpu, idle, Bond.EngineOptions.ControlCpus, out PollCore? core);
        if (!outcome.Success || core is null)
        {
            Free(lane);
            return outcome;
        }

        _lanes.Add(lane);
        _cores.Add(core);
        if (_host is not null)
        {
            lane.SetHost(_host.MakePort(index, lane.Pool));
        }

        _face?.Attach(lane);

        Log(LogPriority.Info,
            $"{Bond.Name}: poll core {(cpu is null ? "not pinned" : $"on CPU {cpu}")}, {(idle == IdlePolicy.Spin ? "spinning" : "sleeping when idle")}, " +
            $"{memory.Size >> 20} MiB of frames{(huge ? " on huge pages" : "")}");
        return Outcome.Ok;
    }

    private void CloseLanes((Lane Lane, PollCore? Core)[] lanes)
    {
        foreach ((Lane lane, PollCore? core) in lanes)
        {
            // Without a core it was an in-process user's queue, which frees it.
            if (core is not null && _context.Cores.Unassign(lane, core))
            {
                _face?.Detach(lane);
                Free(lane);
            }
        }
    }

    /// <summary>Takes the lanes out of use without taking them off their cores, which would end with them.</summary>
    private (Lane Lane, PollCore? Core)[] RetireLanes()
    {
        (Lane Lane, PollCore? Core)[] retired = [.. _lanes.Zip(_cores)];
        foreach ((Lane lane, _) in retired)
        {
            lane.Wait(lane.SetHost(null), SlavePorts.CoreAnswer);
        }

        _lanes.Clear();
        _cores.Clear();
        return retired;
    }

    private static void Free(Lane lane)
    {
        lane.Dispose();
        lane.Pool.Dispose();
        lane.Pool.Memory.Dispose();
    }

    private void CloseAll(bool keepHostInterface)
    {
        CloseLanes(RetireLanes());
        _host?.Close(keepHostInterface);
        _host = null;
        _counters?.Dispose();
        File.Delete(CounterPath);
    }

    /// <summary>Other cores, another host port: everything but the control plane is made anew. Only without slaves, which the option rules see to.</summary>
    private Outcome Reopen()
    {
        CloseAll(keepHostInterface: Bond.EngineOptions.HostPort == HostPortKind.Tap);
        _coreFailed = false;
        return Open();
    }

    /// <summary>Has the interface enslaved whenever it is there; whether it is there now.</summary>
    private bool BeginToAwait(string name, EnslaveRequest request)
    {
        LinkInfo? link = _context.Links.Find(name);
        _awaited[name] = new AwaitedSlave(request.Force, request.Options) { TriedIfIndex = link?.IfIndex ?? 0 };
        if (link is null)
        {
            Log(LogPriority.Notice, $"{Bond.Name}: (slave {name}): not there yet; it is enslaved when it appears");
        }

        return link is not null;
    }

    private Outcome EnslaveOne(string name, bool takeDown, bool force, IReadOnlyList<OptionSetting> slaveOptions)
    {
        Outcome outcome = Outcome.Ok;
        if (_context.Links.Find(name) is { } link && Bond.Slaves.All(slave => slave.Name != name))
        {
            outcome = force || _context.Links.DefaultRoute(link.IfIndex) is not { } route
                ? Outcome.Ok
                : new Outcome(Errno.EBUSY, $"{name} carries the default route ({route}); --force takes it all the same");
            if (outcome.Success && takeDown && link.IsUp && name != Bond.Name && MasterOf(link) is null)
            {
                outcome = TakeOver(link, out _);
                outcome = outcome.Success ? _context.Links.SetUp(link, up: false) : outcome;
            }
        }

        (string Name, string Value)[] before = [.. Pairs(slaveOptions).Where(option => Bond.PrecedesEnslaving(option.Name))];
        (string Name, string Value)[] after = [.. Pairs(slaveOptions).Where(option => !Bond.PrecedesEnslaving(option.Name))];
        outcome = outcome.Success && before.Length > 0 ? Bond.ApplyToSlave(Clock.NowNs, name, before) : outcome;
        outcome = outcome.Success ? RefuseVlans(name) : outcome;
        outcome = outcome.Success ? Bond.Enslave(Clock.NowNs, name) : outcome;
        if (outcome.Success && after.Length > 0)
        {
            outcome = Bond.ApplyToSlave(Clock.NowNs, name, after);
            if (!outcome.Success)
            {
                Bond.Release(Clock.NowNs, name);
            }
        }

        _dirty = true;
        Settle();
        return outcome;
    }

    /// <summary>Locks an interface and records how it is, unless that was done already.</summary>
    private Outcome TakeOver(LinkInfo link, out TakenLink? taken)
    {
        if (_taken.TryGetValue(link.IfIndex, out taken))
        {
            return Outcome.Ok;
        }

        Outcome outcome = TakenLink.Take(_context.State, _context.Links, _context.Ethtool, link, out taken);
        if (outcome.Success)
        {
            _taken.Add(link.IfIndex, taken!);
        }

        return outcome;
    }

    /// <summary>Puts back what was taken over and is no slave (any more): after a release, and after an enslavement that failed.</summary>
    private void Settle()
    {
        foreach ((int ifIndex, TakenLink taken) in _taken.ToArray())
        {
            if (_attachments.Any(attachment => attachment?.Taken == taken))
            {
                continue;
            }

            _taken.Remove(ifIndex);
            Outcome outcome = taken.GiveBack();
            if (!outcome.Success)
            {
                Log(LogPriority.Error, $"{Bond.Name}: {taken.Link.Name} could not be put back as it was: {outcome.Message}");
            }
        }
    }

    private void WriteStatusFile()
    {
        string text = Text(why: false);
        if (text == _writtenText)
        {
            return;
        }

        // Readers see the old text or the new one, never half of either.
        string temporary = TextPath + ".new";
        File.WriteAllText(temporary, text);
        File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.Move(temporary, TextPath, overwrite: true);
        _writtenText = text;
    }
}
