using FastBond.Lab.Machine;
using Xunit;

namespace FastBond.Lab.Tests.Service;

/// <summary>The stream of events as an operator sees it.</summary>
public sealed class EventTests : ScenarioTest
{
    [Fact]
    public void What_happens_is_told_in_a_line_with_its_reason()
    {
        ConfiguredHost host = new(Lab, ConfiguredHost.TwoSlaves.Replace("balance-rr", "active-backup, primary: eth0", StringComparison.Ordinal));
        using ChildProcess events = host.Place.Start([LabFacts.Product, "events", "--socket", host.Daemon.Socket]);
        int delay = 0;
        Wait.Until(Heard, Soon, "the first event");
        host.Daemon.Do("set bond0 updelay=0");

        host.Peers.Ip("link set eth0 down");
        Told("bond0 eth0: link up -> down (link down, no carrier)");
        Told("bond0: active_slave eth0 -> eth1 (eth0: link down, no carrier)");
        host.Peers.Ip("link set eth0 up");
        Told("bond0: active_slave eth1 -> eth0 (eth0 is the primary slave)");
        host.Daemon.Do("release bond0 eth0");
        Told("bond0: active_slave eth0 -> eth1 (eth0 was released)");
        host.Daemon.Do("release bond0 eth1");
        Told("bond0: carrier up -> down (it has no slaves)");

        bool Heard()
        {
            host.Daemon.Do($"set bond0 updelay={delay = 100 - delay}");
            return events.Output.Length > 0;
        }

        void Told(string line) => events.WaitForLine(told => told.EndsWith(" " + line, StringComparison.Ordinal), Soon, $"'{line}'");
    }
}
