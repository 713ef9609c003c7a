using System.Net;
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

    /// <summary>The link goes and, a second later, comes back for another second.</summary>
    public TestBond Flap(string slave) => SetCarrier(slave, false).RunMs(1000).SetCarrier(slave, true).RunMs(1000);

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

    /// <summary>
    /// Lets a bridge behind all slaves answer the ARP monitor from now on: who asks gets a reply, the other slaves hear the question.
    /// </summary>
    public TestBond Answered()
    {
        Bond.SetHostAddresses(_nowNs, [new HostAddress(IPAddress.Parse("10.9.0.1"), [], default) { PrefixLength = 24 }]);
        World.OnSend = (slave, frame) =>
        {
            foreach (Slave other in Bond.Slaves)
            {
                Hear(other, other == slave ? ReplyTo(frame) : frame);
            }
        };
        return this;
    }

    /// <summary>All slaves receive something that means nothing.</summary>
    public TestBond Noise()
    {
        foreach (Slave slave in Bond.Slaves)
        {
            Bond.Heard(_nowNs, slave, _nowNs);
        }

        return this;
    }

    private void Hear(Slave slave, byte[] frame)
    {
        Bond.Heard(_nowNs, slave, _nowNs);
        Bond.FrameReceived(_nowNs, slave, frame);
    }

    private static byte[] ReplyTo(byte[] request)
    {
        const int Target = 38, Sender = 28, Operation = 21, AddressLength = 4;
        byte[] reply = [.. request];
        request.AsSpan(6, 6).CopyTo(reply);
        reply[Operation] = 2;
        request.AsSpan(Target, AddressLength).CopyTo(reply.AsSpan(Sender));
        request.AsSpan(Sender, AddressLength).CopyTo(reply.AsSpan(Target));
        return reply;
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
