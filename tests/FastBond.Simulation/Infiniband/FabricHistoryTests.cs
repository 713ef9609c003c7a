using FastBond.Core.Bonds;

namespace FastBond.Simulation.Infiniband;

/// <summary>
/// Hosts on an InfiniBand fabric, each with a bond and its Ethernet face: links flap, ports vanish and come back with other queue pairs, frames are
/// lost. In the end all is mended, and every host must reach every other, by the MACs it has always known.
/// </summary>
public class FabricHistoryTests
{
    private const long Millisecond = 1_000_000;
    private const int StepMs = 10;

    [Fact]
    public void Whatever_happens_in_the_end_every_host_reaches_every_other()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            try
            {
                Run(seed);
            }
            catch (Exception e)
            {
                throw new Xunit.Sdk.XunitException($"seed {seed}: {e.Message}\n{e.StackTrace}", e);
            }
        }
    }

    [Fact]
    public void Same_seed_gives_the_same_history()
    {
        for (int seed = 0; seed < 5; seed++)
        {
            Assert.Equal(Run(seed), Run(seed));
        }
    }

    [Fact]
    public void A_fail_over_costs_no_more_than_the_monitors_period()
    {
        Fabric fabric = new(new Random(1));
        (FabricHost a, FabricHost b) = (new FabricHost(fabric, 0), new FabricHost(fabric, 1));
        fabric.Hosts.AddRange([a, b]);
        Play(fabric, 1000, () => a.Ping(b));
        foreach (FabricHost host in (FabricHost[])[a, b, a, b])
        {
            string active = host.Bond.ActiveSlave!.Name;
            host.Devices[active].PeerIsUp = false;
            int before = a.Answers;
            Play(fabric, 200, () => a.Ping(b));
            Assert.InRange(a.Answers - before, (200 - 100) / StepMs, 200 / StepMs);
            host.Devices[active].PeerIsUp = true;
            Play(fabric, 300, () => a.Ping(b));
        }
    }

    /// <summary>Plays one history; returns something that differs if the history does.</summary>
    private static (int Carried, int Answers) Run(int seed)
    {
        Random random = new(seed);
        Fabric fabric = new(random);
        int count = random.Next(2, 5);
        for (int i = 0; i < count; i++)
        {
            fabric.Hosts.Add(new FabricHost(fabric, i));
        }

        FabricHost Any() => fabric.Hosts[random.Next(count)];
        for (int i = 0; i < 100; i++)
        {
            Disturb(random, fabric, Any());
            Play(fabric, random.Next(4) == 0 ? 1000 * random.Next(40) : random.Next(500), () =>
            {
                FabricHost from = Any();
                FabricHost to = Any();
                if (from != to)
                {
                    from.Ping(to);
                }
            });
        }

        Mend(fabric);
        int before = fabric.Hosts.Sum(static host => host.Answers);
        int asked = 0;
        foreach (FabricHost from in fabric.Hosts)
        {
            foreach (FabricHost to in fabric.Hosts.Where(to => to != from))
            {
                from.Ping(to);
                Play(fabric, 100, static () => { });
                asked++;
            }
        }

        Assert.Equal(asked, fabric.Hosts.Sum(static host => host.Answers) - before);
        return (fabric.Carried, before);
    }

    private static void Disturb(Random random, Fabric fabric, FabricHost host)
    {
        string name = $"ib{random.Next(2)}";
        bool exists = host.Devices.ContainsKey(name);
        switch (random.Next(8))
        {
            case 0 or 1 or 2 when exists:
                host.Devices[name].PeerIsUp = random.Next(3) != 0;
                break;
            case 3 when exists:
                host.Vanish(name);
                break;
            case 4 or 5 when !exists:
                host.Create(name);
                break;
            case 6:
                fabric.LosesOneOf = random.Next(2) * random.Next(2, 20);
                break;
            case 7 when host.Bond.Slaves.Count > 0:
                host.Bond.Apply(fabric.NowNs, [("active_slave", name)]);
                break;
        }

        host.Step();
    }

    /// <summary>Gives everything back, and time for whatever has to be found out anew.</summary>
    private static void Mend(Fabric fabric)
    {
        fabric.LosesOneOf = 0;
        foreach (FabricHost host in fabric.Hosts)
        {
            foreach (string name in (string[])["ib0", "ib1"])
            {
                if (!host.Devices.ContainsKey(name))
                {
                    host.Create(name);
                }

                host.Devices[name].PeerIsUp = true;
            }
        }

        Play(fabric, 1000, static () => { });
        foreach (FabricHost from in fabric.Hosts)
        {
            foreach (FabricHost to in fabric.Hosts.Where(to => to != from))
            {
                Play(fabric, 8000, () => from.Ping(to));
            }
        }

        // The last answers come in.
        Play(fabric, 100, static () => { });
        Assert.All(fabric.Hosts, static host => Assert.All(host.Bond.Slaves, static slave => Assert.Equal(LinkState.Up, slave.Link)));
    }

    private static void Play(Fabric fabric, int milliseconds, Action each)
    {
        for (int i = 0; i < milliseconds / StepMs; i++)
        {
            fabric.NowNs += StepMs * Millisecond;
            fabric.Deliver();
            foreach (FabricHost host in fabric.Hosts)
            {
                host.Step();
            }

            each();
        }
    }
}
