using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Options;
using Xunit;

namespace FastBond.Core.Tests.Options;

/// <summary>A bond in a quiet world, put by few words into the state that a test begins with.</summary>
internal sealed class TestBond
{
    private long _nowNs = 1;

    public TestBond(BondMode mode = BondMode.BalanceRr, params ReadOnlySpan<string> withoutCarrier)
    {
        World = new QuietWorld(withoutCarrier);
        Bond = new Bond("bond0", World, HardwareAddress.Parse("02:00:00:00:00:99"));
        World.Set(new SlaveDevice { Name = "bond0", IfIndex = 99 });
        Enter(mode);
    }

    public Bond Bond { get; }

    public QuietWorld World { get; }

    public TestBond Set(string name, string value)
    {
        Assert.Equal("ok", Bond.SetOption(_nowNs, name, value).ToString());
        return this;
    }

    public TestBond Enslave(params ReadOnlySpan<string> slaves)
    {
        foreach (string slave in slaves)
        {
            Assert.Equal("ok", Bond.Enslave(_nowNs, slave).ToString());
        }

        return this;
    }

    public TestBond Up()
    {
        Bond.SetUp(_nowNs, true);
        return RunMs(0);
    }

    public TestBond Down()
    {
        Bond.SetUp(_nowNs, false);
        return this;
    }

    public TestBond SetCarrier(string slave, bool carrier)
    {
        Slave found = Bond.Slaves.Single(s => s.Name == slave);
        World.Set(World.FindDevice(slave)! with { Carrier = carrier });
        Bond.CarrierChanged(_nowNs, found, carrier);
        return this;
    }

    /// <summary>Lets time go by, doing what comes due.</summary>
    public TestBond RunMs(long milliseconds)
    {
        long end = _nowNs + (milliseconds * 1_000_000);
        while (Bond.NextDueNs <= end)
        {
            _nowNs = Math.Max(_nowNs, Bond.NextDueNs);
            Bond.Tick(_nowNs);
        }

        _nowNs = end;
        return this;
    }

    public TestBond SetSlave(string slave, string name, string value)
    {
        Assert.Equal("ok", TrySetSlave(slave, name, value).ToString());
        return this;
    }

    /// <summary>What a monitor that isn't there yet would have made of a slave with carrier.</summary>
    public TestBond Judged(string slave, LinkState link, uint failures, bool active)
    {
        Slave found = Bond.Slaves.Single(s => s.Name == slave);
        found.Carrier = true;
        found.Link = link;
        found.LinkFailureCount = failures;
        found.IsActive = active;
        return this;
    }

    /// <summary>In balance-tlb and -alb every slave transmits; the mode isn't there yet.</summary>
    public TestBond AllActive()
    {
        foreach (Slave slave in Bond.Slaves)
        {
            slave.IsActive = true;
        }

        return this;
    }

    public Outcome TrySet(string name, string value) => Bond.SetOption(_nowNs, name, value);

    public Outcome TrySetSlave(string slave, string name, string value) => Bond.SetSlaveOption(_nowNs, slave, name, value);

    public Outcome TryApply(params (string, string)[] options) => Bond.Apply(_nowNs, options);

    public Outcome TryEnslave(string slave) => Bond.Enslave(_nowNs, slave);

    /// <summary>
    /// Enters a mode. Those that FastBond doesn't have yet are put in place behind the option writer's back, over the rules of the mode
    /// nearest to them, so that the checks which depend on the mode can be tested all the same.
    /// </summary>
    public TestBond Enter(BondMode mode)
    {
        switch (mode)
        {
            case BondMode.Ieee8023ad:
                OptionRules.EnterMode(Bond.Options, mode);
                return this;
            case BondMode.BalanceTlb or BondMode.BalanceAlb:
                Set("mode", "active-backup");
                OptionRules.EnterMode(Bond.Options, mode);
                return this;
            default:
                return Set("mode", OptionTable.Mode.NameOf((int)mode));
        }
    }
}
