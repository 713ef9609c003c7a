using System.Net;
using FastBond.Core.Bonds;
using FastBond.Core.Status;
using FastBond.Dataplane.Cores;
using FastBond.Dataplane.Counters;
using FastBond.Linux.Links;
using FastBond.Linux.Machine;

namespace FastBond.Linux;

/// <content>The bond as it runs, for those who compare it with a configuration, and what they change of its host interface.</content>
internal sealed partial class BondRuntime
{
    private const int ScopeGlobal = 0;

    /// <summary>Point-to-point networks have no broadcast address.</summary>
    private const int LongestBroadcastPrefix = 30;

    private static readonly DropReason[] RxDrops =
        [DropReason.TooShort, DropReason.Suppressed, DropReason.NoHost, DropReason.NoFrame, DropReason.NotTranslated];
    private static readonly DropReason[] TxDrops =
        [DropReason.BondDown, DropReason.NoSlave, DropReason.NoPort, DropReason.RingFull, DropReason.TooLong, DropReason.Abandoned];

    private readonly Dictionary<string, AwaitedSlave> _awaited = new(StringComparer.Ordinal);

    /// <summary>The cores that carry the bond.</summary>
    public IEnumerable<PollCore> Cores => _cores.OfType<PollCore>();

    /// <summary>The bond as it runs.</summary>
    public BondState State()
    {
        int ifIndex = _host?.IfIndex ?? 0;
        return new BondState
        {
            Name = Bond.Name,
            IsUp = Bond.IsUp,
            Carrier = Bond.Carrier,
            Mtu = Bond.Mtu,
            Address = Bond.Address.ToString(),
            Options = Settings(Bond.WrittenOptions()),
            Slaves =
            [
                .. Bond.Slaves.Select(StateOf),
                .. _awaited.Where(awaited => Bond.Slaves.All(slave => slave.Name != awaited.Key))
                    .Select(awaited => new SlaveState { Name = awaited.Key, IsPresent = false, Options = awaited.Value.Options }),
            ],
            Addresses =
            [
                .. _context.Links.Addresses().Where(address => address.IfIndex == ifIndex && address.Scope == ScopeGlobal)
                    .Select(address => new BondAddress(address.Address.ToString(), address.PrefixLength)),
            ],
            Routes = ifIndex == 0 ? [] : [.. _context.Links.Routes(ifIndex).Select(RouteOf)],
            Traffic = TrafficOf(CounterLayout.BondRow),
        };
    }

    /// <summary>Changes the host interface, step by step until one is refused.</summary>
    public Outcome ChangeHost(HostChange change)
    {
        _dirty = true;
        Outcome outcome = change.Address is { } address ? SetAddress(address) : Outcome.Ok;
        outcome = outcome.Success && change.Mtu is { } mtu ? SetMtu(mtu) : outcome;
        outcome = Each(outcome, change.RemoveRoutes, route => Ignoring(Errno.ESRCH, _context.Links.Remove(ToRoute(route))));
        outcome = Each(outcome, change.RemoveAddresses, given => Ignoring(Errno.EADDRNOTAVAIL, _context.Links.Remove(ToAddress(given))));
        if (outcome.Success && change.Up is { } up)
        {
            outcome = _host is { } host && _context.Links.Find(host.IfIndex) is { } link ? _context.Links.SetUp(link, up) : NoHostInterface();
        }

        outcome = Each(outcome, change.AddAddresses, AddAddress);
        return Each(outcome, change.AddRoutes, route => Ignoring(Errno.EEXIST, _context.Links.Add(ToRoute(route))));
    }

    /// <summary>An interface is there, under this name now; perhaps one that was waited for.</summary>
    public void LinkAppeared(LinkInfo link)
    {
        if (!_awaited.TryGetValue(link.Name, out AwaitedSlave? awaited) || awaited.TriedIfIndex == link.IfIndex || Bond.Slaves.Any(slave => slave.Name == link.Name))
        {
            return;
        }

        // Once only: to take it makes news of it as well.
        awaited.TriedIfIndex = link.IfIndex;
        Outcome outcome = EnslaveOne(link.Name, takeDown: true, awaited.Force, awaited.Options);
        if (!outcome.Success)
        {
            Log(LogPriority.Error, $"{Bond.Name}: (slave {link.Name}): it is there now, and refused: {outcome}");
        }
    }

    /// <summary>Looks for every interface that is waited for.</summary>
    public void LookForAwaited()
    {
        foreach (string name in _awaited.Keys.ToArray())
        {
            if (_context.Links.Find(name) is { } link)
            {
                LinkAppeared(link);
            }
        }
    }

    private static Outcome Each<T>(Outcome before, IEnumerable<T> items, Func<T, Outcome> change)
    {
        foreach (T item in items)
        {
            if (!before.Success)
            {
                break;
            }

            before = change(item);
        }

        return before;
    }

    private static Outcome Ignoring(Errno error, Outcome outcome) => outcome.Error == error ? Outcome.Ok : outcome;

    private static IReadOnlyList<OptionSetting> Settings(IReadOnlyList<(string Name, string Value)> options) =>
        [.. options.Select(option => new OptionSetting(option.Name, option.Value))];

    private static BondRoute RouteOf(RouteInfo route) => new(
        route.Destination.ToString(), route.PrefixLength, route.Gateway?.ToString(), route.Source?.ToString(), route.Metric, route.Table, route.OnLink);

    private Outcome AddAddress(BondAddress given)
    {
        Outcome outcome = Ignoring(Errno.EEXIST, _context.Links.Add(ToAddress(given)));
        return outcome.Error == Errno.EACCES
            ? outcome with { Message = $"{outcome.Message}; IPv6 is off there: sysctl -w net.ipv6.conf.{Bond.Name}.disable_ipv6=0" }
            : outcome;
    }

    private Outcome NoHostInterface() => new(Errno.ENODEV, $"{Bond.Name} has no host interface here");

    private Outcome SetAddress(string text)
    {
        if (!Core.Frames.HardwareAddress.TryParse(text, out Core.Frames.HardwareAddress address))
        {
            return new Outcome(Errno.EINVAL, $"'{text}' is no MAC; one like 02:00:00:00:00:01 would do");
        }

        Outcome outcome = Bond.SetAddress(Clock.NowNs, address);
        if (outcome.Success)
        {
            _host?.SetAddress(HostMac);
        }

        return outcome;
    }

    private Outcome SetMtu(int mtu)
    {
        Outcome outcome = ApplyMtu(mtu);
        if (outcome.Success)
        {
            _host?.SetMtu(Bond.Mtu);
        }

        return outcome;
    }

    private AddressInfo ToAddress(BondAddress given)
    {
        IPAddress address = IPAddress.Parse(given.Address);
        AddressInfo info = new(_host?.IfIndex ?? 0, address, given.PrefixLength, Flags: 0, ScopeGlobal);
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork || given.PrefixLength > LongestBroadcastPrefix)
        {
            return info;
        }

        byte[] bytes = address.GetAddressBytes();
        for (int bit = given.PrefixLength; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] |= (byte)(0x80 >> (bit % 8));
        }

        return info with { Broadcast = new IPAddress(bytes) };
    }

    private RouteInfo ToRoute(BondRoute route) => new(_host?.IfIndex ?? 0, IPAddress.Parse(route.Destination), route.PrefixLength)
    {
        Gateway = route.Gateway is null ? null : IPAddress.Parse(route.Gateway),
        Source = route.Source is null ? null : IPAddress.Parse(route.Source),
        Metric = route.Metric,
        Table = route.Table,
        OnLink = route.OnLink,
    };

    private SlaveState StateOf(Slave slave) => new()
    {
        Name = slave.Name,
        IsPresent = true,
        Options = Settings(Bond.WrittenSlaveOptions(slave)),
        Address = slave.Address.ToString(),
        IsUp = slave.IsUp,
        Carrier = slave.Carrier,
        IsUsed = WhyUnused.Reason(Bond, slave) is null,
        Traffic = TrafficOf(slave.Slot),
        Errors = _context.Links.Find(slave.IfIndex)?.Errors ?? LinkErrors.None,
    };

    private TrafficState TrafficOf(int row)
    {
        ulong rxDropped = 0, txDropped = 0;
        Array.ForEach(RxDrops, reason => rxDropped += _counters.Sum(row, reason));
        Array.ForEach(TxDrops, reason => txDropped += _counters.Sum(row, reason));
        return new TrafficState(
            _counters.Sum(row, Counter.RxFrames), _counters.Sum(row, Counter.RxBytes), rxDropped,
            _counters.Sum(row, Counter.TxFrames), _counters.Sum(row, Counter.TxBytes), txDropped);
    }

    /// <summary>An interface that is a slave whenever it is there.</summary>
    private sealed class AwaitedSlave(bool force, IReadOnlyList<OptionSetting> options)
    {
        public bool Force { get; } = force;

        public IReadOnlyList<OptionSetting> Options { get; } = options;

        public int TriedIfIndex { get; set; }
    }
}
