using System.Globalization;
using FastBond.Core.Bonds;
using FastBond.Linux.Links;
using FastBond.Linux.Restore;

namespace FastBond.Doctor;

/// <summary>Reads a machine's facts from the kernel, and changes nothing.</summary>
internal static class MachineReader
{
    /// <summary>Kinds of software interfaces that can be slaves; a NIC has none.</summary>
    private static readonly string[] Kinds = ["", "veth"];

    /// <summary>Reads all there is to know.</summary>
    /// <param name="stateDirectory">Where a daemon of ours keeps its status texts, which tell what it has.</param>
    /// <exception cref="DllNotFoundException">libfastbond.so is not there.</exception>
    public static MachineFacts Read(string stateDirectory)
    {
        using NetlinkSocket netlink = new();
        using Ethtool ethtool = new();
        IReadOnlyList<LinkInfo> links = netlink.Links();
        IReadOnlyList<AddressInfo> addresses = netlink.Addresses();
        Dictionary<string, string> bonds = BondsOf(stateDirectory);
        return new MachineFacts
        {
            Kernel = Environment.OSVersion.Version,
            HasTun = File.Exists("/dev/net/tun"),
            Memlock = Memlock(),
            HugePages = HugePages(),
            Cpus = Environment.ProcessorCount,
            IsolatedCpus = TextOf("/sys/devices/system/cpu/isolated"),
            Governors = [.. Governors().Distinct(StringComparer.Ordinal)],
            BpfJit = TextOf("/proc/sys/net/core/bpf_jit_enable") != "0",
            HasKernelBonds = File.Exists("/sys/class/net/bonding_masters"),
            Nics =
            [
                .. links.Where(link => link.LinkType is LinkInfo.Ethernet or LinkInfo.Infiniband && Kinds.Contains(link.Kind) && !IsVirtual(link))
                    .Select(link => Nic(link, links, addresses, netlink, ethtool, bonds.GetValueOrDefault(link.Name))),
            ],
        };
    }

    private static NicFacts Nic(
        LinkInfo link, IReadOnlyList<LinkInfo> links, IReadOnlyList<AddressInfo> addresses, NetlinkSocket netlink, Ethtool ethtool, string? bond)
    {
        ChannelCounts? channels = ethtool.Channels(link.Name);
        (int speed, Duplex _) = link.IsUp ? ethtool.Speed(link.Name) : (0, Duplex.Unknown);
        return new NicFacts
        {
            Name = link.Name,
            Driver = ethtool.Driver(link.Name),
            SpeedMbps = speed,
            Queues = ethtool.ReceiveQueues(link.Name),
            MaxQueues = channels is { } counts ? Math.Max(1, counts.MaxRx + counts.MaxCombined) : 1,
            Mtu = link.Mtu,
            IsUp = link.IsUp,
            Carrier = link.IsUp && ethtool.Carrier(link.Name) > 0,
            IsInfiniBand = link.LinkType == LinkInfo.Infiniband,
            IsVirtualFunction = Directory.Exists($"/sys/class/net/{link.Name}/device/physfn"),
            Master = links.FirstOrDefault(other => link.MasterIfIndex != 0 && other.IfIndex == link.MasterIfIndex)?.Name,
            Bond = bond,
            Addresses = [.. addresses.Where(address => address.IfIndex == link.IfIndex && address.Scope == 0).Select(address => $"{address.Address}/{address.PrefixLength}")],
            DefaultRoute = netlink.DefaultRoute(link.IfIndex),
            OffloadsInTheWay = [.. TakenLink.UnwantedFeatures.Where(feature => ethtool.Feature(link.Name, feature) == true)],
            Managers = Managers(link),
        };
    }

    /// <summary>Software interfaces without a kind, as the loopback's relatives: no device stands behind them.</summary>
    private static bool IsVirtual(LinkInfo link) => link.Kind.Length == 0 && !Directory.Exists($"/sys/class/net/{link.Name}/device");

    private static List<string> Managers(LinkInfo link)
    {
        List<string> managers = [];
        string networkManager = TextOf($"/run/NetworkManager/devices/{link.IfIndex}");
        if (networkManager.Length > 0 && !networkManager.Contains("managed=unmanaged", StringComparison.Ordinal))
        {
            managers.Add("NetworkManager");
        }

        string networkd = TextOf($"/run/systemd/netif/links/{link.IfIndex}");
        if (networkd.Contains("ADMIN_STATE=", StringComparison.Ordinal) && !networkd.Contains("ADMIN_STATE=unmanaged", StringComparison.Ordinal))
        {
            managers.Add("systemd-networkd");
        }

        if (TextOf("/run/network/ifstate").Split('\n').Contains($"{link.Name}={link.Name}"))
        {
            managers.Add("ifupdown");
        }

        return managers;
    }

    private static Dictionary<string, string> BondsOf(string stateDirectory)
    {
        const string Label = "Slave Interface: ";
        Dictionary<string, string> bonds = new(StringComparer.Ordinal);
        string folder = Path.Combine(stateDirectory, "bonding");
        foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder) : [])
        {
            foreach (string line in TextOf(path).Split('\n').Where(line => line.StartsWith(Label, StringComparison.Ordinal)))
            {
                bonds[line[Label.Length..]] = Path.GetFileName(path);
            }
        }

        return bonds;
    }

    /// <summary>The soft limit; null: without limit.</summary>
    private static long? Memlock()
    {
        const string Label = "Max locked memory";
        string? line = TextOf("/proc/self/limits").Split('\n').FirstOrDefault(one => one.StartsWith(Label, StringComparison.Ordinal));
        string soft = line?[Label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : null;
    }

    private static (int Free, int Kilobytes) HugePages()
    {
        Dictionary<string, int> memory = new(StringComparer.Ordinal);
        foreach (string line in TextOf("/proc/meminfo").Split('\n'))
        {
            if (line.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries) is [var name, var number, ..] && int.TryParse(number, out int value))
            {
                memory[name] = value;
            }
        }

        return (memory.GetValueOrDefault("HugePages_Free"), memory.GetValueOrDefault("Hugepagesize"));
    }

    private static IEnumerable<string> Governors() =>
        Enumerable.Range(0, Environment.ProcessorCount)
            .Select(cpu => TextOf($"/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor")).Where(governor => governor.Length > 0);

    private static string TextOf(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception nothing) when (nothing is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
