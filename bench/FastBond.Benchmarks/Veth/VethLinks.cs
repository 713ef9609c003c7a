using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Linux.Native;

namespace FastBond.Benchmarks.Veth;

/// <summary>
/// veth pairs between two namespaces, made and taken away here, an <see cref="XdpEnd"/> at either end of each.
/// <code>
///   bond or plain loop ─ Near[0] ═══════ Far[0] ─ drops, or sends
///                      └ Near[1] ═══════ Far[1] ┘
/// </code>
/// </summary>
internal sealed class VethLinks : IDisposable
{
    private static readonly TimeSpan UpLimit = TimeSpan.FromSeconds(5);

    private readonly Stack<IDisposable> _made = new();

    public VethLinks(int count)
    {
        try
        {
            // As root it cannot fail; without, a socket says what it lacks.
            _ = NativeMethods.MemlockUnlimited();
            NetworkNamespace near = Keep(NetworkNamespace.Create());
            NetworkNamespace far = Keep(NetworkNamespace.Create());
            string[] devices = [.. Enumerable.Range(0, count).Select(i => $"eth{i}")];
            foreach (string device in devices)
            {
                VethPair.Create(new VethEnd(near, device), new VethEnd(far, device));
                near.Ip($"link set {device} up");
                far.Ip($"link set {device} up");
            }

            Near = [.. devices.Select(device => Keep(new XdpEnd(near, device)))];
            Far = [.. devices.Select(device => Keep(new XdpEnd(far, device)))];
            Wait.Until(
                () => near.Links().Values.Concat(far.Links().Values).Where(link => devices.Contains(link.Name)).All(link => link.IsOperational),
                UpLimit,
                "the veth pairs are up");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public XdpEnd[] Near { get; }

    public XdpEnd[] Far { get; }

    public void Dispose()
    {
        while (_made.TryPop(out IDisposable? made))
        {
            made.Dispose();
        }
    }

    private T Keep<T>(T made)
        where T : IDisposable
    {
        _made.Push(made);
        return made;
    }
}
