using FastBond.Core.Frames;

namespace FastBond.Core.Bonds;

/// <summary>
/// One bond's control plane: a deterministic machine. It is told what happened and when (nanoseconds of any clock that never goes back),
/// and answers through <see cref="IEffects"/>. It reads no clock and starts nothing. Not thread-safe: one control thread owns it.
/// </summary>
public sealed partial class Bond
{
    private readonly IEffects _effects;

    /// <summary>A new bond: no slaves, administratively down, options at the kernel's defaults.</summary>
    public Bond(string name, IEffects effects, HardwareAddress address)
    {
        Name = name;
        _effects = effects;
        Address = address;
    }

    /// <summary>Name of the bond and of its host interface.</summary>
    public string Name { get; }

    /// <summary>Option values.</summary>
    public BondOptions Options { get; } = new();

    /// <summary>Slaves in enslave order.</summary>
    public IReadOnlyList<Slave> Slaves => throw new NotSupportedException();

    /// <summary>The current active slave (in every mode but 802.3ad; only modes 1, 5, 6 show it).</summary>
    public Slave? ActiveSlave { get; private set; }

    /// <summary>The slave named by option <c>primary</c>, if it is here.</summary>
    public Slave? PrimarySlave { get; private set; }

    /// <summary>Administratively up: follows the host interface.</summary>
    public bool IsUp { get; private set; }

    /// <summary>The carrier the bond shows to the host.</summary>
    public bool Carrier { get; private set; }

    /// <summary>The bond's MAC.</summary>
    public HardwareAddress Address { get; private set; }

    /// <summary>The bond's MTU; every slave has the same.</summary>
    public int Mtu { get; private set; } = 1500;

    /// <summary>The table last published.</summary>
    public ForwardingTable Table { get; private set; } = ForwardingTable.Empty;

    /// <summary>When <see cref="Tick"/> must next be called, in nanoseconds; <see cref="long.MaxValue"/> if nothing is due.</summary>
    public long NextDueNs { get; private set; } = long.MaxValue;

    /// <summary>Takes an interface as a slave (modes.md section 9). <paramref name="device"/> must be administratively down.</summary>
    public Outcome Enslave(long nowNs, string device) => throw new NotSupportedException();

    /// <summary>Gives a slave back.</summary>
    public Outcome Release(long nowNs, string slave) => throw new NotSupportedException();

    /// <summary>Writes an option of the bond as text (options.md): name and value as the kernel spells them.</summary>
    public Outcome SetOption(long nowNs, string name, string value) => throw new NotSupportedException();

    /// <summary>Writes an option of a slave (<c>queue_id</c>, <c>prio</c>).</summary>
    public Outcome SetSlaveOption(long nowNs, string slave, string name, string value) => throw new NotSupportedException();

    /// <summary>The host interface went up or down.</summary>
    public void SetUp(long nowNs, bool up) => throw new NotSupportedException();

    /// <summary>The user gave the host interface another MAC: to every slave, all or none.</summary>
    public Outcome SetAddress(long nowNs, HardwareAddress address) => throw new NotSupportedException();

    /// <summary>The user gave the host interface another MTU: to every slave, all or none.</summary>
    public Outcome SetMtu(long nowNs, int mtu) => throw new NotSupportedException();

    /// <summary>What the monitor thread, netlink or a failed kick made known of a slave's carrier; a change makes a pass happen now.</summary>
    public void CarrierChanged(long nowNs, Slave slave, bool carrier) => throw new NotSupportedException();

    /// <summary>The slave's administrative state as told by netlink.</summary>
    public void AdminStateChanged(long nowNs, Slave slave, bool up) => throw new NotSupportedException();

    /// <summary>Speed and duplex as read anew.</summary>
    public void SpeedChanged(long nowNs, Slave slave, int speedMbps, Duplex duplex) => throw new NotSupportedException();

    /// <summary>The slave's device was deleted: it leaves the bond, which goes on.</summary>
    public void DeviceGone(long nowNs, Slave slave) => throw new NotSupportedException();

    /// <summary>The addresses the host holds now: of VLANs above the bond and of the bond itself.</summary>
    public void SetHostAddresses(long nowNs, IReadOnlyList<HostAddress> addresses) => throw new NotSupportedException();

    /// <summary>Does what is due at <paramref name="nowNs"/>.</summary>
    public void Tick(long nowNs) => throw new NotSupportedException();
}
