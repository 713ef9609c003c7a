using FastBond.Lab.Machine;

namespace FastBond.Lab.Net;

/// <summary>One end of a veth pair that is to be made.</summary>
/// <param name="Namespace">Where it lies.</param>
/// <param name="Name">Its name.</param>
public sealed record VethEnd(NetworkNamespace Namespace, string Name)
{
    /// <summary>ifindex to ask for; null = the kernel's choice. Equal ones on both ends make the kernel tell of lost carrier late.</summary>
    public int? Index { get; init; }

    /// <summary>MAC to ask for; null = random.</summary>
    public string? Address { get; init; }
}

/// <summary>Makes veth pairs. They go with either namespace.</summary>
public static class VethPair
{
    /// <summary>Makes a pair, both ends administratively down.</summary>
    /// <param name="first">One end.</param>
    /// <param name="second">The other end.</param>
    /// <param name="queues">Receive and transmit queues of each end.</param>
    /// <param name="mtu">MTU of both ends in bytes.</param>
    public static void Create(VethEnd first, VethEnd second, int queues = 1, int mtu = 1500) =>
        Command.Run("ip", ["link", "add", .. Describe(first, queues, mtu), "type", "veth", "peer", .. Describe(second, queues, mtu)]).EnsureSuccess();

    /// <summary>Makes many pairs at once, eth0 and up with the same name at both ends; those of <paramref name="peers"/> are brought up.</summary>
    public static void CreateMany(NetworkNamespace place, NetworkNamespace peers, int count)
    {
        IEnumerable<int> numbers = Enumerable.Range(0, count);
        Batch(["ip"], numbers.Select(n =>
            $"link add name eth{n} address 02:aa:00:00:00:{n:x2} netns {place.Name} type veth peer name eth{n} netns {peers.Name}"));
        Batch(["ip", "-n", peers.Name], numbers.Select(n => $"link set eth{n} up"));

        static void Batch(string[] command, IEnumerable<string> lines) =>
            Command.Run(command[0], [.. command[1..], "-batch", "-"], input: string.Join('\n', lines) + "\n").EnsureSuccess();
    }

    /// <summary>
    /// Makes an end fit to talk with AF_XDP: checksums and VLAN tags that a kernel leaves to veth's "hardware" are never put into the
    /// frame, and an XDP program at the other end would see them missing.
    /// </summary>
    public static void MakePlainPeer(NetworkNamespace place, string name) => place.Run($"ethtool -K {name} tx off txvlan off");

    private static IEnumerable<string> Describe(VethEnd end, int queues, int mtu)
    {
        string line = $"name {end.Name} mtu {mtu} numrxqueues {queues} numtxqueues {queues} netns {end.Namespace.Name}";
        line += end.Index is { } index ? $" index {index}" : "";
        line += end.Address is { } address ? $" address {address}" : "";
        return Command.Words(line);
    }
}
