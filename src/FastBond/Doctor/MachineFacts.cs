namespace FastBond.Doctor;

/// <summary>A network interface as the doctor sees it.</summary>
internal sealed record NicFacts
{
    /// <summary>Interface name.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the driver; empty if it tells none.</summary>
    public string Driver { get; init; } = "";

    /// <summary>Speed in Mb/s; 0 = unknown.</summary>
    public int SpeedMbps { get; init; }

    /// <summary>Receive queues in use.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Receive queues that there could be.</summary>
    public int MaxQueues { get; init; } = 1;

    /// <summary>MTU in bytes of payload.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Administratively up.</summary>
    public bool IsUp { get; init; }

    /// <summary>Carrier, while it is up.</summary>
    public bool Carrier { get; init; }

    /// <summary>Whether it is an InfiniBand interface.</summary>
    public bool IsInfiniBand { get; init; }

    /// <summary>Whether it is a function of another NIC (SR-IOV).</summary>
    public bool IsVirtualFunction { get; init; }

    /// <summary>Name of the bridge or bond it belongs to; null if none.</summary>
    public string? Master { get; init; }

    /// <summary>The FastBond bond it is a slave of; null if none.</summary>
    public string? Bond { get; init; }

    /// <summary>Its global addresses with prefix.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>A default route by it, as <c>ip route</c> prints it; null if none.</summary>
    public string? DefaultRoute { get; init; }

    /// <summary>Features that are on and can't be while it is a slave.</summary>
    public IReadOnlyList<string> OffloadsInTheWay { get; init; } = [];

    /// <summary>Who else manages it: NetworkManager, systemd-networkd, ifupdown.</summary>
    public IReadOnlyList<string> Managers { get; init; } = [];
}

/// <summary>A machine as the doctor sees it.</summary>
internal sealed record MachineFacts
{
    /// <summary>The kernel's version.</summary>
    public required Version Kernel { get; init; }

    /// <summary>Whether /dev/net/tun is there.</summary>
    public bool HasTun { get; init; } = true;

    /// <summary>Bytes a process may lock in memory; null: without limit.</summary>
    public long? Memlock { get; init; }

    /// <summary>Free huge pages, and kilobytes of each.</summary>
    public (int Free, int Kilobytes) HugePages { get; init; }

    /// <summary>CPUs that there are.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>CPUs kept free of other work, as a list; empty if none.</summary>
    public string IsolatedCpus { get; init; } = "";

    /// <summary>Frequency governors in use; empty where there are none.</summary>
    public IReadOnlyList<string> Governors { get; init; } = [];

    /// <summary>Whether BPF programs are compiled.</summary>
    public bool BpfJit { get; init; } = true;

    /// <summary>Whether the kernel's bonding module is loaded.</summary>
    public bool HasKernelBonds { get; init; }

    /// <summary>The interfaces that could be slaves.</summary>
    public IReadOnlyList<NicFacts> Nics { get; init; } = [];
}
