using System.Globalization;
using FastBond.Core.Bonds;

namespace FastBond.Core.Options;

/// <summary>The options that every slave has of its own.</summary>
internal static class SlaveOptionTable
{
    private const int MaxPortPriority = 65535;

    /// <summary>All their names: the kernel's, then ours.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["queue_id", "prio", "actor_port_prio", "xdp_mode", "lladdr", "lladdr_broadcast", "linktype"];

    /// <summary>Those that are settled before the interface is enslaved.</summary>
    public static readonly IReadOnlyList<string> BeforeEnslaving = ["xdp_mode", "lladdr", "lladdr_broadcast", "linktype"];

    /// <summary>The options that can be written as the bond is, with the value that would make each what it is.</summary>
    public static IReadOnlyList<(string Name, string Value)> Written(Bond bond, Slave slave) =>
    [
        ("queue_id", $"{slave.QueueId}"),
        .. ModeSet.WithActiveSlave.Has(bond.Options.Mode) ? [("prio", $"{slave.Prio}")] : ReadOnlySpan<(string, string)>.Empty,
        .. ModeSet.Ieee8023ad.Has(bond.Options.Mode) ? [("actor_port_prio", $"{slave.ActorPortPrio}")] : ReadOnlySpan<(string, string)>.Empty,
        .. EngineOptionTable.WrittenOfSlave(bond.EngineOptions.ForSlave(slave.Name)),
    ];

    /// <summary>Writes one of a slave's options into the draft.</summary>
    public static Outcome Write(OptionDraft draft, string slaveName, string name, string value)
    {
        switch (OptionTable.Normalize(name))
        {
            case "queue_id":
                return SetQueueId(draft, slaveName, value);
            case "prio":
                return SetNumber(draft, slaveName, "prio", ModeSet.WithActiveSlave, value, int.MinValue, int.MaxValue, draft.Prios);
            case "actor_port_prio":
                return SetNumber(draft, slaveName, "actor_port_prio", ModeSet.Ieee8023ad, value, 0, MaxPortPriority, draft.ActorPortPrios);
            case var ours when BeforeEnslaving.Contains(ours):
                return EngineOptionTable.SetOfSlave(draft, slaveName, ours, value);
            default:
                return OptionErrors.Unknown(name, Names);
        }
    }

    /// <summary>The bond's own form of <c>queue_id</c>: <c>slave:id</c>.</summary>
    public static Outcome SetQueueIdByName(OptionDraft draft, string text)
    {
        string line = OptionText.FirstLine(text).Trim();
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0
            ? QueueError($"'{OptionErrors.Printable(line)}' is not slave:id")
            : SetQueueId(draft, line[..colon], line[(colon + 1)..]);
    }

    /// <summary>Whatever is wrong, the kernel says EPERM.</summary>
    private static Outcome SetQueueId(OptionDraft draft, string slaveName, string text)
    {
        Slave? slave = draft.Bond.FindSlave(slaveName);
        if (slave is null)
        {
            return QueueError($"{OptionErrors.Printable(slaveName)} is not a slave of {draft.Bond.Name}");
        }

        if (!OptionText.TryParseNumber(text, out long id) || id > draft.Options.TxQueues)
        {
            return QueueError($"{OptionErrors.Printable(text)} is not a queue of {draft.Bond.Name}; 0 - {draft.Options.TxQueues}");
        }

        Slave? holder = draft.Bond.Slaves.FirstOrDefault(s => draft.QueueIds.GetValueOrDefault(s, s.QueueId) == id);
        if (id != 0 && holder is not null && holder != slave)
        {
            return QueueError($"queue {id} is {holder.Name}'s already");
        }

        draft.QueueIds[slave] = (int)id;
        return Outcome.Ok;
    }

    private static Outcome SetNumber(
        OptionDraft draft, string slaveName, string option, ModeSet modes, string text, int min, int max, Dictionary<Slave, int> store)
    {
        if (!modes.Has(draft.Options.Mode))
        {
            return OptionErrors.Mode(option, modes, draft.Options.Mode);
        }

        if (draft.Bond.FindSlave(slaveName) is not { } slave)
        {
            return draft.Bond.Effects.FindDevice(slaveName) is not null
                ? new(Errno.EINVAL, $"option {option}: interface {slaveName} is not a slave of {draft.Bond.Name}; enslave it first")
                : OptionErrors.NoDevice(option, slaveName);
        }

        string word = OptionText.Token(text);
        if (!int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ||
            number < min || number > max)
        {
            return OptionErrors.Invalid(option, word, $"{min} - {max}");
        }

        store[slave] = number;
        return Outcome.Ok;
    }

    private static Outcome QueueError(string why) => new(Errno.EPERM, $"option queue_id: {why}");
}
