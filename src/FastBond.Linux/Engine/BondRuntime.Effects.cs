using System.Security.Cryptography;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Core.Options;
using FastBond.Dataplane.Cores;
using FastBond.Linux.Links;
using FastBond.Linux.Machine;
using FastBond.Linux.Restore;

namespace FastBond.Linux;

/// <content>What the control plane asks of the world.</content>
internal sealed partial class BondRuntime : IEffects
{
    private const int DefaultRing = 2048;

    private static readonly TimeSpan TableAnswer = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public SlaveDevice? FindDevice(string name)
    {
        if (_context.Links.Find(name) is not { } link)
        {
            return null;
        }

        (int speed, Duplex duplex) = link.IsUp ? _context.Ethtool.Speed(name) : (0, Duplex.Unknown);
        SlaveEngineOptions said = Bond.EngineOptions.ForSlave(name);
        return new SlaveDevice
        {
            Name = name,
            IfIndex = link.IfIndex,
            LinkType = said.LinkType ?? link.LinkType,
            Address = said.LinkLayerAddress.IsEmpty ? link.Address : said.LinkLayerAddress,
            Broadcast = said.LinkLayerBroadcast.IsEmpty ? link.Broadcast : said.LinkLayerBroadcast,
            PermanentAddress = link.PermanentAddress,
            Mtu = link.Mtu,
            IsUp = link.IsUp,
            Carrier = link.IsUp && !_coreFailed && _context.Ethtool.HasCarrier(name),
            SpeedMbps = speed,
            Duplex = duplex,
            Master = MasterOf(link),
            IsBond = link.Kind == "bond" || _context.IsBond(link.IfIndex),
        };
    }

    /// <inheritdoc/>
    public Outcome SetSlaveAddress(Slave slave, HardwareAddress address)
    {
        Outcome outcome = TakeOver(slave, out TakenLink? taken);
        return outcome.Success ? _context.Links.SetAddress(taken!.Link, address) : outcome;
    }

    /// <inheritdoc/>
    public Outcome SetSlaveMtu(Slave slave, int mtu)
    {
        Outcome outcome = TakeOver(slave, out TakenLink? taken);
        outcome = outcome.Success ? _context.Links.SetMtu(taken!.Link, mtu) : outcome;
        return outcome.Success || slave.LinkType != SlaveDevice.Infiniband
            ? outcome
            : new Outcome(outcome.Error, $"{outcome.Message}; its own, {slave.OriginalMtu}, works");
    }

    /// <inheritdoc/>
    public Outcome OpenSlave(Slave slave)
    {
        Outcome outcome = TakeOver(slave, out TakenLink? taken);
        if (!outcome.Success)
        {
            return outcome;
        }

        SlaveAttachment attachment = new(slave, taken!);
        List<string> warnings = [];
        outcome = taken!.Silence(warnings);
        warnings.ForEach(warning => Log(LogPriority.Warning, $"{Bond.Name}: (slave {slave.Name}): {warning}"));
        outcome = outcome.Success ? _context.Links.SetUp(taken.Link, up: true) : outcome;
        outcome = outcome.Success ? ForeseeSockets(_context.Ethtool.ReceiveQueues(slave.Name)) : outcome;
        outcome = outcome.Success ? OpenPorts(attachment) : outcome;
        if (!outcome.Success)
        {
            attachment.Dispose();
            return outcome;
        }

        _attachments[slave.Slot] = attachment;
        return Outcome.Ok;
    }

    /// <inheritdoc/>
    public void CloseSlave(Slave slave, bool gone)
    {
        if (_attachments[slave.Slot] is not { } attachment)
        {
            return;
        }

        _attachments[slave.Slot] = null;
        bool answered = true;
        foreach (Lane lane in _lanes)
        {
            answered &= lane.WaitForGeneration(Bond.Table.Generation, TableAnswer);
        }

        attachment.Dispose();
        if (answered && (attachment.Ports?.CloseSockets(drain: !gone) ?? true))
        {
            attachment.Ports?.Close();
        }
        else
        {
            Log(LogPriority.Error, $"{Bond.Name}: (slave {slave.Name}): a poll core doesn't answer; the slave's sockets stay open");
        }

        if (!gone)
        {
            _ = _context.Links.SetUp(attachment.Taken.Link, up: false);
        }

        if (!IsInfiniband)
        {
            CloseFace();
        }
    }

    /// <inheritdoc/>
    public void SetSlaveInactive(Slave slave, bool inactive) => _attachments[slave.Slot]?.Ports?.SetInactive(inactive);

    /// <inheritdoc/>
    public void SetSlaveReceiveFilter(Slave slave, bool carriesBondsFilter)
    {
        if (_attachments[slave.Slot] is not { } attachment)
        {
            return;
        }

        if (slave.LinkType == SlaveDevice.Infiniband)
        {
            SetGroups(attachment, carriesBondsFilter);
        }
        else
        {
            SetReceiveFilter(attachment, carriesBondsFilter);
        }
    }

    /// <inheritdoc/>
    public void SetSlaveGroups(Slave slave, IReadOnlyList<HardwareAddress> groups)
    {
        Outcome outcome = _attachments[slave.Slot]?.SetMonitorsGroups(groups) ?? Outcome.Ok;
        if (!outcome.Success)
        {
            Log(LogPriority.Warning, $"{Bond.Name}: (slave {slave.Name}): {outcome.Message}");
        }
    }

    /// <inheritdoc/>
    public void SetBondAddress(HardwareAddress address)
    {
        _dirty = true;
        LimitFrames();
        if (_host is not null && _face is null && address.Length == IpoibAddress.Length)
        {
            OpenFace(_host);
        }

        if (_face is null)
        {
            _host?.SetAddress(address);
        }
        else
        {
            // The host's side keeps its MAC; with the last slave the face goes, and the interface gets the bond's again.
            _face.FabricChanged();
        }
    }

    /// <inheritdoc/>
    public void SetBondCarrier(bool up)
    {
        _host?.SetCarrier(up);
        _port?.Carrier = up;
        _dirty = true;
    }

    /// <summary>
    /// The MAC of a bond that has had no slave: random, or what a daemon before us has left its interface with. The first slave will give its own,
    /// mostly the same; until then who manages the interface, a DHCP client for one, must not take it for another link.
    /// </summary>
    private HardwareAddress FirstAddress(string name) =>
        _context.Links.Find(name) is { Kind: "tun", Address.Length: HardwareAddress.EthernetLength } left ? left.Address : RandomAddress();

    /// <inheritdoc/>
    public HardwareAddress RandomAddress()
    {
        if (_hostStays && Bond.Address.Length == HardwareAddress.EthernetLength)
        {
            return Bond.Address;
        }

        Span<byte> bytes = stackalloc byte[HardwareAddress.EthernetLength];
        RandomNumberGenerator.Fill(bytes);

        // Unicast, locally administered (IEEE 802-2014 clause 8.2).
        bytes[0] = (byte)((bytes[0] & 0xfe) | 0x02);
        return new HardwareAddress(bytes);
    }

    /// <inheritdoc/>
    public void Send(Slave slave, ReadOnlySpan<byte> frame)
    {
        if (!_lanes[0].Send(slave.Slot, frame))
        {
            Log(LogPriority.Warning, $"{Bond.Name}: (slave {slave.Name}): a control frame could not be queued");
        }

        _context.Settings.Trace(FailOverStep.Announced, null);
    }

    /// <inheritdoc/>
    public void ResendMulticastReports() => _host?.AskForMulticastReports();

    /// <inheritdoc/>
    public void Publish(ForwardingTable table)
    {
        foreach (Lane lane in _lanes)
        {
            lane.Publish(table);
        }

        _context.Settings.Trace(FailOverStep.Published, table);
        _face?.FabricChanged();
        _dirty = true;
    }

    /// <inheritdoc/>
    public void Log(LogPriority priority, string message)
    {
        _dirty = true;
        if (_holdsLines)
        {
            _heldLines.Add((priority, message));
            return;
        }

        _context.Settings.Log(priority, message);
    }

    /// <summary>Whether the host interface is promiscuous, and its slaves have to be; told by <see cref="HostWatch"/>.</summary>
    public bool HostIsPromiscuous
    {
        get;
        set
        {
            if (field == value)
            {
                return;
            }

            field = value;
            foreach (SlaveAttachment? attachment in _attachments)
            {
                // InfiniBand has no promiscuous mode.
                if (attachment is not null && attachment.Slave.LinkType == SlaveDevice.Ethernet)
                {
                    SetReceiveFilter(attachment, attachment.CarriesFilter);
                }
            }
        }
    }

    private Outcome TakeOver(Slave slave, out TakenLink? taken)
    {
        taken = null;
        return _context.Links.Find(slave.IfIndex) is { } link
            ? TakeOver(link, out taken)
            : new Outcome(Errno.ENODEV, "the interface is gone");
    }

    private string? MasterOf(LinkInfo link) =>
        link.MasterIfIndex != 0 ? _context.Links.Find(link.MasterIfIndex)?.Name ?? $"interface {link.MasterIfIndex}" : _context.OwnerOf(link.IfIndex, this)?.Bond.Name;

    private Outcome OpenPorts(SlaveAttachment attachment)
    {
        Slave slave = attachment.Slave;
        int queues = _context.Ethtool.ReceiveQueues(slave.Name);
        if (queues < _lanes.Count)
        {
            return new Outcome(Errno.EINVAL,
                $"it has {queues} receive queue(s), too few for {_lanes.Count} cores; {queues} core(s) would do, or more queues (ethtool -L {slave.Name})");
        }

        BondEngineOptions options = Bond.EngineOptions;
        Core.Options.XdpMode choice = options.ForSlave(slave.Name).XdpMode ?? options.XdpMode;
        if (choice == Core.Options.XdpMode.Auto && slave.LinkType == SlaveDevice.Infiniband)
        {
            // No IPoIB driver has XDP of its own.
            choice = Core.Options.XdpMode.Generic;
        }

        Outcome outcome = SlavePorts.Open(
            slave, _lanes, queues, options.RingSize ?? DefaultRing, choice,
            (priority, text) => Log(priority, $"{Bond.Name}: (slave {slave.Name}): {text}"), out SlavePorts? ports);
        if (!outcome.Success || ports is null)
        {
            return outcome;
        }

        ports.Attach(newSlave: attachment.Ports is null);
        attachment.Ports = ports;
        Log(LogPriority.Info, $"{Bond.Name}: (slave {slave.Name}): AF_XDP {SlavePorts.Name(ports.Mode)}, {queues} queue(s)");
        (int speed, Duplex duplex) = _context.Ethtool.Speed(slave.Name);
        LinkReading reading = new(_context.Ethtool.HasCarrier(slave.Name), speed, duplex, queues);
        attachment.Carrier ??= new CarrierWatch(
            slave.Name, reading, Bond.Options.Miimon, changed => CarrierChanged(attachment, changed));
        return Outcome.Ok;
    }

    /// <summary>On the thread that asked the driver.</summary>
    private void CarrierChanged(SlaveAttachment attachment, LinkReading reading)
    {
        if (!reading.Carrier)
        {
            _context.Settings.Trace(FailOverStep.CarrierLost, null);
        }

        _context.Loop.Post(() => CarrierRead(attachment, reading));
    }

    private void SetReceiveFilter(SlaveAttachment attachment, bool carries)
    {
        Outcome outcome = attachment.SetReceiveFilter(carries, HostIsPromiscuous);
        if (!outcome.Success)
        {
            Log(LogPriority.Warning, $"{Bond.Name}: (slave {attachment.Slave.Name}): {outcome.Message}");
        }
    }

    private void CarrierRead(SlaveAttachment attachment, LinkReading reading)
    {
        Slave slave = attachment.Slave;
        if (_attachments[slave.Slot] != attachment)
        {
            return;
        }

        if (attachment.Ports is { IsOpen: true } ports && reading.Queues != ports.Queues)
        {
            CoverQueues(attachment, reading.Queues);
        }

        long now = Clock.NowNs;
        Bond.SpeedChanged(now, slave, reading.SpeedMbps, reading.Duplex);
        Bond.CarrierChanged(now, slave, reading.Carrier && !_coreFailed && attachment.Ports is { IsOpen: true });
    }

    /// <summary>
    /// Somebody changed the number of queues (<c>ethtool -L</c>): new queues have neither program nor socket, and would pass what they receive to the
    /// slave's own stack. Everything is bound anew; where that fails the slave counts as a link without carrier.
    /// </summary>
    private void CoverQueues(SlaveAttachment attachment, int queues)
    {
        Slave slave = attachment.Slave;
        Log(LogPriority.Notice, $"{Bond.Name}: (slave {slave.Name}): {queues} receive queue(s) now, binding them anew");
        attachment.Ports!.CloseSockets(drain: false);
        Outcome outcome = BindAnew(attachment);
        if (!outcome.Success)
        {
            Log(LogPriority.Error, $"{Bond.Name}: (slave {slave.Name}): {outcome}");
        }
    }

    /// <summary>Another program, and sockets, for a slave whose sockets are closed.</summary>
    private Outcome BindAnew(SlaveAttachment attachment)
    {
        attachment.Ports!.Close();
        Outcome outcome = OpenPorts(attachment);
        if (outcome.Success)
        {
            attachment.Ports.SetInactive(attachment.Slave.IsInactive);
        }

        return outcome;
    }
}
