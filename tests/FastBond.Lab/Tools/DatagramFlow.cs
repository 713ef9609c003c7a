using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FastBond.Lab.Net;

namespace FastBond.Lab.Tools;

/// <summary>
/// Numbered UDP datagrams from one host's stack to another's, to its address or to a group: sockets that join and send as any program would.
/// </summary>
public sealed class DatagramFlow : IDisposable
{
    private const int Port = 5001, Ttl = 4, PatienceMs = 100;

    private readonly Socket _sender;
    private readonly Socket _receiver;
    private readonly Thread _sending;
    private readonly Thread _receiving;
    private readonly IPEndPoint _destination;
    private readonly int _periodMs;
    private readonly List<int> _received = [];
    private readonly ManualResetEventSlim _stop = new();
    private int _sent;

    /// <summary>Starts to send; to a group, once it is joined.</summary>
    /// <param name="from">Sender's namespace.</param>
    /// <param name="fromAddress">The sender's address on the interface to send by.</param>
    /// <param name="to">Receiver's namespace.</param>
    /// <param name="toAddress">The receiver's address.</param>
    /// <param name="group">IPv4 group to send to; null to send to the receiver's address.</param>
    /// <param name="periodMs">Milliseconds from one datagram to the next.</param>
    public DatagramFlow(NetworkNamespace from, string fromAddress, NetworkNamespace to, string toAddress, string? group = null, int periodMs = 5)
    {
        _destination = new IPEndPoint(IPAddress.Parse(group ?? toAddress), Port);
        _periodMs = periodMs;
        _receiver = to.Invoke(Open);
        _receiver.Bind(_destination);
        _receiver.ReceiveTimeout = PatienceMs;
        if (group is not null)
        {
            _receiver.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(_destination.Address, IPAddress.Parse(toAddress)));
        }
        _sender = from.Invoke(Open);
        _sender.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Parse(fromAddress).GetAddressBytes());
        _sender.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, Ttl);
        _receiving = new Thread(Receive) { IsBackground = true, Name = "receive datagrams" };
        _sending = new Thread(Send) { IsBackground = true, Name = "send datagrams" };
        _receiving.Start();
        _sending.Start();
    }

    /// <summary>How many were sent.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>The numbers of those received, in order of arrival.</summary>
    public IReadOnlyList<int> Received
    {
        get
        {
            lock (_received)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>The most in a row that did not arrive, in milliseconds of sending.</summary>
    public int GreatestGapMs => Received.Zip(Received.Skip(1)).Select(pair => pair.Second - pair.First - 1).DefaultIfEmpty(0).Max() * _periodMs;

    /// <summary>Waits until so many more have arrived.</summary>
    public void WaitForMore(int count, TimeSpan limit)
    {
        int before = Received.Count;
        Machine.Wait.Until(() => Received.Count >= before + count, limit, $"{count} more datagrams");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Set();
        _sending.Join();
        _receiving.Join();
        _sender.Dispose();
        _receiver.Dispose();
        _stop.Dispose();
    }

    private static Socket Open() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    private void Send()
    {
        byte[] datagram = new byte[32];
        long start = Stopwatch.GetTimestamp();
        do
        {
            for (long due = (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds / _periodMs; _sent < due; Interlocked.Increment(ref _sent))
            {
                BinaryPrimitives.WriteInt32BigEndian(datagram, _sent);
                try
                {
                    _sender.SendTo(datagram, _destination);
                }
                catch (SocketException)
                {
                    // No carrier, no route, no buffer: lost like any other.
                }
            }
        }
        while (!_stop.Wait(1));
    }

    private void Receive()
    {
        byte[] datagram = new byte[64];
        while (!_stop.IsSet)
        {
            try
            {
                if (_receiver.Receive(datagram) >= sizeof(int))
                {
                    lock (_received)
                    {
                        _received.Add(BinaryPrimitives.ReadInt32BigEndian(datagram));
                    }
                }
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                // Nothing for a while: look whether to stop.
            }
        }
    }
}
