using FastBond.Linux;

namespace FastBond.Configuration.Reload;

/// <summary>What a step does to the traffic of its bond.</summary>
internal enum StepCost
{
    /// <summary>Nothing that isn't named in it.</summary>
    Live,

    /// <summary>The bond's slaves are released and taken back.</summary>
    NeedsNoSlaves,

    /// <summary>The bond is taken down and up again.</summary>
    NeedsBondDown,
}

/// <summary>One step of a reload.</summary>
/// <param name="Bond">The bond it changes.</param>
internal abstract record Step(string Bond)
{
    /// <summary>What it does to the bond's traffic.</summary>
    public StepCost Cost { get; init; }

    /// <summary>The step in words, without the bond's name.</summary>
    public abstract string Words { get; }

    /// <summary>"bond0: what (live)".</summary>
    public sealed override string ToString() => $"{Bond}: {Words} ({CostWords})";

    private string CostWords => Cost switch
    {
        StepCost.Live => "live",
        StepCost.NeedsNoSlaves => "needs the slaves released",
        _ => "needs the bond down",
    };
}

/// <summary>A bond is made, without slaves.</summary>
internal sealed record AddBond(string Bond, IReadOnlyList<OptionSetting> Options) : Step(Bond)
{
    /// <inheritdoc/>
    public override string Words => $"new bond{Of(Options)}";

    /// <summary>Options as they are written on a command line, after a blank.</summary>
    internal static string Of(IEnumerable<OptionSetting> options) => string.Concat(options.Select(option => $" {option.Name}={option.Value}"));
}

/// <summary>A bond goes, with its host interface.</summary>
internal sealed record DeleteBond(string Bond) : Step(Bond)
{
    /// <inheritdoc/>
    public override string Words => "delete";
}

/// <summary>Options are written.</summary>
/// <param name="Bond">The bond.</param>
/// <param name="Options">What is written.</param>
/// <param name="Changes">What changes by it, in words; what is written besides would change as a consequence and is kept.</param>
internal sealed record SetOptions(string Bond, IReadOnlyList<OptionSetting> Options, IReadOnlyList<string> Changes) : Step(Bond)
{
    /// <inheritdoc/>
    public override string Words => $"set {string.Join(", ", Changes)}";
}

/// <summary>Options of a slave are written.</summary>
internal sealed record SetSlaveOptions(string Bond, string Slave, IReadOnlyList<OptionSetting> Options) : Step(Bond)
{
    /// <inheritdoc/>
    public override string Words => $"set {Slave}{AddBond.Of(Options)}";
}

/// <summary>An interface becomes a slave.</summary>
/// <param name="Bond">The bond.</param>
/// <param name="Slave">The interface.</param>
/// <param name="Options">What was said of this slave.</param>
/// <param name="Defaults">What else is written, since a bond remembers what was once said of an interface.</param>
internal sealed record Enslave(string Bond, string Slave, IReadOnlyList<OptionSetting> Options, IReadOnlyList<OptionSetting> Defaults) : Step(Bond)
{
    /// <inheritdoc/>
    public override string Words => $"enslave {Slave}{AddBond.Of(Options)}";
}

/// <summary>Slaves are given back.</summary>
internal sealed record Release(string Bond, IReadOnlyList<string> Slaves) : Step(Bond)
{
    /// <inheritdoc/>
    public override string Words => $"release {string.Join(", ", Slaves)}";
}

/// <summary>The host interface changes.</summary>
internal sealed record ChangeHost(string Bond, HostChange Change, string What) : Step(Bond)
{
    /// <inheritdoc/>
    public override string Words => What;
}
