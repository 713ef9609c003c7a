using System.Net.Sockets;
using System.Text;
using FastBond.Core.Bonds;

namespace FastBond.Api;

/// <summary>
/// The daemon's end of the control socket. It listens from the moment it exists, so that a second daemon sees that this one lives; what
/// connects before the API is up waits in the backlog.
/// </summary>
internal sealed class ControlSocket : IDisposable
{
    /// <summary>The group that may change bonds besides root.</summary>
    public const string GroupName = "fastbond";

    /// <summary>sun_path without its terminating NUL (unix(7)).</summary>
    private const int MaxPathBytes = 107;

    private const int Backlog = 64;

    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode SocketMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private ControlSocket(string path, Socket listener, uint? group)
    {
        Path = path;
        Listener = listener;
        Group = group;
    }

    /// <summary>Where it stands in the file system.</summary>
    public string Path { get; }

    /// <summary>The listening socket; disposing of it removes the file.</summary>
    public Socket Listener { get; }

    /// <summary>The id of the group that may change bonds, if it exists.</summary>
    public uint? Group { get; }

    /// <summary>
    /// Creates the socket file (0660, given to <paramref name="groupName"/> if there is such a group) and its directory (0755), and listens.
    /// A socket that a dead daemon left is replaced. EBUSY: a daemon answers there. Otherwise what the path lacks.
    /// </summary>
    public static Outcome Open(string path, out ControlSocket? opened, string groupName = GroupName)
    {
        opened = null;
        if (PathError(path) is { } unusable)
        {
            return unusable;
        }

        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!, DirectoryMode);
            Outcome free = RemoveStale(path);
            if (free.Success)
            {
                listener.Bind(new UnixDomainSocketEndPoint(path));
                File.SetUnixFileMode(path, SocketMode);
                uint? group = UnixFile.GroupId(groupName);
                free = group is null || UnixFile.ChangeGroup(path, group.Value)
                    ? Outcome.Ok
                    : new Outcome(Errno.EPERM, $"cannot give {path} to the group {groupName}");
                if (free.Success)
                {
                    listener.Listen(Backlog);
                    opened = new ControlSocket(path, listener, group);
                    return Outcome.Ok;
                }
            }

            listener.Dispose();
            return free;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            listener.Dispose();
            return new Outcome(Cause(e), $"cannot create the control socket {path}: {e.Message}");
        }
    }

    /// <summary>EINVAL if no socket can have this path; null if one can.</summary>
    public static Outcome? PathError(string path)
    {
        int bytes = Encoding.UTF8.GetByteCount(path);
        return bytes <= MaxPathBytes
            ? null
            : new Outcome(Errno.EINVAL, $"a socket's path holds at most {MaxPathBytes} bytes, this one has {bytes}: {path}");
    }

    /// <inheritdoc/>
    public void Dispose() => Listener.Dispose();

    private static Outcome RemoveStale(string path)
    {
        if (!System.IO.Path.Exists(path))
        {
            return Outcome.Ok;
        }

        if (!UnixFile.IsSocket(path))
        {
            return new Outcome(Errno.EEXIST, $"{path} is there and is not a socket: name another with --socket");
        }

        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return Outcome.Ok;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            // Its backlog is full: alive, if not well.
        }

        return new Outcome(Errno.EBUSY, $"another daemon answers on {path}: stop it, or name another socket with --socket");
    }

    private static Errno Cause(Exception e) => e switch
    {
        UnauthorizedAccessException => Errno.EACCES,
        SocketException socket when Enum.IsDefined((Errno)socket.NativeErrorCode) => (Errno)socket.NativeErrorCode,
        IOException when Enum.IsDefined((Errno)e.HResult) => (Errno)e.HResult,
        _ => Errno.EIO,
    };
}
