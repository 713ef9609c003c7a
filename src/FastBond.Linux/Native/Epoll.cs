using System.ComponentModel;
using System.Runtime.InteropServices;

namespace FastBond.Linux.Native;

/// <summary>An epoll(7) set, level-triggered. One thread waits on it.</summary>
/// <remarks><c>struct epoll_event</c> is packed (12 bytes) on x86-64 and aligned (16 bytes) everywhere else.</remarks>
internal sealed unsafe class Epoll : IDisposable
{
    private const int Capacity = 64;
    private const int Add = 1;
    private const int Delete = 2;
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Stride = DataOffset + sizeof(ulong);

    private readonly int _fd;
    private byte* _events;

    /// <summary>Creates an empty set.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public Epoll()
    {
        _fd = Libc.EpollCreate(Libc.EpollCloexec);
        if (_fd < 0)
        {
            throw new Win32Exception();
        }

        _events = (byte*)NativeMemory.AllocZeroed((nuint)(Capacity * Stride));
    }

    /// <summary>Watches a descriptor for input; <paramref name="key"/> comes back with its events.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public void Watch(int fd, ulong key)
    {
        byte* interest = stackalloc byte[Stride];
        *(uint*)interest = (ushort)Libc.PollIn;
        *(ulong*)(interest + DataOffset) = key;
        if (Libc.EpollControl(_fd, Add, fd, interest) < 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>Stops watching a descriptor; to be called before it is closed.</summary>
    public void Forget(int fd)
    {
        byte* unused = stackalloc byte[Stride];
        _ = Libc.EpollControl(_fd, Delete, fd, unused);
    }

    /// <summary>
    /// Waits until something is ready, for at most <paramref name="timeoutMs"/> milliseconds (-1: for ever). Answers how many are;
    /// 0 also when a signal interrupted the wait.
    /// </summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public int Wait(int timeoutMs)
    {
        const int Interrupted = 4;
        int count = Libc.EpollWait(_fd, _events, Capacity, timeoutMs);
        if (count >= 0)
        {
            return count;
        }

        return Marshal.GetLastPInvokeError() == Interrupted ? 0 : throw new Win32Exception();
    }

    /// <summary>Key of the <paramref name="index"/>th ready descriptor of the last wait.</summary>
    public ulong Key(int index) => *(ulong*)(_events + (index * Stride) + DataOffset);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_events == null)
        {
            return;
        }

        _ = Libc.Close(_fd);
        NativeMemory.Free(_events);
        _events = null;
    }
}
