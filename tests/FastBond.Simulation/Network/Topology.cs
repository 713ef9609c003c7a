using FastBond.Core.Bonds;

namespace FastBond.Simulation.Network;

/// <summary>How hosts are wired.</summary>
internal enum Wiring
{
    /// <summary>Two hosts, each slave straight to its like.</summary>
    BackToBack,

    /// <summary>One switch that knows nothing of bonds.</summary>
    OneSwitch,

    /// <summary>One switch with a static trunk for each host.</summary>
    Trunks,

    /// <summary>A switch for each slave, not joined.</summary>
    ParallelSwitches,

    /// <summary>Two switches joined by a trunk of two cables; the slaves of a host by turns at one and the other.</summary>
    JoinedSwitches,
}

/// <summary>Builds networks.</summary>
internal static class Topology
{
    /// <summary>The modes in which bonds work over that wiring.</summary>
    public static IReadOnlyList<BondMode> Modes(Wiring wiring) => wiring switch
    {
        Wiring.BackToBack or Wiring.ParallelSwitches => [BondMode.BalanceRr, BondMode.ActiveBackup, BondMode.BalanceXor, BondMode.Broadcast],
        Wiring.Trunks => [BondMode.BalanceRr, BondMode.BalanceXor, BondMode.Broadcast],
        _ => [BondMode.ActiveBackup],
    };

    /// <summary>Adds hosts with so many NICs each, and wires them.</summary>
    public static void Build(SimulatedNetwork network, Wiring wiring, int hosts, int nics, Func<int> cores)
    {
        network.FloodsToSiblings = wiring is Wiring.OneSwitch or Wiring.JoinedSwitches;
        for (int i = 0; i < hosts; i++)
        {
            network.AddHost(cores(), nics);
        }

        if (wiring == Wiring.BackToBack)
        {
            for (int i = 0; i < nics; i++)
            {
                Cable cable = network.AddCable();
                cable.Plug(network.Hosts[0].AddNic(cable.A), network.Hosts[1].AddNic(cable.B));
            }

            return;
        }

        int switches = wiring switch { Wiring.ParallelSwitches => nics, Wiring.JoinedSwitches => 2, _ => 1 };
        for (int i = 0; i < switches; i++)
        {
            network.AddSwitch();
        }

        foreach (SimulatedHost host in network.Hosts)
        {
            for (int i = 0; i < nics; i++)
            {
                PlugIn(network, host, network.Switches[i % switches], wiring == Wiring.Trunks ? host.Index : (host.Index * TrunkOfNic) + i);
            }
        }

        if (wiring == Wiring.JoinedSwitches)
        {
            const int Join = 63;
            for (int i = 0; i < 2; i++)
            {
                Cable cable = network.AddCable();
                cable.Plug(network.Switches[0].AddPort(cable.A, Join), network.Switches[1].AddPort(cable.B, Join));
            }
        }
    }

    private const int TrunkOfNic = 8;

    private static void PlugIn(SimulatedNetwork network, SimulatedHost host, LearningSwitch into, int trunk)
    {
        Cable cable = network.AddCable();
        Nic nic = host.AddNic(cable.A);
        cable.Plug(nic, into.AddPort(cable.B, trunk));
    }
}
