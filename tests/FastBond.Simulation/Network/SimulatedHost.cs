using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;

namespace FastBond.Simulation.Network;

/// <summary>
/// A host: a bond's whole control plane, real lanes as poll cores, interfaces plugged into the network, and above it all a small stack that
/// pings. The control thread is in here: what it hears comes late, and while it is stalled everything waits, in order.
/// </summary>
internal sealed class SimulatedHost : IDisposable
{
    private const int MostTicks = 1000;
    private const int FrameOverhead = 18;

    private readonly CounterBlock _counters;
    private readonly List<Nic> _nics = [];
    private readonly Queue<Action> _waiting = new();
    private long _stalledUntilNs;
    private long _timerNs = long.MaxValue;

    public SimulatedHost(SimulatedNetwork network, int index, int cores, int foreseenSlaves)
    {
        Network = network;
        Index = index;
        Name = $"h{index}";
        Address = IPAddress.Parse($"198.18.0.{index + 1}");
        World = new HostWorld(this);
        World.BondAddress = World.RandomAddress();
        Bond = new Bond("bond0", World, World.BondAddress);
        _counters = CounterBlock.Allocate("bond0", cores);
        Cores = [.. Enumerable.Range(0, cores).Select(core => new SimulatedCore(this, core, _counters, foreseenSlaves))];
        Stack = new HostStack(this);
        Bond.SetHostAddresses(NowNs, [new HostAddress(Address, [], default) { PrefixLength = 24 }]);
    }

    public SimulatedNetwork Network { get; }

    public int Index { get; }

    public string Name { get; }

    public IPAddress Address { get; }

    public HostWorld World { get; }

    public Bond Bond { get; }

    public IReadOnlyList<SimulatedCore> Cores { get; }

    public IReadOnlyList<Nic> Nics => _nics;

    public HostStack Stack { get; }

    public CounterBlock Counters => _counters;

    public long NowNs => Network.NowNs;

    /// <summary>Off once calls were made to fail on purpose, which may leave MACs where they should not be.</summary>
    public bool ChecksAddresses { get; set; } = true;

    public Slave? SlaveIn(int slot)
    {
        for (int i = 0; i < Bond.Slaves.Count; i++)
        {
            if (Bond.Slaves[i].Slot == slot)
            {
                return Bond.Slaves[i];
            }
        }

        return null;
    }

    /// <summary>The interface whose queues are in that slot.</summary>
    public Nic? NicIn(int slot) => _nics.Find(nic => nic.IsOpen && nic.Slave?.Slot == slot);

    public Nic NicNamed(string name) => _nics.Find(nic => nic.DeviceName == name) ?? throw new ArgumentException($"{Name} has no {name}", nameof(name));

    /// <summary>Puts a NIC into the host, at its end of a cable.</summary>
    public Nic AddNic(CableEnd end)
    {
        Nic nic = new(this, _nics.Count, end);
        _nics.Add(nic);
        CreateDevice(nic, 0);
        return nic;
    }

    /// <summary>The operating system gets a device for that NIC; each time with another address.</summary>
    public void CreateDevice(Nic nic, int life)
    {
        World.Add(nic.DeviceName, $"02:5a:{Index:x2}:{life:x2}:00:{_nics.IndexOf(nic):x2}").PeerIsUp = nic.End.HasSignal;
        nic.Update();
    }

    /// <summary>The device vanishes; the bond hears of it later.</summary>
    public void DeleteDevice(Nic nic)
    {
        Slave? slave = nic.Slave;
        World.Delete(nic.DeviceName);
        nic.Update();
        Post(Network.Disorder.NewsDelayNs(loss: false), () =>
        {
            if (slave is not null)
            {
                Bond.DeviceGone(NowNs, slave);
            }
        });
    }

    /// <summary>The device gets another name.</summary>
    public void RenameDevice(Nic nic, string name)
    {
        World.Rename(nic.DeviceName, name);
        nic.DeviceName = name;
        if (nic.Slave is { } slave)
        {
            Run(() =>
            {
                Bond.SlaveRenamed(NowNs, slave, name);
                return Outcome.Ok;
            });
        }
    }

    /// <summary>Somebody takes the interface down or up; a slave's queues are closed while it is down.</summary>
    public void SetAdmin(Nic nic, bool up)
    {
        if (nic.Device is not { } device)
        {
            return;
        }

        device.IsUp = up;
        nic.Update();
        HearCarrier(nic, loss: !up);
        Post(Network.Disorder.NewsDelayNs(loss: false), () => HearAdmin(nic));
    }

    /// <summary>The kernel tells of a change of carrier, sooner or later; it is no more than a cause to ask.</summary>
    public void HearCarrier(Nic nic, bool loss)
    {
        if (!Network.Disorder.LosesHint())
        {
            Network.Time.After(Network.Disorder.NewsDelayNs(loss), nic.Poll.Ask);
        }
    }

    public Outcome Enslave(string name) => Run(() => Bond.Enslave(NowNs, name));

    public Outcome Release(string name) => Run(() => Bond.Release(NowNs, name));

    /// <summary>Writes an option; one that is refused must leave everything as it was.</summary>
    public Outcome Set(string option, string value) => Run(() =>
    {
        BondOptions before = Bond.Options;
        long generation = Bond.Table.Generation;
        Outcome outcome = Bond.SetOption(NowNs, option, value);
        if (!outcome.Success && (Bond.Options != before || Bond.Table.Generation != generation))
        {
            throw new InvariantBrokenException($"{Name}: {option}={value} was refused and changed something");
        }

        foreach (Nic nic in _nics)
        {
            nic.Poll.SetPeriod(Bond.Options.Miimon);
        }

        return outcome;
    });

    public Outcome SetSlave(string slave, string option, string value) => Run(() => Bond.SetSlaveOption(NowNs, slave, option, value));

    public Outcome SetUp(bool up) => Run(() =>
    {
        Bond.SetUp(NowNs, up);
        return Outcome.Ok;
    });

    public Outcome SetAddress(HardwareAddress address) => Run(() =>
    {
        World.BondAddress = address;
        return Bond.SetAddress(NowNs, address);
    });

    public Outcome SetMtu(int mtu) => Run(() =>
    {
        Outcome outcome = Bond.SetMtu(NowNs, mtu);
        foreach (SimulatedCore core in Cores)
        {
            core.Lane.MaxFrameLength = Bond.Mtu + FrameOverhead;
        }

        return outcome;
    });

    /// <summary>The control thread does nothing for a while.</summary>
    public void Stall(long ns) => _stalledUntilNs = Math.Max(_stalledUntilNs, NowNs + ns);

    /// <summary>Does something on the control thread after a while, when it is not stalled.</summary>
    public void Post(long afterNs, Action act) => Network.Time.After(afterNs, () =>
    {
        _waiting.Enqueue(act);
        Work();
    });

    private void Work()
    {
        if (NowNs < _stalledUntilNs)
        {
            Network.Time.At(_stalledUntilNs, Work);
            return;
        }

        while (_waiting.TryDequeue(out Action? act))
        {
            act();
            Settle();
        }
    }

    /// <summary>A core has an event for the control thread.</summary>
    public void CoreHasNews() => Post(0, () =>
    {
        foreach (SimulatedCore core in Cores)
        {
            while (core.Lane.TryTakeEvent(out LaneEvent told))
            {
                NicIn(told.Slot)?.Poll.Ask();
            }
        }
    });

    /// <summary>Releases everything; whatever was taken must be as it was found.</summary>
    public void Dispose()
    {
        foreach (Slave slave in Bond.Slaves.ToArray())
        {
            Release(slave.Name);
        }

        foreach (SimulatedCore core in Cores)
        {
            core.Dispose();
        }

        _counters.Dispose();
    }

    private Outcome Run(Func<Outcome> act)
    {
        Outcome outcome = act();
        Settle();
        return outcome;
    }

    private void HearAdmin(Nic nic)
    {
        if (nic.Slave is not { } slave || nic.Device is not { } device || slave.IsUp == device.IsUp)
        {
            return;
        }

        Bond.AdminStateChanged(NowNs, slave, device.IsUp);
        if (device.IsUp)
        {
            nic.Open(slave, newSlave: false);
        }
        else
        {
            nic.Close(drain: false);
        }
    }

    /// <summary>What the cores have seen for the monitors: frames as they came, stamps before the pass that judges by them.</summary>
    private void HearCores()
    {
        foreach (SimulatedCore core in Cores)
        {
            while (core.Lane.Watch.TryTake(out WatchedFrame frame))
            {
                if (frame.Slot == ForwardingTable.NoSlot)
                {
                    Bond.FrameFromHost(frame.TimeNs, frame.Bytes);
                }
                else if (_nics.Find(nic => nic.Slave?.Slot == frame.Slot) is { } nic && frame.TimeNs >= nic.SinceNs)
                {
                    Bond.FrameReceived(frame.TimeNs, nic.Slave!, frame.Bytes);
                }
            }
        }

        foreach (Nic nic in _nics.Where(nic => nic.Slave is not null && Bond.NextDueNs <= NowNs))
        {
            Bond.Heard(NowNs, nic.Slave!, Cores.Max(core => core.Lane.Watch.LastReceivedNs(nic.Slave!.Slot)));
        }
    }

    /// <summary>What the control thread does after every event.</summary>
    private void Settle()
    {
        BondInvariants.Check(Bond, World, NowNs, ChecksAddresses);
        HearCores();
        for (int ticks = 0; Bond.NextDueNs <= NowNs; ticks++)
        {
            if (ticks == MostTicks)
            {
                throw new InvariantBrokenException($"{Name}: the bond is always due");
            }

            Bond.Tick(NowNs);
            BondInvariants.Check(Bond, World, NowNs, ChecksAddresses);
        }

        long due = Bond.NextDueNs;
        if (due != long.MaxValue && due != _timerNs)
        {
            _timerNs = due;
            Post(due - NowNs + Network.Disorder.TimerLatenessNs(), () =>
            {
                if (_timerNs == due)
                {
                    _timerNs = long.MaxValue;
                }
            });
        }
    }
}
