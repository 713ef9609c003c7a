using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Core.Options;

/// <summary>The rules of single options and what a write does to other options (options.md section 3).</summary>
internal static class OptionRules
{
    private const int TextMacLength = 17;

    /// <summary><c>miimon</c> where a mode can't do without.</summary>
    public const int ForcedMiimon = 100;

    /// <summary>The shortest <c>miimon</c> that isn't warned about, in ms: one tick of the timer the kernel's monitor had.</summary>
    private const int FinestMiimon = 10;

    /// <summary>Stores a mode. Modes that FastBond doesn't have yet are understood and refused.</summary>
    public static Outcome SetMode(OptionDraft draft, int value)
    {
        BondMode mode = (BondMode)value;
        if (mode is BondMode.Ieee8023ad or BondMode.BalanceTlb or BondMode.BalanceAlb)
        {
            return new(Errno.EOPNOTSUPP,
                $"mode {OptionTable.Mode.NameOf(value)} isn't there yet; balance-rr, active-backup, balance-xor and broadcast are");
        }

        EnterMode(draft.Options, mode);
        return Outcome.Ok;
    }

    /// <summary>What a mode, once accepted, makes of the other options; also when it is the one the bond has.</summary>
    public static void EnterMode(BondOptions options, BondMode mode)
    {
        options.Mode = mode;
        options.ArpValidate = 0;
        options.BroadcastNeighbor = false;
        if (!ModeSet.WithArpMonitor.Has(mode))
        {
            options.ArpInterval = 0;
            options.Miimon = options.Miimon == 0 ? ForcedMiimon : options.Miimon;
        }

        options.TlbDynamicLb |= mode == BondMode.BalanceAlb;
    }

    /// <summary>The MII monitor switches the ARP monitor off. The delays are kept as counts of miimon, and so scale with it.</summary>
    public static Outcome SetMiimon(OptionDraft draft, int value)
    {
        BondOptions options = draft.Options;
        if (value is > 0 and < FinestMiimon)
        {
            draft.Warnings.Add($"miimon ({value}) is finer than links can be relied on to be checked; at least {FinestMiimon}, and {ForcedMiimon} is a good start");
        }

        options.Miimon = value;
        options.MonitoringByDefault = false;
        draft.AsksForMiiMonitor = value != 0;
        if (value != 0 && options.ArpInterval != 0)
        {
            options.ArpInterval = 0;
            options.ArpValidate = 0;
        }

        return Outcome.Ok;
    }

    /// <summary>The ARP monitor switches the MII monitor off.</summary>
    public static Outcome SetArpInterval(OptionDraft draft, int value)
    {
        if (value != 0 && draft.AsksForMiiMonitor)
        {
            return OptionErrors.BothMonitors("arp_interval");
        }

        draft.Options.ArpInterval = value;
        if (value != 0)
        {
            draft.Options.Miimon = 0;
            draft.Options.MonitoringByDefault = false;
        }

        return Outcome.Ok;
    }

    /// <summary>Validation belongs to the ARP monitor.</summary>
    public static Outcome SetArpValidate(OptionDraft draft, int value)
    {
        if (value != 0 && draft.AsksForMiiMonitor)
        {
            return OptionErrors.BothMonitors("arp_validate");
        }

        draft.Options.ArpValidate = value;
        return Outcome.Ok;
    }

    /// <summary>A delay is kept in whole periods of the MII monitor, rounded down.</summary>
    public static Outcome SetDelay(OptionDraft draft, string what, int value, Action<BondOptions, int> store)
    {
        int miimon = draft.Options.Miimon;
        if (miimon == 0)
        {
            return new(Errno.EPERM, $"Unable to set {what} as MII monitoring is disabled; set miimon first");
        }

        if (value % miimon != 0)
        {
            draft.Warnings.Add($"{what} ({value}) is not a multiple of miimon ({miimon}), value rounded to {value / miimon * miimon} ms");
        }

        store(draft.Options, value / miimon);
        return Outcome.Ok;
    }

    /// <summary>A name is kept whether or not there is such a slave; empty text clears.</summary>
    public static Outcome SetPrimary(OptionDraft draft, string text)
    {
        string name = OptionText.FirstLine(text).Trim();
        if (name.Length > 0 && !OptionText.IsInterfaceName(name))
        {
            return OptionErrors.Invalid("primary", name, "the name of an interface, or empty");
        }

        draft.Options.Primary = name.Length == 0 ? null : name;
        return Outcome.Ok;
    }

    /// <summary>The slave must be able to take over from one that is active; empty text selects anew.</summary>
    public static Outcome SetActiveSlave(OptionDraft draft, string text)
    {
        string name = OptionText.FirstLine(text).Trim();
        draft.NewActiveSlave = name;
        if (name.Length == 0)
        {
            return Outcome.Ok;
        }

        Slave? slave = draft.Bond.FindSlave(name);
        if (slave is null)
        {
            return draft.Bond.Effects.FindDevice(name) is not null
                ? new(Errno.EINVAL, $"option active_slave: interface {name} is not a slave of {draft.Bond.Name}; enslave it first")
                : OptionErrors.NoDevice("active_slave", name);
        }

        if (slave != draft.Bond.ActiveSlave && (draft.Bond.ActiveSlave is null || slave.Link != LinkState.Up || !slave.IsRunning))
        {
            return new(Errno.EINVAL, draft.Bond.ActiveSlave is null
                ? $"(slave {name}): Could not set as active slave; {draft.Bond.Name} has no active slave to take over from"
                : $"(slave {name}): Could not set as active slave; either {name} is down or the link is down");
        }

        return Outcome.Ok;
    }

    /// <summary>An Ethernet MAC that is no group's; all zero stands for the bond's own.</summary>
    public static Outcome SetAdActorSystem(OptionDraft draft, string text)
    {
        string mac = OptionText.FirstLine(text).Trim();
        if (mac.Length != TextMacLength || !HardwareAddress.TryParse(mac, out HardwareAddress address) ||
            address.Length != HardwareAddress.EthernetLength || address.IsMulticast)
        {
            return new(
                Errno.EINVAL,
                $"Invalid ad_actor_system MAC address. ({OptionErrors.Printable(mac)}); a unicast MAC, or all zero for the bond's own");
        }

        draft.Options.AdActorSystem = address;
        return Outcome.Ok;
    }

    /// <summary><c>+name</c> enslaves, <c>-name</c> releases.</summary>
    public static Outcome SetSlaves(OptionDraft draft, string text)
    {
        string command = OptionText.Token(text);
        string name = command.Length == 0 ? "" : command[1..];
        if (command.Length == 0 || command[0] is not ('+' or '-') || !OptionText.IsInterfaceName(name))
        {
            return new(Errno.EPERM, "no command found in slaves file - use +ifname or -ifname");
        }

        bool isSlave = draft.Bond.FindSlave(name) is not null;
        if (!isSlave && name != draft.Bond.Name && draft.Bond.Effects.FindDevice(name) is null)
        {
            return OptionErrors.NoDevice("slaves", command);
        }

        if (!isSlave && command[0] == '-')
        {
            IEnumerable<string> names = draft.Bond.Slaves.Select(s => $"-{s.Name}").DefaultIfEmpty("none: it has no slaves");
            return OptionErrors.Invalid("slaves", command, string.Join(", ", names));
        }

        draft.SlaveChange = new SlaveChange(name, command[0] == '+');
        return Outcome.Ok;
    }
}
