using FastBond.Lab.Ipoib;
using FastBond.Lab.Topology;
using Xunit;

namespace FastBond.Lab.Tests.Infiniband;

/// <summary>
/// A test on the stand-in for an InfiniBand fabric. Whatever it is about, every frame that left a bond must be right by the RFCs.
/// </summary>
public abstract class InfinibandTest : ScenarioTest
{
    protected const string AddressA0 = "80:00:04:a0:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:a0";
    protected const string AddressA1 = "80:00:04:a1:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:a1";

    private readonly List<IpoibSwitch> _fabrics = [];

    protected IpoibHosts Build(string options = "")
    {
        IpoibHosts network = IpoibHosts.Build(Lab, options);
        _fabrics.Add(network.Fabric);
        return network;
    }

    protected IpoibSwitch Fabric()
    {
        IpoibSwitch fabric = Lab.Keep(new IpoibSwitch());
        _fabrics.Add(fabric);
        return fabric;
    }

    /// <summary>Cuts the port of the active slave; returns when the other is active.</summary>
    protected static void FailOver(Host host, IReadOnlyList<IpoibPort> ports)
    {
        int active = host.Status.ActiveSlave == "ib0" ? 0 : 1;
        ports[active].Cut();
        host.Daemon.WaitFor(status => status.ActiveSlave == $"ib{1 - active}", FailOverLimit, $"ib{1 - active} is active");
    }

    /// <summary>Gives every link back and waits until all are up.</summary>
    protected static void Mend(Host host, IReadOnlyList<IpoibPort> ports)
    {
        foreach (IpoibPort port in ports.Where(port => port.IsCut))
        {
            port.Mend();
        }
        host.Daemon.WaitFor(status => status.Slaves.All(slave => slave.MiiStatus == "UP"), Soon, "every slave up");
    }

    protected override void Dispose(bool disposing)
    {
        string[] faults = [.. _fabrics.SelectMany(fabric => fabric.Faults)];
        base.Dispose(disposing);
        Assert.True(faults.Length == 0, string.Join('\n', faults.Take(10)));
    }
}
