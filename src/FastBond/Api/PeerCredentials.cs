using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FastBond.Api;

/// <summary>Who is at the other end of a Unix socket, as the kernel recorded it when that end connected.</summary>
internal static class PeerCredentials
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int SoPeerGroups = 59;

    /// <summary>NGROUPS_MAX: no process is in more groups.</summary>
    private const int MaxGroups = 65536;

    /// <summary>Whether the peer may change bonds: root may, and so may whoever is in <paramref name="group"/>.</summary>
    public static bool MayWrite(Socket accepted, uint? group, out uint user)
    {
        UserCredentials peer = default;
        accepted.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(new Span<UserCredentials>(ref peer)));
        user = peer.User;
        return user == 0 || (group is not null && (peer.Group == group || IsMember(accepted, group.Value)));
    }

    private static bool IsMember(Socket accepted, uint group)
    {
        uint[] groups = ArrayPool<uint>.Shared.Rent(MaxGroups);
        int bytes = accepted.GetRawSocketOption(SolSocket, SoPeerGroups, MemoryMarshal.AsBytes(groups.AsSpan(0, MaxGroups)));
        bool member = groups.AsSpan(0, bytes / sizeof(uint)).Contains(group);
        ArrayPool<uint>.Shared.Return(groups);
        return member;
    }

    /// <summary>struct ucred (unix(7)).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct UserCredentials
    {
        public int Process;
        public uint User;
        public uint Group;
    }
}
