using System.Runtime.InteropServices;
using FastBond.Core.Bonds;
using FastBond.Linux.Native;

namespace FastBond.Linux.Restore;

/// <summary>
/// One process's claim on one interface: a file under <c>lock/</c> held by flock(2). The kernel lets go of it when the process dies, so who
/// gets the lock also knows that no owner is alive.
/// </summary>
public sealed class LinkLock : IDisposable
{
    private const int Private = 0x180; // 0600

    private readonly string _path;
    private int _fd;

    private LinkLock(string path, int fd)
    {
        _path = path;
        _fd = fd;
    }

    /// <summary>Claims an interface; null if another process (or another claim of this one) holds it.</summary>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static LinkLock? TryAcquire(StateDirectory state, NetworkNamespaceId place, int ifIndex)
    {
        string path = state.LockFile(place, ifIndex);
        while (true)
        {
            // Not by .NET's files: they take flock's shared lock by themselves.
            int fd = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenCloexec, Private);
            if (fd < 0)
            {
                throw Failure(path);
            }

            if (Libc.Flock(fd, Libc.LockExclusive | Libc.LockNonBlocking) < 0)
            {
                IOException failure = Failure(path);
                bool held = Marshal.GetLastPInvokeError() == (int)Errno.EAGAIN;
                _ = Libc.Close(fd);
                return held ? null : throw failure;
            }

            if (HasPath(fd))
            {
                return new LinkLock(path, fd);
            }

            // The last owner removed it between our open and our lock: what we hold is nobody's any more.
            _ = Libc.Close(fd);
        }
    }

    /// <summary>Gives the interface up and removes the file.</summary>
    public void Dispose()
    {
        if (_fd >= 0)
        {
            File.Delete(_path);
            _ = Libc.Close(_fd);
            _fd = -1;
        }
    }

    // The kernel appends " (deleted)" to the name of a file that is at no path any more.
    private static bool HasPath(int fd) =>
        !File.ResolveLinkTarget($"/proc/self/fd/{fd}", returnFinalTarget: false)!.FullName.EndsWith(" (deleted)", StringComparison.Ordinal);

    private static IOException Failure(string path) => new($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
}
