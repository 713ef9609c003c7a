using System.Net;
using FastBond.Core.Bonds;

namespace FastBond.Linux;

/// <summary>
/// Fails bonds over that nobody has, so that the runtime has compiled, profiled and compiled again what the loss of a link will run: losses are so
/// seldom that otherwise all of a process's life ran code as slow as the first.
/// </summary>
internal sealed class FailOverRehearsal
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
        TrialWorld world = new();
        _bond = new Bond("rehearsal", world, world.RandomAddress());
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
