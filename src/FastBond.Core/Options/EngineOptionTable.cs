using FastBond.Core.Bonds;
using FastBond.Core.Frames;
using FastBond.Core.Hashing;

namespace FastBond.Core.Options;

/// <summary>FastBond's own options (interfaces.md, "Commands"): words are names only, so every value has one spelling.</summary>
internal static class EngineOptionTable
{
    /// <summary>CPU numbers end below this.</summary>
    private const int MaxCpus = 1024;
    private const int MinRing = 64;
    private const int MaxRing = 4096;
    private const int MaxTxStallMs = 60_000;

    private static readonly (string, XdpMode)[] XdpModes =
        [("auto", XdpMode.Auto), ("zerocopy", XdpMode.ZeroCopy), ("native", XdpMode.Native), ("generic", XdpMode.Generic)];

    private static readonly (string, IdlePolicy?)[] Idles = [("default", null), ("spin", IdlePolicy.Spin), ("sleep", IdlePolicy.Sleep)];

    private static readonly (string, HostPortKind)[] HostPorts = [("tap", HostPortKind.Tap), ("none", HostPortKind.None)];

    private static readonly (string, bool)[] Switches = [("off", false), ("on", true)];

    private static readonly (string, StopPolicy?)[] Stops = [("default", null), ("delete", StopPolicy.Delete), ("keep", StopPolicy.Keep)];

    private static readonly (string, HashVlan)[] HashVlans = [("offload", HashVlan.Offload), ("inband", HashVlan.Inband)];

    private static readonly (string, int?)[] LinkTypes = [("default", null), ("ether", 1), ("infiniband", 32), ("1", 1), ("32", 32)];

    /// <summary>Ours, of a bond.</summary>
    public static readonly IReadOnlyList<Option> All =
    [
        new()
        {
            Name = "cores",
            Guards = WriteGuards.NoSlaves,
            ShowRaw = bond => OptionText.FormatCpuList(bond.EngineOptions.Cores),
            Raw = (draft, text) => Cpus("cores", text, list => draft.Engine = draft.Engine with { Cores = list }),
        },
        new()
        {
            Name = "control_cpus",
            ShowRaw = bond => OptionText.FormatCpuList(bond.EngineOptions.ControlCpus),
            Raw = (draft, text) => Cpus("control_cpus", text, list => draft.Engine = draft.Engine with { ControlCpus = list }),
        },
        new()
        {
            Name = "idle",
            ShowRaw = bond => NameOf(Idles, bond.EngineOptions.Idle),
            Raw = (draft, text) => Choice("idle", text, Idles, v => draft.Engine = draft.Engine with { Idle = v }),
        },
        new()
        {
            Name = "xdp_mode",
            Guards = WriteGuards.NoSlaves,
            ShowRaw = bond => NameOf(XdpModes, bond.EngineOptions.XdpMode),
            Raw = (draft, text) => Choice("xdp_mode", text, XdpModes, v => draft.Engine = draft.Engine with { XdpMode = v }),
        },
        new()
        {
            Name = "ring",
            Guards = WriteGuards.NoSlaves,
            ShowRaw = bond => bond.EngineOptions.RingSize is { } size ? $"{size}" : "default",
            Raw = SetRing,
        },
        new()
        {
            Name = "hash_vlan",
            ShowRaw = bond => NameOf(HashVlans, bond.Options.HashVlan),
            Raw = (draft, text) => Choice("hash_vlan", text, HashVlans, v => draft.Options.HashVlan = v),
            Effect = (bond, _, now) => bond.OnTransmitOptionWritten(now),
        },
        new()
        {
            Name = "host_port",
            Guards = WriteGuards.NoSlaves,
            ShowRaw = bond => NameOf(HostPorts, bond.EngineOptions.HostPort),
            Raw = (draft, text) => Choice("host_port", text, HostPorts, v => draft.Engine = draft.Engine with { HostPort = v }),
        },
        new()
        {
            Name = "gso",
            Guards = WriteGuards.NoSlaves,
            ShowRaw = bond => NameOf(Switches, bond.EngineOptions.Gso),
            Raw = (draft, text) => Choice("gso", text, Switches, v => draft.Engine = draft.Engine with { Gso = v }),
        },
        new()
        {
            Name = "on_stop",
            ShowRaw = bond => NameOf(Stops, bond.EngineOptions.OnStop),
            Raw = (draft, text) => Choice("on_stop", text, Stops, v => draft.Engine = draft.Engine with { OnStop = v }),
        },
        new()
        {
            Name = "tx_stall",
            ShowRaw = bond => $"{bond.EngineOptions.TxStallMs}",
            Raw = SetTxStall,
        },
    ];

    /// <summary>Writes one of ours of a slave; they are settled before it is enslaved.</summary>
    public static Outcome SetOfSlave(OptionDraft draft, string slave, string option, string text)
    {
        if (draft.Bond.FindSlave(slave) is not null)
        {
            return new(Errno.EBUSY, $"option {option}: {slave} is a slave already; release it, set {option}, enslave it again");
        }

        if (!OptionText.IsInterfaceName(slave))
        {
            return new(Errno.EINVAL, $"'{OptionErrors.Printable(slave)}' can't be the name of an interface");
        }

        SlaveEngineOptions old = draft.Engine.ForSlave(slave);
        return option switch
        {
            "xdp_mode" => Choice(option, text, [("default", null), .. XdpModes.Select(m => (m.Item1, (XdpMode?)m.Item2))],
                v => draft.Engine = draft.Engine.WithSlave(slave, old with { XdpMode = v })),
            "linktype" => Choice(option, text, LinkTypes, v => draft.Engine = draft.Engine.WithSlave(slave, old with { LinkType = v })),
            "lladdr" => Address(option, text, v => draft.Engine = draft.Engine.WithSlave(slave, old with { LinkLayerAddress = v })),
            _ => Address(option, text, v => draft.Engine = draft.Engine.WithSlave(slave, old with { LinkLayerBroadcast = v })),
        };
    }

    /// <summary>Ours of a slave, with the value that would make each what it is.</summary>
    public static IReadOnlyList<(string Name, string Value)> WrittenOfSlave(SlaveEngineOptions slave) =>
    [
        ("xdp_mode", slave.XdpMode is { } mode ? NameOf(XdpModes, mode) : "default"),
        ("lladdr", slave.LinkLayerAddress.ToString()),
        ("lladdr_broadcast", slave.LinkLayerBroadcast.ToString()),
        ("linktype", NameOf(LinkTypes, slave.LinkType)),
    ];

    private static Outcome SetRing(OptionDraft draft, string text)
    {
        if (OptionText.Token(text) == "default")
        {
            draft.Engine = draft.Engine with { RingSize = null };
            return Outcome.Ok;
        }

        if (!OptionText.TryParseNumber(text, out long size) || size is < MinRing or > MaxRing || !long.IsPow2(size))
        {
            return OptionErrors.Invalid("ring", OptionText.Token(text), $"a power of two from {MinRing} to {MaxRing}, default");
        }

        draft.Engine = draft.Engine with { RingSize = (int)size };
        return Outcome.Ok;
    }

    private static Outcome SetTxStall(OptionDraft draft, string text)
    {
        long value = BondEngineOptions.DefaultTxStallMs;
        if (OptionText.Token(text) != "default" && (!OptionText.TryParseNumber(text, out value) || value is < 0 or > MaxTxStallMs))
        {
            return OptionErrors.Invalid("tx_stall", OptionText.Token(text), $"0 - {MaxTxStallMs} ms, default");
        }

        draft.Engine = draft.Engine with { TxStallMs = (int)value };
        return Outcome.Ok;
    }

    private static Outcome Cpus(string option, string text, Action<IReadOnlyList<int>> store)
    {
        if (!OptionText.TryParseCpuList(text, MaxCpus, out IReadOnlyList<int> cpus))
        {
            return OptionErrors.Invalid(option, OptionText.FirstLine(text), $"CPUs 0 - {MaxCpus - 1} like 2-4,6, each once, or none");
        }

        store(cpus);
        return Outcome.Ok;
    }

    private static Outcome Address(string option, string text, Action<HardwareAddress> store)
    {
        string line = OptionText.FirstLine(text).Trim();
        HardwareAddress address = default;
        if (line.Length > 0 && !(HardwareAddress.TryParse(line, out address) &&
                                 address.Length is HardwareAddress.EthernetLength or HardwareAddress.MaxLength))
        {
            return OptionErrors.Invalid(option, line,
                $"{HardwareAddress.EthernetLength} or {HardwareAddress.MaxLength} bytes in hex by colons, or empty for the system's");
        }

        store(address);
        return Outcome.Ok;
    }

    private static Outcome Choice<T>(string option, string text, ReadOnlySpan<(string Name, T Value)> choices, Action<T> store)
    {
        string word = OptionText.Token(text);
        foreach ((string name, T value) in choices)
        {
            if (name == word)
            {
                store(value);
                return Outcome.Ok;
            }
        }

        List<string> names = [];
        foreach ((string name, _) in choices)
        {
            names.Add(name);
        }

        return OptionErrors.Invalid(option, word, string.Join(", ", names));
    }

    private static string NameOf<T>((string Name, T Value)[] choices, T value) =>
        Array.Find(choices, c => EqualityComparer<T>.Default.Equals(c.Value, value)).Name;
}
