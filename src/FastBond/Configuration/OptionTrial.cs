using FastBond.Core.Bonds;
using FastBond.Core.Options;

namespace FastBond.Configuration;

/// <summary>What a bond would be.</summary>
/// <param name="Options">Its options, in the order of application.</param>
/// <param name="Slaves">Its slaves' options, by name.</param>
internal sealed record TrialResult(
    IReadOnlyList<(string Name, string Value)> Options, IReadOnlyDictionary<string, IReadOnlyList<(string Name, string Value)>> Slaves);

/// <summary>
/// Tries what a configuration says on a bond with no world around it: the very code that the daemon would run says what it would refuse,
/// and what a bond so configured would be.
/// </summary>
internal static class OptionTrial
{
    private static readonly Dictionary<string, string> SecondNames = new(StringComparer.Ordinal)
    {
        ["num_unsol_na"] = "num_grat_arp",
        ["num_peer_notif"] = "num_grat_arp",
        ["peer_notify_delay"] = "peer_notif_delay",
    };

    /// <summary>Names of the options of a bond that a configuration keeps.</summary>
    public static IReadOnlyList<string> BondOptions { get; } = [.. OptionTable.Kept.Select(option => option.Name)];

    /// <summary>The one name, with underscores, of an option that has several.</summary>
    public static string Canonical(string name)
    {
        string normal = OptionTable.Normalize(name);
        return SecondNames.GetValueOrDefault(normal, normal);
    }

    /// <summary>Whether a configuration keeps an option of that name.</summary>
    public static bool IsBondOption(string name) => OptionTable.TryFind(name, out Option option, out _) && option.IsKept;

    /// <summary>
    /// Tries a bond's options one after the other, each with those before it, and then its slaves: what is refused is told at its place, and
    /// what remains comes back in order and by canonical values.
    /// </summary>
    public static BondConfiguration Run(BondConfiguration said, Draft draft)
    {
        List<Setting> accepted = [];
        Bond bond = Make(said, accepted, new TrialWorld(), out _);
        HashSet<string> told = new(StringComparer.Ordinal);
        foreach (Setting setting in said.Options.OrderBy(Order))
        {
            TrialWorld world = new();
            Bond next = Make(said, [.. accepted, setting], world, out Outcome outcome);
            if (outcome.Success)
            {
                bond = next;
                accepted.Add(setting with { Value = CanonicalValue(next, setting) });
                world.Warnings.Where(told.Add).ToList().ForEach(warning => draft.Warn(setting.Place, warning));
            }
            else
            {
                Refuse(setting, outcome, draft);
            }
        }

        if (accepted.Find(setting => setting.Name == OptionTable.Mode.Name) is { } mode && NotYet(mode) is { } why)
        {
            draft.Warn(mode.Place, why);
        }

        SlaveConfiguration[] slaves = [.. said.Slaves.Select(slave => TrySlave(bond, slave, draft))];
        CheckPrimary(accepted, slaves, draft);
        return said with { Options = accepted, Slaves = slaves };
    }

    /// <summary>What the options of a bond so configured, and of its slaves, would be, by name, as they would be written.</summary>
    public static TrialResult ResultOf(BondConfiguration said)
    {
        Bond bond = Make(said, said.Options, new TrialWorld(), out _);
        Draft unheard = new();
        foreach (SlaveConfiguration slave in said.Slaves)
        {
            TrySlave(bond, slave, unheard);
        }

        return new TrialResult(
            bond.WrittenOptions(),
            bond.Slaves.ToDictionary(slave => slave.Name, bond.WrittenSlaveOptions, StringComparer.Ordinal));
    }

    /// <summary>
    /// A bond with some of its options applied in one request, and with the monitoring that all of them together lead to. A mode that isn't
    /// there yet is entered all the same: its options are to be checked, and files are to be imported that name it.
    /// </summary>
    private static Bond Make(BondConfiguration said, IReadOnlyList<Setting> options, TrialWorld world, out Outcome outcome)
    {
        Bond bond = new(said.Name, world, world.RandomAddress());
        List<(string Name, string Value)> given = [.. options.Select(setting => (setting.Name, setting.Value))];
        (string Name, string Value)[] all = [.. said.Options.Select(setting => (setting.Name, setting.Value))];
        given.AddRange(Bond.WithMonitoringDefault(all).Skip(all.Length));
        if (options.FirstOrDefault(setting => setting.Name == OptionTable.Mode.Name) is { } mode && NotYet(mode) is not null)
        {
            string word = OptionText.Token(mode.Value);
            OptionRules.EnterMode(bond.Options, (BondMode)OptionTable.Mode.Values.First(value => value.Name == word || $"{value.Number}" == word).Number);
            given.RemoveAll(option => option.Name == mode.Name);
        }

        outcome = bond.Apply(0, given);
        return bond;
    }

    /// <summary>Why a mode can be written down but not be had yet; null if it can.</summary>
    private static string? NotYet(Setting mode)
    {
        TrialWorld world = new();
        Outcome outcome = new Bond("bond0", world, world.RandomAddress()).SetOption(0, mode.Name, mode.Value);
        return outcome.Error == Errno.EOPNOTSUPP ? outcome.Message : null;
    }

    private static int Order(Setting setting) => OptionTable.TryFind(setting.Name, out _, out int order) ? order : int.MaxValue;

    /// <summary>By the kernel's name where values have names; digits stay as they were given, though a delay may be rounded later.</summary>
    private static string CanonicalValue(Bond bond, Setting setting)
    {
        _ = OptionTable.TryFind(setting.Name, out Option option, out _);
        return setting.Name == "primary" ? setting.Value.Trim()
            : option.Range is not null && OptionText.TryParseNumber(setting.Value, out long number) ? $"{number}"
            : option.Written(bond).Replace(' ', ',');
    }

    private static void Refuse(Setting setting, Outcome outcome, Draft draft)
    {
        if (draft.IsLenient && (outcome.Error is Errno.EACCES or Errno.EPERM || OptionErrors.IsBothMonitors(outcome)))
        {
            draft.Note(setting.Place, $"{setting.Name}={OptionErrors.Printable(setting.Value)} has no effect here and is left out: {outcome.Message}");
        }
        else
        {
            draft.Fail(setting.Place, outcome.Message);
        }
    }

    private static SlaveConfiguration TrySlave(Bond bond, SlaveConfiguration slave, Draft draft)
    {
        List<Setting> accepted = [];
        foreach (Setting setting in slave.Options.Where(setting => Bond.PrecedesEnslaving(setting.Name)))
        {
            TrySlaveOption(bond, slave, setting, accepted, draft);
        }

        Outcome enslaved = bond.Enslave(0, slave.Name);
        if (!enslaved.Success)
        {
            draft.Fail(slave.Place, enslaved.Message);
            return slave;
        }

        foreach (Setting setting in slave.Options.Where(setting => !Bond.PrecedesEnslaving(setting.Name)))
        {
            TrySlaveOption(bond, slave, setting, accepted, draft);
        }

        return slave with { Options = accepted };
    }

    private static void TrySlaveOption(Bond bond, SlaveConfiguration slave, Setting setting, List<Setting> accepted, Draft draft)
    {
        Outcome outcome = bond.SetSlaveOption(0, slave.Name, setting.Name, setting.Value);
        if (outcome.Success)
        {
            accepted.Add(setting);
        }
        else
        {
            Refuse(setting, outcome, draft);
        }
    }

    private static void CheckPrimary(List<Setting> options, SlaveConfiguration[] slaves, Draft draft)
    {
        if (options.Find(setting => setting.Name == "primary") is { Value.Length: > 0 } primary && slaves.All(slave => slave.Name != primary.Value))
        {
            draft.Warn(primary.Place, $"primary {OptionErrors.Printable(primary.Value)} is none of the slaves; it counts once it is one");
        }
    }
}
