using System.Runtime.InteropServices;

namespace FastBond.Api;

/// <summary>What .NET leaves out of the file system: groups by name, the group of a file, the file type of sockets.</summary>
internal static unsafe partial class UnixFile
{
    private const int AtFdCwd = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const uint StatxType = 1;
    private const int StatxBytes = 256;
    private const int StatxModeOffset = 28;
    private const int FileTypeMask = 0xF000;
    private const int SocketFileType = 0xC000;

    /// <summary>The id of the group of that name; null if there is none.</summary>
    public static uint? GroupId(string name)
    {
        Group* group = GetGroupByName(name);
        return group is null ? null : group->Id;
    }

    /// <summary>Gives a file to a group; its owner stays. False on failure.</summary>
    public static bool ChangeGroup(string path, uint group) => ChangeOwner(path, uint.MaxValue, group) == 0;

    /// <summary>Whether the file itself, not what it may point to, is a socket.</summary>
    public static bool IsSocket(string path)
    {
        byte* status = stackalloc byte[StatxBytes];
        return Statx(AtFdCwd, path, AtSymlinkNoFollow, StatxType, status) == 0
            && (*(ushort*)(status + StatxModeOffset) & FileTypeMask) == SocketFileType;
    }

    [LibraryImport("libc", EntryPoint = "getgrnam", StringMarshalling = StringMarshalling.Utf8)]
    private static partial Group* GetGroupByName(string name);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* status);

    /// <summary>The head of struct group (getgrnam(3)).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Group
    {
        public byte* Name;
        public byte* Password;
        public uint Id;
    }
}
