using FastBond.Core.Frames;
using FastBond.Core.Modes;

namespace FastBond.Core.Bonds;

/// <content>The bond's MAC and MTU and their way to the slaves (modes.md section 8).</content>
public sealed partial class Bond
{
    /// <summary>
    /// The user gave the host interface a MAC: to every slave, all or none. In active-backup with <c>fail_over_mac</c> active or follow it
    /// is no error and changes nothing; on InfiniBand, whatever the address. Once accepted the MAC counts as given, even if it was the
    /// bond's before: the first slave no longer brings its own. Whenever the bond does not keep it, the host interface gets its old one back.
    /// </summary>
    public Outcome SetAddress(long nowNs, HardwareAddress address)
    {
        Advance(nowNs);
        Outcome outcome = Outcome.Ok;
        bool isAddress = address.Length == Address.Length && !address.IsZero && !address.IsMulticast;
        if (!isAddress && LinkType != SlaveDevice.Infiniband)
        {
            outcome = new Outcome(
                Errno.EADDRNOTAVAIL, $"{Name} cannot have the address '{address}': a unicast MAC other than zero would do");
        }
        else if (address != Address && (Options.Mode != BondMode.ActiveBackup || Options.FailOverMac == ActiveBackup.FailOverMacNone))
        {
            outcome = SetAllAddresses(address);
            if (outcome.Success)
            {
                Address = address;
                PublishIfChanged();
            }
        }

        _addressIsRandom &= !outcome.Success;
        if (address != Address)
        {
            _effects.SetBondAddress(Address);
        }

        return outcome;
    }

    /// <summary>
    /// The user gave the host interface another MTU (bytes of payload): to every slave, all or none. On failure <see cref="Mtu"/> stands,
    /// and the caller puts the host interface back to it.
    /// </summary>
    public Outcome SetMtu(long nowNs, int mtu)
    {
        Advance(nowNs);
        if (mtu == Mtu)
        {
            return Outcome.Ok;
        }

        for (int i = 0; i < _slaves.Count; i++)
        {
            Outcome outcome = _effects.SetSlaveMtu(_slaves[i], mtu);
            if (!outcome.Success)
            {
                while (--i >= 0)
                {
                    RestoreMtu(_slaves[i], Mtu);
                }

                return new Outcome(outcome.Error, $"{Name} keeps its MTU {Mtu}: {outcome.Message}");
            }
        }

        Mtu = mtu;
        return Outcome.Ok;
    }

    /// <summary><c>fail_over_mac</c> active: the bond's MAC becomes the slave's.</summary>
    internal void TakeAddressOf(Slave slave)
    {
        if (Address != slave.Address)
        {
            Address = slave.Address;
            _effects.SetBondAddress(Address);
        }
    }

    /// <summary><c>fail_over_mac</c> follow: the slave gets the bond's MAC, and whoever held it gets the slave's.</summary>
    internal void GiveAddressTo(Slave slave)
    {
        if (slave.Address == Address)
        {
            return;
        }

        Slave? holder = _slaves.Find(other => other != slave && other.Address == Address);
        HardwareAddress own = slave.Address;
        if (ChangeAddress(slave, Address, "new active slave") && holder is not null)
        {
            ChangeAddress(holder, own, "old active slave");
        }
    }

    private bool ChangeAddress(Slave slave, HardwareAddress address, string whose)
    {
        Outcome outcome = _effects.SetSlaveAddress(slave, address);
        if (outcome.Success)
        {
            slave.Address = address;
        }
        else
        {
            LogSlave(LogPriority.Error, slave, $"Error -{(int)outcome.Error} setting MAC of {whose}");
        }

        return outcome.Success;
    }

    private Outcome SetAllAddresses(HardwareAddress address)
    {
        for (int i = 0; i < _slaves.Count; i++)
        {
            Outcome outcome = _effects.SetSlaveAddress(_slaves[i], address);
            if (!outcome.Success)
            {
                while (--i >= 0)
                {
                    ChangeAddress(_slaves[i], Address, "slave whose bond keeps its own");
                }

                return new Outcome(outcome.Error, $"{Name} keeps its address {Address}: {outcome.Message}");
            }
        }

        foreach (Slave slave in _slaves)
        {
            slave.Address = address;
        }

        return Outcome.Ok;
    }

    private void RestoreMtu(Slave slave, int mtu)
    {
        Outcome outcome = _effects.SetSlaveMtu(slave, mtu);
        if (!outcome.Success)
        {
            LogSlave(LogPriority.Error, slave, $"Error -{(int)outcome.Error} setting MTU back to {mtu}");
        }
    }
}
