using FastBond.Core.Bonds;

namespace FastBond.Core.Options;

/// <summary>A set of bonding modes, one bit each.</summary>
[Flags]
internal enum ModeSet
{
    BalanceRr = 1 << BondMode.BalanceRr,
    ActiveBackup = 1 << BondMode.ActiveBackup,
    BalanceXor = 1 << BondMode.BalanceXor,
    Broadcast = 1 << BondMode.Broadcast,
    Ieee8023ad = 1 << BondMode.Ieee8023ad,
    BalanceTlb = 1 << BondMode.BalanceTlb,
    BalanceAlb = 1 << BondMode.BalanceAlb,

    /// <summary>The modes that have a current active slave to show: active-backup, balance-tlb, balance-alb.</summary>
    WithActiveSlave = ActiveBackup | BalanceTlb | BalanceAlb,

    /// <summary>The modes that the ARP monitor works in.</summary>
    WithArpMonitor = BalanceRr | ActiveBackup | BalanceXor | Broadcast,

    All = (1 << 7) - 1,
}

/// <summary>When an option may be written (the column "when" of options.md section 2).</summary>
[Flags]
internal enum WriteGuards
{
    AnyTime = 0,

    /// <summary>E: only while the bond has no slaves (ENOTEMPTY).</summary>
    NoSlaves = 1,

    /// <summary>B: only while the bond is administratively down (EBUSY).</summary>
    BondDown = 2,
}

/// <summary>One of an option's named values.</summary>
/// <param name="Name">As it is printed.</param>
/// <param name="Number">What it stands for.</param>
/// <param name="ByNumber">
/// Whether the number is accepted in place of the name. Not for values that the reference kernel lacks: their numbers it refuses.
/// </param>
/// <param name="Alias">Whether it is only another spelling, accepted but never printed.</param>
internal readonly record struct OptionValue(string Name, long Number, bool ByNumber = true, bool Alias = false);

/// <summary>The numbers an option takes; <c>minval</c>, <c>maxval</c> and, where 0 is within, <c>off</c> name the ends.</summary>
internal readonly record struct OptionRange(long Min, long Max);

/// <summary>
/// One option as options.md section 2 lists it: a named value, a number in a range, or (<see cref="Raw"/>) text that has a rule of its
/// own. Values and ranges are parsed here, all alike.
/// </summary>
internal sealed record Option
{
    /// <summary>The kernel's name, with underscores.</summary>
    public required string Name { get; init; }

    /// <summary>The modes it may be written in; it may act in fewer.</summary>
    public ModeSet Modes { get; init; } = ModeSet.All;

    /// <summary>When it may be written.</summary>
    public WriteGuards Guards { get; init; }

    /// <summary>Named values; empty for ranges and raw options.</summary>
    public IReadOnlyList<OptionValue> Values { get; init; } = [];

    /// <summary>The range, for options that take any number.</summary>
    public OptionRange? Range { get; init; }

    /// <summary>What the word <c>default</c> stands for; null where the kernel flags none.</summary>
    public long? Default { get; init; }

    /// <summary>Stores a parsed number in the draft.</summary>
    public Action<BondOptions, int>? Set { get; init; }

    /// <summary>In place of <see cref="Set"/>, where storing has rules or side effects on other options.</summary>
    public Func<OptionDraft, int, Outcome>? Rule { get; init; }

    /// <summary>Parses and stores, for raw options.</summary>
    public Func<OptionDraft, string, Outcome>? Raw { get; init; }

    /// <summary>The present value of a value or range option.</summary>
    public Func<BondOptions, long>? Get { get; init; }

    /// <summary>The present value of a raw option, as sysfs shows it.</summary>
    public Func<Bond, string>? ShowRaw { get; init; }

    /// <summary>Whether named values are shown with their name ("balance-rr 0") and not as the mere number.</summary>
    public bool ShowsName { get; init; } = true;

    /// <summary>The modes in which there is something to show; empty text elsewhere.</summary>
    public ModeSet ShownIn { get; init; } = ModeSet.All;

    /// <summary>
    /// Whether a configuration keeps it: not the second names of an option, nor what is chosen at run time or belongs to a slave.
    /// </summary>
    public bool IsKept { get; init; } = true;

    /// <summary>What more than its mode it takes to write the option, if anything.</summary>
    public Func<BondOptions, bool> IsWritable { get; init; } = static _ => true;

    /// <summary>What a write sets off in the bond, after all values of the request are stored.</summary>
    public Action<Bond, OptionDraft, long>? Effect { get; init; }

    /// <summary>Parses <paramref name="text"/> and stores it in the draft, or says why not.</summary>
    public Outcome Write(OptionDraft draft, string text)
    {
        if (Raw is not null)
        {
            return Raw(draft, text);
        }

        if (!TryParse(text, out int number))
        {
            return Invalid(OptionText.Token(text));
        }

        if (Rule is not null)
        {
            return Rule(draft, number);
        }

        Set!(draft.Options, number);
        return Outcome.Ok;
    }

    /// <summary>The value as sysfs would show it (formats.md section 2), without the newline.</summary>
    public string Show(Bond bond)
    {
        if (!ShownIn.Has(bond.Options.Mode))
        {
            return "";
        }

        if (ShowRaw is not null)
        {
            return ShowRaw(bond);
        }

        long number = Get!(bond.Options);
        return Values.Count > 0 && ShowsName ? $"{NameOf(number)} {number}" : $"{number}";
    }

    /// <summary>The value as it would be written to make it what it is.</summary>
    public string Written(Bond bond)
    {
        if (ShowRaw is not null)
        {
            return ShowRaw(bond);
        }

        long number = Get!(bond.Options);
        return Values.Count > 0 ? NameOf(number) : $"{number}";
    }

    /// <summary>The name that a number of this option is printed with.</summary>
    public string NameOf(long number)
    {
        foreach (OptionValue value in Values)
        {
            if (value.Number == number && !value.Alias)
            {
                return value.Name;
            }
        }

        return $"{number}";
    }

    /// <summary>EINVAL with what was given and what would be accepted.</summary>
    public Outcome Invalid(string given) => OptionErrors.Invalid(Name, given, Accepted());

    /// <summary>What a write would accept, in a few words.</summary>
    public string Accepted() =>
        Range is { } range
            ? $"{range.Min} - {range.Max}"
            : string.Join(", ", Values.Where(v => !v.Alias).Select(v => v.ByNumber ? $"{v.Name} {v.Number}" : v.Name));

    /// <summary>Parses a named value or a number that the option takes.</summary>
    public bool TryParse(string text, out int number)
    {
        bool known = OptionText.TryParseNumber(text, out long value) ? IsAccepted(value) : TryFindWord(OptionText.Token(text), out value);
        number = known ? (int)value : 0;
        return known;
    }

    private bool IsAccepted(long number) =>
        Range is { } range
            ? number >= range.Min && number <= range.Max
            : Values.Any(v => v.ByNumber && !v.Alias && v.Number == number);

    private bool TryFindWord(string word, out long number)
    {
        foreach (OptionValue value in Values)
        {
            if (value.Name == word)
            {
                number = value.Number;
                return true;
            }
        }

        long? end = (word, Range) switch
        {
            ("default", _) => Default,
            ("minval", { } range) => range.Min,
            ("maxval", { } range) => range.Max,
            ("off", { Min: 0 }) => 0,
            _ => null,
        };
        number = end ?? 0;
        return end is not null;
    }
}

/// <summary>Questions to a <see cref="ModeSet"/>.</summary>
internal static class ModeSets
{
    /// <summary>Whether the mode is in the set.</summary>
    public static bool Has(this ModeSet set, BondMode mode) => ((int)set & (1 << (int)mode)) != 0;
}
