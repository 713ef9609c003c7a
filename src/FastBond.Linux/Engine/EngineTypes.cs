using FastBond.Core.Bonds;

namespace FastBond.Linux;

/// <summary>One option as it was given: <c>name=value</c>.</summary>
/// <param name="Name">The kernel's name, spelled with <c>_</c> or <c>-</c>.</param>
/// <param name="Value">The value as text.</param>
public readonly record struct OptionSetting(string Name, string Value);

/// <summary>What an engine is told when it is made.</summary>
public sealed record EngineSettings
{
    /// <summary>Where status text, counters, restore records and locks live; a tmpfs.</summary>
    public string StateDirectory { get; init; } = "/run/fastbond";

    /// <summary>Takes one log line; called on any thread and must be quick.</summary>
    public Action<LogPriority, string> Log { get; init; } = static (_, _) => { };

    /// <summary>Stands in the first line of the status text.</summary>
    public string Version { get; init; } = typeof(EngineSettings).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Told of the steps of a fail-over as they happen, on the thread concerned: for those who measure it. It must be quick.</summary>
    internal Action<FailOverStep, ForwardingTable?> Trace { get; init; } = static (_, _) => { };
}

/// <summary>A step of a fail-over.</summary>
internal enum FailOverStep
{
    /// <summary>A driver said that a slave has no carrier. On the thread that asked.</summary>
    CarrierLost,

    /// <summary>The cores have another table.</summary>
    Published,

    /// <summary>A frame of the bond's own was given to a core.</summary>
    Announced,
}

/// <summary>Interfaces to be made slaves, in this order, all or none.</summary>
/// <param name="Slaves">Interface names.</param>
/// <param name="TakeDown">Take those that are up down first, as configuration tools do; otherwise they are refused (EPERM), as the kernel does.</param>
/// <param name="Force">Also take an interface that carries the default route.</param>
public sealed record EnslaveRequest(IReadOnlyList<string> Slaves, bool TakeDown, bool Force)
{
    /// <summary>Options of each of these slaves.</summary>
    public IReadOnlyList<OptionSetting> Options { get; init; } = [];

    /// <summary>
    /// Whether one that isn't there is no error: it is enslaved when it appears, and again when it comes back, until it is released.
    /// </summary>
    public bool Await { get; init; }
}

/// <summary>A bond to be made.</summary>
/// <param name="Name">Name of the bond and its host interface.</param>
/// <param name="Options">Options, in any order.</param>
/// <param name="Slaves">Interfaces to enslave, in this order.</param>
/// <param name="TakeDown">Take slaves that are up down first, as configuration tools do; otherwise they are refused (EPERM), as the kernel does.</param>
/// <param name="Force">Also take an interface that carries the default route.</param>
public sealed record BondRequest(
    string Name, IReadOnlyList<OptionSetting> Options, IReadOnlyList<string> Slaves, bool TakeDown, bool Force);
