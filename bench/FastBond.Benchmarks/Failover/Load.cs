using FastBond.Benchmarks.Traffic;
using FastBond.Core.Frames;
using FastBond.Dataplane.InProcess;
using FastBond.Linux.Machine;

namespace FastBond.Benchmarks.Failover;

/// <summary>A thread that runs a bond's queue and sends at a constant rate.</summary>
internal sealed class Load(BondQueue queue, CallLog log)
{
    private const int Burst = 4, FrameLength = 60;
    private const long PeriodNs = 40_000;

    private readonly byte[][] _frames = Flows.Make(Burst, FrameLength);
    private volatile bool _paused;
    private volatile bool _stopped;

    /// <summary>Frames a second.</summary>
    public static int Rate => (int)(Burst * 1_000_000_000L / PeriodNs);

    /// <summary>Sends nothing for a while; the queue is still run.</summary>
    public bool Paused
    {
        get => _paused;
        set => _paused = value;
    }

    /// <summary>Makes <see cref="Run"/> return.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Runs the queue on the calling thread.</summary>
    public void Run()
    {
        long dueNs = Clock.NowNs;
        while (!_stopped)
        {
            long nowNs = Clock.NowNs;
            bool due = !_paused && nowNs >= dueNs;
            if (due)
            {
                // Late bursts are not made up for: the load is constant, not bursty.
                dueNs = Math.Max(dueNs + PeriodNs, nowNs);
            }

            Turn(nowNs, due);
        }
    }

    private void Turn(long nowNs, bool send)
    {
        Span<FrameDescriptor> burst = stackalloc FrameDescriptor[64];
        if (!send)
        {
            queue.Free(burst[..queue.Receive(burst)]);
            log.Note(nowNs, load: 0);
            return;
        }

        int count = queue.Allocate(burst[..Burst]);
        for (int i = 0; i < count; i++)
        {
            burst[i].Length = FrameLength;
            _frames[i].CopyTo(queue.Bytes(burst[i]));
        }

        int sent = queue.Transmit(burst[..count]);
        log.Note(nowNs, sent);
    }
}
