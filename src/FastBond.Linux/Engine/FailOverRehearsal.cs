using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Linux;

/// <summary>
/// Fails bonds over that nobody has, so that the runtime has compiled, profiled and compiled again what the loss of a link will run: losses are so
/// seldom that otherwise all of a process's life ran code as slow as the first.
/// </summary>
internal sealed class FailOverRehearsal : IEffects
{
    /// <summary>Of a millisecond each, nearly all of it slept: as long as the cores' rehearsal takes.</summary>
    private const int Rounds = 300;

    private static readonly string[] Slaves = ["first", "second"];
    private static readonly HostAddress[] Addresses = [new(IPAddress.Loopback, [], default), new(IPAddress.IPv6Loopback, [], default)];

    private static bool _started;

    private readonly Bond _bond;
    private long _nowNs;

    private FailOverRehearsal(string mode)
    {
        _bond = new Bond("rehearsal", this, RandomAddress());
        _ = _bond.ApplyAtCreation(_nowNs, [("mode", mode)]);
        Array.ForEach(Slaves, slave => _ = _bond.Enslave(_nowNs, slave));
        _bond.SetHostAddresses(_nowNs, Addresses);
        _bond.SetUp(_nowNs, up: true);
    }

    /// <summary>Rehearses in the background, once in a process.</summary>
    public static void Start()
    {
        if (!Interlocked.Exchange(ref _started, true))
        {
            new Thread(Run) { Name = "fastbond-start", IsBackground = true }.Start();
        }
    }

    /// <inheritdoc/>
    public SlaveDevice FindDevice(string name) => new()
    {
        Name = name,
        IfIndex = 1 + Array.IndexOf(Slaves, name),
        Address = new HardwareAddress([0x02, 0, 0, 0, 1, (byte)Array.IndexOf(Slaves, name)]),
        Carrier = true,
    };

    /// <inheritdoc/>
    public Outcome SetSlaveAddress(Slave slave, HardwareAddress address) => Outcome.Ok;

    /// <inheritdoc/>
    public Outcome SetSlaveMtu(Slave slave, int mtu) => Outcome.Ok;

    /// <inheritdoc/>
    public Outcome OpenSlave(Slave slave) => Outcome.Ok;

    /// <inheritdoc/>
    public void CloseSlave(Slave slave, bool gone)
    {
    }

    /// <inheritdoc/>
    public void SetSlaveInactive(Slave slave, bool inactive)
    {
    }

    /// <inheritdoc/>
    public void SetSlaveReceiveFilter(Slave slave, bool carriesBondsFilter)
    {
    }

    /// <inheritdoc/>
    public void SetSlaveGroups(Slave slave, IReadOnlyList<HardwareAddress> groups)
    {
    }

    /// <inheritdoc/>
    public void SetBondAddress(HardwareAddress address)
    {
    }

    /// <inheritdoc/>
    public void SetBondCarrier(bool up)
    {
    }

    /// <inheritdoc/>
    public HardwareAddress RandomAddress() => new([0x02, 0, 0, 0, 0, 1]);

    /// <inheritdoc/>
    public void Send(Slave slave, ReadOnlySpan<byte> frame)
    {
    }

    /// <inheritdoc/>
    public void ResendMulticastReports()
    {
    }

    /// <inheritdoc/>
    public void Publish(ForwardingTable table)
    {
    }

    /// <inheritdoc/>
    public void Log(LogPriority priority, string message)
    {
    }

    private static void Run()
    {
        FailOverRehearsal[] bonds = [new("active-backup"), new("balance-rr"), new("balance-xor")];
        for (int round = 0; round < Rounds; round++)
        {
            Array.ForEach(bonds, bond => bond.LoseEach());

            // The runtime compiles beside us, and tells nobody when it is done.
            Thread.Sleep(1);
        }
    }

    private void LoseEach()
    {
        foreach (Slave slave in _bond.Slaves)
        {
            Tell(slave, carrier: false);
            Tell(slave, carrier: true);
        }
    }

    private void Tell(Slave slave, bool carrier)
    {
        _nowNs++;
        _bond.SpeedChanged(_nowNs, slave, 0, Duplex.Full);
        _bond.CarrierChanged(_nowNs, slave, carrier);
        while (_bond.NextDueNs <= _nowNs)
        {
            _bond.Tick(_nowNs);
        }
    }
}
