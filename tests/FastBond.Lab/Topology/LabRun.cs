using FastBond.Lab.Frames;
using FastBond.Lab.Machine;
using FastBond.Lab.Net;
using FastBond.Lab.Product;

namespace FastBond.Lab.Topology;

/// <summary>
/// Everything one test or one demo makes, so that it goes in reverse order whatever happens, and so that what must hold at the end is
/// checked in one place.
/// </summary>
public sealed class LabRun : IDisposable
{
    private static readonly TimeSpan LedgerLimit = TimeSpan.FromSeconds(2);
    private static int _directories;

    private readonly Stack<IDisposable> _made = new();
    private readonly List<NetworkNamespace> _places = [];
    private readonly List<FastBondProcess> _daemons = [];
    private readonly List<FrameObserver> _observers = [];
    private readonly List<string> _stateDirectories = [];

    /// <summary>The daemons started, for their logs.</summary>
    public IReadOnlyList<FastBondProcess> Daemons => _daemons;

    /// <summary>A new namespace.</summary>
    public NetworkNamespace Namespace(bool ipv6 = false)
    {
        NetworkNamespace place = Keep(NetworkNamespace.Create(ipv6));
        _places.Add(place);
        return place;
    }

    /// <summary>A new cable.</summary>
    public Cable Cable(VethEnd a, VethEnd b, int queues = 1, int mtu = 1500, bool sameIndex = false) =>
        Keep(new Cable(a, b, queues, mtu, sameIndex));

    /// <summary>A new state directory, in memory.</summary>
    public string StateDirectory()
    {
        string path = Path.Combine(LabFacts.MemoryRoot, $"{Leftovers.Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _directories)}");
        Directory.CreateDirectory(path);
        _stateDirectories.Add(path);
        return path;
    }

    /// <summary>Starts a daemon, in a state directory of its own unless one is given.</summary>
    public FastBondProcess Daemon(NetworkNamespace place, string words = "", string? stateDirectory = null, string starter = "", string? program = null)
    {
        FastBondProcess daemon = Keep(FastBondProcess.Start(place, stateDirectory ?? StateDirectory(), words, starter, program));
        _daemons.Add(daemon);
        return daemon;
    }

    /// <summary>Starts an observer.</summary>
    public FrameObserver Observe(NetworkNamespace place, string device, bool testFramesOnly = false)
    {
        FrameObserver observer = Keep(new FrameObserver(place, device, testFramesOnly));
        _observers.Add(observer);
        return observer;
    }

    /// <summary>Takes something to be disposed at the end.</summary>
    public T Keep<T>(T made)
        where T : IDisposable
    {
        _made.Push(made);
        return made;
    }

    /// <summary>
    /// Ends the run in good order and says all that is wrong: observers that missed frames; frames that are in no place or in two; daemons
    /// that do not stop cleanly; XDP programs, host interfaces or files left behind.
    /// </summary>
    public IReadOnlyList<string> Finish()
    {
        List<string> faults = [];
        foreach (FrameObserver observer in _observers)
        {
            Collect(faults, observer.Stop);
        }
        foreach (FastBondProcess daemon in _daemons.Where(daemon => daemon.IsRunning))
        {
            Collect(faults, () => faults.AddRange(LedgerFaults(daemon)));
            Collect(faults, daemon.Stop);
        }
        foreach (NetworkNamespace place in _places)
        {
            foreach (LinkInfo link in place.Links().Values)
            {
                faults.AddRange(link.HasXdp ? [$"{place.Name}/{link.Name} still has an XDP program"] : []);
                faults.AddRange(link.Name.StartsWith("bond", StringComparison.Ordinal) ? [$"{place.Name} still has {link.Name}"] : []);
            }
        }
        faults.AddRange(_stateDirectories.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)).Select(file => $"{file} was left behind"));
        return faults;
    }

    /// <summary>Removes everything, in reverse order; the first failure is thrown after all was tried.</summary>
    public void Dispose()
    {
        Exception? first = null;
        while (_made.TryPop(out IDisposable? made))
        {
            try
            {
                made.Dispose();
            }
            catch (Exception e)
            {
                first ??= e;
            }
        }
        foreach (string folder in _stateDirectories.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
        _stateDirectories.Clear();
        if (first is not null)
        {
            throw new LabException("the lab could not be taken down", first);
        }
    }

    private static IEnumerable<string> LedgerFaults(FastBondProcess daemon)
    {
        foreach (string bond in daemon.Bonds())
        {
            string? fault = null;
            try
            {
                // The last frames may still be on their way out.
                Wait.Until(() => (fault = daemon.Status(bond).LedgerFault()) is null, LedgerLimit, "");
            }
            catch (TimeoutException)
            {
                fault = $"{daemon.Place.Name}/{bond}: {fault}";
            }
            if (fault is not null)
            {
                yield return fault;
            }
        }
    }

    private static void Collect(List<string> faults, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            faults.Add(e.Message);
        }
    }
}
