using FastBond.Core.Bonds;

namespace FastBond.Linux;

/// <summary>
/// What a program asks of the engine. Two implementations: <c>Engine</c>, and the one that the program's tests put behind the control API.
/// Every call that returns a task posts a command to the control thread and completes with its answer; a refused request is an
/// <see cref="Outcome"/>, never an exception.
/// </summary>
public interface IBondEngine : IDisposable
{
    /// <summary>Puts back what a crashed predecessor left and starts the control thread.</summary>
    Outcome Start();

    /// <summary>Creates a bond with its options and slaves, all or nothing.</summary>
    Task<Outcome> AddBondAsync(BondRequest request);

    /// <summary>Releases the bond's slaves and deletes its host interface.</summary>
    Task<Outcome> DeleteBondAsync(string bond);

    /// <summary>Writes options of a bond (<c>active_slave</c> among them; empty for none), all or nothing.</summary>
    Task<Outcome> SetOptionsAsync(string bond, IReadOnlyList<OptionSetting> options);

    /// <summary>Writes options of one slave, all or nothing.</summary>
    Task<Outcome> SetSlaveOptionsAsync(string bond, string slave, IReadOnlyList<OptionSetting> options);

    /// <summary>Adds slaves, all or none.</summary>
    Task<Outcome> EnslaveAsync(string bond, EnslaveRequest request);

    /// <summary>Gives slaves back as they were found, all or none.</summary>
    Task<Outcome> ReleaseAsync(string bond, IReadOnlyList<string> slaves);

    /// <summary>Changes a bond's host interface, step by step until one is refused.</summary>
    Task<Outcome> ChangeHostAsync(string bond, HostChange change);

    /// <summary>All bonds as they run, in the order they were added.</summary>
    Task<IReadOnlyList<BondState>> StateAsync();

    /// <summary>The poll cores' signs of life. That there is an answer is the control thread's.</summary>
    Task<IReadOnlyList<CoreState>> CoresAsync();

    /// <summary>Listens to what happens from now on.</summary>
    Task<EventListener> ListenAsync();

    /// <summary>The bonds' names in the order they were added.</summary>
    Task<IReadOnlyList<string>> BondsAsync();

    /// <summary>The /proc/net/bonding text, with the reason for each unused slave if <paramref name="why"/>; null: no such bond.</summary>
    Task<string?> TextAsync(string bond, bool why);

    /// <summary>A bond and its slaves, or every bond, as <c>ip -d -j link</c> prints them, in UTF-8; null: no such bond.</summary>
    Task<byte[]?> JsonAsync(string? bond);

    /// <summary>Prometheus text exposition in UTF-8.</summary>
    Task<byte[]> MetricsAsync();

    /// <summary>
    /// Releases every slave and stops. A bond's host interface is kept or deleted as its <c>on_stop</c> says, else by
    /// <paramref name="deleteByDefault"/>.
    /// </summary>
    Task StopAsync(bool deleteByDefault);
}
