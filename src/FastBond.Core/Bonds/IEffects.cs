using FastBond.Core.Frames;

namespace FastBond.Core.Bonds;

/// <summary>How serious a log line is: journal priorities (syslog(3)).</summary>
public enum LogPriority
{
    /// <summary>Something failed.</summary>
    Error = 3,

    /// <summary>Something is not as it should be.</summary>
    Warning = 4,

    /// <summary>A change of state that is worth a line on any system.</summary>
    Notice = 5,

    /// <summary>A change of state.</summary>
    Info = 6,
}

/// <summary>
/// What a bond may ask of the world. Two implementations: the engine, which turns each into system calls, and the simulator. All calls
/// come from the control thread, from inside a call into the bond. Calls that return an <see cref="Outcome"/> are all-or-nothing.
/// </summary>
public interface IEffects
{
    /// <summary>Reads what the system says of an interface; null if there is none of that name.</summary>
    SlaveDevice? FindDevice(string name);

    /// <summary>Sets the interface's MAC; it is down at enslave, up at a later change.</summary>
    Outcome SetSlaveAddress(Slave slave, HardwareAddress address);

    /// <summary>Sets the interface's MTU (payload bytes).</summary>
    Outcome SetSlaveMtu(Slave slave, int mtu);

    /// <summary>
    /// Takes the interface over: records what will be changed, silences its own stack, brings it up, binds its queues and hands the
    /// ports to the cores under <see cref="Slave.Slot"/>. On failure everything is as before.
    /// </summary>
    Outcome OpenSlave(Slave slave);

    /// <summary>
    /// Gives the interface back. The bond has already published a table without it. Waits (bounded) until every core works with that
    /// table, then closes the ports and puts back every setting recorded. <paramref name="gone"/>: the device no longer exists.
    /// </summary>
    void CloseSlave(Slave slave, bool gone);

    /// <summary>Tells the XDP program whether the slave's inactive flag is set: then link-local frames go to its own stack.</summary>
    void SetSlaveInactive(Slave slave, bool inactive);

    /// <summary>Puts the bond's receive needs (groups, promiscuity) on the slave, or takes them off.</summary>
    void SetSlaveReceiveFilter(Slave slave, bool carriesBondsFilter);

    /// <summary>
    /// Makes the slave let in exactly these groups, by their link-layer addresses, beyond what <see cref="SetSlaveReceiveFilter"/> lets in: a backup must hear the
    /// current slave's neighbour solicitations to be judged by them.
    /// </summary>
    void SetSlaveGroups(Slave slave, IReadOnlyList<HardwareAddress> groups);

    /// <summary>Sets the address of the bond's host interface.</summary>
    void SetBondAddress(HardwareAddress address);

    /// <summary>Sets the carrier of the bond's host interface.</summary>
    void SetBondCarrier(bool up);

    /// <summary>A new random locally administered unicast MAC, for a bond that has lost the one it took from a slave.</summary>
    HardwareAddress RandomAddress();

    /// <summary>Sends a control frame (destination MAC first, no FCS) on that slave, past the table.</summary>
    void Send(Slave slave, ReadOnlySpan<byte> frame);

    /// <summary>
    /// Makes the host's stack repeat its multicast membership reports (IGMP, MLD) through the bond, which carries them by its own rule.
    /// </summary>
    void ResendMulticastReports();

    /// <summary>Publishes the table to every core and wakes the sleeping ones.</summary>
    void Publish(ForwardingTable table);

    /// <summary>One line, in the kernel's own words where it has them, without a trailing newline.</summary>
    void Log(LogPriority priority, string message);
}
