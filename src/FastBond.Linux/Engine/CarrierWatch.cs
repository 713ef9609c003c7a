using FastBond.Core.Bonds;
using FastBond.Linux.Links;
using FastBond.Linux.Machine;

namespace FastBond.Linux;

/// <summary>
/// Polls one slave's carrier flag in the driver (ETHTOOL_GLINK) every miimon, at once when hinted, and its number of receive queues once a
/// second, since no message tells of a change. A thread of its own for each slave: the calls take RTNL and may block in a bad driver, which
/// must not delay the other slaves or the control thread.
/// </summary>
/// <remarks>
/// A hint (a netlink message, a kick that failed) is never a verdict: it only makes the question be asked now. Loss of carrier by netlink
/// alone can come a second late: the kernel limits such messages, of all devices together, to one a second.
/// </remarks>
internal sealed class CarrierWatch : IDisposable
{
    private const int QueuesPeriodMs = 1000;

    /// <summary>After a message of links the kernel keeps others back, of loss most of all, until a second has passed.</summary>
    private const int SilenceMs = 1000;
    private const int PeriodInSilenceMs = 10;

    /// <summary>Before what else runs on its CPU, as it sleeps but for some microseconds; after the control thread.</summary>
    private const int Nice = -10;
    private const uint SliceNs = 500_000;

    private readonly AutoResetEvent _hint = new(initialState: true);
    private readonly Ethtool _ethtool = new();
    private readonly Thread _thread;
    private readonly string _name;
    private readonly Action<LinkReading> _changed;
    private LinkReading _last;
    private long _queuesDueMs = Environment.TickCount64 + QueuesPeriodMs;
    private long _silentUntilMs;
    private volatile int _periodMs;
    private volatile int _backoffMs;
    private volatile bool _running = true;

    /// <summary>Starts watching.</summary>
    /// <param name="name">Interface name.</param>
    /// <param name="initial">What the bond already knows.</param>
    /// <param name="periodMs">Period in milliseconds; 0 = when hinted, and with the queues.</param>
    /// <param name="changed">Told of each change, on this watch's thread.</param>
    public CarrierWatch(string name, LinkReading initial, int periodMs, Action<LinkReading> changed)
    {
        _name = name;
        _last = initial;
        _periodMs = periodMs;
        _changed = changed;
        _thread = new Thread(Run) { Name = "fastbond-link", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Sets the period in milliseconds; 0 = only when hinted.</summary>
    public int PeriodMs
    {
        get => _periodMs;
        set
        {
            if (value != _periodMs)
            {
                _periodMs = value;
                Hint();
            }
        }
    }

    /// <summary>Asks the driver now.</summary>
    public void Hint() => _hint.Set();

    /// <summary>The kernel told of some link: until it may tell of this one, the driver is asked more often.</summary>
    public void ExpectSilence() => Volatile.Write(ref _silentUntilMs, Environment.TickCount64 + SilenceMs);

    /// <summary>
    /// Asks the driver now and, while it sees nothing, again after 1, 2, 4 … ms: a link that is going down refuses frames some milliseconds
    /// before its carrier flag falls.
    /// </summary>
    public void Suspect()
    {
        _backoffMs = 1;
        Hint();
    }

    /// <summary>Ends the thread; bounded, since a driver may hold it.</summary>
    public void Dispose()
    {
        _running = false;
        Hint();
        if (_thread.Join(TimeSpan.FromSeconds(1)))
        {
            _ethtool.Dispose();
            _hint.Dispose();
        }
    }

    private int Period()
    {
        int period = _periodMs == 0 ? QueuesPeriodMs : Math.Min(_periodMs, QueuesPeriodMs);
        return _periodMs != 0 && Environment.TickCount64 < Volatile.Read(ref _silentUntilMs) ? Math.Min(period, PeriodInSilenceMs) : period;
    }

    private void Run()
    {
        CpuSet.SetThisThreadsNice(Nice, SliceNs);
        while (true)
        {
            int backoff = _backoffMs;
            int period = Period();
            _hint.WaitOne(backoff == 0 ? period : Math.Min(backoff, period));
            if (!_running)
            {
                return;
            }

            bool carrier = _ethtool.HasCarrier(_name);
            int queues = _last.Queues;
            if (Environment.TickCount64 >= _queuesDueMs)
            {
                queues = _ethtool.ReceiveQueues(_name);
                _queuesDueMs = Environment.TickCount64 + QueuesPeriodMs;
            }

            if (carrier == _last.Carrier && queues == _last.Queues)
            {
                // A suspicion raised meanwhile begins anew.
                _ = Interlocked.CompareExchange(ref _backoffMs, backoff < period ? backoff * 2 : 0, backoff);
                continue;
            }

            _backoffMs = 0;

            // Speed is unknown while the link is down; the bond keeps what it knew until it comes up again.
            (int speed, Duplex duplex) = carrier ? _ethtool.Speed(_name) : (_last.SpeedMbps, _last.Duplex);
            _last = new LinkReading(carrier, speed, duplex, queues);
            _changed(_last);
        }
    }
}

/// <summary>What a driver says of its link.</summary>
/// <param name="Carrier">Whether there is a signal.</param>
/// <param name="SpeedMbps">Mb/s; 0 = unknown.</param>
/// <param name="Duplex">Duplex.</param>
/// <param name="Queues">Receive queues in use.</param>
internal readonly record struct LinkReading(bool Carrier, int SpeedMbps, Duplex Duplex, int Queues);
