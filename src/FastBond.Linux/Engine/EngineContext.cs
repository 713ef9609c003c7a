using FastBond.Core.Bonds;
using FastBond.Linux.Links;
using FastBond.Linux.Native;
using FastBond.Linux.Restore;

namespace FastBond.Linux;

/// <summary>What all bonds of an engine share. Opened before the control thread starts, used by it alone.</summary>
internal sealed class EngineContext(EngineSettings settings, ControlLoop loop, Func<IEnumerable<BondRuntime>> bonds) : IDisposable
{
    private static readonly Version MinimumKernel = new(5, 11);

    /// <summary>Folders of the state directory that everybody may read.</summary>
    private static readonly string[] PublicFolders = ["bonding", "counters"];

    /// <summary>What the engine was told.</summary>
    public EngineSettings Settings { get; } = settings;

    /// <summary>The control thread.</summary>
    public ControlLoop Loop { get; } = loop;

    /// <summary>The poll cores.</summary>
    public CoreSet Cores { get; } = new(core => loop.Post(() =>
    {
        settings.Log(LogPriority.Error, $"{core.Name} stops: {core.Fault}");
        foreach (BondRuntime runtime in bonds())
        {
            runtime.CoreFailed(core);
        }
    }));

    /// <summary>Who listens to what happens.</summary>
    public EventFeed Events { get; } = new();

    /// <summary>Where state is kept.</summary>
    public StateDirectory State { get; } = new(settings.StateDirectory);

    /// <summary>The network namespace this process bonds in.</summary>
    public NetworkNamespaceId Namespace { get; } = NetworkNamespaceId.Current();

    /// <summary>Requests to the kernel.</summary>
    public NetlinkSocket Links { get; private set; } = null!;

    /// <summary>Questions to drivers.</summary>
    public Ethtool Ethtool { get; private set; } = null!;

    /// <summary>Opens what needs the kernel and its privileges.</summary>
    public Outcome Open()
    {
        if (Environment.OSVersion.Version < MinimumKernel)
        {
            return new Outcome(Errno.EOPNOTSUPP, $"Linux {MinimumKernel} or later is needed for AF_XDP as FastBond uses it; this is {Environment.OSVersion.Version}");
        }

        try
        {
            foreach (string folder in PublicFolders)
            {
                Directory.CreateDirectory(Path.Combine(Settings.StateDirectory, folder));
            }

            Links = new NetlinkSocket();
            Ethtool = new Ethtool();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new Outcome(Errno.EACCES, $"state directory {Settings.StateDirectory}: {exception.Message}");
        }
        catch (DllNotFoundException exception)
        {
            return new Outcome(Errno.ENOENT, exception.Message);
        }

        // Without it sockets still open within the limit, or with CAP_IPC_LOCK; a refusal then says ENOBUFS.
        _ = NativeMethods.MemlockUnlimited();
        return Outcome.Ok;
    }

    /// <summary>Claims an interface for this process; null if another has it.</summary>
    public LinkLock? TryLock(int ifIndex) => LinkLock.TryAcquire(State, Namespace, ifIndex);

    /// <summary>Another bond of this engine that has the interface as a slave.</summary>
    public BondRuntime? OwnerOf(int ifIndex, BondRuntime except) =>
        bonds().FirstOrDefault(runtime => runtime != except && runtime.Bond.Slaves.Any(slave => slave.IfIndex == ifIndex));

    /// <summary>Whether it is the host interface of a bond of this engine.</summary>
    public bool IsBond(int ifIndex) => bonds().Any(runtime => runtime.Host?.IfIndex == ifIndex);

    /// <inheritdoc/>
    public void Dispose()
    {
        Cores.Dispose();
        Links?.Dispose();
        Ethtool?.Dispose();
        RemoveEmptyFolders();
    }

    /// <summary>Leaves no folder behind that holds nothing; another engine of another namespace may still have its files there.</summary>
    private void RemoveEmptyFolders()
    {
        foreach (string folder in (string[])[.. PublicFolders, "restore", "lock"])
        {
            try
            {
                Directory.Delete(Path.Combine(Settings.StateDirectory, folder));
            }
            catch (IOException)
            {
                // Not empty, or never made.
            }
        }
    }
}
