using FastBond.Core.Options;

namespace FastBond.Core.Bonds;

/// <content>What may be told a bond, and by whom it is checked: all writes go through one door.</content>
public sealed partial class Bond
{
    /// <summary>FastBond's own options of this bond. Another object after every accepted write.</summary>
    public BondEngineOptions EngineOptions { get; private set; } = new();

    /// <summary>Writes an option of the bond as text (options.md): name and value as the kernel spells them.</summary>
    public Outcome SetOption(long nowNs, string name, string value) => Apply(nowNs, [(name, value)]);

    /// <summary>
    /// Writes several options, in the kernel's order whatever theirs (options.md section 4), all or none. Non-zero <c>miimon</c>
    /// together with non-zero <c>arp_interval</c> or <c>arp_validate</c> is refused, as in one netlink request.
    /// </summary>
    public Outcome Apply(long nowNs, IReadOnlyList<(string Name, string Value)> options)
    {
        List<(Option Option, int Order, string Value)> writes = new(options.Count);
        foreach ((string name, string value) in options)
        {
            if (!OptionTable.TryFind(name, out Option option, out int order))
            {
                return OptionErrors.Unknown(name, OptionTable.All.Select(o => o.Name));
            }

            writes.Add((option, order, value));
        }

        OptionDraft draft = new(this);
        foreach ((Option option, _, string value) in writes.OrderBy(w => w.Order))
        {
            Outcome outcome = draft.Check(option);
            outcome = outcome.Success ? option.Write(draft, value) : outcome;
            if (!outcome.Success)
            {
                return outcome;
            }
        }

        return draft.SlaveChange is { } change
            ? ChangeSlave(nowNs, change, options.Count)
            : Adopt(nowNs, draft, writes.OrderBy(w => w.Order).Select(w => w.Option));
    }

    /// <summary>
    /// <see cref="Apply"/> for a bond that is being made: with neither <c>miimon</c> nor <c>arp_interval</c> said, <c>miimon</c> is 100.
    /// </summary>
    public Outcome ApplyAtCreation(long nowNs, IReadOnlyList<(string Name, string Value)> options)
    {
        IReadOnlyList<(string, string)> all = WithMonitoringDefault(options);
        Outcome outcome = Apply(nowNs, all);
        Options.MonitoringByDefault = outcome.Success && all.Count > options.Count;
        return outcome;
    }

    /// <summary>
    /// The options, and <c>miimon=100</c> where neither <c>miimon</c> nor <c>arp_interval</c> is among them (an explicit 0 stands).
    /// </summary>
    public static IReadOnlyList<(string Name, string Value)> WithMonitoringDefault(IReadOnlyList<(string Name, string Value)> options) =>
        options.Any(o => OptionTable.Normalize(o.Name) is "miimon" or "arp_interval")
            ? options
            : [.. options, ("miimon", $"{OptionRules.ForcedMiimon}")];

    /// <summary>
    /// Writes an option of a slave: <c>queue_id</c>, <c>prio</c>, and ours (<c>xdp_mode</c>, <c>lladdr</c>, <c>lladdr_broadcast</c>,
    /// <c>linktype</c>), which must be said before the interface is enslaved.
    /// </summary>
    public Outcome SetSlaveOption(long nowNs, string slave, string name, string value) => ApplyToSlave(nowNs, slave, [(name, value)]);

    /// <summary>Writes several options of a slave, all or none.</summary>
    public Outcome ApplyToSlave(long nowNs, string slave, IReadOnlyList<(string Name, string Value)> options)
    {
        OptionDraft draft = new(this);
        foreach ((string name, string value) in options)
        {
            Outcome outcome = SlaveOptionTable.Write(draft, slave, name, value);
            if (!outcome.Success)
            {
                return outcome;
            }
        }

        return Adopt(nowNs, draft, []);
    }

    /// <summary>
    /// An option's present value as sysfs shows it ("balance-rr 0", "100"), without newline; null if there is no such option.
    /// </summary>
    public string? GetOption(string name) => OptionTable.TryFind(name, out Option option, out _) ? option.Show(this) : null;

    /// <summary>
    /// Every option that a configuration keeps and that can be written as the bond is, in the order of application, with the value to write
    /// to make it what it is. <c>primary</c> is the name that was asked for, whether or not there is such a slave.
    /// </summary>
    public IReadOnlyList<(string Name, string Value)> WrittenOptions() =>
    [
        .. OptionTable.Kept
            .Where(option => option.Modes.Has(Options.Mode) && option.IsWritable(Options))
            .Select(option => (option.Name, option.Name == "primary" ? Options.Primary ?? "" : option.Written(this))),
    ];

    /// <summary>The same of a slave's options.</summary>
    public IReadOnlyList<(string Name, string Value)> WrittenSlaveOptions(Slave slave) => SlaveOptionTable.Written(this, slave);

    /// <summary>Whether an option of a slave is settled before the interface is enslaved; the others can be written only after.</summary>
    public static bool PrecedesEnslaving(string slaveOption) => SlaveOptionTable.BeforeEnslaving.Contains(OptionTable.Normalize(slaveOption));

    /// <summary>Takes over a draft in which every write has been accepted, and lets each have its effects, in their order.</summary>
    private Outcome Adopt(long nowNs, OptionDraft draft, IEnumerable<Option> written)
    {
        Options = draft.Options;
        EngineOptions = draft.Engine;
        foreach (string warning in draft.Warnings)
        {
            Log(LogPriority.Warning, warning);
        }

        foreach ((Slave slave, int queueId) in draft.QueueIds)
        {
            slave.QueueId = queueId;
        }

        foreach ((Slave slave, int prio) in draft.ActorPortPrios)
        {
            slave.ActorPortPrio = prio;
        }

        foreach ((Slave slave, int prio) in draft.Prios)
        {
            slave.Prio = prio;
            OnPrioWritten(nowNs, slave);
        }

        foreach (Option option in written)
        {
            option.Effect?.Invoke(this, draft, nowNs);
        }

        return Outcome.Ok;
    }

    /// <summary>Taking or giving back an interface can fail on its own account, and so goes with nothing else.</summary>
    private Outcome ChangeSlave(long nowNs, SlaveChange change, int writes) =>
        writes > 1 ? new(Errno.EINVAL, "option slaves: is written by itself; or use enslave and release")
        : change.Enslave ? Enslave(nowNs, change.Name)
        : Release(nowNs, change.Name);
}
