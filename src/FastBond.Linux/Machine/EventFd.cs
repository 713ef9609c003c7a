using System.ComponentModel;
using FastBond.Linux.Native;

namespace FastBond.Linux.Machine;

/// <summary>An eventfd(2): one thread waits for it with poll or epoll, any thread signals it. Signals add up to one.</summary>
internal sealed unsafe class EventFd : IDisposable
{
    /// <summary>Creates it, not signalled.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public EventFd()
    {
        Descriptor = Libc.EventFd(0, Libc.EfdCloexec | Libc.EfdNonblock);
        if (Descriptor < 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>Readable while signalled.</summary>
    public int Descriptor { get; }

    /// <summary>Signals it. Any thread; allocates nothing.</summary>
    public void Signal()
    {
        ulong one = 1;
        _ = Libc.Write(Descriptor, &one, sizeof(ulong));
    }

    /// <summary>Takes the signal back.</summary>
    public void Clear()
    {
        ulong count;
        _ = Libc.Read(Descriptor, &count, sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Libc.Close(Descriptor);
}
