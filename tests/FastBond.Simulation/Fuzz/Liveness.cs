using FastBond.Core.Bonds;
using FastBond.Simulation.Network;

namespace FastBond.Simulation.Fuzz;

/// <summary>
/// What must be true of a network that has been mended: every host reaches every other, all at rest. Then it loses a link, must find out
/// and go on over the others, and gets it back.
/// </summary>
internal sealed class Liveness(SimulatedNetwork network, Wiring wiring, Random random)
{
    private const int EchoIds = 6;
    private const long LongestAnswerNs = 50 * VirtualTime.Millisecond;
    private const int MiimonMs = 100;
    private const int UpdelayMs = 200;
    private const int DowndelayMs = 100;

    private const int ArpIntervalMs = 100;
    private const int ArpMissedMax = 2;

    /// <summary>To notice a loss or a return, act on it, and announce it.</summary>
    private const int SettleMs = (2 * MiimonMs) + UpdelayMs + DowndelayMs;

    /// <summary>The same for the ARP monitor, where a backup is given an interval more, and each slave may have to be asked in turn.</summary>
    private const int ArpSettleMs = (ArpMissedMax + 8) * ArpIntervalMs;

    /// <summary>Gives a bond the options by which it is judged.</summary>
    public void Configure(SimulatedHost host)
    {
        Must(host.Set("miimon", $"{MiimonMs}"));
        Must(host.Set("updelay", $"{UpdelayMs}"));
        Must(host.Set("downdelay", $"{DowndelayMs}"));
        Must(host.Set("all_slaves_active", "0"));
        Must(host.Set("num_grat_arp", $"{random.Next(1, 4)}"));
        Must(host.Set("peer_notif_delay", "0"));
        if (NeedsPrimary(host))
        {
            Must(host.Set("primary", host.Nics[0].DeviceName));
            Must(host.Set("primary_reselect", "always"));
            for (int i = 0; i < host.Nics.Count; i++)
            {
                Must(host.SetSlave(host.Nics[i].DeviceName, "prio", i == 1 ? "1" : "0"));
            }
        }
    }

    /// <summary>Under the MII monitor; and under the ARP monitor where backups hear the current slave's questions.</summary>
    public void Judge()
    {
        JudgeMonitor(SettleMs);
        if (network.FloodsToSiblings)
        {
            // As with the kernel the first pass finds that nothing was ever heard, and all are down. Who asks only for answers would then
            // wait for ever for hosts that wait as well.
            ConfigureArp(random.Next(2) == 0 ? "none" : "filter");
            ConfigureArp(random.Next(2) == 0 ? "backup" : "all");
            JudgeMonitor(ArpSettleMs);
        }
    }

    private void ConfigureArp(string validate)
    {
        foreach (SimulatedHost host in network.Hosts)
        {
            IEnumerable<SimulatedHost> others = network.Hosts.Where(other => other != host);
            Must(host.Set("arp_ip_target", string.Join(',', others.Select(static other => other.Address))));
            Must(host.Set("arp_interval", $"{ArpIntervalMs}"));
            Must(host.Set("arp_missed_max", $"{ArpMissedMax}"));
            Must(host.Set("arp_all_targets", "any"));
            Must(host.Set("arp_validate", validate));
        }

        network.RunFor(ArpSettleMs);
    }

    private void JudgeMonitor(int settleMs)
    {
        Judge([]);
        if (network.Hosts[0].Nics.Count == 1)
        {
            return;
        }

        List<Nic> lost = ChooseLinks();
        Cut(lost, true);
        network.RunFor(settleMs);
        Judge(lost);
        Cut(lost, false);
        network.RunFor(settleMs);
        Judge([]);
    }

    /// <summary>Whether only hosts that are active on the same of several networks meet.</summary>
    private bool NeedsPrimary(SimulatedHost host) =>
        host.Bond.Options.Mode == BondMode.ActiveBackup && wiring is (Wiring.BackToBack or Wiring.ParallelSwitches);

    /// <summary>
    /// One link of a host; where each leads into a network of its own, that of every host, or they would not know which way to meet.
    /// </summary>
    private List<Nic> ChooseLinks()
    {
        int nic = random.Next(network.Hosts[0].Nics.Count);
        int only = random.Next(network.Hosts.Count);
        bool all = wiring is (Wiring.BackToBack or Wiring.ParallelSwitches);
        return [.. network.Hosts.Where(host => all || host.Index == only).Select(host => host.Nics[nic])];
    }

    /// <summary>Nobody speaks meanwhile: what the neighbours and switches must know, the bond's own announcements tell them.</summary>
    private void Cut(List<Nic> nics, bool cut)
    {
        foreach (Nic nic in nics)
        {
            network.History.Note(nic.End.Cable.Name, cut ? "cut to be judged" : "splice to be judged");
            nic.End.Cable.Cut(cut);
        }
    }

    private void Judge(List<Nic> lost)
    {
        network.History.Note("network", $"judge without {lost.Count} links");
        long moves = network.Switches.Sum(static one => one.Moves);
        int[] lines = [.. network.Hosts.Select(static host => host.World.Logs.Count)];
        foreach (SimulatedHost host in network.Hosts)
        {
            JudgeBond(host, lost);
            host.Stack.BeginJudging();
        }

        Echo();
        foreach (SimulatedHost host in network.Hosts)
        {
            HostStack stack = host.Stack;
            Holds(stack.Answered == stack.Asked, $"{host.Name}: {stack.Answered} of {stack.Asked} pings were answered, though there is a way");
            Holds(stack.SlowestNs <= LongestAnswerNs, $"{host.Name}: an answer took {stack.SlowestNs} ns");
            Holds(host.World.Logs.Count == lines[host.Index], $"{host.Name}: has not come to rest");
        }

        Holds(network.Switches.Sum(static one => one.Moves) == moves, "a MAC moves from port to port");
    }

    private void JudgeBond(SimulatedHost host, List<Nic> lost)
    {
        Bond bond = host.Bond;
        Holds(bond.Slaves.Count == host.Nics.Count, $"{host.Name}: {bond.Slaves.Count} slaves");
        Holds(bond.Carrier && bond.ActiveSlave is { Link: LinkState.Up }, $"{host.Name}: no carrier or no current slave");
        foreach (Nic nic in host.Nics)
        {
            LinkState expected = lost.Contains(nic) ? LinkState.Down : LinkState.Up;
            Holds(nic.Slave?.Link == expected, $"{nic.Name}: {nic.Slave?.Link} where it should be {expected}");
        }

        Nic primary = host.Nics[lost.Contains(host.Nics[0]) ? 1 : 0];
        bool isRight = !NeedsPrimary(host) || bond.ActiveSlave == primary.Slave;
        Holds(isRight, $"{host.Name}: {bond.ActiveSlave?.Name} is active instead of {primary.DeviceName}");
    }

    /// <summary>Every host asks every other, in several flows.</summary>
    private void Echo()
    {
        for (int round = 0; round < EchoIds; round++)
        {
            foreach (SimulatedHost host in network.Hosts)
            {
                foreach (SimulatedHost peer in network.Hosts.Where(peer => peer != host))
                {
                    host.Stack.Ping(peer, round);

                    // One at a time: in mode broadcast each answer comes as often as there are slaves, squared.
                    network.RunFor(1);
                }
            }

            network.RunFor(20);
        }
    }

    private static void Must(Outcome outcome) => Holds(outcome.Success, $"refused: {outcome}");

    private static void Holds(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvariantBrokenException(message);
        }
    }
}
