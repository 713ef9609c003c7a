using System.Threading.Channels;
using FastBond.Core.Bonds;
using FastBond.Core.Status;

namespace FastBond.Linux;

/// <summary>A change of a bond or of one of its slaves.</summary>
/// <param name="Time">When it was seen.</param>
/// <param name="Bond">The bond.</param>
/// <param name="What">
/// bond_added, bond_deleted, admin, carrier, address, mtu, active_slave, option; of a slave: slave_added, slave_released, link, used.
/// </param>
/// <param name="Slave">The slave it is about; null: the bond itself.</param>
/// <param name="From">What it was; null if there is no such thing.</param>
/// <param name="To">What it is.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record BondEvent(
    DateTimeOffset Time, string Bond, string What, string? Slave = null, string? From = null, string? To = null, string? Reason = null);

/// <summary>One who listens: a bounded queue. When it is full the newest are lost and counted; whoever makes events never waits.</summary>
public sealed class EventListener : IDisposable
{
    private const int Capacity = 1024;

    private readonly Channel<BondEvent> _channel = Channel.CreateBounded<BondEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Action<EventListener> _leave;
    private int _lost;

    /// <summary>A listener that says when it goes.</summary>
    public EventListener(Action<EventListener> leave) => _leave = leave;

    /// <summary>The events, in order.</summary>
    public ChannelReader<BondEvent> Events => _channel.Reader;

    /// <summary>How many were lost since this was last asked, for want of room.</summary>
    public int TakeLost() => Interlocked.Exchange(ref _lost, 0);

    /// <summary>Tells an event; never waits.</summary>
    public void Tell(BondEvent told)
    {
        if (!_channel.Writer.TryWrite(told))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _leave(this);
        _channel.Writer.TryComplete();
    }
}

/// <summary>
/// Makes events of what changes: bonds are compared with what was last told of them, on the control thread, whenever they have changed and
/// somebody listens. So an event is never told without a change.
/// </summary>
internal sealed class EventFeed
{
    private readonly Dictionary<BondRuntime, Snapshot> _told = [];
    private readonly Lock _lock = new();
    private volatile EventListener[] _listeners = [];

    /// <summary>Takes a listener; what the bonds are now is not told.</summary>
    public EventListener Listen(IEnumerable<BondRuntime> bonds)
    {
        EventListener listener = new(Leave);
        if (_listeners.Length == 0)
        {
            _told.Clear();
            foreach (BondRuntime bond in bonds)
            {
                _told[bond] = new Snapshot(bond.Bond);
            }
        }

        lock (_lock)
        {
            _listeners = [.. _listeners, listener];
        }

        return listener;
    }

    /// <summary>Tells what has changed of a bond.</summary>
    public void Look(BondRuntime runtime)
    {
        if (_listeners.Length == 0)
        {
            return;
        }

        Snapshot now = new(runtime.Bond);
        if (_told.TryGetValue(runtime, out Snapshot? before))
        {
            now.TellSince(before, runtime.Bond, Tell);
        }
        else
        {
            Tell(Event(runtime.Bond, null, "bond_added", null, null, null));
            now.TellSince(new Snapshot(), runtime.Bond, Tell);
        }

        _told[runtime] = now;
    }

    /// <summary>Tells that a bond is gone.</summary>
    public void Gone(BondRuntime runtime)
    {
        if (_told.Remove(runtime) || _listeners.Length > 0)
        {
            Tell(Event(runtime.Bond, null, "bond_deleted", null, null, null));
        }
    }

    private static BondEvent Event(Bond bond, string? slave, string what, string? from, string? to, string? reason) =>
        new(DateTimeOffset.UtcNow, bond.Name, what, slave, from, to, reason);

    private void Tell(BondEvent told) => Array.ForEach(_listeners, listener => listener.Tell(told));

    private void Leave(EventListener listener)
    {
        lock (_lock)
        {
            _listeners = [.. _listeners.Where(other => other != listener)];
        }
    }

    /// <summary>What is told of a bond.</summary>
    private sealed class Snapshot
    {
        private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);
        private readonly Dictionary<string, SlaveSnapshot> _slaves = new(StringComparer.Ordinal);
        private readonly string? _admin, _carrier, _address, _mtu, _active;

        public Snapshot()
        {
        }

        public Snapshot(Bond bond)
        {
            _admin = bond.IsUp ? "up" : "down";
            _carrier = bond.Carrier ? "up" : "down";
            _address = bond.Address.ToString();
            _mtu = $"{bond.Mtu}";
            _active = bond.Options.Mode is BondMode.ActiveBackup or BondMode.BalanceTlb or BondMode.BalanceAlb ? bond.ActiveSlave?.Name : null;
            foreach ((string name, string value) in bond.WrittenOptions())
            {
                _options[name] = value;
            }

            foreach (Slave slave in bond.Slaves)
            {
                string? reason = WhyUnused.Reason(bond, slave);
                _slaves[slave.Name] = new SlaveSnapshot(ProcText.LinkName(slave.Link), reason is null, reason);
            }
        }

        /// <summary>Tells each difference, the slaves' first: they are the reasons for the bond's.</summary>
        public void TellSince(Snapshot before, Bond bond, Action<BondEvent> tell)
        {
            foreach ((string name, string value) in _options.Where(option => before._options.GetValueOrDefault(option.Key) != option.Value && before._admin is not null))
            {
                string? old = before._options.TryGetValue(name, out string? written) ? $"{name}={written}" : null;
                tell(Event(bond, null, "option", old, $"{name}={value}", null));
            }

            foreach (string name in before._slaves.Keys.Where(name => !_slaves.ContainsKey(name)))
            {
                tell(Event(bond, name, "slave_released", null, null, null));
            }

            foreach ((string name, SlaveSnapshot slave) in _slaves)
            {
                TellSlave(before._slaves.GetValueOrDefault(name), name, slave, bond, tell);
            }

            Tell("active_slave", before._active, _active, WhyActive(before, bond));
            Tell("carrier", before._carrier, _carrier, WhyCarrier(bond));
            Tell("admin", before._admin, _admin, null);
            Tell("address", before._address, _address, null);
            Tell("mtu", before._mtu, _mtu, null);

            void Tell(string what, string? from, string? to, string? reason)
            {
                if (from != to)
                {
                    tell(Event(bond, null, what, from, to, reason));
                }
            }
        }

        private static void TellSlave(SlaveSnapshot? before, string name, SlaveSnapshot now, Bond bond, Action<BondEvent> tell)
        {
            if (before is null)
            {
                tell(Event(bond, name, "slave_added", null, now.Link, now.Reason));
            }
            else if (before.Link != now.Link)
            {
                tell(Event(bond, name, "link", before.Link, now.Link, now.Reason));
            }

            if (before is not null && before.IsUsed != now.IsUsed)
            {
                tell(Event(bond, name, "used", before.IsUsed ? "yes" : "no", now.IsUsed ? "yes" : "no", now.Reason));
            }
        }

        private string? WhyActive(Snapshot before, Bond bond)
        {
            if (before._active is not { } old)
            {
                return null;
            }

            if (!_slaves.TryGetValue(old, out SlaveSnapshot? slave))
            {
                return $"{old} was released";
            }

            bool oldWouldDo = bond.ActiveSlave is not null && slave.Link == ProcText.LinkName(LinkState.Up);
            return !oldWouldDo ? $"{old}: {slave.Reason}"
                : bond.ActiveSlave == bond.PrimarySlave ? $"{_active} is the primary slave"
                : "by request or priority";
        }

        private string? WhyCarrier(Bond bond)
        {
            if (bond.Carrier)
            {
                return null;
            }

            return _slaves.Count == 0 ? "it has no slaves" : string.Join(", ", _slaves.Select(slave => $"{slave.Key}: {slave.Value.Reason ?? "not up yet"}"));
        }
    }

    private sealed record SlaveSnapshot(string Link, bool IsUsed, string? Reason);
}
