using System.Globalization;
using FastBond.Core.Bonds;
using FastBond.Core.Frames;

namespace FastBond.Simulation;

/// <summary>How the bond comes to know of a change of carrier.</summary>
public enum Hearing
{
    /// <summary>Only when its monitor's regular pass is due: as a kernel bond.</summary>
    Polled,

    /// <summary>At once.</summary>
    Hinted,
}

/// <summary>
/// One bond in a simulated host, in virtual time. Whatever happens goes through here, and after each step the invariants are checked.
/// </summary>
internal sealed class BondSimulation
{
    private const long Millisecond = 1_000_000;

    private readonly Hearing _hearing;

    public BondSimulation(Hearing hearing = Hearing.Polled, int slaves = 3, bool infiniband = false)
    {
        _hearing = hearing;
        World = new SimulatedWorld { BondAddress = HardwareAddress.Parse("06:ff:ff:ff:ff:ff") };
        for (int i = 0; i < slaves; i++)
        {
            AddDevice(infiniband, $"s{i}", i);
        }

        Bond = new Bond("bond0", World, World.BondAddress);
    }

    /// <summary>Adds an interface of either kind, whose address ends with a number below 65536.</summary>
    public void AddDevice(bool infiniband, string name, int number)
    {
        string end = $"{number >> 8:x2}:{number & 0xff:x2}";
        if (infiniband)
        {
            World.Add(name, $"00:00:00:{end[3..]}:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:{end}", SlaveDevice.Infiniband);
        }
        else
        {
            World.Add(name, $"02:5a:00:00:{end}");
        }
    }

    public SimulatedWorld World { get; }

    public Bond Bond { get; }

    public BondOptions Options => Bond.Options;

    public long NowNs => World.NowNs;

    public double NowMs => (double)World.NowNs / Millisecond;

    public IEnumerable<string> Lines => World.Logs.Select(static line => line.Text);

    /// <summary>Called after each step, when the bond has come to rest.</summary>
    public Action AfterStep { get; set; } = static () => { };

    /// <summary>Off while a test makes calls fail on purpose, which leaves MACs where they should not be.</summary>
    public bool ChecksAddresses { get; set; } = true;

    public Slave Slave(string name) => Bond.FindSlave(name) ?? throw new InvalidOperationException($"{name} is not a slave");

    /// <summary>Writes an option that must be accepted.</summary>
    public void Set(string option, string value) => Step(() => Assert.Equal(Outcome.Ok, Bond.SetOption(NowNs, option, value)));

    public void Set(string option, int value) => Set(option, value.ToString(CultureInfo.InvariantCulture));

    public void SetMode(BondMode mode) => Set("mode", (int)mode);

    /// <summary>The monitor's period in milliseconds, and its delays in passes.</summary>
    public void SetMiimon(int miimon, int updelay = 0, int downdelay = 0)
    {
        Set("miimon", miimon);
        if (miimon > 0)
        {
            Set("updelay", updelay * miimon);
            Set("downdelay", downdelay * miimon);
        }
    }

    public Outcome Enslave(string name) => Step(() => Bond.Enslave(NowNs, name));

    public void Enslave(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            Assert.Equal(Outcome.Ok, Enslave(name));
        }
    }

    public Outcome Release(string name) => Step(() => Bond.Release(NowNs, name));

    public void SetUp(bool up) => Step(() => Bond.SetUp(NowNs, up));

    public Outcome SetAddress(string address)
    {
        World.BondAddress = HardwareAddress.Parse(address);
        return Step(() => Bond.SetAddress(NowNs, World.BondAddress));
    }

    public Outcome SetActive(string name) => Step(() => Bond.SetOption(NowNs, "active_slave", name));

    public void SetPrio(string name, int prio) =>
        Step(() => Assert.Equal(Outcome.Ok, Bond.SetSlaveOption(NowNs, name, "prio", prio.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Cuts links or mends them, all at the same moment.</summary>
    public void SetPeers(bool up, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            World.Devices[name].PeerIsUp = up;
        }

        Changed();
    }

    public void SetAdmin(string name, bool up)
    {
        World.Devices[name].IsUp = up;
        Changed();
    }

    public void Delete(string name)
    {
        World.Delete(name);
        Slave? slave = Bond.FindSlave(name);
        if (slave is not null)
        {
            Step(() => Bond.DeviceGone(NowNs, slave));
        }
    }

    public void Rename(Slave slave, string name)
    {
        World.Rename(slave.Name, name);
        Step(() => Bond.SlaveRenamed(NowNs, slave, name));
    }

    /// <summary>Lets time pass, doing what falls due when it does.</summary>
    public void RunFor(double milliseconds) => RunUntil(NowNs + (long)(milliseconds * Millisecond));

    public void RunUntil(long timeNs)
    {
        while (Bond.NextDueNs <= timeNs)
        {
            World.NowNs = Math.Max(NowNs, Bond.NextDueNs);
            Step();
        }

        World.NowNs = timeNs;
    }

    private void Changed()
    {
        if (_hearing == Hearing.Hinted)
        {
            TellLinks();
        }

        Step();
    }

    private void TellLinks()
    {
        foreach (Slave slave in Bond.Slaves)
        {
            SimulatedDevice device = World.Devices[slave.Name];
            Bond.AdminStateChanged(NowNs, slave, device.IsUp);
            Bond.CarrierChanged(NowNs, slave, device.Carrier);
        }
    }

    private Outcome Step(Func<Outcome> act)
    {
        Outcome outcome = act();
        Step();
        return outcome;
    }

    private void Step(Action act)
    {
        act();
        Step();
    }

    /// <summary>What the control thread does after every event.</summary>
    private void Step()
    {
        BondInvariants.Check(this);
        while (Bond.NextDueNs <= NowNs)
        {
            if (Bond.NextPassNs <= NowNs)
            {
                TellLinks();
                BondInvariants.Check(this);
            }

            Bond.Tick(NowNs);
            BondInvariants.Check(this);
        }

        AfterStep();
    }
}
