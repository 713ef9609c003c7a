using FastBond.Core.Frames;
using FastBond.Core.Modes;
using FastBond.Core.Monitoring;

namespace FastBond.Core.Bonds;

/// <summary>
/// One bond's control plane: a deterministic machine. It is told what happened and when (nanoseconds of any clock that never goes back),
/// and answers through <see cref="IEffects"/>. It reads no clock and starts nothing. Not thread-safe: one control thread owns it.
/// </summary>
/// <remarks>
/// After every call in, the caller looks at <see cref="NextDueNs"/>; if that moment has come it calls <see cref="Tick"/>. News of links
/// only makes it come now: all that is known is told first and judged in one pass, so that two links lost together
/// cost one fail-over and not a detour over the second dead link.
/// </remarks>
public sealed partial class Bond
{
    private readonly IEffects _effects;
    private readonly List<Slave> _slaves = [];
    private readonly MiiMonitor _miiMonitor;
    private readonly ArpMonitor _arpMonitor;
    private readonly PeerNotifications _peerNotifications;
    private readonly MulticastReports _multicastReports;
    private ModeRules _mode = ModeRules.For(BondMode.BalanceRr);
    private bool _addressIsRandom = true;

    /// <summary>
    /// A new bond: no slaves, administratively down, options at the kernel's defaults. <paramref name="address"/> counts as random: the
    /// first slave gives the bond its own, unless <see cref="SetAddress"/> comes before.
    /// </summary>
    public Bond(string name, IEffects effects, HardwareAddress address)
    {
        Name = name;
        _effects = effects;
        Address = address;
        HostAddresses = new HostAddresses(this);
        _miiMonitor = new MiiMonitor(this);
        _arpMonitor = new ArpMonitor(this);
        _peerNotifications = new PeerNotifications(this);
        _multicastReports = new MulticastReports(this);
    }

    /// <summary>Name of the bond and of its host interface.</summary>
    public string Name { get; }

    /// <summary>Option values. Another object after every accepted write: it is not to be held on to.</summary>
    public BondOptions Options { get; private set; } = new();

    /// <summary>Slaves in enslave order.</summary>
    public IReadOnlyList<Slave> Slaves => _slaves;

    /// <summary>The current active slave (in every mode but 802.3ad; only modes 1, 5, 6 show it).</summary>
    public Slave? ActiveSlave { get; private set; }

    /// <summary>The slave named by option <c>primary</c>, if it is here.</summary>
    public Slave? PrimarySlave { get; private set; }

    /// <summary>Administratively up: follows the host interface.</summary>
    public bool IsUp { get; private set; }

    /// <summary>The carrier the bond shows to the host.</summary>
    public bool Carrier { get; private set; }

    /// <summary>The bond's MAC.</summary>
    public HardwareAddress Address { get; private set; }

    /// <summary>The bond's MTU; every slave has the same.</summary>
    public int Mtu { get; private set; } = 1500;

    /// <summary>The table last published.</summary>
    public ForwardingTable Table { get; private set; } = ForwardingTable.Empty;

    /// <summary>When <see cref="Tick"/> must next be called, in nanoseconds; <see cref="long.MaxValue"/> if nothing is due.</summary>
    public long NextDueNs => Math.Min(Math.Min(_miiMonitor.DueNs, _arpMonitor.DueNs), _multicastReports.DueNs);

    /// <summary>When the MII monitor's next regular pass is due: what polls the carriers in step with it wants to know.</summary>
    public long NextPassNs => _miiMonitor.NextPassNs;

    /// <summary>When the ARP monitor's next pass is due.</summary>
    internal long NextArpPassNs => _arpMonitor.DueNs;

    /// <summary>The time of the last event.</summary>
    internal long NowNs { get; private set; }

    /// <summary>The world this bond acts on.</summary>
    internal IEffects Effects => _effects;

    /// <summary>The rules of the present mode.</summary>
    internal ModeRules Mode => _mode;

    /// <summary>The slave that the ARP monitor tries while there is no current one.</summary>
    internal Slave? ProbingSlave => _arpMonitor.Probing;

    /// <summary>The addresses behind the bond.</summary>
    internal HostAddresses HostAddresses { get; }

    /// <summary>The series of announcements that follows a fail-over.</summary>
    internal PeerNotifications PeerNotifications => _peerNotifications;

    /// <summary>The host interface went up or down.</summary>
    public void SetUp(long nowNs, bool up)
    {
        Advance(nowNs);
        if (IsUp == up)
        {
            return;
        }

        IsUp = up;
        if (up)
        {
            foreach (Slave slave in _slaves)
            {
                _mode.BondUp(this, slave);
            }
        }
        else
        {
            _peerNotifications.Cancel();
            _multicastReports.Cancel();
        }

        StartMonitor();
        PublishIfChanged();
    }

    /// <summary>
    /// What the monitor thread, netlink or a failed kick made known of a slave's carrier. A change makes <see cref="NextDueNs"/> come
    /// now: a pass for this slave only, which counts down no delay. Data frames avoid a slave without carrier from this call on; where one
    /// slave carries them all, from that pass on, which may name its successor.
    /// </summary>
    public void CarrierChanged(long nowNs, Slave slave, bool carrier)
    {
        Advance(nowNs);
        if (slave.Carrier == carrier || !_slaves.Contains(slave))
        {
            return;
        }

        slave.Carrier = carrier;
        RunningChanged(slave);
    }

    /// <summary>The slave's administrative state as told by netlink; works as <see cref="CarrierChanged"/> does.</summary>
    public void AdminStateChanged(long nowNs, Slave slave, bool up)
    {
        Advance(nowNs);
        if (slave.IsUp == up || !_slaves.Contains(slave))
        {
            return;
        }

        slave.IsUp = up;
        RunningChanged(slave);
    }

    /// <summary>Speed and duplex as read anew.</summary>
    public void SpeedChanged(long nowNs, Slave slave, int speedMbps, Duplex duplex)
    {
        Advance(nowNs);
        slave.SpeedMbps = speedMbps;
        slave.Duplex = duplex;
    }

    /// <summary>
    /// The addresses the host holds now: of VLANs above the bond and of the bond itself. Announced in the order given, the bond's own
    /// ARP before the VLANs', the VLANs' neighbour advertisements before the bond's.
    /// </summary>
    /// <param name="nowNs">When.</param>
    /// <param name="addresses">All that is known.</param>
    /// <param name="areAll">
    /// Whether nobody else can be behind the bond, so that there is nothing to be learnt from what the host sends and the cores need not look at it.
    /// </param>
    public void SetHostAddresses(long nowNs, IReadOnlyList<HostAddress> addresses, bool areAll = false)
    {
        Advance(nowNs);
        HostAddresses.Set(addresses);
        _peerNotifications.SetAddresses(HostAddresses.OnBond);
        if (HostAddresses.AreAll != areAll)
        {
            HostAddresses.AreAll = areAll;
            PublishIfChanged();
        }
    }

    /// <summary>Does what is due at <paramref name="nowNs"/>.</summary>
    public void Tick(long nowNs)
    {
        Advance(nowNs);
        bool changed = _miiMonitor.DueNs <= NowNs && _miiMonitor.Run();
        changed |= _arpMonitor.DueNs <= NowNs && _arpMonitor.Run();

        // A pass that changes nothing must not cost a table: most of a bond's life is such passes.
        if (changed)
        {
            PublishIfChanged();
        }

        if (_multicastReports.DueNs <= NowNs)
        {
            _multicastReports.Run();
        }
    }

    /// <summary>The slave of this interface name, or null.</summary>
    internal Slave? FindSlave(string name) => _slaves.Find(slave => slave.Name == name);

    /// <summary>A log line about the bond.</summary>
    internal void Log(LogPriority priority, string text) => _effects.Log(priority, $"{Name}: {text}");

    /// <summary>A log line about a slave.</summary>
    internal void LogSlave(LogPriority priority, Slave slave, string text) => Log(priority, $"(slave {slave.Name}): {text}");

    private void RunningChanged(Slave slave)
    {
        _miiMonitor.Hint(slave);
        if (!_mode.SelectsActive || _miiMonitor.DueNs > NowNs)
        {
            PublishIfChanged();
        }
    }

    /// <summary>Every event says when it happened; one that was overtaken by another counts as simultaneous with it.</summary>
    private void Advance(long nowNs) => NowNs = Math.Max(NowNs, nowNs);

    /// <summary>Makes the monitor that the options ask for run from now on, or none; it runs only while the bond is up.</summary>
    private void StartMonitor()
    {
        if (IsUp && Options.Miimon > 0)
        {
            _miiMonitor.Start();
        }
        else
        {
            _miiMonitor.Stop();
        }

        if (IsUp && Options.ArpInterval > 0)
        {
            _arpMonitor.Start();
        }
        else
        {
            _arpMonitor.Stop();
        }
    }
}
