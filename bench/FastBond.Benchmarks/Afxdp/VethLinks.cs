using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux.Native;

namespace FastBond.Benchmarks.Afxdp;

/// <summary>
/// veth pairs between two namespaces, made and taken away here. The far ends are under an XDP program that drops, and counts, what no socket takes; the near
/// ends are free for whoever is measured.
/// <code>
///   eth0 ═══ eth0  ┐ the slaves' links
///   eth1 ═══ eth1  ┘
///   eth2 ═══ eth2    the host's, where it is one too
/// </code>
/// </summary>
internal sealed class VethLinks : IDisposable
{
    /// <summary>How many of the pairs are slaves' links.</summary>
    public const int Slaves = 2;

    /// <summary>The pair on the host's side.</summary>
    public const int Host = 2;

    private const int Pairs = 3;
    private static readonly TimeSpan UpLimit = TimeSpan.FromSeconds(5);

    private readonly Stack<IDisposable> _made = new();
    private readonly int _queues;

    public VethLinks(int queues = 1)
    {
        _queues = queues;
        try
        {
            // As root it cannot fail; without, a socket says what it lacks.
            _ = NativeMethods.MemlockUnlimited();
            Near = Keep(NetworkNamespace.Create());
            FarPlace = Keep(NetworkNamespace.Create());
            string[] devices = [.. Enumerable.Range(0, Pairs).Select(NameOf)];
            foreach (string device in devices)
            {
                VethPair.Create(new VethEnd(Near, device), new VethEnd(FarPlace, device), queues);
                Near.Ip($"link set {device} up");
                FarPlace.Ip($"link set {device} up");
            }

            Far = [.. devices.Select(device => Keep(new XdpEnd(FarPlace, device, queues)))];
            Wait.Until(
                () => Near.Links().Values.Concat(FarPlace.Links().Values).Where(link => devices.Contains(link.Name)).All(link => link.IsOperational),
                UpLimit,
                "the veth pairs are up");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public NetworkNamespace Near { get; }

    public NetworkNamespace FarPlace { get; }

    public XdpEnd[] Far { get; }

    /// <summary>Frames that the far ends of the slaves' links have dropped.</summary>
    public long Dropped => Far[..Slaves].Sum(end => end.Dropped);

    /// <summary>Puts the slaves' program on the near end of a pair.</summary>
    public XdpEnd AttachNear(int pair) => new(Near, NameOf(pair), _queues);

    public void Dispose()
    {
        while (_made.TryPop(out IDisposable? made))
        {
            made.Dispose();
        }
    }

    /// <summary>Name of both ends of a pair.</summary>
    private static string NameOf(int pair) => $"eth{pair}";

    private T Keep<T>(T made)
        where T : IDisposable
    {
        _made.Push(made);
        return made;
    }
}
