using System.Diagnostics;
using FastBond.Lab.Net;

namespace FastBond.Lab.Frames;

/// <summary>Sends numbered frames into a device at a steady rate, on a thread of its own, until stopped or done.</summary>
public sealed class FrameStream : IDisposable
{
    // Less than the shortest queue on the way, veth's ring of 256 frames, by what other traffic may add.
    private const uint Window = 200;

    // What the kernel counts for a short frame.
    private const int FrameMemory = 1024;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(1);

    private readonly PacketSocket _socket;
    private readonly Func<uint, byte[]> _build;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly double _framesPerSecond;
    private readonly uint _count;
    private readonly Func<long>? _arrived;
    private readonly long _arrivedBefore;
    private readonly uint _window;
    private Exception? _failure;
    private int _refused;
    private int _sent;

    /// <summary>Starts to send.</summary>
    /// <param name="place">The device's namespace.</param>
    /// <param name="device">The device to send into.</param>
    /// <param name="build">Makes frame number n, n from 0.</param>
    /// <param name="framesPerSecond">Rate; sent in bursts of one millisecond.</param>
    /// <param name="count">How many; it goes on until stopped if not given.</param>
    /// <param name="receiver">Who must have seen all but the last few hundred before it goes on: then no queue on the way overflows.</param>
    public FrameStream(
        NetworkNamespace place, string device, Func<uint, byte[]> build, int framesPerSecond, uint count = uint.MaxValue, FrameObserver? receiver = null)
        : this(place, device, build, framesPerSecond, count, receiver is null ? null : () => receiver.TestFrameCount, Window)
    {
    }

    /// <summary>Starts to send, with no more than <paramref name="window"/> frames on the way at any time.</summary>
    /// <param name="place">The device's namespace.</param>
    /// <param name="device">The device to send into.</param>
    /// <param name="build">Makes frame number n, n from 0.</param>
    /// <param name="framesPerSecond">Rate; sent in bursts of one millisecond.</param>
    /// <param name="count">How many.</param>
    /// <param name="arrived">How many frames have arrived, these and others; null: nobody counts.</param>
    /// <param name="window">How many may be on the way.</param>
    public FrameStream(
        NetworkNamespace place, string device, Func<uint, byte[]> build, int framesPerSecond, uint count, Func<long>? arrived, uint window)
    {
        // With the window full of short frames the sender must wait for the receiver, not for memory of its own.
        _socket = new PacketSocket(place, device, receive: false, sendBuffer: arrived is null ? 0 : (int)window * FrameMemory);
        _build = build;
        _framesPerSecond = framesPerSecond;
        _count = count;
        _arrived = arrived;
        _arrivedBefore = arrived?.Invoke() ?? 0;
        _window = window;
        _thread = new Thread(Send) { IsBackground = true, Name = "send into " + device };
        _thread.Start();
    }

    /// <summary>How many frames the device has taken.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>How many it refused because its queue was full; they have numbers too.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Waits until all <c>count</c> frames are sent and returns how many the device took.</summary>
    public int Finish()
    {
        _thread.Join();
        return Ended();
    }

    /// <summary>Stops now and returns how many frames the device took.</summary>
    public int Stop()
    {
        _stop.Set();
        return Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _socket.Dispose();
        _stop.Dispose();
    }

    private void Send()
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            for (uint next = 0; next < _count;)
            {
                double due = Math.Min(_count, Stopwatch.GetElapsedTime(start).TotalSeconds * _framesPerSecond);
                long allowed = _arrived is null ? uint.MaxValue : _arrived() - _arrivedBefore + _window;
                for (; next < due && next < allowed; next++)
                {
                    _ = _socket.Send(_build(next)) ? Interlocked.Increment(ref _sent) : Interlocked.Increment(ref _refused);
                }
                if (next < _count && _stop.Wait(Period))
                {
                    return;
                }
            }
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private int Ended() => _failure is null ? Sent : throw new Machine.LabException("the stream failed", _failure);
}
