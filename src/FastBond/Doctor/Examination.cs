using FastBond.Linux;

namespace FastBond.Doctor;

/// <summary>One thing found, and what mends it.</summary>
/// <param name="Text">What is, and what follows from it.</param>
/// <param name="Command">The command that mends it; null where nothing needs to be done, or no command can.</param>
internal sealed record Finding(string Text, string? Command = null);

/// <summary>What FastBond would get on a machine and why not more. Looks at facts alone.</summary>
internal static class Examination
{
    private const long EnoughMemlock = 256L << 20;
    private const int DefaultHugePages = 64;

    /// <summary>Native modes take no frame of more than one page, less headroom and bookkeeping.</summary>
    private const int OnePageMtu = 3498;

    private static readonly Version Minimum = new(5, 11), UdpSegmentation = new(6, 2), SeveralBuffers = new(6, 6);

    /// <summary>What is to be said of the machine as a whole.</summary>
    public static IReadOnlyList<Finding> OfMachine(MachineFacts machine)
    {
        List<Finding> findings = [Kernel(machine.Kernel)];
        if (!machine.HasTun)
        {
            findings.Add(new("/dev/net/tun is missing: no bond can have an interface on the host", "modprobe tun"));
        }

        findings.Add(machine.Memlock is { } bytes && bytes < EnoughMemlock
            ? new($"locked memory: {bytes >> 10} KiB, too little for frames without CAP_IPC_LOCK", "ulimit -l unlimited    (the service has LimitMEMLOCK=infinity)")
            : new("locked memory: enough"));
        findings.Add(machine.HugePages.Free > 0
            ? new($"huge pages: {machine.HugePages.Free} of {machine.HugePages.Kilobytes} KiB free")
            : new("huge pages: none free; frames lie on small pages, which costs the poll cores TLB misses", $"sysctl -w vm.nr_hugepages={DefaultHugePages}"));
        findings.Add(Isolation(machine));
        if (machine.Governors.FirstOrDefault(governor => governor != "performance") is { } governor)
        {
            findings.Add(new($"CPU frequency governor: {governor}; a core that wakes is slow at first", "cpupower frequency-set -g performance"));
        }

        if (!machine.BpfJit)
        {
            findings.Add(new("BPF programs are interpreted, among them the one that every received frame goes through", "sysctl -w net.core.bpf_jit_enable=1"));
        }

        if (machine.HasKernelBonds)
        {
            findings.Add(new("the kernel's bonding module is loaded: a name that one of its bonds has, bond0 perhaps, is not free for FastBond", "ip link delete bond0    (or modprobe -r bonding)"));
        }

        return findings;
    }

    /// <summary>What is to be said of an interface: first what FastBond would get.</summary>
    public static IReadOnlyList<Finding> OfNic(NicFacts nic, MachineFacts machine)
    {
        (string mode, string? better, Version? from) = nic.IsInfiniBand ? ("generic", null, null) : Drivers.Expected(nic.Driver, machine.Kernel);
        int ceiling = !nic.IsInfiniBand ? Math.Min(Engine.MaxMtu, OnePageMtu) : machine.Kernel >= SeveralBuffers ? Engine.MaxInfinibandMtu : Engine.MaxMtu;
        string speed = nic.SpeedMbps > 0 ? $"{nic.SpeedMbps} Mb/s" : nic.IsUp && !nic.Carrier ? "no carrier" : "speed unknown";
        string driver = nic.Driver.Length > 0 ? nic.Driver : "no driver named";
        List<Finding> findings = [new($"{driver}, {speed}, {nic.Queues} queue(s): {mode} expected, up to {nic.Queues} core(s), MTU up to {ceiling}")];
        if (better is not null)
        {
            findings.Add(new($"{better} needs Linux {from}; this is {machine.Kernel.ToString(2)}"));
        }

        AddQueues(nic, findings);
        if (nic.Mtu > ceiling)
        {
            findings.Add(new($"MTU {nic.Mtu} is more than {ceiling}; the bond's MTU is given to it, and larger ones are refused", $"ip link set {nic.Name} mtu {ceiling}"));
        }

        if (nic.OffloadsInTheWay.Count > 0)
        {
            findings.Add(new(
                $"{string.Join(", ", nic.OffloadsInTheWay)} on: FastBond switches these off while it is a slave, and on again afterwards",
                $"ethtool -K {nic.Name} {string.Join(' ', nic.OffloadsInTheWay.Select(feature => feature + " off"))}"));
        }

        AddOthers(nic, findings);
        return findings;
    }

    private static Finding Kernel(Version kernel) =>
        kernel < Minimum ? new($"Linux {kernel.ToString(2)}: too old, {Minimum} or later is needed", "apt install linux-image-amd64    (a newer kernel, and a reboot)")
        : kernel < UdpSegmentation ? new($"Linux {kernel.ToString(2)}: enough; UDP crosses the host interface in super-frames from {UdpSegmentation}, InfiniBand has large MTUs from {SeveralBuffers}")
        : kernel < SeveralBuffers ? new($"Linux {kernel.ToString(2)}: enough; InfiniBand has large MTUs from {SeveralBuffers}")
        : new($"Linux {kernel.ToString(2)}: has all that FastBond uses");

    private static Finding Isolation(MachineFacts machine) => machine switch
    {
        { IsolatedCpus.Length: > 0 } => new($"isolated CPUs: {machine.IsolatedCpus}; name them under 'cores'"),
        { Cpus: 1 } => new("one CPU: a poll core shares it with everything else; leave 'cores' unset, or idle=sleep"),
        _ => new(
            "isolated CPUs: none; poll cores share theirs with whatever the scheduler puts there",
            $"isolcpus={Others(machine.Cpus)} nohz_full={Others(machine.Cpus)} on the kernel's command line    (those that 'cores' names)"),
    };

    /// <summary>All CPUs but the first, as a list.</summary>
    private static string Others(int cpus) => cpus == 2 ? "1" : $"1-{cpus - 1}";

    private static void AddQueues(NicFacts nic, List<Finding> findings)
    {
        bool halves = nic.Driver == "ena" && nic.Queues > nic.MaxQueues / 2 && nic.MaxQueues > 1;
        if (halves)
        {
            findings.Add(new(
                $"{nic.Queues} of {nic.MaxQueues} channels in use: ena needs as many again for XDP, and refuses it",
                $"ethtool -L {nic.Name} combined {nic.MaxQueues / 2}"));
        }
        else if (nic.Queues < nic.MaxQueues)
        {
            findings.Add(new($"{nic.MaxQueues} queues are possible, for as many cores", $"ethtool -L {nic.Name} combined {nic.MaxQueues}"));
        }
    }

    private static void AddOthers(NicFacts nic, List<Finding> findings)
    {
        if (nic.IsInfiniBand)
        {
            findings.Add(new("InfiniBand: only an active-backup bond takes it, and its address stays its own (fail_over_mac=active)"));
        }

        if (nic.IsVirtualFunction)
        {
            findings.Add(new("a virtual function: its NIC may refuse it another MAC (fail_over_mac=active does without), and switches speak 802.3ad to the NIC, not to it"));
        }

        if (nic.Bond is not null)
        {
            findings.Add(new($"a slave of {nic.Bond} now"));
            return;
        }

        if (nic.Master is not null)
        {
            findings.Add(new($"it belongs to {nic.Master}, and is refused as a slave", $"ip link set {nic.Name} nomaster"));
        }

        if (nic.DefaultRoute is not null)
        {
            findings.Add(new($"it carries the default route ({nic.DefaultRoute}), and is refused as a slave without --force", $"ip route delete {nic.DefaultRoute}"));
        }

        if (nic.Addresses.Count > 0)
        {
            findings.Add(new(
                $"it has {string.Join(", ", nic.Addresses)}: a slave has no addresses; FastBond takes them away and puts them back on release",
                $"ip address flush dev {nic.Name}"));
        }

        foreach (string manager in nic.Managers)
        {
            findings.Add(new($"{manager} manages it, and may take it up or give it addresses", manager switch
            {
                "NetworkManager" => $"nmcli device set {nic.Name} managed no",
                "systemd-networkd" => $"printf '[Match]\\nName={nic.Name}\\n[Link]\\nUnmanaged=yes\\n' > /etc/systemd/network/05-{nic.Name}.network && networkctl reload",
                _ => $"ifdown {nic.Name}    (and take it out of /etc/network/interfaces)",
            }));
        }
    }
}
