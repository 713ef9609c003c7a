using FastBond.Core.Bonds;

namespace FastBond.Core.Options;

/// <summary>
/// A bond's options as they would be after a request. Every write of a request goes here first and sees the ones before it; the bond
/// takes the draft over only when all have been accepted, so that a refused request has changed nothing.
/// </summary>
internal sealed class OptionDraft(Bond bond)
{
    /// <summary>The bond as it is.</summary>
    public Bond Bond { get; } = bond;

    /// <summary>The kernel's options as they would be.</summary>
    public BondOptions Options { get; } = bond.Options.Clone();

    /// <summary>FastBond's own options as they would be.</summary>
    public BondEngineOptions Engine { get; set; } = bond.EngineOptions;

    /// <summary>Whether this request has asked for the MII monitor: the ARP monitor can then not be asked for in the same breath.</summary>
    public bool AsksForMiiMonitor { get; set; }

    /// <summary>The slave to be made the active one (option <c>active_slave</c>); empty = select anew.</summary>
    public string NewActiveSlave { get; set; } = "";

    /// <summary>A slave to take or give back (option <c>slaves</c>).</summary>
    public SlaveChange? SlaveChange { get; set; }

    /// <summary>Queue ids as they would be, of the slaves whose is written.</summary>
    public Dictionary<Slave, int> QueueIds { get; } = [];

    /// <summary>Priorities as they would be, of the slaves whose is written.</summary>
    public Dictionary<Slave, int> Prios { get; } = [];

    /// <summary>Port priorities as they would be, of the slaves whose is written.</summary>
    public Dictionary<Slave, int> ActorPortPrios { get; } = [];

    /// <summary>Log lines for when the draft is taken over, without the bond's name.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>The checks that come before the value is looked at, in the kernel's order (options.md section 1).</summary>
    public Outcome Check(Option option)
    {
        if (!option.Modes.Has(Options.Mode))
        {
            return OptionErrors.Mode(option.Name, option.Modes, Options.Mode);
        }

        if (option.Guards.HasFlag(WriteGuards.NoSlaves) && Bond.Slaves.Count > 0)
        {
            return OptionErrors.HasSlaves(option.Name);
        }

        return option.Guards.HasFlag(WriteGuards.BondDown) && Bond.IsUp ? OptionErrors.IsUp(option.Name) : Outcome.Ok;
    }
}

/// <summary>What option <c>slaves</c> asks for: an interface, to take (+) or to give back (-).</summary>
internal readonly record struct SlaveChange(string Name, bool Enslave);
