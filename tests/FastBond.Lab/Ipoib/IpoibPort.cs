using System.Collections.Concurrent;
using System.Net;
using FastBond.Lab.Net;

namespace FastBond.Lab.Ipoib;

/// <summary>Where somebody is connected to the fabric: an address, a link that can be cut, a way that can delay and lose.</summary>
public sealed class IpoibPort : IDisposable
{
    private readonly ConcurrentQueue<(long DueMs, byte[] Frame)> _late = new();
    private Timer? _timer;
    private int _sent;

    internal IpoibPort(string name, byte[] address)
    {
        Name = name;
        Address = address;
    }

    /// <summary>Name of the port, for messages.</summary>
    public string Name { get; }

    /// <summary>20-byte link-layer address.</summary>
    public byte[] Address { get; }

    /// <summary>The address in hex by colons.</summary>
    public string AddressText => string.Join(':', Address.Select(value => $"{value:x2}"));

    /// <summary>Whether there is no link.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether nothing comes through in either direction, though there is a link.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Every so many-th frame sent here is lost; 0 for none.</summary>
    public int LosesEvery { get; set; }

    /// <summary>How much later than sent frames arrive here, in milliseconds.</summary>
    public int DelayMs { get; set; }

    internal TapDevice? Device { get; set; }

    internal Action<byte[]>? Receive { get; set; }

    /// <summary>Groups whose members are behind this port, as they have said.</summary>
    internal ISet<IPAddress> Groups { get; } = new HashSet<IPAddress>();

    /// <summary>Takes the link away: no carrier, nothing in or out; what a subnet knew of it is forgotten.</summary>
    public void Cut()
    {
        IsCut = true;
        Groups.Clear();
        Device?.Carrier(false);
    }

    /// <summary>Gives it back.</summary>
    public void Mend()
    {
        IsCut = false;
        Device?.Carrier(true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        Device?.Dispose();
    }

    internal bool Loses() => LosesEvery > 0 && Interlocked.Increment(ref _sent) % LosesEvery == 0;

    /// <summary>Makes the port receive a frame, 20 zero bytes first; whoever is behind it may be told to expect better ones.</summary>
    public void Deliver(byte[] frame)
    {
        if (DelayMs == 0)
        {
            Arrive(frame);
            return;
        }
        _late.Enqueue((Environment.TickCount64 + DelayMs, frame));
        _timer ??= new Timer(_ => Release(), null, 1, 1);
    }

    private void Release()
    {
        lock (_late)
        {
            while (_late.TryPeek(out (long DueMs, byte[] Frame) next) && next.DueMs <= Environment.TickCount64)
            {
                _late.TryDequeue(out _);
                Arrive(next.Frame);
            }
        }
    }

    private void Arrive(byte[] frame)
    {
        if (Receive is not null)
        {
            Receive(frame);
        }
        else if (!IsCut)
        {
            _ = Device!.Send(frame);
        }
    }
}
