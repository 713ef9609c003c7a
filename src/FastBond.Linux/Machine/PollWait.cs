using FastBond.Dataplane.Cores;
using FastBond.Linux.Native;

namespace FastBond.Linux.Machine;

/// <summary>Sleeps in poll(2) on the ports' sockets and queues and on an eventfd, by which the control plane wakes the core.</summary>
internal sealed unsafe class PollWait : CoreWait, IDisposable
{
    private readonly EventFd _wake = new();
    private PollFd[] _polled = GC.AllocateArray<PollFd>(64, pinned: true);

    /// <inheritdoc/>
    public override void Wait(ReadOnlySpan<int> descriptors, int timeoutMs)
    {
        if (descriptors.Length >= _polled.Length)
        {
            _polled = GC.AllocateArray<PollFd>(descriptors.Length * 2, pinned: true);
        }

        _polled[0] = new PollFd { Fd = _wake.Descriptor, Events = Libc.PollIn };
        for (int i = 0; i < descriptors.Length; i++)
        {
            _polled[i + 1] = new PollFd { Fd = descriptors[i], Events = Libc.PollIn };
        }

        fixed (PollFd* polled = _polled)
        {
            _ = Libc.Poll(polled, (nuint)descriptors.Length + 1, timeoutMs);
            if (polled->Returned != 0)
            {
                _wake.Clear();
            }
        }
    }

    /// <inheritdoc/>
    public override void Wake() => _wake.Signal();

    /// <summary>Closes the eventfd. No core may use it any more.</summary>
    public void Dispose() => _wake.Dispose();
}
