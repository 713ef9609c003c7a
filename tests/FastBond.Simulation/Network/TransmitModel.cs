using FastBond.Core.Bonds;
using FastBond.Core.Hashing;
using FastBond.Dataplane.Counters;

namespace FastBond.Simulation.Network;

/// <summary>
/// The modes' transmit rules (modes.md section 4) said a second time, in the simplest way: from the slaves' state, frame by frame, without
/// a forwarding table. One for each core, since balance-rr counts per core.
/// </summary>
internal sealed class TransmitModel(Bond bond)
{
    private ulong _counter;

    public void Plan(IReadOnlyList<NetworkFrame> burst, TurnPlan plan)
    {
        foreach (NetworkFrame frame in burst)
        {
            switch (bond.Options.Mode)
            {
                case BondMode.ActiveBackup:
                    Send(bond.ActiveSlave, frame, plan);
                    break;
                case BondMode.BalanceRr:
                    RoundRobin(frame, plan);
                    break;
                case BondMode.BalanceXor:
                    Send(ByHash(frame), frame, plan);
                    break;
                case BondMode.Broadcast:
                    Broadcast(frame, plan);
                    break;
                default:
                    throw new InvalidOperationException($"no rule for mode {bond.Options.Mode}");
            }
        }
    }

    /// <summary>modes.md: running, link up, active flag.</summary>
    private static bool CanTransmit(Slave slave) => slave.IsUp && slave.Carrier && slave.Link == LinkState.Up && slave.IsActive;

    private static void Send(Slave? slave, NetworkFrame frame, TurnPlan plan)
    {
        if (slave is null)
        {
            plan.Drop(CounterLayout.HostRow, DropReason.NoSlave);
        }
        else
        {
            plan.Send(slave.Slot, frame);
        }
    }

    private void RoundRobin(NetworkFrame frame, TurnPlan plan)
    {
        if (bond.Slaves.Count == 0)
        {
            Send(null, frame, plan);
        }
        else if (frame.Kind == FrameKind.Igmp && (frame.VlanTags == 0 || (frame.VlanTags == 1 && bond.Options.HashVlan == HashVlan.Offload)))
        {
            Send(bond.ActiveSlave ?? bond.Slaves.FirstOrDefault(CanTransmit), frame, plan);
        }
        else
        {
            _counter++;
            ulong run = (ulong)bond.Options.PacketsPerSlave;
            if (run > 0)
            {
                Send(FirstFrom((int)(_counter / run % (ulong)bond.Slaves.Count)), frame, plan);
            }
            else if (bond.Slaves.Any(CanTransmit))
            {
                plan.AtRandom.Add(frame);
                plan.Candidates = bond.Slaves.Where(CanTransmit).Aggregate(0UL, static (mask, slave) => mask | (1UL << slave.Slot));
            }
            else
            {
                Send(null, frame, plan);
            }
        }
    }

    private Slave? FirstFrom(int start)
    {
        for (int i = 0; i < bond.Slaves.Count; i++)
        {
            Slave slave = bond.Slaves[(start + i) % bond.Slaves.Count];
            if (CanTransmit(slave))
            {
                return slave;
            }
        }

        return null;
    }

    private Slave? ByHash(NetworkFrame frame)
    {
        TransmitHashPolicy policy = bond.Options.XmitHashPolicy;
        uint hash = TransmitHash.Compute(policy, bond.Options.HashVlan, frame.Bytes, bond.Address.AsSpan()[^1]);
        if (policy == TransmitHashPolicy.Xor24)
        {
            return bond.Slaves.Count == 0 ? null : FirstFrom((int)(hash % (uint)bond.Slaves.Count));
        }

        List<Slave> usable = [.. bond.Slaves.Where(CanTransmit)];
        return usable.Count == 0 ? null : usable[(int)(hash % (uint)usable.Count)];
    }

    private void Broadcast(NetworkFrame frame, TurnPlan plan)
    {
        bool sent = false;
        foreach (Slave slave in bond.Slaves)
        {
            if (slave.IsUp && slave.Carrier && slave.Link == LinkState.Up)
            {
                plan.Send(slave.Slot, frame);
                sent = true;
            }
        }

        if (!sent)
        {
            Send(null, frame, plan);
        }
    }
}
