using FastBond.Linux;
using FastBond.Linux.Links;

namespace FastBond.Program.Tests;

/// <summary>Bonds as an engine would show them.</summary>
internal static class States
{
    /// <summary>bond0 with eth0 and eth1, and eth9 that is waited for.</summary>
    public static BondState Bond0 { get; } = new()
    {
        Name = "bond0",
        IsUp = true,
        Carrier = true,
        Mtu = 1500,
        Address = "02:00:00:00:00:01",
        Options = [.. new Configuration.Options("mode=active-backup miimon=100").All],
        Slaves = [Slave("eth0", 3573025, 1643167, new LinkErrors(3, 2, 1, 7, 6, 5)), Slave("eth1", 3651769, 1643480, new LinkErrors(30, 20, 10, 70, 60, 50)), new SlaveState { Name = "eth9", IsPresent = false, Options = [] }],
        Addresses = [new BondAddress("192.168.1.1", 24), new BondAddress("fd00::1", 64)],
        Routes = [new BondRoute("0.0.0.0", 0, "192.168.1.254")],
        Traffic = new TrafficState(7224794, 3, 1, 3286647, 4, 2),
    };

    private static SlaveState Slave(string name, ulong rx, ulong tx, LinkErrors errors) => new()
    {
        Name = name,
        IsPresent = true,
        Options = [new OptionSetting("queue_id", "0"), new OptionSetting("prio", "0"), new OptionSetting("xdp_mode", "default"),
            new OptionSetting("lladdr", ""), new OptionSetting("lladdr_broadcast", ""), new OptionSetting("linktype", "default")],
        Address = "02:00:00:00:00:01",
        IsUp = true,
        Carrier = true,
        IsUsed = name == "eth0",
        Traffic = new TrafficState(rx, 1, 0, tx, 2, 1),
        Errors = errors,
    };
}
