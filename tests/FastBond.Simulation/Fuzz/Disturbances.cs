using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Simulation.Network;

namespace FastBond.Simulation.Fuzz;

/// <summary>What can happen to a network and its bonds, drawn from a seed.</summary>
internal sealed class Disturbances(SimulatedNetwork network, Wiring wiring, Random random)
{
    private const int OtherNames = 3;

    private static readonly string[] Validations = ["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"];

    private static readonly (string Name, string[] Values)[] Options =
    [
        ("miimon", ["100", "50", "200", "0", "-1"]),
        ("updelay", ["0", "100", "250", "500", "junk"]),
        ("downdelay", ["0", "100", "300"]),
        ("updelay", ["100", "300"]),
        ("downdelay", ["100", "200"]),
        ("peer_notif_delay", ["0", "100", "200", "300001"]),
        ("primary_reselect", ["always", "better", "failure", "never"]),
        ("all_slaves_active", ["0", "0", "1", "2"]),
        ("num_grat_arp", ["0", "1", "3", "256"]),
        ("resend_igmp", ["0", "1", "3"]),
        ("packets_per_slave", ["1", "0", "3", "65535", "65536"]),
        ("xmit_hash_policy", ["layer2", "layer2+3", "layer3+4", "encap3+4", "vlan+srcmac", "xor24", "layer5"]),
        ("hash_vlan", ["offload", "inband"]),
        ("min_links", ["0", "1", "3"]),
        ("use_carrier", ["1", "0"]),
        ("lp_interval", ["1", "0"]),
        ("mode", ["0", "1", "2", "3", "802.3ad", "7"]),
        ("fail_over_mac", ["none", "active", "follow"]),
        ("arp_interval", ["100", "50", "0", "-1"]),
        ("arp_ip_target", ["198.18.0.1,198.18.0.2", "198.18.0.3", "198.18.0.9", "+198.18.0.2", "-198.18.0.1", "", "0.0.0.0"]),
        ("arp_validate", Validations),
        ("arp_all_targets", ["any", "all", "some"]),
        ("arp_missed_max", ["1", "2", "4", "0"]),
        ("nonsense", ["1"]),
    ];

    private int _life;

    public void Next()
    {
        SimulatedHost host = network.Hosts[random.Next(network.Hosts.Count)];
        Nic nic = host.Nics[random.Next(host.Nics.Count)];
        Cable cable = network.Cables[random.Next(network.Cables.Count)];
        switch (random.Next(100))
        {
            case < 18:
                Note(cable.Name, cable.IsCut ? "splice" : "cut");
                cable.Cut(!cable.IsCut);
                break;
            case < 24:
                CutSeveral(host);
                break;
            case < 34:
                Ail(cable);
                break;
            case < 38:
                Impair(nic);
                break;
            case < 44:
                Admin(host, nic);
                break;
            case < 49:
                DeleteOrCreate(host, nic);
                break;
            case < 50:
                Rename(host, nic);
                break;
            case < 60:
                Enslave(host, nic);
                break;
            case < 65:
                Release(host, nic);
                break;
            case < 69:
                bool up = random.Next(3) > 0;
                Note(host.Name, up ? "bond up" : "bond down");
                host.Post(0, () => host.SetUp(up));
                break;
            case < 73:
                Write(host, "active_slave", random.Next(4) == 0 ? "" : nic.DeviceName);
                break;
            case < 76:
                Write(host, "primary", random.Next(3) == 0 ? "" : nic.DeviceName);
                break;
            case < 78:
                Prio(host, nic);
                break;
            case < 88:
                WriteAny(host);
                break;
            case < 91:
                AddressOrMtu(host);
                break;
            case < 94:
                Reconfigure(host, AnyMode());
                break;
            case < 96:
                Stall(host);
                break;
            case < 98:
                StallStack(host);
                break;
            default:
                Switch();
                break;
        }
    }

    /// <summary>Writes some option, sometimes with a value that is none.</summary>
    public void WriteAny(SimulatedHost host)
    {
        (string name, string[] values) = Options[random.Next(Options.Length)];
        Write(host, name, values[random.Next(values.Length)]);
    }

    public BondMode AnyMode() => Topology.Modes(wiring)[random.Next(Topology.Modes(wiring).Count)];

    /// <summary>Takes a bond apart and makes it anew in another mode, with some of its slaves.</summary>
    public void Reconfigure(SimulatedHost host, BondMode mode) => host.Post(0, () =>
    {
        Note(host.Name, $"reconfigure as {mode}");
        host.SetUp(false);
        foreach (Slave slave in host.Bond.Slaves.ToArray())
        {
            Expect(host.Release(slave.Name), true);
        }

        Expect(host.Set("mode", $"{(int)mode}"), true);
        Expect(host.Set("fail_over_mac", $"{random.Next(3)}"), true);
        Expect(host.Set("miimon", "100"), true);
        if (random.Next(3) == 0)
        {
            // Every other host is a target, or one of them.
            IEnumerable<SimulatedHost> targets = network.Hosts.Where(other => other != host).Take(random.Next(1, network.Hosts.Count));
            Expect(host.Set("arp_ip_target", string.Join(',', targets.Select(static target => target.Address))), true);
            Expect(host.Set("arp_interval", "100"), true);
            Expect(host.Set("arp_validate", Validations[random.Next(Validations.Length)]), true);
        }

        foreach (Nic nic in host.Nics.Where(nic => nic.Device is not null && random.Next(6) > 0))
        {
            EnslaveNow(host, nic);
        }

        host.SetUp(random.Next(8) > 0);
    });

    /// <summary>Enslaves as the program does: what is up is taken down first.</summary>
    public static void EnslaveNow(SimulatedHost host, Nic nic)
    {
        if (nic.Device is { } device && nic.Slave is null)
        {
            device.IsUp = false;
            nic.Update();
        }

        bool possible = nic.Device is not null && host.Bond.Slaves.All(slave => slave.Name != nic.DeviceName);
        Expect(host.Enslave(nic.DeviceName), possible);
    }

    public void Create(SimulatedHost host, Nic nic)
    {
        if (nic.Device is null && nic.Slave is null)
        {
            Note(nic.Name, "created");
            host.CreateDevice(nic, ++_life);
        }
    }

    private static void Expect(Outcome outcome, bool success)
    {
        if (outcome.Success != success)
        {
            throw new InvariantBrokenException($"unexpected outcome {outcome}");
        }
    }

    private void Note(string where, string text) => network.History.Note(where, text);

    private void CutSeveral(SimulatedHost host)
    {
        bool cut = random.Next(2) == 0;
        foreach (Nic nic in host.Nics.Where(_ => random.Next(3) > 0))
        {
            Note(nic.End.Cable.Name, cut ? "cut with others" : "splice with others");
            nic.End.Cable.Cut(cut);
        }
    }

    private void Ail(Cable cable)
    {
        Ailments ailments = new();
        switch (random.Next(8))
        {
            case 0:
                ailments.Loss = random.NextDouble() * 0.3;
                break;
            case 1:
                ailments.Duplication = random.NextDouble() * 0.3;
                break;
            case 2:
                ailments.DelayNs = random.NextInt64(20 * VirtualTime.Millisecond);
                break;
            case 3:
                ailments.JitterNs = random.NextInt64(10 * VirtualTime.Millisecond);
                break;
            case 4:
                ailments.Swallows = true;
                break;
            case 5:
                ailments.IsDark = true;
                break;
        }

        Note(cable.Name, $"{ailments}");
        cable.Ail(random.Next(2) == 0 ? cable.A : cable.B, ailments);
    }

    private void Impair(Nic nic)
    {
        switch (random.Next(3))
        {
            case 0:
                Note(nic.Name, nic.IsHung ? "works" : "hangs");
                nic.IsHung = !nic.IsHung;
                break;
            case 1:
                nic.ServiceLimit = random.Next(4);
                break;
            default:
                nic.HoldsWithoutCarrier = !nic.HoldsWithoutCarrier;
                break;
        }
    }

    private void Admin(SimulatedHost host, Nic nic)
    {
        bool up = random.Next(3) > 0;
        Note(nic.Name, up ? "admin up" : "admin down");
        host.SetAdmin(nic, up);
    }

    private void DeleteOrCreate(SimulatedHost host, Nic nic)
    {
        if (nic.Device is null)
        {
            Create(host, nic);
        }
        else if (random.Next(2) == 0)
        {
            Note(nic.Name, "deleted");
            host.DeleteDevice(nic);
        }
    }

    private void Rename(SimulatedHost host, Nic nic)
    {
        string name = $"x{random.Next(OtherNames)}";
        if (nic.Device is not null && !host.World.Devices.ContainsKey(name) && host.Nics.All(other => other.DeviceName != name))
        {
            Note(nic.Name, $"renamed to {name}");
            host.RenameDevice(nic, name);
        }
    }

    private void Enslave(SimulatedHost host, Nic nic)
    {
        bool takesDown = random.Next(3) > 0;
        int failAt = random.Next(5) == 0 ? random.Next(5) : int.MaxValue;
        host.Post(0, () =>
        {
            Note(host.Name, $"enslave {nic.DeviceName}");
            if (takesDown && failAt == int.MaxValue)
            {
                EnslaveNow(host, nic);
                return;
            }

            EnslaveWithFailure(host, nic, failAt);
        });
    }

    /// <summary>One of the calls fails, or none: then the bond is as before, or has one slave more.</summary>
    private static void EnslaveWithFailure(SimulatedHost host, Nic nic, int failAt)
    {
        string[] before = [.. host.Bond.Slaves.Select(static slave => slave.Name)];
        HardwareAddress address = host.Bond.Address;
        bool possible = nic.Device is { IsUp: false } && nic.Slave is null;
        host.World.Fail = (call, device) => !device.IsOpen && call != nameof(IEffects.FindDevice) && failAt-- == 0
            ? new Outcome(Errno.EBUSY, $"{device.Name}: {call} failed")
            : null;

        // Not by the host, which would go on to what is due: a fail-over may change the bond's address.
        Outcome outcome = host.Bond.Enslave(host.NowNs, nic.DeviceName);
        host.World.Fail = static (_, _) => null;
        if (outcome.Success && !possible)
        {
            throw new InvariantBrokenException($"{host.Name}: {nic.DeviceName} became a slave, which cannot be");
        }

        string[] expected = outcome.Success ? [.. before, nic.DeviceName] : before;
        bool keptAddress = outcome.Success || host.Bond.Address == address;
        if (!host.Bond.Slaves.Select(static slave => slave.Name).SequenceEqual(expected) || !keptAddress)
        {
            throw new InvariantBrokenException($"{host.Name}: enslaving {nic.DeviceName} ended with {outcome}, and the bond says otherwise");
        }
    }

    private void Release(SimulatedHost host, Nic nic) => host.Post(0, () =>
    {
        Note(host.Name, $"release {nic.DeviceName}");
        bool isSlave = host.Bond.Slaves.Any(slave => slave.Name == nic.DeviceName);
        Expect(host.Release(nic.DeviceName), isSlave);
    });

    private void Prio(SimulatedHost host, Nic nic)
    {
        string prio = $"{random.Next(-1, 3)}";
        host.Post(0, () =>
        {
            Note(host.Name, $"prio of {nic.DeviceName} {prio}");
            host.SetSlave(nic.DeviceName, "prio", prio);
        });
    }

    private void Write(SimulatedHost host, string option, string value) =>
        host.Post(0, () => Note(host.Name, $"{option}={value}: {host.Set(option, value)}"));

    private void AddressOrMtu(SimulatedHost host)
    {
        HardwareAddress address = new([0x02, 0x77, 0, 0, (byte)host.Index, (byte)random.Next(256)]);
        int mtu = random.Next(2) == 0 ? 1500 : 1400;
        bool asksForMtu = random.Next(2) == 0;
        host.Post(0, () =>
        {
            Note(host.Name, asksForMtu ? $"mtu {mtu}" : $"address {address}");
            (HardwareAddress, int) before = (host.Bond.Address, host.Bond.Mtu);
            Outcome outcome = asksForMtu ? host.SetMtu(mtu) : host.SetAddress(address);

            // Only a slave whose device has vanished refuses, and then for all.
            if (!outcome.Success && (!HasVanishedSlave(host) || before != (host.Bond.Address, host.Bond.Mtu)))
            {
                throw new InvariantBrokenException($"{host.Name}: address or MTU: {outcome}");
            }
        });
    }

    private static bool HasVanishedSlave(SimulatedHost host) => host.Bond.Slaves.Any(slave => !host.World.Devices.ContainsKey(slave.Name));

    private void Stall(SimulatedHost host)
    {
        long ns = random.NextInt64(random.Next(4) == 0 ? 2 * VirtualTime.Second : 200 * VirtualTime.Millisecond);
        Note(host.Name, $"control thread stalls for {ns} ns");
        host.Stall(ns);
    }

    private void StallStack(SimulatedHost host)
    {
        SimulatedCore core = host.Cores[random.Next(host.Cores.Count)];
        Note(core.Name, core.HostIsStalled ? "host reads again" : "host does not read");
        core.HostIsStalled = !core.HostIsStalled;
    }

    private void Switch()
    {
        if (network.Switches.Count == 0)
        {
            return;
        }

        LearningSwitch chosen = network.Switches[random.Next(network.Switches.Count)];
        SwitchPort port = chosen.Ports[random.Next(chosen.Ports.Count)];
        if (random.Next(2) == 0)
        {
            Note(chosen.Name, chosen.HasPower ? "power off" : "power on");
            chosen.SetPower(!chosen.HasPower);
        }
        else
        {
            Note(port.Name, port.IsBlocked ? "forwards" : "blocked");
            port.IsBlocked = !port.IsBlocked;
            network.Disturbed();
        }
    }
}
