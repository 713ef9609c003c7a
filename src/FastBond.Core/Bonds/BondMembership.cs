using System.Numerics;
using FastBond.Core.Frames;
using FastBond.Core.Ipoib;
using FastBond.Core.Modes;
using FastBond.Core.Options;

namespace FastBond.Core.Bonds;

/// <content>How interfaces become slaves and cease to be (modes.md section 9).</content>
public sealed partial class Bond
{
    /// <summary>ARP hardware type of the slaves; Ethernet while there are none.</summary>
    public int LinkType => _slaves.Count > 0 ? _slaves[0].LinkType : SlaveDevice.Ethernet;

    /// <summary>
    /// Takes an interface as a slave (modes.md section 9). <paramref name="device"/> must be administratively down. On failure the
    /// interface and the bond are as before.
    /// </summary>
    /// <returns>
    /// ENODEV: no such interface. EPERM: the bond itself, another bond, or up. EBUSY: has a master. EINVAL: loopback, neither Ethernet
    /// nor InfiniBand, or another type than the other slaves. EOPNOTSUPP: InfiniBand outside active-backup, or cannot change its MAC
    /// where it must. ENOMEM: too many slaves. Else what MTU, MAC or taking over failed with.
    /// </returns>
    public Outcome Enslave(long nowNs, string device)
    {
        Advance(nowNs);
        SlaveDevice? found = _effects.FindDevice(device);
        Outcome outcome = Admit(device, found);
        if (!outcome.Success)
        {
            return outcome;
        }

        Slave slave = new((byte)BitOperations.TrailingZeroCount(~Table.SlaveMask), found!);
        bool first = _slaves.Count == 0;

        // A MAC that a user gave means nothing on InfiniBand: the bond takes the type, and with it the address.
        bool takesAddress = first && (_addressIsRandom || slave.LinkType == SlaveDevice.Infiniband);
        HardwareAddress bondAddress = takesAddress ? slave.OriginalAddress : Address;
        outcome = TakeOver(slave, bondAddress, out bool keepsOwnAddress);
        if (!outcome.Success)
        {
            return new Outcome(outcome.Error, $"{device} cannot become a slave of {Name}: {outcome.Message}");
        }

        if (keepsOwnAddress)
        {
            LogSlave(LogPriority.Warning, slave, "The slave device specified does not support setting the MAC address");
            LogSlave(LogPriority.Warning, slave, "Setting fail_over_mac to active for active-backup mode");
            Options.FailOverMac = ActiveBackup.FailOverMacActive;
        }

        if (takesAddress)
        {
            _addressIsRandom = false;
            Address = bondAddress;
            _effects.SetBondAddress(Address);
        }

        Join(slave);
        return Outcome.Ok;
    }

    /// <summary>Gives a slave back.</summary>
    /// <returns>ENODEV: no such interface. EINVAL: not a slave of this bond.</returns>
    public Outcome Release(long nowNs, string slave)
    {
        Advance(nowNs);
        Slave? found = FindSlave(slave);
        if (found is not null)
        {
            Leave(found, gone: false);
            return Outcome.Ok;
        }

        return _effects.FindDevice(slave) is null
            ? new Outcome(Errno.ENODEV, $"{slave}: there is no such interface")
            : new Outcome(Errno.EINVAL, $"{slave} is not a slave of {Name}");
    }

    /// <summary>The slave's device was deleted: it leaves the bond, which goes on.</summary>
    public void DeviceGone(long nowNs, Slave slave)
    {
        Advance(nowNs);
        if (_slaves.Contains(slave))
        {
            LogSlave(LogPriority.Warning, slave, "interface is gone");
            Leave(slave, gone: true);
        }
    }

    /// <summary>The slave's interface was given another name, which may be, or have been, that of option <c>primary</c>.</summary>
    public void SlaveRenamed(long nowNs, Slave slave, string name)
    {
        Advance(nowNs);
        slave.Name = name;
        if (!_mode.SelectsActive || Options.Primary is null || (slave == PrimarySlave) == (name == Options.Primary))
        {
            return;
        }

        PrimarySlave = slave == PrimarySlave ? null : slave;
        Log(LogPriority.Info, $"Primary slave changed to {PrimarySlave?.Name ?? "none"}, reselecting active slave");
        Reselect();
        PublishIfChanged();
    }

    private Outcome Admit(string name, SlaveDevice? device)
    {
        if (device is null)
        {
            return new Outcome(Errno.ENODEV, $"{name}: there is no such interface");
        }

        if (name == Name)
        {
            return new Outcome(Errno.EPERM, $"{name} cannot be a slave of itself");
        }

        if (device.IsBond)
        {
            return new Outcome(Errno.EPERM, $"{name} is a bond, which cannot be a slave of another; its slaves can, once it has released them");
        }

        if (device.LinkType == SlaveDevice.Loopback)
        {
            return new Outcome(Errno.EINVAL, $"{name} is a loopback interface, which leads nowhere; an Ethernet interface would do");
        }

        if (FindSlave(name) is not null)
        {
            return new Outcome(Errno.EBUSY, $"{name} is a slave of {Name} already");
        }

        if (device.Master is not null)
        {
            return new Outcome(Errno.EBUSY, $"{name} belongs to {device.Master}; release it there first");
        }

        if (device.IsUp)
        {
            return new Outcome(Errno.EPERM, $"{name} is up; take it down first (ip link set {name} down)");
        }

        if (_slaves.Count > 0 && device.LinkType != _slaves[0].LinkType)
        {
            return new Outcome(
                Errno.EINVAL,
                $"{name} is of link type {device.LinkType}, but the slaves of {Name} are of type {_slaves[0].LinkType}; " +
                "types cannot be mixed");
        }

        if (device.LinkType == SlaveDevice.Infiniband)
        {
            Outcome outcome = AdmitInfiniband(device);
            if (!outcome.Success)
            {
                return outcome;
            }
        }
        else if (device.LinkType != SlaveDevice.Ethernet)
        {
            return new Outcome(Errno.EINVAL, $"{name} is of link type {device.LinkType}; Ethernet (type 1) or InfiniBand (32) would do");
        }

        return _slaves.Count < ForwardingTable.MaxSlaves
            ? Outcome.Ok
            : new Outcome(Errno.ENOMEM, $"{Name} has {ForwardingTable.MaxSlaves} slaves already, the most a bond can have");
    }

    private Outcome AdmitInfiniband(SlaveDevice device)
    {
        if (Options.Mode != BondMode.ActiveBackup)
        {
            string mode = OptionTable.Mode.NameOf((long)Options.Mode);
            return new Outcome(
                Options.Mode == BondMode.Ieee8023ad ? Errno.EINVAL : Errno.EOPNOTSUPP,
                $"{device.Name} is an InfiniBand interface, which supports only active-backup; {Name} is in {mode}");
        }

        return IpoibAddress.IsUnicast(device.Address.AsSpan())
            ? Outcome.Ok
            : new Outcome(Errno.EINVAL, $"{device.Name} has no InfiniBand address of 20 bytes; option lladdr can give it one");
    }

    /// <summary>MTU, MAC, opening, in that order; a failure undoes what was done before it.</summary>
    private Outcome TakeOver(Slave slave, HardwareAddress bondAddress, out bool keepsOwnAddress)
    {
        keepsOwnAddress = false;
        Outcome outcome = slave.OriginalMtu == Mtu ? Outcome.Ok : _effects.SetSlaveMtu(slave, Mtu);
        if (!outcome.Success)
        {
            return outcome;
        }

        outcome = SetFirstAddress(slave, bondAddress, out keepsOwnAddress);
        if (outcome.Success)
        {
            outcome = _effects.OpenSlave(slave);
        }

        if (!outcome.Success)
        {
            PutBack(slave);
            return outcome;
        }

        SlaveDevice? opened = _effects.FindDevice(slave.Name);
        if (opened is null)
        {
            _effects.CloseSlave(slave, gone: true);
            return new Outcome(Errno.ENODEV, "the interface is gone");
        }

        slave.IsUp = opened.IsUp;
        slave.Carrier = opened.Carrier;
        slave.SpeedMbps = opened.SpeedMbps;
        slave.Duplex = opened.Duplex;
        return Outcome.Ok;
    }

    /// <summary>
    /// Gives the interface the MAC its mode wants, even where that is the one it has: so it shows at once, and not at the first fail-over,
    /// whether it can. One that cannot makes the first slave of an active-backup bond all the same, by <c>fail_over_mac</c> active.
    /// </summary>
    private Outcome SetFirstAddress(Slave slave, HardwareAddress bondAddress, out bool keepsOwnAddress)
    {
        keepsOwnAddress = false;
        bool activeBackup = Options.Mode == BondMode.ActiveBackup;
        if (activeBackup && Options.FailOverMac == ActiveBackup.FailOverMacActive)
        {
            return Outcome.Ok;
        }

        HardwareAddress address = _mode.AddressOfNewSlave(this, slave, bondAddress);

        // An InfiniBand address names queue pair and port: no driver is asked to change it.
        Outcome outcome = slave.LinkType == SlaveDevice.Infiniband
            ? new Outcome(Errno.EOPNOTSUPP, "an InfiniBand address cannot be changed")
            : _effects.SetSlaveAddress(slave, address);
        if (outcome.Success)
        {
            slave.Address = address;
        }
        else if (activeBackup && outcome.Error == Errno.EOPNOTSUPP)
        {
            keepsOwnAddress = _slaves.Count == 0;
            return keepsOwnAddress
                ? Outcome.Ok
                : new Outcome(Errno.EOPNOTSUPP, "it cannot change its MAC, and fail_over_mac is not active");
        }

        return outcome;
    }

    private void Join(Slave slave)
    {
        _slaves.Add(slave);
        if (!_mode.SelectsActive)
        {
            SetReceiveFilter(slave, true);
        }

        _arpMonitor.Enslaved(slave);
        slave.Link = InitialLink(slave);
        if (slave.Link != LinkState.Down)
        {
            slave.LastLinkUpNs = NowNs;
        }

        if (_mode.SelectsActive && slave.Name == Options.Primary)
        {
            PrimarySlave = slave;
            _forcePrimary = true;
        }

        _mode.Enslaved(this, slave);
        UpdateCarrier();
        if (_mode.SelectsActive)
        {
            // Without a monitor no pass would come to make the announcement that waits.
            Reselect(unsettled: IsMonitored ? slave : null);
        }

        PublishIfChanged();
        string role = slave.IsActive ? "an active" : "a backup";
        string link = slave.Link == LinkState.Down ? "a down" : "an up";
        LogSlave(LogPriority.Info, slave, $"Enslaving as {role} interface with {link} link");
    }

    private LinkState InitialLink(Slave slave)
    {
        if (Options.Miimon > 0)
        {
            if (!slave.Carrier)
            {
                return LinkState.Down;
            }

            slave.Delay = Options.UpdelayTicks;
            return slave.Delay > 0 ? LinkState.Back : LinkState.Up;
        }

        return Options.ArpInterval > 0 && !slave.Carrier ? LinkState.Down : LinkState.Up;
    }

    private void Leave(Slave slave, bool gone)
    {
        _slaves.Remove(slave);
        _arpMonitor.Released(slave);
        slave.IsActive = false;
        LogSlave(LogPriority.Info, slave, "Releasing backup interface");
        bool followsActive = Options.Mode == BondMode.ActiveBackup && Options.FailOverMac == ActiveBackup.FailOverMacActive;
        if (!gone && !followsActive && _slaves.Count > 0 && slave.PermanentAddress == Address)
        {
            LogSlave(
                LogPriority.Warning,
                slave,
                $"the permanent HWaddr of slave - {Address} - is still in use by bond - " +
                "set the HWaddr of slave to a different address to avoid conflicts");
        }

        if (PrimarySlave == slave)
        {
            PrimarySlave = null;
        }

        if (ActiveSlave == slave)
        {
            // Not a change to "none" and from there: the slave itself is leaving, nothing is to be set on it any more.
            ActiveSlave = null;
            Reselect();
        }

        UpdateCarrier();
        if (_slaves.Count == 0)
        {
            Address = _effects.RandomAddress();
            _addressIsRandom = true;
            _effects.SetBondAddress(Address);
        }

        PublishIfChanged();
        _effects.CloseSlave(slave, gone);
        if (!gone)
        {
            PutBack(slave);
        }
    }

    /// <summary>The MAC and MTU the interface came with.</summary>
    private void PutBack(Slave slave)
    {
        if (slave.Address != slave.OriginalAddress)
        {
            ChangeAddress(slave, slave.OriginalAddress, "released slave");
        }

        if (slave.OriginalMtu != Mtu)
        {
            RestoreMtu(slave, slave.OriginalMtu);
        }
    }
}
