using FastBond.Core.Frames;
using FastBond.Dataplane.Frames;
using FastBond.Dataplane.Ports;
using FastBond.Linux.Ports;

namespace FastBond.Benchmarks.Veth;

/// <summary>How frames are put on the links.</summary>
internal enum Spread
{
    /// <summary>All on the first.</summary>
    OneLink,

    /// <summary>Frame by frame on the first two in turn.</summary>
    Frames,

    /// <summary>Whole bursts in turn.</summary>
    Bursts,
}

/// <summary>
/// What somebody would write who has no bond: the turn of <see cref="Dataplane.Cores.Lane"/> over the same ports without table, mode, counters, checks of
/// length or reasons of drops.
/// </summary>
internal sealed unsafe class PlainLoop(FramePool pool, MemoryPort host, XskPort[] links, int burstSize)
{
    private readonly FrameDescriptor[] _burst = GC.AllocateArray<FrameDescriptor>(burstSize, pinned: true);
    private readonly FrameDescriptor[] _sorted = GC.AllocateArray<FrameDescriptor>(burstSize, pinned: true);
    private int _next;

    public Spread Spread { get; set; }

    /// <summary>One round of work; returns how many frames it handled.</summary>
    public int Turn()
    {
        fixed (FrameDescriptor* burst = _burst)
        {
            foreach (XskPort link in links)
            {
                link.Reclaim();
            }

            host.Reclaim();
            int work = host.Receive(burst, burstSize);
            if (work > 0)
            {
                Transmit(burst, work);
            }

            foreach (XskPort link in links)
            {
                int count = link.Receive(burst, burstSize);
                if (count > 0)
                {
                    work += count;
                    Give(host, burst, count);
                }
            }

            foreach (XskPort link in links)
            {
                if (link.InFlight > 0)
                {
                    _ = link.Kick();
                }
            }

            return work;
        }
    }

    private void Transmit(FrameDescriptor* burst, int count)
    {
        switch (Spread)
        {
            case Spread.OneLink:
                Give(links[0], burst, count);
                break;
            case Spread.Frames:
                Alternate(burst, count);
                break;
            case Spread.Bursts:
                _next = _next + 1 == links.Length ? 0 : _next + 1;
                Give(links[_next], burst, count);
                break;
        }
    }

    private void Alternate(FrameDescriptor* burst, int count)
    {
        int first = (count + 1) / 2;
        fixed (FrameDescriptor* sorted = _sorted)
        {
            for (int i = 0; i < count; i++)
            {
                sorted[((i & 1) * first) + (i >> 1)] = burst[i];
            }

            Give(links[0], sorted, first);
            Give(links[1], sorted + first, count - first);
        }
    }

    private void Give(Port port, FrameDescriptor* burst, int count)
    {
        int taken = port.Transmit(burst, count);
        pool.Free(burst + taken, count - taken);
    }
}
