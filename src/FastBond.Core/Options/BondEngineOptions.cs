using FastBond.Core.Frames;

namespace FastBond.Core.Options;

/// <summary>What a core does when it finds nothing to do (option <c>idle</c>).</summary>
public enum IdlePolicy
{
    /// <summary>It goes on polling.</summary>
    Spin,

    /// <summary>After some empty turns it sleeps until a frame or a command wakes it.</summary>
    Sleep,
}

/// <summary>How a slave's AF_XDP sockets are bound (option <c>xdp_mode</c>).</summary>
public enum XdpMode
{
    /// <summary>The best the driver can: zero-copy, else native, else generic.</summary>
    Auto,

    /// <summary>Zero-copy or nothing.</summary>
    ZeroCopy,

    /// <summary>In the driver, frames copied, or nothing.</summary>
    Native,

    /// <summary>In the kernel's generic receive path, frames copied.</summary>
    Generic,
}

/// <summary>What the host sees of the bond (option <c>host_port</c>).</summary>
public enum HostPortKind
{
    /// <summary>A TAP interface of the bond's name.</summary>
    Tap,

    /// <summary>Nothing: the bond is used in process only.</summary>
    None,
}

/// <summary>What a clean stop does with the host interface (option <c>on_stop</c>).</summary>
public enum StopPolicy
{
    /// <summary>It is deleted.</summary>
    Delete,

    /// <summary>It stays, without carrier, for the next start to take over.</summary>
    Keep,
}

/// <summary>
/// FastBond's own options: how the engine serves a bond, which a kernel bond has no word for (interfaces.md). Immutable: every accepted
/// write makes another one, so that it may be read on any thread.
/// </summary>
public sealed record BondEngineOptions
{
    /// <summary>Default of <see cref="TxStallMs"/>.</summary>
    public const int DefaultTxStallMs = 200;

    /// <summary><c>cores</c>: CPUs of the poll cores, one core each; empty = one core that is not pinned.</summary>
    public IReadOnlyList<int> Cores { get; init; } = [];

    /// <summary><c>control_cpus</c>: CPUs that everything but the poll cores may run on; empty = wherever the system puts it.</summary>
    public IReadOnlyList<int> ControlCpus { get; init; } = [];

    /// <summary><c>idle</c>; null = spin on pinned cores, sleep otherwise.</summary>
    public IdlePolicy? Idle { get; init; }

    /// <summary><c>xdp_mode</c> of slaves that have none of their own.</summary>
    public XdpMode XdpMode { get; init; }

    /// <summary><c>ring</c>: descriptors in each ring of a socket, a power of two; null = by the number of sockets.</summary>
    public int? RingSize { get; init; }

    /// <summary><c>host_port</c>.</summary>
    public HostPortKind HostPort { get; init; }

    /// <summary><c>gso</c>: whether the host interface takes and gives super-frames, and leaves checksums to us.</summary>
    public bool Gso { get; init; } = true;

    /// <summary><c>on_stop</c>; null = as the command that runs the engine has it.</summary>
    public StopPolicy? OnStop { get; init; }

    /// <summary><c>tx_stall</c>: a ring that has completed no frame for so many milliseconds with the carrier up is a hung NIC; 0 = never.</summary>
    public int TxStallMs { get; init; } = DefaultTxStallMs;

    /// <summary>What was said of single slaves, by interface name; an interface need not be a slave (yet).</summary>
    public IReadOnlyDictionary<string, SlaveEngineOptions> Slaves { get; init; } =
        new Dictionary<string, SlaveEngineOptions>(StringComparer.Ordinal);

    /// <summary>What was said of one slave; <see cref="SlaveEngineOptions.None"/> if nothing was.</summary>
    public SlaveEngineOptions ForSlave(string name) => Slaves.GetValueOrDefault(name, SlaveEngineOptions.None);

    internal BondEngineOptions WithSlave(string name, SlaveEngineOptions slave) =>
        this with { Slaves = new Dictionary<string, SlaveEngineOptions>(Slaves, StringComparer.Ordinal) { [name] = slave } };
}

/// <summary>FastBond's own options of one slave: settled before it is enslaved.</summary>
public sealed record SlaveEngineOptions
{
    /// <summary>Nothing said.</summary>
    public static readonly SlaveEngineOptions None = new();

    /// <summary><c>xdp_mode</c>; null = as the bond.</summary>
    public XdpMode? XdpMode { get; init; }

    /// <summary><c>lladdr</c>: the link-layer address, where the system gives none (ipoib.md section 8); empty = the system's.</summary>
    public HardwareAddress LinkLayerAddress { get; init; }

    /// <summary><c>lladdr_broadcast</c>: the link-layer broadcast address; empty = the system's.</summary>
    public HardwareAddress LinkLayerBroadcast { get; init; }

    /// <summary><c>linktype</c>: ARP hardware type to treat the interface as (1 Ethernet, 32 InfiniBand); null = the system's.</summary>
    public int? LinkType { get; init; }
}
