using System.ComponentModel;
using FastBond.Linux.Native;
using Microsoft.Win32.SafeHandles;

namespace FastBond.Linux.Restore;

/// <summary>
/// One process's claim on one interface: a file under <c>lock/</c> held by flock(2). The kernel lets go of it when the process dies, so who
/// gets the lock also knows that no owner is alive.
/// </summary>
public sealed class LinkLock : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _file;

    private LinkLock(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>Claims an interface; null if another process (or another claim of this one) holds it.</summary>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static LinkLock? TryAcquire(StateDirectory state, NetworkNamespaceId place, int ifIndex)
    {
        string path = state.LockFile(place, ifIndex);
        while (true)
        {
            // FileShare.ReadWrite: .NET must not lock by itself. Never inherited by a child: .NET opens with O_CLOEXEC.
            SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (Libc.Flock(file, Libc.LockExclusive | Libc.LockNonBlocking) != 0)
            {
                int error = NativeError.Last;
                file.Dispose();
                return error == -(int)Core.Bonds.Errno.EAGAIN ? null : throw new IOException($"{path}: {new Win32Exception(-error).Message}");
            }

            if (HasPath(file))
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                return new LinkLock(path, file);
            }

            // The last owner removed it between our open and our lock: what we hold is nobody's any more.
            file.Dispose();
        }
    }

    /// <summary>Gives the interface up and removes the file.</summary>
    public void Dispose()
    {
        if (!_file.IsClosed)
        {
            File.Delete(_path);
            _file.Dispose();
        }
    }

    // The kernel appends " (deleted)" to the name of a file that is at no path any more.
    private static bool HasPath(SafeFileHandle file) =>
        !File.ResolveLinkTarget($"/proc/self/fd/{file.DangerousGetHandle()}", returnFinalTarget: false)!.FullName
            .EndsWith(" (deleted)", StringComparison.Ordinal);
}
