using System.Globalization;
using System.Net.Sockets;

namespace FastBond.Linux.Restore;

/// <summary>
/// Which network namespace: its inode number, by which people know it, and its cookie, for inode numbers are given out anew as soon as a
/// namespace is gone, and cookies never.
/// </summary>
/// <param name="Inode">Inode of <c>/proc/thread-self/ns/net</c>.</param>
/// <param name="Cookie"><c>SO_NETNS_COOKIE</c>; 0 where the kernel is older than 5.14.</param>
public readonly record struct NetworkNamespaceId(ulong Inode, ulong Cookie)
{
    private const int SolSocket = 1, SoNetnsCookie = 71;

    /// <summary>The namespace that the calling thread is in.</summary>
    public static NetworkNamespaceId Current()
    {
        // "net:[4026531840]"
        string target = File.ResolveLinkTarget("/proc/thread-self/ns/net", returnFinalTarget: false)!.Name;
        ulong inode = ulong.Parse(target[(target.IndexOf('[') + 1)..^1], CultureInfo.InvariantCulture);
        Span<byte> cookie = stackalloc byte[sizeof(ulong)];
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.GetRawSocketOption(SolSocket, SoNetnsCookie, cookie);
        }
        catch (SocketException)
        {
            cookie.Clear();
        }

        return new NetworkNamespaceId(inode, BitConverter.ToUInt64(cookie));
    }

    /// <summary>Whether a record of that namespace is of this one; an unknown cookie is no objection.</summary>
    public bool Matches(NetworkNamespaceId other) => Inode == other.Inode && (Cookie == other.Cookie || Cookie == 0 || other.Cookie == 0);
}
